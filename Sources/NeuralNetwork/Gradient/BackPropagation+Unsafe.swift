import Models

/// Forward and backward pass over chunks of rows, and the memory for one chunk.
///
/// Legend: a[0] features, a[l] the output of hidden layer l (after tanh and dropout), z logits; δ
/// the derivative by a layer's pre-activation; f dropout's factor (0 or 1/(1 − p)), t = tanh. Per
/// layer three products:
///
///     a[l+1] = f·tanh(a[l]·Wᵀ + b)      ∂W = δᵀ·a[l]      δ[l] = (δ[l+1]·W)·f·(1 − t²)
///
/// Every element of a product is one chain of fused multiply-adds in ascending order
/// (`ChainProduct`); everything else is element by element or row by row and uses no libm: the same
/// bytes on every processor. Rows of a[l] are whole vectors: elements beyond the units stay 0 in
/// both directions (tanh 0 = 0). Tiles read whole multiples of rows, so every buffer has `slack`
/// more.
package final class BackPropagation {
  private let shape: NetworkShape
  private let chunk: Int
  private let product: ChainProduct
  /// Vectors per row of a[0], a[1], …
  private let vectors: [Int]
  /// a[0], a[1], …, and the δ of a[1], a[2], …
  private let activations: [AlignedBuffer<SIMD16<Float>>]
  private let deltas: [AlignedBuffer<SIMD16<Float>>]
  private let biases: [AlignedBuffer<SIMD16<Float>>]
  private let packed: [ChainProduct.PackedWeights]
  private let logits: AlignedBuffer<Float>
  private let keys: AlignedBuffer<UInt64>
  private static let slack = 16

  package init(_ shape: NetworkShape, chunk: Int) {
    self.shape = shape
    self.chunk = chunk
    vectors = shape.widths.dropLast().map { ($0 + 15) / 16 }
    let rows = chunk + Self.slack
    activations = vectors.map { AlignedBuffer(count: rows * $0) }
    deltas = vectors.dropFirst().map { AlignedBuffer(count: rows * $0) }
    biases = vectors.dropFirst().map { AlignedBuffer(count: $0) }
    packed = (0..<shape.layerCount).map {
      ChainProduct.PackedWeights(inputs: shape.widths[$0], outputs: shape.widths[$0 + 1])
    }
    logits = AlignedBuffer(count: rows * (shape.classes + Self.slack))
    keys = AlignedBuffer(count: chunk)
    product = ChainProduct(largestDepth: max(chunk, shape.widths.max() ?? 1))
  }

  /// Gradient sums over the rows in `order`; overwrites the result.
  package func gradient(
    _ parameters: UnsafePointer<Float>, _ rows: UnsafeBufferPointer<Float>,
    _ labels: UnsafeBufferPointer<UInt8>,
    _ order: UnsafeBufferPointer<Int32>, sampleOffset: Int, _ dropout: Dropout,
    into sums: UnsafeMutablePointer<Float>
  ) -> LossSums {
    var total = LossSums()
    if order.isEmpty { sums.update(repeating: 0, count: shape.parameterCount) }
    pack(parameters)
    var start = 0
    while start < order.count {
      let count = min(chunk, order.count - start)
      for r in 0..<count { copyFeatures(rows.baseAddress!, Int(order[start + r]), to: r) }
      forward(parameters, count, dropout) { sampleOffset + Int(order[start + $0]) }
      total += softmax(count) { labels[Int(order[start + $0])] }
      backward(parameters, count, dropout, adds: start > 0, into: sums) {
        sampleOffset + Int(order[start + $0])
      }
      start += count
    }
    return total
  }

  /// Loss sums over all rows, in their order, without dropout.
  package func loss(
    _ parameters: UnsafePointer<Float>, _ rows: UnsafeBufferPointer<Float>,
    _ labels: UnsafeBufferPointer<UInt8>
  ) -> LossSums {
    let off = Dropout(probability: 0, seed: 0, epoch: 0)
    var total = LossSums()
    pack(parameters)
    for start in stride(from: 0, to: labels.count, by: chunk) {
      let count = min(chunk, labels.count - start)
      for r in 0..<count { copyFeatures(rows.baseAddress!, start + r, to: r) }
      forward(parameters, count, off) { $0 }
      total += softmax(count) { labels[start + $0] }
    }
    return total
  }

  // MARK: Passes

  private func pack(_ parameters: UnsafePointer<Float>) {
    for layer in 0..<shape.layerCount {
      product.pack(parameters + shape.weightOffset(layer: layer), into: packed[layer])
    }
  }

  private func copyFeatures(_ rows: UnsafePointer<Float>, _ source: Int, to row: Int) {
    (scalars(activations[0]) + row * 16 * vectors[0]).update(
      from: rows + source * shape.features, count: shape.features)
  }

  @inline(__always)
  private func forward(
    _ parameters: UnsafePointer<Float>, _ count: Int, _ dropout: Dropout, _ sample: (Int) -> Int
  ) {
    for layer in 0..<shape.layerCount {
      let outputs = shape.widths[layer + 1]
      let bias = parameters + shape.biasOffset(layer: layer)
      let isLast = layer == shape.layerCount - 1
      let target = isLast ? logits.pointer : scalars(activations[layer + 1])
      let leading = isLast ? outputs : 16 * vectors[layer + 1]
      let input = ChainProduct.Left(
        base: scalars(activations[layer]), rowStride: 16 * vectors[layer], depthStride: 1)
      product.multiply(
        input, packed[layer], rows: count,
        into: ChainProduct.Target(base: target, rowStride: leading, adds: false))
      if isLast {
        for r in 0..<count { for k in 0..<outputs { target[r * outputs + k] += bias[k] } }
      } else {
        scalars(biases[layer]).update(from: bias, count: outputs)
        for r in 0..<count { keys.pointer[r] = dropout.rowKey(sample: sample(r), layer: layer) }
        activate(
          activations[layer + 1].pointer, biases[layer].pointer, keys.pointer, count,
          vectors[layer + 1], dropout)
      }
    }
  }

  /// Converts logits to δ = p − [class is the true one] in place, and sums losses, in double
  /// precision.
  @inline(__always)
  private func softmax(_ count: Int, _ label: (Int) -> UInt8) -> LossSums {
    let classes = shape.classes
    var sums = LossSums(count: count)
    for r in 0..<count {
      let z = logits.pointer + r * classes
      let truth = Int(label(r))
      var top = 0
      for k in 1..<classes where z[k] > z[top] { top = k }
      let largest = Double(z[top])
      var total = 0.0
      for k in 0..<classes { total += boundedExponential(Double(z[k]) - largest) }
      sums.loss += naturalLogarithm(total) - (Double(z[truth]) - largest)
      if top == truth { sums.correct += 1 }
      for k in 0..<classes {
        z[k] = Float(
          boundedExponential(Double(z[k]) - largest) / total - (k == truth ? 1 : 0))
      }
    }
    return sums
  }

  @inline(__always)
  private func backward(
    _ parameters: UnsafePointer<Float>, _ count: Int, _ dropout: Dropout, adds: Bool,
    into sums: UnsafeMutablePointer<Float>, _ sample: (Int) -> Int
  ) {
    var (delta, leading) = (UnsafePointer(logits.pointer), shape.classes)
    for layer in (0..<shape.layerCount).reversed() {
      let (inputs, outputs) = (shape.widths[layer], shape.widths[layer + 1])
      product.multiply(
        ChainProduct.Left(base: delta, rowStride: 1, depthStride: leading),
        scalars(activations[layer]), stride: 16 * vectors[layer], rows: outputs, columns: inputs,
        depth: count,
        into: ChainProduct.Target(
          base: sums + shape.weightOffset(layer: layer), rowStride: inputs, adds: adds))
      sumRows(
        delta, leading, count, outputs, adds: adds, into: sums + shape.biasOffset(layer: layer))
      guard layer > 0 else { break }
      let target = deltas[layer - 1]
      product.multiply(
        ChainProduct.Left(base: delta, rowStride: leading, depthStride: 1),
        parameters + shape.weightOffset(layer: layer), stride: inputs, rows: count,
        columns: inputs, depth: outputs,
        into: ChainProduct.Target(
          base: scalars(target), rowStride: 16 * vectors[layer], adds: false))
      for r in 0..<count { keys.pointer[r] = dropout.rowKey(sample: sample(r), layer: layer - 1) }
      differentiate(
        target.pointer, activations[layer].pointer, keys.pointer, count, vectors[layer], dropout)
      (delta, leading) = (UnsafePointer(scalars(target)), 16 * vectors[layer])
    }
  }

  private func scalars(_ buffer: AlignedBuffer<SIMD16<Float>>) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Float.self)
  }
}

