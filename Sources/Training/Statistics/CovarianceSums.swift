import Contracts
import Models

/// Sums over rows for means, deviations and the covariance: a scaler and principal components in
/// one pass.
///
/// `pack → exchange → unpack`: each rank adds its rows, the `flat` arrays of all ranks are summed,
/// and every rank unpacks the total. If the ranks are added in ascending order, each having added
/// its rows in ascending order, the result has the same bytes in every run on that number of ranks;
/// another number of ranks groups the additions differently, which changes only the last digits.
///
/// Features are shifted by an offset before they are multiplied, so that a mean far from 0 costs no
/// digits. Any constant near the data is suitable, such as the first row of rank 0; it must be the
/// same on all ranks.
public struct CovarianceSums: Sendable {
  /// The offset that is subtracted from every row, `[D]`.
  public let offset: [Double]
  /// Number of rows.
  public internal(set) var count = 0
  /// Σ (x − offset), `[D]`.
  public internal(set) var sums: [Double]
  /// Σ (x − offset)(x − offset)ᵀ, `[D, D]` row-major; only the upper triangle is used, the rest is
  /// 0.
  var products: [Double]

  /// Sums of no rows.
  public init(offset: [Double]) {
    require(
      !offset.isEmpty && offset.count <= 1 << 20, "covariance sums need at least one feature")
    self.offset = offset
    sums = [Double](repeating: 0, count: offset.count)
    products = [Double](repeating: 0, count: offset.count * offset.count)
  }

  /// Number of features D.
  public var features: Int { offset.count }

  /// Adds rows `[count, D]`, row-major and dense.
  ///
  /// - Complexity: O(count·D²), in double precision.
  public mutating func add(_ rows: Span<Float>) {
    require(rows.count % features == 0, "rows must be [count, features]")
    rows.withUnsafeBufferPointer { addRows($0) }
  }

  /// Adds rows `[count, D]` in double precision.
  public mutating func add(_ rows: Span<Double>) {
    require(rows.count % features == 0, "rows must be [count, features]")
    rows.withUnsafeBufferPointer { addRows($0) }
  }

  /// Count, sums and the upper triangle of the products row by row, to be added over ranks. Counts
  /// stay exact up to 2⁵³.
  public var flat: [Double] {
    var flat = [Double(count)] + sums
    flat.reserveCapacity(1 + features + features * (features + 1) / 2)
    for i in 0..<features { flat += products[(i * features + i)..<((i + 1) * features)] }
    return flat
  }

  /// Replaces the sums by a total of `flat` arrays.
  ///
  /// - Precondition: the length is that of `flat`, and every part had the same offset.
  public mutating func unpack(_ flat: Span<Double>) {
    require(
      flat.count == 1 + features + features * (features + 1) / 2,
      "flat covariance sums of another number of features")
    count = Int(flat[0])
    for i in 0..<features { sums[i] = flat[1 + i] }
    var place = 1 + features
    for i in 0..<features {
      for j in i..<features {
        products[i * features + j] = flat[place]
        place += 1
      }
    }
  }

  /// Mean of each feature, `[D]`.
  public var mean: [Double] { (0..<features).map(mean) }

  private func mean(_ feature: Int) -> Double { offset[feature] + sums[feature] / Double(count) }

  /// The scaler of the rows: mean and population deviation; 1 for a constant feature, as in
  /// scikit-learn.
  ///
  /// A feature is considered constant if its variance is not larger than the rounding error of a
  /// constant of its size: var ≤ N·ε·var + (N·ε·mean)², ε = 2⁻⁵² (scikit-learn's rule).
  ///
  /// - Precondition: at least one row.
  public var scaler: Scaler {
    require(count > 0, "a scaler needs rows")
    return Scaler(
      mean: mean, scale: (0..<features).map { isConstant($0) ? 1 : variance($0).squareRoot() })
  }

  /// Indices of constant features, by the scaler's rule.
  public var constantFeatures: [Int] { (0..<features).filter(isConstant) }

  /// Population variance of a feature.
  private func variance(_ feature: Int) -> Double {
    let shift = sums[feature] / Double(count)
    return max(0, products[feature * features + feature] / Double(count) - shift * shift)
  }

  private func isConstant(_ feature: Int) -> Bool {
    let (variance, rounding) = (variance(feature), Double(count) * 0x1p-52 * mean(feature))
    return variance <= Double(count) * 0x1p-52 * variance + rounding * rounding
  }

  /// Whether any sum is NaN or infinite, as after a row with NaN.
  public var isFinite: Bool { sums.allSatisfy(\.isFinite) && products.allSatisfy(\.isFinite) }

  /// Covariance of the standardised rows `(x − mean)/scale`, `[D, D]` row-major and symmetric,
  /// divided by N − 1.
  ///
  /// - Precondition: at least two rows.
  public func covariance(scaler: Scaler) -> [Double] {
    require(
      count > 1 && scaler.scale.count == features,
      "a covariance needs at least two rows and their scaler")
    var result = products
    for i in 0..<features {
      for j in i..<features {
        let centred = products[i * features + j] - sums[i] / Double(count) * sums[j]
        let value = centred / (scaler.scale[i] * scaler.scale[j]) / Double(count - 1)
        result[i * features + j] = value
        result[j * features + i] = value
      }
    }
    return result
  }
}
