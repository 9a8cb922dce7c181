import CVector
import Contracts

/// The counting sort that fills an extended grid.
///
/// The atoms are sorted once into the *home block*: the extended cells up to one period along each
/// axis, min(size, n) cells. Every extended row of cells then consists of a few pieces of a home
/// row, each with one shift, which are copied as vectors. An image's coordinates are those of the
/// atom plus the displacement of its shift, computed once for each shift; unshifted images are
/// exact copies.
///
/// Sorted atoms are stored for a slab of the home block at a time, so that not all atoms of a large
/// frame are in memory three times: as read, sorted and as images. A slab is at least one plane of
/// cells along c.
struct ImageSort {
  /// A piece of a row: `count` cells from extended cell `first`, the home cells from `home` shifted
  /// by `shift` cell vectors.
  private struct Piece {
    let first: Int, count: Int, home: Int
    let shift: Int32
  }

  private let grid: ExtendedGrid
  /// Atoms of a slab, unless a plane has more.
  private let slabSize: Int
  /// The atoms that are still to be sorted.
  private(set) var atoms: AtomTable
  /// Home cell of each atom, row-major, a fastest; −1 if the atom has no image. `[atoms]`
  private var homes: [Int32]
  /// Largest magnitude in Å of coordinates relative to the grid's middle.
  private(set) var extent = 0.0
  private let block: SIMD3<Int>
  private let pieces: [Piece]
  private let shifts: ([Int32], [Int32], [Int32])

  /// Finds the home cells.
  init(of atoms: consuming AtomTable, in grid: ExtendedGrid, slabSize: Int) {
    let size = grid.size, counts = grid.grid.counts
    self.grid = grid
    self.slabSize = slabSize
    block = SIMD3(min(size.x, counts.x), min(size.y, counts.y), min(size.z, counts.z))
    shifts = grid.axisShifts()
    pieces = Self.rowPieces(size.x, period: block.x, shifts.0)
    homes = Self.homeCells(of: atoms, block, grid)
    self.atoms = atoms
  }

