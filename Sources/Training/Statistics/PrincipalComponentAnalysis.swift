import Contracts
import Models

/// Principal components of standardised rows, from their covariance sums.
public struct PrincipalComponentAnalysis: Equatable, Sendable {
  /// `[D, D]` row-major, one component per row, by descending explained variance.
  ///
  /// The sign of an eigenvector is arbitrary: here the loading of largest magnitude is positive,
  /// the first of them if several are equal.
  public let components: [Double]
  /// Variance along each component, `[D]`, N − 1 in the denominator, not below 0.
  public let variance: [Double]
  /// Fraction of the total variance that each component explains, `[D]`.
  public let explainedVariance: [Double]

  /// Number of features D.
  public var features: Int { variance.count }

  /// Components of the rows in `sums`, standardised by `scaler`.
  ///
  /// Every rank computes the same from the same sums. Fails (nil) if the sums are not finite, hold
  /// fewer than two rows or no variance, or if the eigensolver does not converge.
  ///
  /// - Complexity: O(D³): 0.3 s for 546 features.
  public init?(_ sums: CovarianceSums, scaler: Scaler) {
    guard sums.count > 1, sums.isFinite else { return nil }
    let n = sums.features
    guard
      let (values, vectors) = SymmetricEigenproblem.solve(sums.covariance(scaler: scaler), n: n)
    else { return nil }
    // Values ascend; the order is reversed, with a fixed order of equal values.
    var components: [Double] = []
    components.reserveCapacity(n * n)
    for i in (0..<n).reversed() {
      let vector = vectors[(i * n)..<((i + 1) * n)]
      var largest = 0.0
      for loading in vector where abs(loading) > abs(largest) { largest = loading }
      components += vector.map { largest < 0 ? -$0 : $0 }
    }
    variance = values.reversed().map { max(0, $0) }
    let total = variance.reduce(0, +)
    guard total > 0 else { return nil }
    self.components = components
    explainedVariance = variance.map { $0 / total }
  }

  /// The smallest number of components that together explain at least this fraction of the
  /// variance.
  public func count(explaining share: Double) -> Int {
    var sum = 0.0
    for (i, part) in explainedVariance.enumerated() {
      sum += part
      if sum >= share { return i + 1 }
    }
    return features
  }

  /// The first components as a `Model` holds them.
  public func leading(_ count: Int) -> Model.PrincipalComponents {
    require(
      count > 0 && count <= features, "as many components as there are features, and at least one")
    return Model.PrincipalComponents(
      components: Array(components[..<(count * features)]), count: count,
      explainedVariance: Array(explainedVariance[..<count]))
  }

  /// Scores of standardised rows `[count, D]` on one component, `[count]`: used by
  /// `LogisticRegression` to separate the classes.
  public func scores(component: Int, rows: Span<Float>) -> [Double] {
    require(
      component >= 0 && component < features && rows.count % features == 0,
      "rows must be [count, features]")
    return stride(from: 0, to: rows.count, by: features).map { start in
      var sum = 0.0
      for i in 0..<features {
        sum += components[component * features + i] * Double(rows[start + i])
      }
      return sum
    }
  }

  /// Class centroids in the plane of the first two components, `[K, 2]`, from standardised class
  /// means `[K, D]`.
  ///
  /// Projection is linear, so a class's mean is enough. With a single feature the second coordinate
  /// is 0.
  public func centroids(_ means: [Double]) -> [Double] {
    require(means.count % features == 0, "class means must be [classes, features]")
    return stride(from: 0, to: means.count, by: features).flatMap { start in
      (0..<2).map { component -> Double in
        guard component < features else { return 0 }
        var sum = 0.0
        for k in 0..<features {
          sum += components[component * features + k] * means[start + k]
        }
        return sum
      }
    }
  }

  /// Euclidean distances between points of a plane `[K, 2]`: `[K, K]`.
  public static func distances(_ points: [Double]) -> [Double] {
    let count = points.count / 2
    return (0..<(count * count)).map { place in
      let (i, j) = (place / count, place % count)
      let (x, y) = (points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1])
      return (x * x + y * y).squareRoot()
    }
  }
}
