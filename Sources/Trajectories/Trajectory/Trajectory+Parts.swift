extension Trajectory {
  /// Refuses one snapshot in several files: LAMMPS writes a part of the atoms to each (`dump` with
  /// `%` in the name, or `nfile`), and these parts have the steps of the others.
  ///
  /// Reads the ids of two frames of one step, if files have any in common.
  /// - Throws: `TrajectoryError` if they have no atom in common.
  public func refuseParts() throws(TrajectoryError) {
    guard let replacement, let dropped = try ids(of: replacement.dropped),
      let kept = try ids(of: replacement.kept), dropped.isDisjoint(with: kept)
    else { return }
    throw TrajectoryError(
      path: path(of: replacement.dropped), frame: replacement.dropped.ordinal,
      reason:
        "holds \(dropped.count) atoms of step \(replacement.dropped.step), and "
        + "\(path(of: replacement.kept)) \(kept.count) others of the same step: parts of one "
        + "snapshot, as LAMMPS writes with % in the file's name or with nfile; write it to one "
        + "file"
    )
  }

  /// The ids of a frame of a dump, as written; nil if it has none or is of another format.
  private func ids(of frame: FrameLocation) throws(TrajectoryError) -> Set<String>? {
    let file = try sources[frame.file].open(
      index: indexes[frame.file], species: SpeciesMap(names: []))
    guard let dump = file as? LAMMPSDump, frame.atomCount > 0,
      let column = try dump.header(of: frame).columns?.id
    else { return nil }
    return Set(try dump.counts(inColumn: column, of: frame).keys)
  }
}
