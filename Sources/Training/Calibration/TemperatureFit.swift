import Contracts
import Glibc
import Models

/// Fits the temperature by which logits are divided, so that probabilities agree with the fractions
/// of correct predictions (temperature scaling: Guo, Pleiss, Sun & Weinberger, ICML 2017).
///
/// Minimises the cross-entropy Σ −ln softmax(z/T) of the true classes over T > 0. As a function of
/// b = 1/T it is convex, so the derivative, Σ (E_p[z] − z_true), has one zero, which is found by
/// bisection in ln b. The predicted classes do not change.
public enum TemperatureFit {
  /// The temperature that minimises the cross-entropy of rows with labels.
  ///
  /// - Parameters:
  ///   - probabilities: `[rows, K]` at temperature 1, in an order that is the same in every run;
  ///     their logarithms are the logits, up to a constant of the row.
  ///   - labels: `[rows]`.
  /// - Returns: T in `ModelFile.temperatures`; nil if the cross-entropy falls up to a limit of this
  ///   range, as it does if every row is predicted correctly.
  /// - Complexity: 60 passes over the rows.
  public static func temperature(
    probabilities: [Float], labels: [UInt8], classes: Int
  ) -> Double? {
    require(
      classes >= 2 && probabilities.count == labels.count * classes && !labels.isEmpty,
      "probabilities must be [labels, classes]")
    let logits = probabilities.map { log(Double(max($0, Float.leastNormalMagnitude))) }
    var low = log(1 / ModelFile.temperatures.upperBound),
      high = log(1 / ModelFile.temperatures.lowerBound)
    guard slope(logits, labels, classes, exp(low)) < 0,
      slope(logits, labels, classes, exp(high)) > 0
    else { return nil }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if slope(logits, labels, classes, exp(middle)) < 0 { low = middle } else { high = middle }
    }
    return exp(-(low + high) / 2)
  }

  /// Standard error of a fitted temperature, T²/√Σ Var_p(z), as if rows were independent.
  ///
  /// The sum is the second derivative of the cross-entropy by 1/T. Where nearly all rows are
  /// predicted correctly with p near 1, it is small, and the temperature hardly determined.
  ///
  /// - Parameter probabilities: `[rows, K]` at temperature 1.
  public static func standardError(
    ofTemperature temperature: Double, probabilities: [Float], classes: Int
  ) -> Double {
    require(
      classes >= 2 && probabilities.count % classes == 0, "probabilities must be [rows, classes]")
    var sum = 0.0
    for row in stride(from: 0, to: probabilities.count, by: classes) {
      var total = 0.0, mean = 0.0, square = 0.0
      for c in row..<row + classes {
        let z = log(Double(max(probabilities[c], Float.leastNormalMagnitude)))
        // Probabilities are at most 1, so that no exponential overflows.
        let weight = exp(z / temperature)
        total += weight
        mean += weight * z
        square += weight * z * z
      }
      sum += square / total - (mean / total) * (mean / total)
    }
    return temperature * temperature / sum.squareRoot()
  }

  /// Derivative of the cross-entropy by b at inverse temperature b.
  private static func slope(_ z: [Double], _ labels: [UInt8], _ k: Int, _ b: Double) -> Double {
    var sum = 0.0
    for (r, label) in labels.enumerated() {
      let row = r * k
      var largest = z[row]
      for c in 1..<k { largest = max(largest, z[row + c]) }
      var total = 0.0, mean = 0.0
      for c in 0..<k {
        let weight = exp(b * (z[row + c] - largest))
        total += weight
        mean += weight * z[row + c]
      }
      sum += mean / total - z[row + Int(label)]
    }
    return sum
  }
}
