import Models

/// The int8 path as plain loops over one row: the definition of its bits.
///
/// Digits as `DigitFormat` says; sums of products of digits by level, exact; then per output three
/// or four steps in single precision, tanh, and the last layer in double as in `PlainPerceptron`.
struct PlainDigitPerceptron {
  let model: Model

  /// Class probabilities `[K]` of one row `[D]` of standardised features; NaN if one of them is not
  /// finite.
  func probabilities(of row: [Float]) -> [Float] {
    let largest = max(row.reduce(0) { max($0, abs($1)) }, 1e-30)
    guard row.allSatisfy(\.isFinite) else {
      return [Float](repeating: .nan, count: model.classCount)
    }
    // Digits of the row, [inputs][4], most significant first.
    var isOutlier = largest > DigitFormat.outlier
    let factor = (isOutlier ? DigitFormat.four : DigitFormat.three) / largest
    var digits = row.map { Int32(($0 * factor).rounded(.toNearestOrEven)) }.map {
      isOutlier ? fourDigits($0) : threeDigits($0)
    }
    var scale = largest
    var activations: [Float] = []
    for layer in model.layers.dropLast() {
      activations = (0..<layer.outputs).map { output in
        activation(of: digits, isOutlier: isOutlier, layer, output, scale)
      }
      digits = activations.map {
        threeDigits(Int32(($0 * DigitFormat.three).rounded(.toNearestOrEven)))
      }
      scale = 1
      isOutlier = false
    }
    return PlainPerceptron(model: model).outputs(of: activations)
  }

  private func activation(
    of digits: [[Int32]], isOutlier: Bool, _ layer: Model.Layer, _ output: Int, _ rowScale: Float
  ) -> Float {
    let largest = DigitFormat.largestWeight(layer, output)
    var levels: (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    for k in 0..<layer.inputs {
      let d = DigitFormat.digits(
        DigitFormat.weight(layer.weight[output * layer.inputs + k], largest: largest))
      let (w0, w1, w2) = (Int32(d.0), Int32(d.1), Int32(d.2))
      let x = digits[k]
      levels.0 += x[0] * w0
      levels.1 += x[0] * w1 + x[1] * w0
      levels.2 += x[0] * w2 + x[1] * w1 + x[2] * w0
      if isOutlier { levels.3 += x[3] * w0 + x[2] * w1 + x[1] * w2 }
    }
    let step: Float = 1 / 256
    var z = Float(levels.2).addingProduct(Float(levels.3), step)
    z = Float(levels.1).addingProduct(z, step)
    z = Float(levels.0).addingProduct(z, step)
    z = layer.bias[output].addingProduct(z, DigitFormat.scale(largest: largest) * rowScale)
    return hyperbolicTangent(SIMD16(repeating: z))[0]
  }

  private func threeDigits(_ q: Int32) -> [Int32] {
    let d = DigitFormat.digits(q)
    return [Int32(d.0), Int32(d.1), Int32(d.2), 0]
  }

  private func fourDigits(_ q: Int32) -> [Int32] {
    let offset = Int32(bitPattern: 0x8080_8080)
    let d = (q &+ offset) ^ offset
    return [24, 16, 8, 0].map { Int32(Int8(truncatingIfNeeded: d >> $0)) }
  }
}
