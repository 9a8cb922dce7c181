import Contracts

/// Gradient sums of several ranks in consecutive memory.
public enum GradientParts {
  /// Adds the ranks' parts of a range of parameters, in the order of the ranks: `result[i] = Σ
  /// parts[r·parameters + range.lowerBound + i]`.
  ///
  /// - Parameters:
  ///   - parts: `[ranks, parameters]`.
  ///   - parameters: number of parameters.
  ///   - range: which of them.
  ///   - result: `[range]`, overwritten.
  public static func add(
    _ parts: Span<Float>, parameters: Int, range: Range<Int>, into result: inout MutableSpan<Float>
  ) {
    require(
      parameters > 0 && parts.count % parameters == 0 && parts.count > 0 && range.lowerBound >= 0
        && range.upperBound <= parameters
        && result.count == range.count,
      "gradient parts must be [ranks, parameters], and the result as long as the range")
    let ranks = parts.count / parameters
    parts.withUnsafeBufferPointer { parts in
      result.withUnsafeMutableBufferPointer { result in
        guard let source = parts.baseAddress, let target = result.baseAddress else { return }
        // In pieces that stay in the L1 cache while the parts of the ranks are added.
        for start in stride(from: 0, to: range.count, by: 4096) {
          let count = min(4096, range.count - start)
          (target + start).update(from: source + range.lowerBound + start, count: count)
          for rank in 1..<max(ranks, 1) {
            addVector(target + start, source + rank * parameters + range.lowerBound + start, count)
          }
        }
      }
    }
  }

  @inline(never)
  private static func addVector(
    _ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, _ count: Int
  ) {
    for i in 0..<count { target[i] += source[i] }
  }
}
