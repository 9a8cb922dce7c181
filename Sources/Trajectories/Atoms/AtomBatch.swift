/// Atoms of the wanted species, in file order: `count` entries in each array.
public struct AtomBatch: Sendable, Equatable {
  /// Atom ids as in the file, or 1, 2, … in file order where it has none.
  public internal(set) var ids: [Int64] = []
  /// Position of each atom's species in `SpeciesMap.names`.
  public internal(set) var species: [UInt8] = []
  /// Cartesian coordinates in Å, as in the file: not wrapped into the cell.
  public internal(set) var x: [Double] = []
  /// See `x`.
  public internal(set) var y: [Double] = []
  /// See `x`.
  public internal(set) var z: [Double] = []
  /// Ids of the atoms of unwanted species, in file order, where the frame itself gives ids: they
  /// too must be unique.
  public internal(set) var unwantedIDs: [Int64] = []
  /// Atoms read, those of unwanted species included; over all parts of a frame it adds up to the
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

  /// Adds the atoms of the next part behind this one's.
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

/// The first id that occurs twice in a list that is sorted, or nil. O(N).
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

  /// A warning, if hydrogens are not twice the oxygens; nil if they are, or if there are none of
  /// one.
  public static func waterRatioWarning(oxygens: Int, hydrogens: Int) -> String? {
    oxygens == 0 || hydrogens == 2 * oxygens
      ? nil
      : "\(hydrogens) H and \(oxygens) O are not 2:1: not all of it is water, or --types is wrong"
  }
}
