/// The z-score of each feature: `x = (raw − mean) / scale`.
public struct Scaler: Equatable, Sendable {
  /// Mean of each feature over the training part, `[D]`.
  public var mean: [Double]
  /// Standard deviation of each feature, `[D]`, finite and above 0 (1 for a feature that never
  /// varies, as scikit-learn writes it).
  public var scale: [Double]

  /// A scaler from its arrays of equal length.
  public init(mean: [Double], scale: [Double]) {
    requirement(mean.count == scale.count, "a scaler needs as many scales as means")
    self.mean = mean
    self.scale = scale
  }

  /// 1 / scale, `[D]`, in double precision: round it, and the mean, once and hand both to
  /// `standardise`.
  public var inverseScale: [Double] { scale.map { 1 / $0 } }

  /// Standardises rows, `[count, D]` row-major: `x = (raw − offset)·inverseScale`, the difference
  /// rounded first.
  ///
  /// The offset is the scaler's mean, or what the caller made of it in double precision (the mean
  /// minus a constant that every raw feature lacks). Overwrites `result`; may not overlap it. The
  /// bits of a row do not depend on the other rows.
  ///
  /// - Parameters:
  ///   - raw: features, row `r` at `r·rawLeadingDimension`.
  ///   - rawLeadingDimension: elements from row to row, ≥ D.
  ///   - count: number of rows.
  ///   - offset, inverseScale: `[D]`.
  ///   - result: row `r` at `r·leadingDimension`; elements between D and `leadingDimension` are
  ///     left alone.
  ///   - leadingDimension: elements from row to row of the result, ≥ D.
  /// - Complexity: O(count·D), bound by memory.
  public static func standardise(
    raw: Span<Float>, rawLeadingDimension: Int, count: Int, offset: Span<Float>,
    inverseScale: Span<Float>,
    into result: inout MutableSpan<Float>, leadingDimension: Int
  ) {
    check(
      raw.count, rawLeadingDimension, count, offset.count, inverseScale.count, result.count,
      leadingDimension)
    let width = offset.count
    raw.withUnsafeBufferPointer { raw in
      offset.withUnsafeBufferPointer { offset in
        inverseScale.withUnsafeBufferPointer { inverseScale in
          result.withUnsafeMutableBufferPointer { result in
            guard let raw = raw.baseAddress, let result = result.baseAddress else { return }
            for row in 0..<count {
              standardiseRow(
                raw + row * rawLeadingDimension, offset.baseAddress!, inverseScale.baseAddress!,
                result + row * leadingDimension, width)
            }
          }
        }
      }
    }
  }

  /// Standardises rows in double precision; everything as in single precision.
  public static func standardise(
    raw: Span<Double>, rawLeadingDimension: Int, count: Int, offset: Span<Double>,
    inverseScale: Span<Double>,
    into result: inout MutableSpan<Double>, leadingDimension: Int
  ) {
    check(
      raw.count, rawLeadingDimension, count, offset.count, inverseScale.count, result.count,
      leadingDimension)
    let width = offset.count
    raw.withUnsafeBufferPointer { raw in
      offset.withUnsafeBufferPointer { offset in
        inverseScale.withUnsafeBufferPointer { inverseScale in
          result.withUnsafeMutableBufferPointer { result in
            guard let raw = raw.baseAddress, let result = result.baseAddress else { return }
            for row in 0..<count {
              standardiseRow(
                raw + row * rawLeadingDimension, offset.baseAddress!, inverseScale.baseAddress!,
                result + row * leadingDimension, width)
            }
          }
        }
      }
    }
  }

  /// Standardises one row, `[D]`: the same bits as in a batch.
  public static func standardise(
    raw: Span<Float>, offset: Span<Float>, inverseScale: Span<Float>,
    into row: inout MutableSpan<Float>
  ) {
    standardise(
      raw: raw, rawLeadingDimension: raw.count, count: 1, offset: offset,
      inverseScale: inverseScale, into: &row,
      leadingDimension: row.count)
  }

  /// Standardises one row, `[D]`, in double precision.
  public static func standardise(
    raw: Span<Double>, offset: Span<Double>, inverseScale: Span<Double>,
    into row: inout MutableSpan<Double>
  ) {
    standardise(
      raw: raw, rawLeadingDimension: raw.count, count: 1, offset: offset,
      inverseScale: inverseScale, into: &row,
      leadingDimension: row.count)
  }

  private static func check(
    _ raw: Int, _ rawLeadingDimension: Int, _ count: Int, _ offset: Int, _ inverseScale: Int,
    _ result: Int, _ leadingDimension: Int
  ) {
    requirement(
      offset == inverseScale && offset > 0,
      "standardise: offset and inverseScale must have the same length above 0")
    requirement(
      rawLeadingDimension >= offset && leadingDimension >= offset,
      "standardise: a leading dimension is smaller than the row")
    requirement(
      count == 0
        || (count > 0 && raw >= (count - 1) * rawLeadingDimension + offset
          && result >= (count - 1) * leadingDimension + offset),
      "standardise: a buffer is smaller than its rows")
  }
}
