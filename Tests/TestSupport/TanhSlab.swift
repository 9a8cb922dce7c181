import Foundation

/// A slab along a periodic axis: layer means of ½(tanh((x − a)/w) − tanh((x − b)/w)), by closed
/// form; w = 0 gives steps.
public struct TanhSlab: Sendable {
  /// Length of the axis and its lower end, in Å.
  public var length: Double, low: Double
  /// Number of layers.
  public var layers: Int
  /// Positions of the rising and the falling interface and their width w, in Å.
  public var a: Double, b: Double, width: Double
  /// Values outside and inside the slab.
  public var bottom: Double, top: Double
  /// Periodic images on each side that contribute.
  public var images: Int

  /// A slab from `a` to `b`.
  public init(
    length: Double = 208, low: Double = -7.5, layers: Int, a: Double, b: Double, width: Double,
    bottom: Double = 0, top: Double = 1, images: Int = 1
  ) {
    (self.length, self.low, self.layers) = (length, low, layers)
    (self.a, self.b, self.width) = (a, b, width)
    (self.bottom, self.top, self.images) = (bottom, top, images)
  }

  /// Edges of the layers in Å, `[layers + 1]`.
  public var edges: [Double] { (0...layers).map { low + length * Double($0) / Double(layers) } }

  /// Means over the layers, `[layers]`.
  public func means() -> [Double] {
    let edges = edges
    return (0..<layers).map { k in
      var area = 0.0
      for image in -images...images {
        let d = Double(image) * length
        area += integral(edges[k], edges[k + 1], a + d) - integral(edges[k], edges[k + 1], b + d)
      }
      return bottom + (top - bottom) * area / (edges[k + 1] - edges[k]) / 2
    }
  }

  /// ∫ tanh((x − c)/w) dx.
  private func integral(_ from: Double, _ to: Double, _ c: Double) -> Double {
    guard width > 0 else { return abs(to - c) - abs(from - c) }
    func logCosh(_ u: Double) -> Double { abs(u) + log1p(exp(-2 * abs(u))) }
    return width * (logCosh((to - c) / width) - logCosh((from - c) / width))
  }
}
