/// Mean and error of a series of correlated values, from blocks of consecutive frames.
public enum BlockAverage {
  /// The mean of a series and the standard error of that mean from `blocks` blocks of consecutive
  /// values.
  ///
  /// Block means are assumed to be independent: `error = s/√B` with `s² = Σ(m_b − m̄)²/(B − 1)`,
  /// which holds if a block is longer than the correlation time. Blocks are as equal as whole
  /// frames allow. NaN values are omitted before blocks are formed.
  ///
  /// - Parameters:
  ///   - series: values in the order of frames.
  ///   - blocks: number of blocks; more than there are values means one value per block.
  /// - Returns: NaN for the mean of an empty series, and for the error of fewer than two blocks.
  public static func meanAndError(of series: [Double], blocks: Int) -> (mean: Double, error: Double)
  {
    let values = series.filter { !$0.isNaN }
    let n = values.count
    let b = min(max(blocks, 1), n)
    guard n > 0 else { return (.nan, .nan) }
    let mean = values.reduce(0, +) / Double(n)
    guard b >= 2 else { return (mean, .nan) }
    let means = (0..<b).map { k in
      let block = values[k * n / b..<(k + 1) * n / b]
      return block.reduce(0, +) / Double(block.count)
    }
    let center = means.reduce(0, +) / Double(b)
    let variance = means.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(b - 1)
    return (mean, (variance / Double(b)).squareRoot())
  }
}
