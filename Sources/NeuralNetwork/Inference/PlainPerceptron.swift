import Models

/// The classifier as plain loops over one row; `Perceptron` must equal it bit for bit.
///
/// It defines the order of operations of the fast path: each pre-activation starts from the bias
/// and adds its products in the order of the inputs, fused; the last layer sums 16 interleaved
/// partial sums in double, halves them four times, adds the bias.
struct PlainPerceptron {
  let model: Model

  /// Class probabilities `[K]` of one row `[D]` of standardised features.
  func probabilities(of row: [Float]) -> [Float] {
    var x = row
    for layer in model.layers.dropLast() {
      x = (0..<layer.outputs).map { output in
        var sum = layer.bias[output]
        for k in 0..<layer.inputs {
          sum = sum.addingProduct(layer.weight[output * layer.inputs + k], x[k])
        }
        return hyperbolicTangent(SIMD16(repeating: sum))[0]
      }
    }
    return outputs(of: x)
  }

  /// Class probabilities `[K]` from the activations of the last hidden layer.
  func outputs(of x: [Float]) -> [Float] { softmax(logits(x)).map { Float($0) } }

  private func logits(_ x: [Float]) -> [Double] {
    let layer = model.layers.last!
    let inverse = 1 / (model.temperature ?? 1)
    return (0..<layer.outputs).map { output in
      var sums = [Double](repeating: 0, count: 16)
      for k in 0..<layer.inputs {
        sums[k % 16] = sums[k % 16].addingProduct(
          Double(x[k]), Double(layer.weight[output * layer.inputs + k]) * inverse)
      }
      for half in [8, 4, 2, 1] {
        for lane in 0..<half { sums[lane] += sums[lane + half] }
      }
      return Double(layer.bias[output]) * inverse + sums[0]
    }
  }

  private func softmax(_ logits: [Double]) -> [Double] {
    let largest = logits.max()!
    let exponentials = logits.map { exponential(SIMD8(repeating: max($0 - largest, -708)))[0] }
    var sum = 0.0
    for e in exponentials { sum += e }
    return exponentials.map { $0 / sum }
  }
}