/// exp(x) for x ≤ 0, without libm; 3e-308 below −708.
private func boundedExponential(_ x: Double) -> Double {
  exponential(SIMD8<Double>(repeating: x < -708 ? -708 : x))[0]
}

/// ln x for normal x > 0, without libm; NaN stays NaN. At most 2 ulp off.
///
/// x = 2^e·m with m in [√½, √2), ln m = 2·artanh((m − 1)/(m + 1)) by its series; the rest is below
/// 10⁻¹⁷.
func naturalLogarithm(_ x: Double) -> Double {
  guard x > 0, x.isFinite else { return x > 0 ? x : .nan }
  var (exponent, m) = (Double(x.exponent), x.significand)
  if m > 1.4142135623730951 { (exponent, m) = (exponent + 1, m / 2) }
  let s = (m - 1) / (m + 1)
  let z = s * s
  var series = 1.0 / 23
  for k in stride(from: 21, through: 3, by: -2) {
    series = (1.0 / Double(k)).addingProduct(series, z)
  }
  let artanh = s.addingProduct(s * z, series)
  return (exponent * 0x1.62e42fee00000p-1)
    + (2.0 * artanh).addingProduct(exponent, 0x1.a39ef35793c76p-33)
}

/// `a = f·tanh(a + bias)` in place.
@inline(never)
private func activate(
  _ a: UnsafeMutablePointer<SIMD16<Float>>, _ bias: UnsafePointer<SIMD16<Float>>,
  _ keys: UnsafePointer<UInt64>, _ rows: Int,
  _ vectors: Int, _ dropout: Dropout
) {
  for r in 0..<rows {
    let row = a + r * vectors
    if dropout.isOff {
      for v in 0..<vectors { row[v] = hyperbolicTangent(row[v] + bias[v]) }
    } else {
      let key = keys[r]
      for v in 0..<vectors {
        row[v] = hyperbolicTangent(row[v] + bias[v]) * dropout.factors(key, vector: v)
      }
    }
  }
}

