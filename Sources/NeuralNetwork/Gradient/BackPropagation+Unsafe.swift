import CBLAS
import Glibc

/// Forward and backward pass over chunks of rows, and the memory for one chunk.
///
/// Legend: a[0] features, a[l] the output of hidden layer l (after tanh and dropout), z logits; δ
/// the derivative by a layer's pre-activation; f dropout's factor (0 or 1/(1 − p)), t = tanh. Per
/// layer three products by OpenBLAS:
///
///     a[l+1] = f·tanh(a[l]·Wᵀ + b)      ∂W = δᵀ·a[l]      δ[l] = (δ[l+1]·W)·f·(1 − t²)
///
/// Training needs speed and reproducible runs, but not rows that are independent of their position,
/// so the library's products are sufficient. Rows of a[l] are whole vectors: elements beyond the
/// units stay 0 in both directions (tanh 0 = 0).
package final class BackPropagation {
  private let shape: NetworkShape
  private let chunk: Int
  /// Vectors per row of a[1], a[2], …; a[0] has D floats per row, so that it is a plain copy.
  private let vectors: [Int]
  private let features: AlignedBuffer<Float>
  private let hidden: [AlignedBuffer<SIMD16<Float>>]
  private let deltas: [AlignedBuffer<SIMD16<Float>>]
  private let biases: [AlignedBuffer<SIMD16<Float>>]
  private let logits: AlignedBuffer<Float>
  private let keys: AlignedBuffer<UInt64>

  package init(_ shape: NetworkShape, chunk: Int) {
    self.shape = shape
    self.chunk = chunk
    let widths = shape.widths.dropFirst().dropLast()
    vectors = widths.map { ($0 + 15) / 16 }
    features = AlignedBuffer(count: chunk * shape.features)
    hidden = vectors.map { AlignedBuffer(count: chunk * $0) }
    deltas = vectors.map { AlignedBuffer(count: chunk * $0) }
    biases = vectors.map { AlignedBuffer(count: $0) }
    logits = AlignedBuffer(count: chunk * shape.classes)
    keys = AlignedBuffer(count: chunk)
    LibraryProduct.useOneThread()
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
    let width = shape.features
    var start = 0
    while start < order.count {
      let count = min(chunk, order.count - start)
      for r in 0..<count {
        (features.pointer + r * width).update(
          from: rows.baseAddress! + Int(order[start + r]) * width, count: width)
      }
      forward(parameters, features.pointer, count, dropout) {
        sampleOffset + Int(order[start + $0])
      }
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
    for start in stride(from: 0, to: labels.count, by: chunk) {
      let count = min(chunk, labels.count - start)
      forward(parameters, rows.baseAddress! + start * shape.features, count, off) { $0 }
      total += softmax(count) { labels[start + $0] }
    }
    return total
  }

  // MARK: Passes

  @inline(__always)
  private func forward(
    _ parameters: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, _ count: Int,
    _ dropout: Dropout, _ sample: (Int) -> Int
  ) {
    var (input, leading) = (rows, shape.features)
    for layer in 0..<shape.layerCount {
      let (inputs, outputs) = (shape.widths[layer], shape.widths[layer + 1])
      let weight = parameters + shape.weightOffset(layer: layer)
      let bias = parameters + shape.biasOffset(layer: layer)
      let isLast = layer == shape.layerCount - 1
      let target = isLast ? logits.pointer : scalars(hidden[layer])
      let targetLeading = isLast ? outputs : 16 * vectors[layer]
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(count), Int32(outputs), Int32(inputs), 1,
        input, Int32(leading), weight,
        Int32(inputs), 0, target, Int32(targetLeading))
      if isLast {
        for r in 0..<count { for k in 0..<outputs { target[r * outputs + k] += bias[k] } }
      } else {
        scalars(biases[layer]).update(from: bias, count: outputs)
        for r in 0..<count { keys.pointer[r] = dropout.rowKey(sample: sample(r), layer: layer) }
        activate(
          hidden[layer].pointer, biases[layer].pointer, keys.pointer, count, vectors[layer], dropout
        )
      }
      (input, leading) = (UnsafePointer(target), targetLeading)
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
      for k in 0..<classes { total += exp(Double(z[k]) - largest) }
      sums.loss += log(total) - (Double(z[truth]) - largest)
      if top == truth { sums.correct += 1 }
      for k in 0..<classes {
        z[k] = Float(exp(Double(z[k]) - largest) / total - (k == truth ? 1 : 0))
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
      let input =
        layer == 0 ? UnsafePointer(features.pointer) : UnsafePointer(scalars(hidden[layer - 1]))
      let inputLeading = layer == 0 ? inputs : 16 * vectors[layer - 1]
      cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(outputs), Int32(inputs), Int32(count), 1,
        delta, Int32(leading), input,
        Int32(inputLeading), adds ? 1 : 0, sums + shape.weightOffset(layer: layer), Int32(inputs))
      sumRows(
        delta, leading, count, outputs, adds: adds, into: sums + shape.biasOffset(layer: layer))
      guard layer > 0 else { break }
      let target = deltas[layer - 1]
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(count), Int32(inputs), Int32(outputs), 1,
        delta, Int32(leading),
        parameters + shape.weightOffset(layer: layer), Int32(inputs), 0, scalars(target),
        Int32(inputLeading))
      for r in 0..<count { keys.pointer[r] = dropout.rowKey(sample: sample(r), layer: layer - 1) }
      differentiate(
        target.pointer, hidden[layer - 1].pointer, keys.pointer, count, vectors[layer - 1], dropout)
      (delta, leading) = (UnsafePointer(scalars(target)), inputLeading)
    }
  }

  private func scalars(_ buffer: AlignedBuffer<SIMD16<Float>>) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Float.self)
  }
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
