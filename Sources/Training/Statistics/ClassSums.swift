import Contracts

/// Sums of rows by class, for class means. The flat arrays of ranks are added like those of
/// `CovarianceSums`.
public struct ClassSums: Equatable, Sendable {
  /// Number of features D.
  public let features: Int
  /// Rows of each class `[K]`, then the sums of their features `[K, D]`, to be added over ranks.
  /// Counts stay exact up to 2⁵³.
  public var flat: [Double]
  /// Number of classes K.
  public let classes: Int

  /// Sums of no rows.
  public init(classes: Int, features: Int) {
    require(classes > 0 && features > 0, "class sums need classes and features")
    self.classes = classes
    self.features = features
    flat = [Double](repeating: 0, count: classes * (features + 1))
  }

  /// Adds rows `[count, D]` with labels `[count]`.
  public mutating func add(_ rows: Span<Float>, labels: Span<UInt8>) {
    require(rows.count == labels.count * features, "rows must be [labels, features]")
    for r in labels.indices {
      let label = Int(labels[r])
      require(label < classes, "a label is not one of the classes")
      flat[label] += 1
      let target = classes + label * features
      for i in 0..<features { flat[target + i] += Double(rows[r * features + i]) }
    }
  }

  /// Rows of each class, `[K]`.
  public var counts: [Int] { flat[..<classes].map { Int($0) } }

  /// Mean of each class, `[K, D]`; NaN for a class without rows.
  public var means: [Double] {
    (0..<(classes * features)).map { flat[classes + $0] / flat[$0 / features] }
  }
}
