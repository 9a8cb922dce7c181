/// Rows of grid cells around a home cell that can hold atoms within a cutoff.
///
/// A row is a run of cells along a: contiguous in the extended grid's order, so each row is one
/// contiguous run of images.
struct Stencil {
  struct Row {
    /// Cells to skip from the home cell to the row's first cell.
    let start: Int
    /// Number of cells in the row.
    let length: Int
    /// Offsets of the row from the home cell along b and c, and half its length along a.
    let y: Int, z: Int, x: Int
  }

  let rows: [Row]

  /// All rows within `cutoff` Å of some point of the home cell.
  ///
  /// In an orthogonal cell rows are trimmed to the sphere; in a skewed one only the perpendicular
  /// widths bound them.
  init(grid: ExtendedGrid, cutoff: Double) {
    let reach = grid.grid.reach(cutoff: cutoff)
    let w = grid.grid.widths
    let cell = grid.grid.cell
    let orthogonal =
      cell.a.y == 0 && cell.a.z == 0 && cell.b.x == 0 && cell.b.z == 0 && cell.c.x == 0
      && cell.c.y == 0
    let slack = cutoff * (1 + 1e-9)
    var rows: [Row] = []
    for z in -reach.z...reach.z {
      for y in -reach.y...reach.y {
        var x = reach.x
        if orthogonal {
          let gapY = Double(max(abs(y) - 1, 0)) * w.y
          let gapZ = Double(max(abs(z) - 1, 0)) * w.z
          let left = slack * slack - gapY * gapY - gapZ * gapZ
          if left < 0 { continue }
          x = min(x, Int((left.squareRoot() / w.x).rounded(.up)))
        }
        let start = (z * grid.size.y + y) * grid.size.x - x
        rows.append(Row(start: start, length: 2 * x + 1, y: y, z: z, x: x))
      }
    }
    self.rows = rows
  }

  /// Calls `body(row, first, end)` with the rows around a few cells, as far as the extended grid
  /// goes: along axes that do not repeat it ends at the last atoms.
  ///
  /// - Parameters:
  ///   - home: index of the first of `width` cells along a, at `local` from the grid's first cell.
  ///   - size: number of extended cells along each axis.
  ///   - body: takes the index of the row's first cell, and that of the cell after its last one.
  @inline(__always)
  func forEachRow(
    around home: Int, at local: SIMD3<Int>, width: Int = 1, in size: SIMD3<Int>,
    _ body: (Row, Int, Int) -> Void
  ) {
    for row in rows {
      let y = local.y + row.y, z = local.z + row.z
      if y < 0 || y >= size.y || z < 0 || z >= size.z { continue }
      let low = max(local.x - row.x, 0), high = min(local.x + width - 1 + row.x, size.x - 1)
      let first = home + row.start + (low - (local.x - row.x))
      body(row, first, first + high - low + 1)
    }
  }
}
