import Geometry

/// Common parts of formats without names: selected atoms, and errors with frame and byte.
final class TopologyAtoms {
  let path: String
  private let format: String
  private let topologies: [Topology]
  private let species: SpeciesMap
  private var wanted: (atomCount: Int, atoms: WantedAtoms)?

  init(path: String, format: String, topologies: [Topology], species: SpeciesMap) {
    self.path = path
    self.format = format
    self.topologies = topologies
    self.species = species
  }

  /// The first topology with as many atoms as the frames have.
  private func topology(atomCount: Int) -> Topology? {
    topologies.first { $0.atomCount == atomCount }
  }

  /// Notes for the user on the topology in use.
  func notes(atomCount: Int) -> [String] {
    guard let topology = topology(atomCount: atomCount) else { return [] }
    let usesTypes =
      !topology.namesElements
      || (topology.labels + topology.elements).contains { species.types.labels[$0] != nil }
    return topology.notes + (usesTypes ? [] : species.unusedTypes(path: topology.path))
  }

  /// Atoms by label; empty without a topology.
  func census(atomCount: Int) -> [String: Int] {
    topology(atomCount: atomCount)?.census(for: species) ?? [:]
  }

  /// The selected atoms of a frame.
  /// - Throws: `TrajectoryError` if no topology has its number of atoms, or if species are unknown.
  func wanted(in frame: FrameLocation) throws(TrajectoryError) -> WantedAtoms {
    let count = Int(frame.atomCount)
    if let wanted, wanted.atomCount == count { return wanted.atoms }
    guard let topology = topology(atomCount: count) else {
      let given = topologies.map { "\($0.path) with \($0.atomCount)" }.joined(separator: ", ")
      throw TrajectoryError(
        path: path, frame: frame.ordinal,
        reason: topologies.isEmpty
          ? "\(format) files contain no atom names: add --topology FILE (GRO, PDB, PSF or LAMMPS "
            + "data) with the frame's \(count) atoms"
          : "expected a topology of \(count) atoms, found \(given)",
        kind: topologies.isEmpty ? .usage : .data)
    }
    let atoms = try WantedAtoms(topology: topology, species: species)
    wanted = (count, atoms)
    return atoms
  }

  /// An error at a byte of a frame.
  func error(
    _ frame: FrameLocation, at offset: Int64? = nil, _ reason: String,
    kind: TrajectoryError.Kind = .data
  ) -> TrajectoryError {
    TrajectoryError(
      path: path, frame: frame.ordinal, reason: "at byte \(offset ?? frame.offset): \(reason)",
      kind: kind)
  }

  /// Throws if the scan has found an error in a frame.
  func check(_ frame: FrameLocation) throws(TrajectoryError) {
    guard frame.header == .complete else {
      throw error(
        frame,
        "expected a \(format) frame between two valid headers, found \(frame.byteCount) bytes of a "
          + "damaged or truncated frame"
      )
    }
  }

  /// The cell of three edge vectors in file units, row by row.
  func cell(_ box: [Double], scale: Double, of frame: FrameLocation) throws(TrajectoryError) -> Cell
  {
    guard box.contains(where: { $0 != 0 }) else {
      throw error(
        frame,
        "the frame has no box: SOAP descriptors need the periodic cell; write the trajectory with "
          + "its box"
      )
    }
    do throws(CellError) {
      return try Cell(
        a: Vector(box[0], box[1], box[2]) * scale, b: Vector(box[3], box[4], box[5]) * scale,
        c: Vector(box[6], box[7], box[8]) * scale)
    } catch { throw self.error(frame, error.description) }
  }
}

extension WantedAtoms {
  /// Part `part` of `parts` of a frame's atoms, by number.
  static func share(_ part: Int, of parts: Int, atomCount: Int) -> Range<Int> {
    precondition(0 <= part && part < parts, "part \(part) of \(parts) does not exist")
    let (share, rest) = atomCount.quotientAndRemainder(dividingBy: parts)
    return share * part + min(part, rest)..<share * (part + 1) + min(part + 1, rest)
  }

  /// A batch of the selected atoms among `atoms` of the frame, with x, y and z `[range.count]` each
  /// in Å.
  func batch(of atoms: Range<Int>, range: Range<Int>, axes: [[Double]]) -> AtomBatch {
    var batch = AtomBatch()
    // Whole frames share the arrays without copies.
    batch.ids = range.count == ids.count ? ids : Array(ids[range])
    batch.species = range.count == species.count ? species : Array(species[range])
    batch.x = axes[0]
    batch.y = axes[1]
    batch.z = axes[2]
    batch.atomsRead = atoms.count
    return batch
  }
}

extension TopologyAtoms {
  /// Throws if a coordinate is not finite.
  func check(_ axes: [[Double]], ids: ArraySlice<Int64>, in frame: FrameLocation)
    throws(TrajectoryError)
  {
    for (axis, values) in axes.enumerated() {
      // NaN and infinities persist in a sum of products with zero, so that the common case is one
      // pass without branches.
      var sum = 0.0
      for value in values { sum += value * 0 }
      guard sum != 0, let place = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw error(
        frame,
        "atom \(ids[ids.startIndex + place]): expected a finite number for "
          + "\(["x", "y", "z"][axis]), found \(values[place])"
      )
    }
  }
}
