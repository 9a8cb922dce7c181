import Options

/// The kind of scaling study.
public enum ScalingKind: String, OptionChoice, CaseIterable {
  /// The same work on increasing numbers of ranks.
  case strong
  /// Work in proportion to the number of ranks.
  case weak
}

/// The serial fraction of a program, from runs on different numbers of ranks.
///
/// Strong scaling, Amdahl (1967): T(p) = T₁·(s + (1 − s)/p). Weak scaling, Gustafson (1988): the
/// work done in a unit of time is V(p) = V₁·(s + (1 − s)·p). Both are straight lines, in 1/p and in
/// p: a + b·u, with s = a/(a + b), clamped to 0…1. The line is the least-squares one for relative
/// deviations, so that a run on many ranks has the same weight as one on few.
struct ScalingFit: Equatable, Sendable {
  /// Serial fraction s, 0…1.
  let serialShare: Double
  /// Largest relative deviation of a run from the line.
  let largestDeviation: Double

  /// - Parameters:
  ///   - ranks: numbers of ranks, all different [runs].
  ///   - values: seconds (strong) or work in a unit of time (weak), positive [runs].
  /// - Returns: nil with fewer than two runs, which do not determine a line.
  init?(_ kind: ScalingKind, ranks: [Int], values: [Double]) {
    guard ranks.count >= 2 else { return nil }
    let u = ranks.map { kind == .strong ? 1 / Double($0) : Double($0) }
    // Minimise Σ ((a + b·u)/value − 1)²: normal equations in x = 1/value, z = u/value.
    var xx = 0.0, xz = 0.0, zz = 0.0, x1 = 0.0, z1 = 0.0
    for (u, value) in zip(u, values) {
      let x = 1 / value, z = u / value
      xx += x * x
      xz += x * z
      zz += z * z
      x1 += x
      z1 += z
    }
    let determinant = xx * zz - xz * xz
    var a = (x1 * zz - z1 * xz) / determinant, b = (z1 * xx - x1 * xz) / determinant
    // If the line is outside the physical range, use the best one on its boundary.
    if !(a > 0) { (a, b) = (0, z1 / zz) }
    if !(b > 0) { (a, b) = (x1 / xx, 0) }
    serialShare = a / (a + b)
    largestDeviation = zip(u, values).map { abs((a + b * $0) / $1 - 1) }.max() ?? 0
  }

  /// Ranks at which efficiency has fallen to one half: 1/(1 + s·(p − 1)) = ½. Infinite without a
  /// serial fraction.
  var halfEfficiencyRanks: Double { serialShare > 0 ? 1 + 1 / serialShare : .infinity }
}
