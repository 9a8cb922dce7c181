import Contracts
import Glibc

/// How far the probabilities of a classifier agree with the fractions of correct predictions.
///
/// Rows are sorted into bins by the probability p of the predicted class; in each bin, the mean of
/// p is compared with the fraction of correct predictions (the reliability diagram). The expected
/// calibration error is Σ (n_b/n)·|correct_b − mean p_b| (Naeini, Cooper & Hauskrecht, AAAI 2015;
/// Guo, Pleiss, Sun & Weinberger, ICML 2017), the Brier score the mean of Σ_k (p_k − y_k)², 0…2
/// (Brier, Mon. Weather Rev. 78, 1 (1950)), with y the indicator of the true class.
public struct Reliability: Equatable, Sendable {
  /// Limits of the bins, `[B + 1]`: steps of 0.05, the last of which is divided at 0.99. A bin
  /// contains its lower limit.
  public static let edges: [Double] = (0..<20).map { Double($0) / 20 } + [0.99, 1]

  /// Rows in each bin, `[B]`.
  public private(set) var counts: [Int]
  /// Correct predictions in each bin, `[B]`.
  public private(set) var correct: [Int]
  /// Mean of Σ_k (p_k − y_k)²; NaN without rows.
  public let brierScore: Double
  /// Mean of −ln p of the true class; NaN without rows.
  public let crossEntropy: Double
  private var sums: [Double]

  /// The agreement of probabilities `[rows, K]` with labels `[rows]`, summed in the order of the
  /// rows.
  ///
  /// - Parameters:
  ///   - undoing: a temperature T ≠ 1 that is undone first: p ∝ p^T.
  /// - Precondition: labels are below K.
  public init(
    probabilities: Span<Float>, labels: Span<UInt8>, classes: Int, undoing temperature: Double = 1
  ) {
    require(
      classes >= 2 && probabilities.count == labels.count * classes,
      "probabilities must be [labels, classes]")
    let bins = Self.edges.count - 1
    counts = [Int](repeating: 0, count: bins)
    correct = counts
    sums = [Double](repeating: 0, count: bins)
    var brier = 0.0, entropy = 0.0
    var p = [Double](repeating: 0, count: classes)
    for r in labels.indices {
      let label = Int(labels[r])
      require(label < classes, "a label is not one of the classes")
      var total = 0.0
      for k in 0..<classes {
        let value = Double(probabilities[r * classes + k])
        p[k] = temperature == 1 ? value : pow(value, temperature)
        total += p[k]
      }
      if temperature != 1 { for k in 0..<classes { p[k] /= total } }
      var top = 0
      for k in 1..<classes where p[k] > p[top] { top = k }
      let bin = Self.bin(p[top])
      counts[bin] += 1
      sums[bin] += p[top]
      if top == label { correct[bin] += 1 }
      for k in 0..<classes {
        let difference = p[k] - (k == label ? 1 : 0)
        brier += difference * difference
      }
      entropy -= log(max(p[label], Double(Float.leastNormalMagnitude)))
    }
    brierScore = brier / Double(labels.count)
    crossEntropy = entropy / Double(labels.count)
  }

  /// Number of rows.
  public var count: Int { counts.reduce(0, +) }
  /// Mean p of the predicted class in each bin, `[B]`; NaN in empty bins.
  public var confidences: [Double] { zip(sums, counts).map { $0 / Double($1) } }
  /// Mean p of the predicted class; NaN without rows.
  public var meanConfidence: Double { sums.reduce(0, +) / Double(count) }

  /// Σ (n_b/n)·|correct_b − mean p_b|; NaN without rows.
  public var expectedCalibrationError: Double {
    zip(zip(correct, sums), counts).reduce(0) { total, bin in
      total + abs(Double(bin.0.0) - bin.0.1)
    } / Double(count)
  }

  /// Rows with p of at least 0.95, and the correct predictions among them.
  public var confident: (count: Int, correct: Int) {
    let first = Self.edges.firstIndex(of: 0.95)!
    return (counts[first...].reduce(0, +), correct[first...].reduce(0, +))
  }

  private static func bin(_ p: Double) -> Int {
    var bin = 0
    while bin + 2 < edges.count && p >= edges[bin + 1] { bin += 1 }
    return bin
  }
}