/// `δ = δ·f·(1 − t²)` in place, where a = f·t, so t = a·(1 − p) wherever f is not 0.
@inline(never)
private func differentiate(
  _ delta: UnsafeMutablePointer<SIMD16<Float>>, _ a: UnsafePointer<SIMD16<Float>>,
  _ keys: UnsafePointer<UInt64>, _ rows: Int,
  _ vectors: Int, _ dropout: Dropout
) {
  let one = SIMD16<Float>(repeating: 1)
  for r in 0..<rows {
    let (d, h) = (delta + r * vectors, a + r * vectors)
    if dropout.isOff {
      for v in 0..<vectors { d[v] *= one - h[v] * h[v] }
    } else {
      let key = keys[r]
      for v in 0..<vectors {
        let t = h[v] * dropout.keep
        d[v] *= dropout.factors(key, vector: v) * (one - t * t)
      }
    }
  }
}

/// `sums = (sums +) Σ rows`, rows in their order.
@inline(never)
private func sumRows(
  _ rows: UnsafePointer<Float>, _ leading: Int, _ count: Int, _ width: Int, adds: Bool,
  into sums: UnsafeMutablePointer<Float>
) {
  if !adds { sums.update(repeating: 0, count: width) }
  for r in 0..<count { for i in 0..<width { sums[i] += rows[r * leading + i] } }
}
