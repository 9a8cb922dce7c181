/// A step from 0 to 1 as a smooth monotone curve, made from noisy layer means.
///
/// 1. Layer means become values at layer centres, to O(h⁴): `P(x_k) = P̄_k − (P̄_{k+1} − 2P̄_k +
///    P̄_{k−1})/24`. Without this correction, averaging over 2 Å layers would broaden an 11 Å
///    interface by one or two per cent; noise grows by a factor of 1.09 at most.
/// 2. Isotonic regression (pool adjacent violators): the monotone sequence nearest in least
///    squares. ∫|dP/dx| of a noisy profile grows with the length of the plateaus, ∫(dP/dx)² even
///    more; for a monotone sequence it is the height of the step. A profile that is already
///    monotone is not changed, so the definitions in docs/definitions.md apply to it exactly.
/// 3. Clipped to 0…1, and a cubic between the centres with fourth-order slopes, limited to three
///    times the smaller neighbouring secant so that the curve stays monotone (Fritsch & Carlson
///    1980; Hyman 1983).
struct MonotoneStep {
  /// Sampled positions [points], values and slopes.
  private(set) var x: [Double] = []
  private(set) var value: [Double] = []
  private(set) var slope: [Double] = []

  /// Samples per layer.
  private static let samples = 32

  /// - Parameters:
  ///   - means: layer means [n], normalised so that the plateaus are 0 (left) and 1 (right).
  ///   - low: lower edge of the first layer in Å.
  ///   - step: thickness of a layer in Å.
  init(means: [Double], low: Double, step h: Double) {
    let n = means.count
    var p = means
    for k in 1..<max(n - 1, 1) {
      p[k] = means[k] - (means[k + 1] - 2 * means[k] + means[k - 1]) / 24
    }
    p = Self.isotonic(p).map { min(1, max(0, $0)) }
    let slopes = Self.limitedSlopes(p, h)
    for k in 0..<max(n - 1, 0) {
      for sample in 0..<Self.samples {
        let t = Double(sample) / Double(Self.samples)
        append(
          at: low + (Double(k) + 0.5 + t) * h,
          Self.hermite(p[k], p[k + 1], slopes[k] * h, slopes[k + 1] * h, t), h)
      }
    }
    append(at: low + (Double(n) - 0.5) * h, (p[n - 1], slopes[n - 1] * h), h)
  }

  private mutating func append(
    at place: Double, _ point: (value: Double, slope: Double), _ h: Double
  ) {
    x.append(place)
    value.append(point.value)
    slope.append(max(point.slope / h, 0))
  }

  /// The position of `level`; the middle of the flat part if the curve is flat there.
  func place(of level: Double) -> Double {
    guard let first = value.firstIndex(where: { $0 >= level }) else { return x[x.count - 1] }
    guard let last = value.lastIndex(where: { $0 <= level }) else { return x[0] }
    if first <= last { return (x[first] + x[last]) / 2 }
    return x[last] + (x[first] - x[last]) * (level - value[last]) / (value[first] - value[last])
  }

  /// All thicknesses, with the step at `position`; nil if the curve does not rise.
  func thickness(position: Double) -> Thickness? {
    let rise = value[value.count - 1] - value[0]
    guard let steepest = slope.max(), steepest > 0, rise > 0 else { return nil }
    let h = x[1] - x[0]
    var squares = 0.0
    var area = 0.0
    for k in x.indices {
      let weight = k == 0 || k == x.count - 1 ? h / 2 : h
      squares += weight * slope[k] * slope[k]
      area += weight * (x[k] < position ? value[k] : x[k] > position ? 1 - value[k] : 0.5)
    }
    return Thickness(
      gibbs: rise * rise / squares, fiveToNinetyFive: place(of: 0.95) - place(of: 0.05),
      tenToNinety: place(of: 0.9) - place(of: 0.1), ramp: 4 * area, gradient: rise / steepest)
  }

  /// The monotone sequence nearest to `p` in the least-squares sense; the sum of each averaged
  /// block is preserved.
  static func isotonic(_ p: [Double]) -> [Double] {
    var blocks: [(sum: Double, count: Int)] = []
    for value in p {
      var block = (sum: value, count: 1)
      while let last = blocks.last, last.sum * Double(block.count) >= block.sum * Double(last.count)
      {
        block = (block.sum + last.sum, block.count + last.count)
        blocks.removeLast()
      }
      blocks.append(block)
    }
    return blocks.flatMap { [Double](repeating: $0.sum / Double($0.count), count: $0.count) }
  }

  private static func limitedSlopes(_ p: [Double], _ h: Double) -> [Double] {
    let n = p.count
    func at(_ k: Int) -> Double { p[min(max(k, 0), n - 1)] }
    return (0..<n).map { k in
      let before = (at(k) - at(k - 1)) / h
      let after = (at(k + 1) - at(k)) / h
      let central = (at(k - 2) - 8 * at(k - 1) + 8 * at(k + 1) - at(k + 2)) / (12 * h)
      return min(max(central, 0), 3 * min(before, after))
    }
  }

  /// Value and slope (per layer) of the cubic with ends p, q and end slopes a, b at t ∈ [0, 1].
  private static func hermite(_ p: Double, _ q: Double, _ a: Double, _ b: Double, _ t: Double) -> (
    value: Double, slope: Double
  ) {
    let d = q - p
    let c2 = 3 * d - 2 * a - b
    let c3 = a + b - 2 * d
    return (p + t * (a + t * (c2 + t * c3)), a + t * (2 * c2 + 3 * t * c3))
  }
}
