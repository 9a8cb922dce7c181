/// The one global grid of cells of a frame.
///
/// Every decomposition assigns whole cells of this grid and every neighbour list visits them in
/// grid order, so the results for an atom do not depend on how many ranks share the frame. The grid
/// is a function of the cell, the target width and, along non-periodic axes, the bounds of the
/// atoms, all of which are global.
public struct CellGrid: Sendable, Equatable {
  /// The simulation cell that is divided.
  public let cell: Cell
  /// Number of grid cells along a, b and c; each at least 1.
  public let counts: SIMD3<Int>
  /// Fractional coordinates of the grid's lower corner (0 along periodic axes).
  public let lower: Vector
  /// Fractional extent of the grid along each axis (1 along periodic axes).
  public let extent: Vector
  /// Perpendicular thickness of one grid cell along each axis in Å.
  public let widths: Vector

  /// A grid whose cells are at least `targetWidth` thick if the simulation cell is.
  ///
  /// - Parameters:
  ///   - cell: the simulation cell.
  ///   - targetWidth: target thickness of a grid cell in Å, > 0.
  ///   - bounds: smallest and largest fractional coordinates of all atoms of the frame; used along
  ///     non-periodic axes.
  ///   - atomCount: atoms in the whole frame; at most 64 empty cells per atom are made (gas,
  ///     vacuum, one molecule).
  public init(
    cell: Cell, targetWidth: Double, bounds: (lower: Vector, upper: Vector), atomCount: Int
  ) {
    precondition(targetWidth > 0, "a grid needs a positive cell width")
    var lower = Vector.zero
    var extent = Vector(1, 1, 1)
    let heights = cell.heights
    for axis in 0..<3 where !cell.repeats(along: axis) {
      lower[axis] = bounds.lower[axis]
      extent[axis] = max(bounds.upper[axis] - bounds.lower[axis], 1e-6)
    }
    let thickness = heights * extent
    var width = targetWidth
    func counts(_ width: Double) -> SIMD3<Int> {
      var counts = SIMD3<Int>(repeating: 1)
      for axis in 0..<3 {
        counts[axis] = max(1, Int(min((thickness[axis] / width).rounded(.down), 1e6)))
      }
      return counts
    }
    var n = counts(width)
    let limit = 64.0 * Double(max(atomCount, 64))
    while Double(n.x) * Double(n.y) * Double(n.z) > limit {
      width *= 1.25
      n = counts(width)
    }
    self.cell = cell
    self.counts = n
    self.lower = lower
    self.extent = extent
    self.widths = thickness / Vector(Double(n.x), Double(n.y), Double(n.z))
  }

  /// Total number of grid cells.
  public var cellCount: Int { counts.x * counts.y * counts.z }

  /// The whole grid as one region.
  public var wholeRegion: GridRegion { GridRegion(lower: SIMD3(repeating: 0), upper: counts) }

  /// Grid coordinates of the cell that holds a wrapped position; positions rounded onto the upper
  /// face belong to the last cell.
  public func coordinates(of position: Vector) -> SIMD3<Int> {
    let place = place(of: position)
    var result = SIMD3<Int>(repeating: 0)
    for axis in 0..<3 {
      let index = Int(place[axis].rounded(.down))
      result[axis] = min(max(index, 0), counts[axis] - 1)
    }
    return result
  }

  /// A position in numbers of cells along each axis from the grid's lower corner.
  @inline(__always)
  func place(of position: Vector) -> Vector {
    (cell.fractional(position) - lower) / extent
      * Vector(Double(counts.x), Double(counts.y), Double(counts.z))
  }

  /// How many cells away, along each axis, an atom within `cutoff` Å can lie.
  ///
  /// The factor allows for atoms that rounding assigns to the cell next to their own.
  public func reach(cutoff: Double) -> SIMD3<Int> {
    var reach = SIMD3<Int>(repeating: 0)
    for axis in 0..<3 {
      let cells = (cutoff * (1 + 1e-9) / widths[axis]).rounded(.up)
      // Along a non-periodic axis there are no atoms beyond the grid.
      reach[axis] = cell.repeats(along: axis) ? Int(cells) : Int(min(cells, Double(counts[axis])))
    }
    return reach
  }
}

/// A block of whole grid cells: `lower ≤ index < upper` along each axis.
public struct GridRegion: Sendable, Equatable {
  /// First cell along each axis.
  public var lower: SIMD3<Int>
  /// One past the last cell along each axis.
  public var upper: SIMD3<Int>

  /// A block of grid cells.
  public init(lower: SIMD3<Int>, upper: SIMD3<Int>) {
    self.lower = lower
    self.upper = upper
  }

  /// Whether the region holds the cell at `index`.
  public func contains(_ index: SIMD3<Int>) -> Bool {
    index.x >= lower.x && index.x < upper.x && index.y >= lower.y && index.y < upper.y
      && index.z >= lower.z
      && index.z < upper.z
  }

  /// Number of cells along each axis.
  public var size: SIMD3<Int> { upper &- lower }

  /// Total number of cells.
  public var cellCount: Int { size.x * size.y * size.z }
}
