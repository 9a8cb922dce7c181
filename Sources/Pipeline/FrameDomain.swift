import Geometry

/// One rank's part of one frame: its atoms in the frame's grid, ready for neighbour search.
///
/// A team of one rank owns the whole grid. Whatever the region, an atom's neighbours, their order and their displacements are the same.
final class FrameDomain {
  let cell: Cell
  let atoms: AtomTable
  let grid: CellGrid
  let region: GridRegion
  let extended: ExtendedGrid
  /// Rows of `atoms` that are centres, in id order; `[centers]`.
  let centerRows: [Int32]
  /// Index among the centres of each row of `atoms`, −1 for other species.
  let centerOfRow: [Int32]
  let center: Int

  /// - Parameters:
  ///   - atoms: all atoms of the frame, wrapped and sorted by id.
  ///   - sets: what will be computed.
  ///   - pairCutoff: largest distance in Å for pairs of centres.
  /// - Throws: `RunError` if the cell is so thin that images cannot be counted.
  init(cell: Cell, atoms: AtomTable, sets: DescriptorSets, pairCutoff: Double) throws {
    self.cell = cell
    self.atoms = atoms
    center = sets.center
    let cutoff = max(sets.largestCutoff, pairCutoff)
    let heights = cell.heights
    for axis in 0..<3 where cell.repeats(along: axis) && cutoff / heights[axis] > 400 {
      throw RunError("the cell is only \(heights[axis]) Å thick: more than 400 images lie within \(cutoff) Å", .badData)
    }
    grid = CellGrid(
      cell: cell, targetWidth: max(sets.largestCutoff, 1) / 2, bounds: atoms.fractionalBounds(in: cell), atomCount: atoms.count)
    region = grid.wholeRegion
    extended = ExtendedGrid(
      atoms: atoms, speciesCount: sets.species.count, grid: grid, region: region, cutoff: cutoff)
    var rows: [Int32] = []
    var index = [Int32](repeating: -1, count: atoms.count)
    for k in 0..<atoms.count where atoms.species[k] == UInt8(sets.center) {
      index[k] = Int32(rows.count)
      rows.append(Int32(k))
    }
    centerRows = rows
    centerOfRow = index
  }

  /// Number of centres.
  var centerCount: Int { centerRows.count }

  /// Ids of the centres, rising.
  var centerIDs: [Int64] { centerRows.map { atoms.ids[Int($0)] } }
}