  /// Drops the atoms of all other species.
  mutating func keep(onlySpecies s: Int) {
    if atoms.species.allSatisfy({ $0 == UInt8(s) }) { return }
    let count = atoms.species.count { $0 == UInt8(s) }
    homes = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for k in homes.indices where atoms.species[k] == UInt8(s) {
        buffer[initialized] = homes[k]
        initialized += 1
      }
    }
    atoms.keep(onlySpecies: UInt8(s))
  }

  /// All images of the atoms of a species; the centres' with their rows, which are those of `atoms`
  /// at this time.
  mutating func images(ofSpecies s: Int) -> SpeciesImages {
    let size = grid.size
    let home = homeOffsets(ofSpecies: UInt8(s))
    let offsets = imageOffsets(home)
    let total = Int(offsets[size.x * size.y * size.z])
    let result = SpeciesImages(count: total, offsets: offsets, hasRows: s == grid.center)
    var largest = SIMD8<Double>.zero
    let slabs = slabs(home)
    for planes in slabs {
      let sorted = sortedAtoms(ofSpecies: UInt8(s), planes, home)
      // Home offsets of the slab begin at this one.
      let base = Int(home[planes.lowerBound * block.x * block.y])
      forEachPiece(ofPlanes: planes) { piece, row, from, shiftY, shiftZ in
        let begin = Int(home[from]), count = Int(home[from + piece.count]) - begin
        let shift = SIMD3(piece.shift, shiftY, shiftZ)
        let isShifted = shift != SIMD3(repeating: 0)
        result.copy(
          sorted, begin - base, count, to: Int(offsets[row + piece.first]),
          by: isShifted ? grid.grid.cell.displacement(Vector(shift)) : nil,
          packed: isShifted ? packImage(shift) : unshiftedImage, middle: grid.middle,
          spills: slabs.count == 1, &largest)
      }
      sorted.release()
    }
    result.pad()
    extent = max(extent, largest.max())
    return result
  }

  /// First atom of each home cell in the order of home cells, for the atoms of one species; `[cells
  /// + 1]`.
  private func homeOffsets(ofSpecies s: UInt8) -> [Int32] {
    var offsets = [Int32](repeating: 0, count: block.x * block.y * block.z + 1)
    for k in homes.indices where atoms.species[k] == s && homes[k] >= 0 {
      offsets[Int(homes[k]) + 1] += 1
    }
    for c in 1..<offsets.count { offsets[c] += offsets[c - 1] }
    return offsets
  }

  /// First image of each extended cell; `[cells + 1]`, allocated.
  private func imageOffsets(_ home: [Int32]) -> UnsafeMutablePointer<Int32> {
    let cells = grid.size.x * grid.size.y * grid.size.z
    let offsets = UnsafeMutablePointer<Int32>.allocate(capacity: cells + 1)
    var at = 0
    forEachPiece(ofPlanes: nil) { piece, row, from, _, _ in
      let begin = home[from]
      for c in 0..<piece.count {
        (offsets + row + piece.first + c).initialize(
          to: Int32(truncatingIfNeeded: at) &+ home[from + c] &- begin)
      }
      at += Int(home[from + piece.count] - begin)
    }
    require(at < 1 << 31, "a rank holds fewer than 2³¹ images")
    (offsets + cells).initialize(to: Int32(at))
    return offsets
  }

  /// Ranges of planes of the home block with about `slabSize` atoms each.
  private func slabs(_ home: [Int32]) -> [Range<Int>] {
    let area = block.x * block.y
    var slabs: [Range<Int>] = []
    var first = 0
    while first < block.z {
      var end = first + 1
      while end < block.z,
        Int(home[(end + 1) * area] - home[first * area]) <= slabSize
      { end += 1 }
      slabs.append(first..<end)
      first = end
    }
    return slabs
  }

  /// The atoms of one species in some planes of the home block, sorted by home cell and by id
  /// within a cell.
  private func sortedAtoms(ofSpecies s: UInt8, _ planes: Range<Int>, _ home: [Int32])
    -> SpeciesImages
  {
    let area = block.x * block.y, cells = planes.lowerBound * area..<planes.upperBound * area
    let base = home[cells.lowerBound]
    var next = Array(home[cells])
    let sorted = SpeciesImages(
      count: Int(home[cells.upperBound] - base), cells: 0, hasRows: Int(s) == grid.center)
    let first = Int32(cells.lowerBound), count = Int32(cells.count)
    for k in homes.indices where atoms.species[k] == s {
      let cell = homes[k] &- first
      if cell < 0 || cell >= count { continue }
      let slot = Int(next[Int(cell)] - base)
      next[Int(cell)] += 1
      (sorted.x[slot], sorted.y[slot], sorted.z[slot]) = (atoms.x[k], atoms.y[k], atoms.z[k])
      if sorted.hasRows { sorted.atom[slot] = Int32(k) }
    }
    return sorted
  }

  /// Calls `body` with each piece of each row whose plane is an image of some planes of the home
  /// block (of all, if nil), the row's first extended cell, the first home cell of the piece, and
  /// the shifts along b and c.
  @inline(__always)
  private func forEachPiece(
    ofPlanes planes: Range<Int>?, _ body: (Piece, Int, Int, Int32, Int32) -> Void
  ) {
    let size = grid.size
    for z in 0..<size.z where planes?.contains(z % block.z) ?? true {
      for y in 0..<size.y {
        let row = (z % block.z * block.y + y % block.y) * block.x
        for piece in pieces {
          body(
            piece, (z * size.y + y) * size.x, row + piece.home, shifts.1[y], shifts.2[z])
        }
      }
    }
  }

  /// The pieces of every extended row.
  private static func rowPieces(_ size: Int, period: Int, _ shifts: [Int32]) -> [Piece] {
    var pieces: [Piece] = []
    var start = 0
    while start < size {
      var end = start + 1
      while end < size && end % period != 0 && shifts[end] == shifts[start] { end += 1 }
      pieces.append(
        Piece(first: start, count: end - start, home: start % period, shift: shifts[start]))
      start = end
    }
    return pieces
  }

  /// Home cell of each atom.
  ///
  /// The same operations as `CellGrid.coordinates(of:)`, eight atoms at a time.
  private static func homeCells(
    of atoms: borrowing AtomTable, _ block: SIMD3<Int>, _ extended: ExtendedGrid
  ) -> [Int32] {
    let none = Int32.min / 4
    func table(_ axis: Int, _ step: Int) -> [Int32] {
      extended.firstIndices(axis: axis).map { k in k.map { Int32($0 * step) } ?? none }
    }
    let tables = (table(0, 1), table(1, block.x), table(2, block.x * block.y))
    let n = atoms.count, grid = extended.grid
    let columns = (atoms.x, atoms.y, atoms.z)
    return [Int32](unsafeUninitializedCapacity: n) { homes, initialized in
      var start = 0
      while start < n {
        let count = min(8, n - start)
        let x = indices(start, count, 0, columns, grid)
        let y = indices(start, count, 1, columns, grid)
        let z = indices(start, count, 2, columns, grid)
        for lane in 0..<count {
          let home = tables.0[Int(x[lane])] + tables.1[Int(y[lane])] + tables.2[Int(z[lane])]
          homes[start + lane] = max(home, -1)
        }
        start += 8
      }
      initialized = n
    }
  }

  /// Grid index along an axis of up to eight atoms.
  @inline(__always)
  private static func indices(
    _ start: Int, _ count: Int, _ axis: Int, _ columns: ([Double], [Double], [Double]),
    _ grid: CellGrid
  ) -> SIMD8<Int32> {
    let cell = grid.cell
    let vector = axis == 0 ? cell.reciprocal.a : axis == 1 ? cell.reciprocal.b : cell.reciprocal.c
    func column(_ values: [Double], _ factor: Double, _ origin: Double) -> SIMD8<Double> {
      var lanes = SIMD8<Double>.zero
      if count == 8 {
        lanes = values.withUnsafeBufferPointer { ($0.baseAddress! + start).load() }
      } else {
        for k in 0..<count { lanes[k] = values[start + k] }
      }
      return vg_multiply_double8(
        SIMD8(repeating: factor), vg_subtract_double8(lanes, SIMD8(repeating: origin)))
    }
    let dot = vg_add_double8(
      vg_add_double8(
        column(columns.0, vector.x, cell.origin.x), column(columns.1, vector.y, cell.origin.y)),
      column(columns.2, vector.z, cell.origin.z))
    let s =
      vg_subtract_double8(dot, SIMD8(repeating: grid.lower[axis]))
      / SIMD8(repeating: grid.extent[axis])
    let n = Double(grid.counts[axis])
    let index = vg_floor_double(vg_multiply_double8(s, SIMD8(repeating: n)))
    return vg_truncate_double(
      vg_min_double(vg_max_double(index, .zero), SIMD8(repeating: n - 1)))
  }
}
