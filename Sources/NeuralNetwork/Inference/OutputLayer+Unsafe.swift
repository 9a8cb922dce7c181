import Models

/// The last layer and the softmax, in double precision for both precisions of the network.
///
/// Its few rows do not fill a register tile, and the error of the probabilities is that of the
/// logits: a sum of 600 products in double precision takes 1 % of the time of the network and
/// removes that error. Each row is computed by itself, in one order of operations, so its bits
/// depend on nothing else.
final class OutputLayer {
  let inputs: Int
  let classes: Int
  /// Vectors of 8 doubles per class, enough for whole vectors of either precision.
  let vectors: Int
  /// `[class][vector]`, 0 beyond the inputs.
  let weights: AlignedBuffer<SIMD8<Double>>
  let bias: AlignedBuffer<Double>
  /// Logits of one row, then their exponentials; whole vectors.
  let scratch: AlignedBuffer<SIMD8<Double>>

  /// The layer with its weights and biases divided by a temperature: with that of 1, its own bits.
  init(_ layer: Model.Layer, temperature: Double = 1) {
    let inverse = 1 / temperature
    inputs = layer.inputs
    classes = layer.outputs
    vectors = (inputs + 15) / 16 * 2
    weights = AlignedBuffer(count: classes * vectors)
    bias = AlignedBuffer(count: classes)
    scratch = AlignedBuffer(count: (classes + 7) / 8)
    for c in 0..<classes {
      bias.pointer[c] = Double(layer.bias[c]) * inverse
      for k in 0..<inputs {
        weights.pointer[c * vectors + k / 8][k % 8] =
          Double(layer.weight[c * inputs + k]) * inverse
      }
    }
  }
}

/// Sum of the lanes in one fixed order.
@inline(__always)
private func laneSum(_ x: SIMD8<Double>) -> Double {
  let four = x.lowHalf + x.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// Turns the logits in `scratch` into probabilities: exp(z − max z) / Σ exp(z − max z), the sum in
/// class order.
@inline(__always)
private func softmax(_ scratch: UnsafeMutablePointer<SIMD8<Double>>, _ classes: Int) {
  let logits = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Double.self)
  var largest = logits[0]
  for c in 1..<classes where logits[c] > largest { largest = logits[c] }
  for v in 0..<((classes + 7) / 8) {
    let shifted = scratch[v] - largest
    // exp(−708) is 3e-308: equivalent to 0 relative to the largest class, which has 1.
    let limit = SIMD8<Double>(repeating: -708)
    scratch[v] = exponential(shifted.replacing(with: limit, where: shifted .< limit))
  }
  var sum = 0.0
  for c in 0..<classes { sum += logits[c] }
  for c in 0..<classes { logits[c] /= sum }
}

extension Float {
  static func probabilities(
    of rows: UnsafePointer<SIMD16<Float>>, leadingVectors: Int, count: Int, _ layer: OutputLayer,
    into result: UnsafeMutablePointer<Float>
  ) {
    let scratch = layer.scratch.pointer
    let logits = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Double.self)
    let classes = layer.classes
    let bias = layer.bias.pointer
    for row in 0..<count {
      let x = rows + row * leadingVectors
      var w = UnsafePointer(layer.weights.pointer)
      for c in 0..<classes {
        var low = SIMD8<Double>()
        var high = SIMD8<Double>()
        for v in 0..<(layer.vectors / 2) {
          let floats = x[v]
          low = low.addingProduct(SIMD8<Double>(floats.lowHalf), w[0])
          high = high.addingProduct(SIMD8<Double>(floats.highHalf), w[1])
          w += 2
        }
        logits[c] = bias[c] + laneSum(low + high)
      }
      softmax(scratch, classes)
      for c in 0..<classes { result[row * classes + c] = Float(logits[c]) }
    }
  }
}

extension Double {
  static func probabilities(
    of rows: UnsafePointer<SIMD8<Double>>, leadingVectors: Int, count: Int, _ layer: OutputLayer,
    into result: UnsafeMutablePointer<Double>
  ) {
    let scratch = layer.scratch.pointer
    let logits = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Double.self)
    let classes = layer.classes
    let bias = layer.bias.pointer
    for row in 0..<count {
      let x = rows + row * leadingVectors
      let vectors = (layer.inputs + 7) / 8
      for c in 0..<classes {
        let w = UnsafePointer(layer.weights.pointer) + c * layer.vectors
        var even = SIMD8<Double>()
        var odd = SIMD8<Double>()
        for v in stride(from: 0, to: vectors - 1, by: 2) {
          even = even.addingProduct(x[v], w[v])
          odd = odd.addingProduct(x[v + 1], w[v + 1])
        }
        if vectors % 2 == 1 { even = even.addingProduct(x[vectors - 1], w[vectors - 1]) }
        logits[c] = bias[c] + laneSum(even + odd)
      }
      softmax(scratch, classes)
      for c in 0..<classes { result[row * classes + c] = logits[c] }
    }
  }
}

extension SIMD8<Double> {
  /// Lane-wise conversion; as a loop it becomes one instruction.
  @inline(__always)
  fileprivate init(_ floats: SIMD8<Float>) {
    self.init()
    for lane in 0..<8 { self[lane] = Double(floats[lane]) }
  }
}
