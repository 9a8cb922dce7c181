import Geometry

/// Where cells with open axes are placed if their file does not state it: most formats have no
/// origin, and along an axis that does not repeat atoms may lie anywhere.
///
/// Where atoms of the first frame leave the cell along such an axis, they are taken to lie in its
/// middle, and all frames have the same corner.
struct OpenCorner {
  private let cell: Cell?
  private var low = Vector(repeating: .infinity), high = Vector(repeating: -.infinity)

  /// The corner for frames whose first cell is this one; the coordinate origin without a cell.
  init(_ cell: Cell?) { self.cell = cell }

  /// Takes atoms of the first frame into account.
  mutating func include(_ batch: AtomBatch) {
    guard let cell else { return }
    for k in 0..<batch.count {
      let s = cell.fractional(Vector(batch.x[k], batch.y[k], batch.z[k]))
      low = pointwiseMin(low, s)
      high = pointwiseMax(high, s)
    }
  }

  /// Moves the cell of a frame, with a note.
  func place(_ header: inout FrameHeader, path: String) throws(CellError) {
    guard let first = cell, low.x.isFinite else { return }
    var corner = Vector.zero
    var axes: [String] = []
    for axis in 0..<3 where !first.repeats(along: axis) && (low[axis] < 0 || high[axis] >= 1) {
      corner[axis] = (low[axis] + high[axis] - 1) / 2
      axes.append(["x", "y", "z"][axis])
    }
    guard !axes.isEmpty else { return }
    let cell = header.cell
    header.cell = try Cell(
      a: cell.a, b: cell.b, c: cell.c, origin: first.displacement(corner),
      isPeriodic: (cell.isPeriodic.a, cell.isPeriodic.b, cell.isPeriodic.c))
    header.notes.append(
      "\(path): atoms lie outside the cell along \(axes.joined(separator: ", ")), which is not "
        + "periodic, and the file states no origin of the cell: the cell is placed around the atoms "
        + "of the first frame")
  }
}
