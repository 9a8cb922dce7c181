import Contracts

/// The z-score of each feature: `x = (raw − mean) / scale`.
public struct Scaler: Equatable, Sendable {
  /// Mean of each feature over the training part, `[D]`.
  public var mean: [Double]
  /// Standard deviation of each feature, `[D]`, finite and above 0 (1 for a constant feature, as
  /// scikit-learn writes it).
  public var scale: [Double]

  /// A scaler from its arrays of equal length.
  public init(mean: [Double], scale: [Double]) {
    require(mean.count == scale.count, "a scaler needs as many scales as means")
    self.mean = mean
    self.scale = scale
  }

  /// 1 / scale, `[D]`.
  public var inverseScale: [Double] { scale.map { 1 / $0 } }

  /// Standardises rows `[count, D]`, row-major and dense, in place: `x = (x − mean)·(1/scale)`, the
  /// difference and the reciprocal rounded first.
  ///
  /// Element by element, so the bits of a row do not depend on the other rows.
  ///
  /// - Complexity: O(count·D).
  public func standardise(_ rows: inout MutableSpan<Double>) {
    let (width, inverse) = (mean.count, inverseScale)
    require(
      width > 0 && rows.count % width == 0, "rows to standardise must be [count, features]")
    for start in stride(from: 0, to: rows.count, by: width) {
      for f in 0..<width { rows[start + f] = (rows[start + f] - mean[f]) * inverse[f] }
    }
  }
}
