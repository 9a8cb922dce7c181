import Contracts
import Models

/// The fraction of a frame's molecules that belong to a guard's foreign classes, and the rule that
/// follows for each of them.
///
/// A guard's probabilities assume the mixture of its training data. In a glass at 120 K, 5 % of the
/// molecules resemble the liquid more than that mixture allows; in the liquid at 260 K, 20 %
/// resemble the glass. The fraction π in the frame at hand follows from its own probabilities p by
/// expectation maximisation, π ← mean of q with q/(1 − q) = p/(1 − p) · π/(1 − π) · (1 − π₀)/π₀,
/// where π₀ is the fraction in the training data, and q replaces p (Saerens, Latinne &
/// Decaestecker, Neural Computation 14, 21 (2002)). π is kept between 0.02 and 0.9.
///
/// The odds p/(1 − p) of all molecules are counted in bins of an eighth to a quarter of their
/// value; counts are integers, so any split of the frame gives the same bits.
public struct ForeignFraction: Sendable {
  /// Bins of the odds: four to each power of two from 2⁻²⁴ to 2²⁴.
  public static let binCount = 48 * 4
  /// Least and largest fraction that a frame is taken to have.
  public static let bounds = 0.02...0.9

  /// Molecules of the foreign classes are those whose odds exceed this.
  public let leastOdds: Double
  /// The fraction π.
  public let fraction: Double

  /// The bin of a molecule's odds.
  public static func bin(odds: Float) -> Int {
    // The bits of a positive float rise with it: exponent, then two bits of the significand.
    let place = Int(max(odds, 0).bitPattern >> 21) - (127 - 24) * 4
    return min(max(place, 0), binCount - 1)
  }

  /// The odds of the foreign classes, from the probability of the subject; NaN counts as familiar.
  public static func odds(subject: Float) -> Float {
    subject.isNaN ? 0 : (1 - subject) / subject
  }

  /// The fraction in a frame, by at most 1000 steps.
  ///
  /// - Parameters:
  ///   - counts: molecules in each bin, `[binCount]`.
  ///   - prior: the fraction π₀ among the guard's training data, 0 < π₀ < 1.
  ///   - threshold: the probability q that a foreign molecule must exceed, 0 < q < 1.
  public init(counts: [Int64], prior: Double, threshold: Double) {
    require(counts.count == Self.binCount, "one count for each bin")
    let total = Double(counts.reduce(0, +))
    var fraction = prior
    if total > 0 {
      for _ in 0..<1000 {
        let factor = fraction / (1 - fraction) * (1 - prior) / prior
        var sum = 0.0
        for (bin, count) in counts.enumerated() where count > 0 {
          let odds = Self.middle(of: bin) * factor
          sum += Double(count) * (odds / (1 + odds))
        }
        let next = min(max(sum / total, Self.bounds.lowerBound), Self.bounds.upperBound)
        let change = abs(next - fraction)
        fraction = next
        if change < 1e-9 { break }
      }
    }
    self.fraction = fraction
    leastOdds =
      threshold / (1 - threshold) * (1 - fraction) / fraction * prior / (1 - prior)
  }

  /// The middle of a bin.
  private static func middle(of bin: Int) -> Double {
    let pattern = UInt32(bin + (127 - 24) * 4) << 21 | 1 << 20
    return Double(Float(bitPattern: pattern))
  }
}
