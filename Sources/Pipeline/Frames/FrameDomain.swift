import Geometry

/// One rank's part of one frame: its atoms and their halo in the frame's grid, ready for neighbour
/// search.
///
/// A team of one rank owns the whole grid. Whatever the part, an atom's neighbours, their order and
/// their displacements are the same.
///
/// Centres have a **local index**: their place among the centres held here, own and halo, by rising
/// id. The **owned** ones, those whose results are made here, are also numbered by themselves: that
/// is the order of everything computed for them.
final class FrameDomain {
  let cell: Cell
  let atoms: AtomTable
  let extended: ExtendedGrid
  /// Rows of `atoms` that are centres; `[local]`.
  let centerRows: [Int32]
  /// Local index of each row of `atoms`, −1 for other species; `[atoms]`.
  let centerOfRow: [Int32]
  /// Local indices of the owned centres, rising; `[owned]`.
  let owned: [Int32]
  /// Number among the owned of each centre, −1 for halo copies; `[local]`.
  let ownedOrdinal: [Int32]
  /// The part of each centre; `[local]`. Empty if the frame is whole.
  let owners: [Int32]
  /// Whether this is all of the frame.
  let isWhole: Bool
  let center: Int

  var grid: CellGrid { extended.grid }
  var region: GridRegion { extended.region }

  /// A whole frame.
  ///
  /// - Parameters:
  ///   - atoms: all atoms of the frame, wrapped and sorted by id.
  ///   - sets: what will be computed.
  ///   - pairCutoff: largest distance in Å for pairs of centres.
  /// - Throws: `RunError` if the cell is so thin that images cannot be counted.
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
  ///   - partition: who owns which cells; nil for a whole frame.
  ///   - part: the part that is made here.
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

  /// Number of centres held here, halo copies included.
  var localCount: Int { centerRows.count }

  /// Number of centres whose results are made here.
  var centerCount: Int { owned.count }

  /// Ids of all centres held here, rising; `[local]`.
  var localIDs: [Int64] { centerRows.map { atoms.ids[Int($0)] } }

  /// Ids of the owned centres, rising; `[owned]`.
  var centerIDs: [Int64] { isWhole ? localIDs : owned.map { atoms.ids[Int(centerRows[Int($0)])] } }

  /// Wrapped position of an owned centre in Å.
  func position(ofOwned k: Int) -> Vector { atoms.position(Int(centerRows[Int(owned[k])])) }
}

extension FrameDomain {
  /// The largest distance in Å that is searched in a frame.
  ///
  /// - Throws: `RunError` if the cell is so thin that images cannot be counted.
  static func cutoff(_ sets: DescriptorSets, _ pairCutoff: Double, in cell: Cell) throws -> Double {
    let cutoff = max(sets.largestCutoff, pairCutoff)
    let heights = cell.heights
    for axis in 0..<3 where cell.repeats(along: axis) && cutoff / heights[axis] > 400 {
      throw RunError(
        "the cell is only \(heights[axis]) Å thick: more than 400 images lie within \(cutoff) Å",
        .badData)
    }
    // Images of the grid's cells are held: a cell that is thin in two ways would take gigabytes for
    // a few atoms.
    var images = 1.0
    for axis in 0..<3 where cell.repeats(along: axis) {
      images *= 2 * (cutoff / heights[axis]).rounded(.up) + 1
    }
    guard images <= 5000 else {
      throw RunError(
        "the cell is only \(heights.x), \(heights.y) and \(heights.z) Å thick: expected at most 5000 images of it within \(cutoff) Å, "
          + "found \(Int(images))", .badData)
    }
    return cutoff
  }

  /// The grid of a frame: a function of what all its ranks know.
  static func grid(
    cell: Cell, sets: DescriptorSets, bounds: (lower: Vector, upper: Vector), atomCount: Int
  ) -> CellGrid {
    CellGrid(
      cell: cell, targetWidth: max(sets.largestCutoff, 1) / 2, bounds: bounds, atomCount: atomCount)
  }
}
