import Geometry

/// One rank's part of a frame: its atoms and their halo in the frame's grid, ready for neighbour
/// search.
///
/// A team of one rank owns the whole grid. An atom's neighbours, their order and their
/// displacements are the same for any partition.
///
/// Centres have a **local index** among the centres on this rank, owned and halo, by ascending id.
/// The **owned** ones, whose results are computed here, also have their own numbering, which is the
/// order of everything computed for them.
final class FrameDomain {
  let cell: Cell
  let atoms: AtomTable
  let extended: ExtendedGrid
  /// Rows of `atoms` that are centres; `[local]`.
  let centerRows: [Int32]
  /// Local index of each row of `atoms`, −1 for other species; `[atoms]`.
  let centerOfRow: [Int32]
  /// Local indices of the owned centres, ascending; `[owned]`.
  let owned: [Int32]
  /// Index among the owned centres, −1 for halo copies; `[local]`.
  let ownedOrdinal: [Int32]
  /// The part of each centre; `[local]`. Empty if the frame is whole.
  let owners: [Int32]
  /// Whether this is the whole frame.
  let isWhole: Bool
  let center: Int

  var grid: CellGrid { extended.grid }
  var region: GridRegion { extended.region }

  /// A whole frame.
  ///
  /// - Parameters:
  ///   - atoms: all atoms of the frame, wrapped and sorted by id.
  ///   - sets: the descriptor sets to compute.
  ///   - pairCutoff: largest distance in Å for pairs of centres.
  /// - Throws: `RunError` if the cell is so thin that the image indices overflow.
  convenience init(cell: Cell, atoms: AtomTable, sets: DescriptorSets, pairCutoff: Double) throws {
    let cutoff = try Self.cutoff(sets, pairCutoff, in: cell)
    let grid = Self.grid(
      cell: cell, sets: sets, bounds: atoms.fractionalBounds(in: cell), atomCount: atoms.count)
    self.init(atoms: atoms, grid: grid, cutoff: cutoff, sets: sets, partition: nil, part: 0)
  }

  /// A part of a frame.
  ///
  /// - Parameters:
  ///   - atoms: the atoms of the part and of its halo, wrapped and sorted by id.
  ///   - grid: the frame's grid.
  ///   - cutoff: as from `cutoff(_:_:in:)`.
  ///   - partition: the owners of the cells; nil for a whole frame.
  ///   - part: the part on this rank.
  init(
    atoms: AtomTable, grid: CellGrid, cutoff: Double, sets: DescriptorSets, partition: Partition?,
    part: Int
  ) {
    cell = grid.cell
    self.atoms = atoms
    center = sets.center
    extended = ExtendedGrid(
      atoms: atoms, speciesCount: sets.species.count, grid: grid,
      region: partition?.region(of: part) ?? grid.wholeRegion,
      owned: partition?.ownedCells(of: part), cutoff: cutoff)
    var rows: [Int32] = [], owned: [Int32] = [], ordinal: [Int32] = [], owners: [Int32] = []
    var index = [Int32](repeating: -1, count: atoms.count)
    for k in 0..<atoms.count where atoms.species[k] == UInt8(sets.center) {
      index[k] = Int32(rows.count)
      if let partition {
        let owner = partition.owner(of: grid.coordinates(of: atoms.position(k)))
        owners.append(Int32(owner))
        ordinal.append(owner == part ? Int32(owned.count) : -1)
        if owner == part { owned.append(Int32(rows.count)) }
      }
      rows.append(Int32(k))
    }
    centerRows = rows
    centerOfRow = index
    self.owners = owners
    isWhole = partition == nil
    self.owned = partition == nil ? Array(0..<Int32(rows.count)) : owned
    ownedOrdinal = partition == nil ? self.owned : ordinal
  }

  /// Number of centres on this rank, including halo copies.
  var localCount: Int { centerRows.count }

  /// Number of centres whose results are computed here.
  var centerCount: Int { owned.count }

  /// Ids of all centres on this rank, ascending; `[local]`.
  var localIDs: [Int64] { centerRows.map { atoms.ids[Int($0)] } }

  /// Ids of the owned centres, ascending; `[owned]`.
  var centerIDs: [Int64] { isWhole ? localIDs : owned.map { atoms.ids[Int(centerRows[Int($0)])] } }

  /// Wrapped position of an owned centre in Å.
  func position(ofOwned k: Int) -> Vector { atoms.position(Int(centerRows[Int(owned[k])])) }
}

extension FrameDomain {
  /// The largest search distance in a frame in Å.
  ///
  /// - Throws: `RunError` if the cell is so thin that the image indices overflow.
  static func cutoff(_ sets: DescriptorSets, _ pairCutoff: Double, in cell: Cell) throws -> Double {
    let cutoff = max(sets.largestCutoff, pairCutoff)
    let heights = cell.heights
    for axis in 0..<3 where cell.repeats(along: axis) && cutoff / heights[axis] > 400 {
      throw RunError(
        "the cell is only \(heights[axis]) Å thick: more than 400 images lie within \(cutoff) Å",
        .badData)
    }
    // Images of grid cells are stored: a cell that is thin in two directions would need gigabytes
    // for a few atoms.
    var images = 1.0
    for axis in 0..<3 where cell.repeats(along: axis) {
      images *= 2 * (cutoff / heights[axis]).rounded(.up) + 1
    }
    guard images <= 5000 else {
      throw RunError(
        "the cell is only \(heights.x), \(heights.y) and \(heights.z) Å thick: expected at most "
          + "5000 images of it within \(cutoff) Å, found \(Int(images))", .badData)
    }
    return cutoff
  }

  /// The grid of a frame, a function of data known to all ranks.
  static func grid(
    cell: Cell, sets: DescriptorSets, bounds: (lower: Vector, upper: Vector), atomCount: Int
  ) -> CellGrid {
    CellGrid(
      cell: cell, targetWidth: max(sets.largestCutoff, 1) / 2, bounds: bounds, atomCount: atomCount)
  }
}
