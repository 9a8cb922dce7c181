import Contracts
import Geometry

/// Equal layers across one axis of the cell, in fractional coordinates, so that frames of different
/// size can be compared.
///
/// Along cell vector `axis` the layers are the slabs `k/L ≤ s < (k+1)/L` of the fractional
/// coordinate `s`; they lie parallel to the plane of the other two edges. Their thickness is
/// measured along that plane's normal, so the **length** of the cell here is its height, the
/// distance between the two faces. In an orthogonal cell that is the edge length.
public struct Layers: Sendable, Equatable {
  /// The cell vector: 0, 1 or 2 for a, b, c (x, y, z).
  public let axis: Int
  /// Number of layers L ≥ 1, the same in every frame.
  public let count: Int

  /// Layers for a run.
  ///
  /// L = length of the first analysed frame / width, rounded to the nearest integer, halves to the
  /// even one (as NumPy and Python round), at least 1.
  ///
  /// - Parameters:
  ///   - axis: 0, 1 or 2.
  ///   - width: target thickness of a layer in Å, positive.
  ///   - firstCell: the cell of the first analysed frame.
  public init(axis: Int, width: Double, firstCell: Cell) {
    require((0..<3).contains(axis), "an axis is 0, 1 or 2")
    require(width > 0, "a layer has a positive width")
    self.axis = axis
    count = max(1, Int((Self.frame(firstCell, axis).length / width).rounded(.toNearestOrEven)))
  }

  /// A given number of layers, as read from a results file.
  public init(axis: Int, count: Int) {
    require(
      (0..<3).contains(axis) && count >= 1, "an axis is 0, 1 or 2, and there is at least one layer")
    self.axis = axis
    self.count = count
  }

  /// Distance in Å between the cell's two faces across the axis.
  public func length(of cell: Cell) -> Double { Self.frame(cell, axis).length }

  /// Layer edges [L + 1] in Å: positions along the normal of the layers, from the lower to the
  /// upper face of the cell.
  public func edges(of cell: Cell) -> [Double] {
    let (_, low, length) = Self.frame(cell, axis)
    return (0...count).map { low + length * Double($0) / Double(count) }
  }

  /// The layer [atoms] of each position.
  ///
  /// `s` is taken into [0, 1) along a periodic axis; ⌊s·L⌋ is then clamped to 0…L−1, so along a
  /// non-periodic axis an atom beyond a face is in the layer at that face. Depends only on the
  /// position and the cell.
  ///
  /// - Parameters:
  ///   - x, y, z: positions [atoms] in Å, wrapped or not.
  ///   - cell: this frame's cell.
  public func layers(x: Span<Double>, y: Span<Double>, z: Span<Double>, cell: Cell) -> [Int32] {
    require(x.count == y.count && x.count == z.count, "positions need three coordinates each")
    let (normal, low, length) = Self.frame(cell, axis)
    let isPeriodic = cell.repeats(along: axis)
    let scale = Double(count)
    let last = Double(count - 1)
    return [Int32](unsafeUninitializedCapacity: x.count) { buffer, initialized in
      for i in 0..<x.count {
        // A quotient, not a product with the inverse, because an atom exactly on the upper face
        // must have s = 1 and wrap to 0.
        var s = (normal.x * x[i] + normal.y * y[i] + normal.z * z[i] - low) / length
        if isPeriodic { s -= s.rounded(.down) }
        buffer[i] = Int32(min(last, max(0, (s * scale).rounded(.down))))
      }
      initialized = x.count
    }
  }

  /// The unit normal of the layers, the position of the lower face along it, and the height of the
  /// cell.
  ///
  /// The reciprocal vector is normal to the other two edges and has a positive component along its
  /// own edge. If it has only one component, as for every axis of an orthogonal cell, the normal is
  /// exactly ±1 and low and length are exactly those of the box.
  private static func frame(_ cell: Cell, _ axis: Int) -> (
    normal: Vector, low: Double, length: Double
  ) {
    let reciprocal =
      axis == 0 ? cell.reciprocal.a : axis == 1 ? cell.reciprocal.b : cell.reciprocal.c
    let normal = reciprocal / Geometry.length(reciprocal)
    return (normal, dot(normal, cell.origin), dot(normal, cell.edge(axis)))
  }
}
