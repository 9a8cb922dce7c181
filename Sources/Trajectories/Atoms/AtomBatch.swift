/// Atoms of the selected species, in file order: `count` entries in each array.
public struct AtomBatch: Sendable, Equatable {
  /// Atom ids as in the file, or 1, 2, … in file order if it has none.
  public internal(set) var ids: [Int64] = []
  /// Index of each atom's species in `SpeciesMap.names`.
  public internal(set) var species: [UInt8] = []
  /// Cartesian coordinates in Å, as in the file: not wrapped into the cell.
  public internal(set) var x: [Double] = []
  /// See `x`.
  public internal(set) var y: [Double] = []
  /// See `x`.
  public internal(set) var z: [Double] = []
  /// Ids of the atoms of other species, in file order, if the frame has ids; they must be unique
  /// too.
  public internal(set) var unwantedIDs: [Int64] = []
  /// Atoms read, including those of other species; over all parts of a frame they add up to the
  /// frame's atom count.
  public internal(set) var atomsRead = 0

  /// An empty batch.
  public init() {}

  /// Atoms in the batch.
  public var count: Int { ids.count }

  /// Atoms of each of `speciesCount` species.
  public func counts(speciesCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: speciesCount)
    for index in species { counts[Int(index)] += 1 }
    return counts
  }

  /// Appends the atoms of the next part.
  public mutating func append(_ other: AtomBatch) {
    ids += other.ids
    species += other.species
    x += other.x
    y += other.y
    z += other.z
    unwantedIDs += other.unwantedIDs
    atomsRead += other.atomsRead
  }
}

/// The first id that occurs twice in a sorted list, or nil. O(N).
public func firstDuplicate(inSorted ids: [Int64]) -> Int64? {
  for (left, right) in zip(ids, ids.dropFirst()) where left == right { return left }
  return nil
}

extension TrajectoryError {
  /// The error for an id that two atoms of a frame share.
  public static func duplicate(id: Int64, path: String, frame: FrameLocation) -> TrajectoryError {
    TrajectoryError(
      path: path, line: frame.line, frame: frame.ordinal,
      reason: "atom id \(id) occurs twice in the frame")
  }

  /// A warning if there are not twice as many hydrogens as oxygens; nil otherwise, or if one of
  /// them is missing.
  public static func waterRatioWarning(oxygens: Int, hydrogens: Int) -> String? {
    oxygens == 0 || hydrogens == 2 * oxygens
      ? nil
      : "\(hydrogens) H and \(oxygens) O are not 2:1: not all molecules are water, or --types is "
        + "wrong"
  }
}
