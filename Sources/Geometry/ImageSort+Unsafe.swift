import CVector

/// The counting sort that fills an extended grid.
///
/// The atoms are sorted once into the *home block*: the extended cells up to one period along each
/// axis, min(size, n) cells. Every extended row of cells then consists of a few pieces of a home
/// row, each with one shift, which are copied as vectors. An image's coordinates are those of the
/// atom plus the displacement of its shift, computed once for each shift; unshifted images are
/// exact copies.
extension ExtendedGrid {
  /// A piece of a row: `count` cells from extended cell `first`, the home cells from `home` shifted
  /// by `shift` cell vectors.
  private struct Piece {
    let first: Int, count: Int, home: Int
    let shift: Int32
  }

  /// Sorts all species.
  func fill(speciesCount: Int) {
    let block = SIMD3(
      min(size.x, grid.counts.x), min(size.y, grid.counts.y), min(size.z, grid.counts.z))
    let cells = block.x * block.y * block.z
    let homes = homeCells(block)
    let shifts = axisShifts()
    let pieces = rowPieces(block.x, shifts.0)
    for s in 0..<speciesCount {
      let sorted = sortedAtoms(homes, cells: cells, species: UInt8(s))
      species.append(images(of: sorted, block, pieces, shifts))
      sorted.release()
    }
  }

  /// Home cell of each atom, row-major, a fastest; −1 if the atom has no image. `[atoms]`
  ///
  /// The same operations as `CellGrid.coordinates(of:)`, eight atoms at a time.
  private func homeCells(_ block: SIMD3<Int>) -> [Int32] {
    let none = Int32.min / 4
    func table(_ axis: Int, _ step: Int) -> [Int32] {
      firstIndices(axis: axis).map { k in k.map { Int32($0 * step) } ?? none }
    }
    let tables = (table(0, 1), table(1, block.x), table(2, block.x * block.y))
    let n = atoms.count
    return [Int32](unsafeUninitializedCapacity: n) { homes, initialized in
      var start = 0
      while start < n {
        let count = min(8, n - start)
        let x = Self.indices(start, count, 0, atoms, grid)
        let y = Self.indices(start, count, 1, atoms, grid)
        let z = Self.indices(start, count, 2, atoms, grid)
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
    _ start: Int, _ count: Int, _ axis: Int, _ atoms: AtomTable, _ grid: CellGrid
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
        column(atoms.x, vector.x, cell.origin.x), column(atoms.y, vector.y, cell.origin.y)),
      column(atoms.z, vector.z, cell.origin.z))
    let s =
      vg_subtract_double8(dot, SIMD8(repeating: grid.lower[axis]))
      / SIMD8(repeating: grid.extent[axis])
    let n = Double(grid.counts[axis])
    let index = vg_floor_double(vg_multiply_double8(s, SIMD8(repeating: n)))
    return vg_truncate_double(
      vg_min_double(vg_max_double(index, .zero), SIMD8(repeating: n - 1)))
  }

  /// The atoms of one species, sorted by home cell and by id within a cell.
  private func sortedAtoms(_ homes: [Int32], cells: Int, species s: UInt8) -> SpeciesImages {
    var offsets = [Int32](repeating: 0, count: cells + 1)
    for k in homes.indices where atoms.species[k] == s && homes[k] >= 0 {
      offsets[Int(homes[k]) + 1] += 1
    }
    for c in 1..<offsets.count { offsets[c] += offsets[c - 1] }
    let sorted = SpeciesImages(count: Int(offsets[cells]), cells: cells)
    for c in offsets.indices { sorted.offsets[c] = offsets[c] }
    for k in homes.indices where atoms.species[k] == s && homes[k] >= 0 {
      let slot = Int(offsets[Int(homes[k])])
      offsets[Int(homes[k])] += 1
      (sorted.x[slot], sorted.y[slot], sorted.z[slot]) = (atoms.x[k], atoms.y[k], atoms.z[k])
      sorted.atom[slot] = Int32(k)
    }
    return sorted
  }

  /// The pieces of every extended row.
  private func rowPieces(_ period: Int, _ shifts: [Int32]) -> [Piece] {
    var pieces: [Piece] = []
    var start = 0
    while start < size.x {
      var end = start + 1
      while end < size.x && end % period != 0 && shifts[end] == shifts[start] { end += 1 }
      pieces.append(
        Piece(first: start, count: end - start, home: start % period, shift: shifts[start]))
      start = end
    }
    return pieces
  }

  /// All images of the sorted atoms of a species.
  private func images(
    of sorted: SpeciesImages, _ block: SIMD3<Int>, _ pieces: [Piece],
    _ shifts: ([Int32], [Int32], [Int32])
  ) -> SpeciesImages {
    let home = sorted.offsets
    let cells = size.x * size.y * size.z
    /// Calls `body` with each piece of each row, the row's first extended cell, the first home cell
    /// of the piece, and the shifts along b and c.
    func forEachPiece(_ body: (Piece, Int, Int, Int32, Int32) -> Void) {
      for z in 0..<size.z {
        for y in 0..<size.y {
          let row = (z % block.z * block.y + y % block.y) * block.x
          for piece in pieces {
            body(
              piece, (z * size.y + y) * size.x, row + piece.home, shifts.1[y], shifts.2[z])
          }
        }
      }
    }
    var total = 0
    forEachPiece { piece, _, from, _, _ in total += Int(home[from + piece.count] - home[from]) }
    let result = SpeciesImages(count: total, cells: cells)
    var largest = SIMD8<Double>.zero
    var at = 0
    forEachPiece { piece, row, from, shiftY, shiftZ in
      let begin = Int(home[from]), count = Int(home[from + piece.count]) - begin
      for c in 0..<piece.count {
        result.offsets[row + piece.first + c] = Int32(at) + home[from + c] - home[from]
      }
      let shift = SIMD3(piece.shift, shiftY, shiftZ)
      let isShifted = shift != SIMD3(repeating: 0)
      result.copy(
        sorted, begin, count, to: at,
        by: isShifted ? grid.cell.displacement(Vector(shift)) : nil,
        packed: isShifted ? packImage(shift) : unshiftedImage, middle: middle, &largest)
      at += count
    }
    result.offsets[cells] = Int32(total)
    result.pad()
    extent = max(extent, largest.max())
    return result
  }
}
