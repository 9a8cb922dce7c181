import Contracts

/// The 95 % interval of a fraction of independent trials (Wilson, J. Am. Stat. Assoc. 22, 209
/// (1927)).
///
/// Centre (p + z²/2n)/(1 + z²/n), half width z/(1 + z²/n)·√(p(1 − p)/n + z²/4n²) with z = 1.96.
/// Unlike p ± z√(p(1 − p)/n), it does not shrink to nothing if all trials succeed, and it stays
/// inside 0…1. Environments of one frame are correlated, so the interval is a lower bound.
public struct WilsonInterval: Equatable, Sendable {
  /// Lower and upper end; NaN without trials.
  public let lower: Double, upper: Double

  /// The quantile of the normal distribution that leaves 2.5 % above.
  private static let quantile = 1.959_963_984_540_054

  /// The interval of `correct` of `count` trials.
  ///
  /// - Precondition: 0 ≤ correct ≤ count.
  public init(correct: Int, count: Int) {
    require(correct >= 0 && correct <= count, "as many successes as trials at most")
    let n = Double(count), p = Double(correct) / n, z = Self.quantile
    let scale = 1 + z * z / n
    let centre = (p + z * z / (2 * n)) / scale
    let half = z / scale * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    lower = count == 0 ? .nan : max(0, centre - half)
    upper = count == 0 ? .nan : min(1, centre + half)
  }
}
