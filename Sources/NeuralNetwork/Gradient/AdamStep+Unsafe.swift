/// The coefficients of one step of Adam, the same for all parameters.
package struct AdamStep {
  private let rows: Float
  private let stepSize: Float
  private let inverseRootCorrection: Float

  private static let beta1 = 0.9
  private static let beta2 = 0.999

  /// The step number `step`, from 1. Corrections are computed in double and rounded once, as
  /// PyTorch does.
  package init(learningRate: Double, step: Int, batchCount: Int) {
    rows = 1 / Float(batchCount)
    var (power1, power2) = (1.0, 1.0)
    // βᵗ by repeated squaring, which has the same bits on every platform, unlike libm's pow.
    var (factor1, factor2, exponent) = (AdamStep.beta1, AdamStep.beta2, step)
    while exponent > 0 {
      if exponent & 1 == 1 { (power1, power2) = (power1 * factor1, power2 * factor2) }
      (factor1, factor2, exponent) = (factor1 * factor1, factor2 * factor2, exponent / 2)
    }
    stepSize = Float(learningRate / (1 - power1))
    inverseRootCorrection = Float(1 / (1 - power2).squareRoot())
  }

  /// Updates the parameters and moments in `range`, whose gradient sums `sums` holds from its
  /// start. Element by element, so vectorisation cannot change the bits; bound by memory (28 bytes
  /// per parameter).
  @inline(never)
  package func apply(
    _ sums: UnsafePointer<Float>, _ parameters: UnsafeMutablePointer<Float>,
    _ first: UnsafeMutablePointer<Float>,
    _ second: UnsafeMutablePointer<Float>, _ range: Range<Int>
  ) {
    let (beta2, rest1, rest2) = (
      Float(AdamStep.beta2), Float(1 - AdamStep.beta1), Float(1 - AdamStep.beta2)
    )
    let sums = sums - range.lowerBound
    for i in range {
      let g = sums[i] * rows
      let m = first[i] + rest1 * (g - first[i])
      let v = beta2 * second[i] + rest2 * g * g
      first[i] = m
      second[i] = v
      parameters[i] -= stepSize * (m / (v.squareRoot() * inverseRootCorrection + 1e-8))
    }
  }
}
