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
/// bytes on every processor. All values are in `SamplePanels`, in which rows of the batch are side
/// by side; columns beyond the chunk's rows are never summed.
package final class BackPropagation {
  private typealias Panels = SamplePanels<Float>

  private let shape: NetworkShape
  private let chunk: Int
  private let tile: RegisterTile
  private let product: ChainProduct
  /// Features sample by sample.
  private let features: ChainProduct.Columns
  /// a[0], a[1], …, and the δ of a[1], a[2], …, z.
  private let activations: [AlignedBuffer<SIMD16<Float>>]
  private let deltas: [AlignedBuffer<SIMD16<Float>>]
  /// Dropout's keys of the rows, lower and upper halves.
  private let keys: AlignedBuffer<SIMD16<UInt32>>

  /// - Parameter chunk: rows processed together.
  package convenience init(_ shape: NetworkShape, chunk: Int) {
    self.init(shape, chunk: chunk, tile: .native)
  }

  init(_ shape: NetworkShape, chunk: Int, tile: RegisterTile) {
    self.shape = shape
    self.chunk = chunk
    self.tile = tile
    let panels = Panels.count(chunk, tile)
    func memory(_ width: Int) -> AlignedBuffer<SIMD16<Float>> {
      AlignedBuffer(count: panels * tile.vectors * Panels.rows(for: width, tile))
    }
    activations = shape.widths.dropLast().map(memory)
    deltas = shape.widths.dropFirst().map(memory)
    features = ChainProduct.Columns(units: shape.features, samples: chunk, tile: tile)
    keys = AlignedBuffer(count: 2 * panels * tile.vectors)
    product = ChainProduct(widest: shape.widths.max() ?? 1, samples: chunk, tile: tile)
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
    var start = 0
    while start < order.count {
      let count = min(chunk, order.count - start)
      load(rows.baseAddress!, count) { Int(order[start + $0]) }
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
    for start in stride(from: 0, to: labels.count, by: chunk) {
      let count = min(chunk, labels.count - start)
      load(rows.baseAddress!, count) { start + $0 }
      forward(parameters, count, off) { $0 }
      total += softmax(count) { labels[start + $0] }
    }
    return total
  }

  // MARK: Passes

  /// Copies features, sample by sample and to panels.
  @inline(__always)
  private func load(_ rows: UnsafePointer<Float>, _ count: Int, _ source: (Int) -> Int) {
    for r in 0..<count {
      features.set(r, rows + source(r) * shape.features, units: shape.features)
    }
    features.fill(values(0), units: shape.features, samples: count)
  }

  /// a[l].
  private func values(_ layer: Int) -> Panels {
    Panels(
      base: activations[layer].pointer, rows: Panels.rows(for: shape.widths[layer], tile),
      tile: tile)
  }

  /// δ of a[l], or z.
  private func derivatives(_ layer: Int) -> Panels {
    Panels(
      base: deltas[layer - 1].pointer, rows: Panels.rows(for: shape.widths[layer], tile), tile: tile
    )
  }

  private func weights(_ parameters: UnsafePointer<Float>, _ layer: Int) -> ChainProduct.Weights {
    ChainProduct.Weights(
      base: parameters + shape.weightOffset(layer: layer), inputs: shape.widths[layer],
      outputs: shape.widths[layer + 1])
  }

  /// Sets dropout's keys of the rows in a layer; beyond the rows those of earlier chunks remain.
  @inline(__always)
  private func setKeys(_ count: Int, _ dropout: Dropout, layer: Int, _ sample: (Int) -> Int) {
    if dropout.isOff { return }
    let lower = UnsafeMutableRawPointer(keys.pointer).assumingMemoryBound(to: UInt32.self)
    let upper = lower + 8 * keys.count
    for r in 0..<count {
      let key = dropout.rowKey(sample: sample(r), layer: layer)
      lower[r] = UInt32(truncatingIfNeeded: key)
      upper[r] = UInt32(truncatingIfNeeded: key >> 32)
    }
  }

  @inline(__always)
  private func forward(
    _ parameters: UnsafePointer<Float>, _ count: Int, _ dropout: Dropout, _ sample: (Int) -> Int
  ) {
    let panels = Panels.count(count, tile)
    for layer in 0..<shape.layerCount {
      let outputs = shape.widths[layer + 1]
      let bias = parameters + shape.biasOffset(layer: layer)
      let isLast = layer == shape.layerCount - 1
      let target = isLast ? derivatives(layer + 1) : values(layer + 1)
      product.forward(weights(parameters, layer), values(layer), panels: panels, into: target)
      if isLast {
        for p in 0..<panels { addBias(target, p, bias, outputs) }
      } else {
        setKeys(count, dropout, layer: layer, sample)
        for p in 0..<panels { activate(target, p, bias, outputs, keys, dropout) }
      }
    }
  }

  /// Converts logits to δ = p − [class is the true one] in place, and sums losses, in double
  /// precision.
  @inline(__always)
  private func softmax(_ count: Int, _ label: (Int) -> UInt8) -> LossSums {
    let classes = shape.classes
    let logits = derivatives(shape.layerCount)
    let lanes = Panels.width(tile)
    var sums = LossSums(count: count)
    for r in 0..<(Panels.count(count, tile) * lanes) {
      let z = logits.place(0, r)
      guard r < count else {
        for k in 0..<classes { z[k * lanes] = 0 }
        continue
      }
      let truth = Int(label(r))
      var top = 0
      for k in 1..<classes where z[k * lanes] > z[top * lanes] { top = k }
      let largest = Double(z[top * lanes])
      var total = 0.0
      for k in 0..<classes { total += boundedExponential(Double(z[k * lanes]) - largest) }
      sums.loss += naturalLogarithm(total) - (Double(z[truth * lanes]) - largest)
      if top == truth { sums.correct += 1 }
      for k in 0..<classes {
        z[k * lanes] = Float(
          boundedExponential(Double(z[k * lanes]) - largest) / total - (k == truth ? 1 : 0))
      }
    }
    return sums
  }

  @inline(__always)
  private func backward(
    _ parameters: UnsafePointer<Float>, _ count: Int, _ dropout: Dropout, adds: Bool,
    into sums: UnsafeMutablePointer<Float>, _ sample: (Int) -> Int
  ) {
    let panels = Panels.count(count, tile)
    for layer in (0..<shape.layerCount).reversed() {
      let (inputs, outputs) = (shape.widths[layer], shape.widths[layer + 1])
      let delta = derivatives(layer + 1)
      let target = sums + shape.weightOffset(layer: layer)
      if layer == 0 {
        product.gradient(
          delta, outputs: outputs, features, width: inputs, samples: count, adds: adds,
          into: target)
      } else {
        product.gradient(
          delta, outputs: outputs, values(layer), width: inputs, samples: count, adds: adds,
          into: target)
      }
      product.biasGradient(
        delta, outputs: outputs, samples: count, adds: adds,
        into: sums + shape.biasOffset(layer: layer))
      guard layer > 0 else { break }
      let below = derivatives(layer)
      product.backward(weights(parameters, layer), delta, panels: panels, into: below)
      setKeys(count, dropout, layer: layer - 1, sample)
      for p in 0..<panels { differentiate(below, p, values(layer), inputs, keys, dropout) }
    }
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

/// `z = z + bias` in place.
private func addBias(
  _ z: SamplePanels<Float>, _ panel: Int, _ bias: UnsafePointer<Float>, _ units: Int
) {
  let vectors = z.tile.vectors
  let rows = z.base + panel * z.stride
  for unit in 0..<units { for v in 0..<vectors { rows[unit * vectors + v] += bias[unit] } }
}

/// `a = f·tanh(a + bias)` in place.
@inline(never)
private func activate(
  _ a: SamplePanels<Float>, _ panel: Int, _ bias: UnsafePointer<Float>, _ units: Int,
  _ keys: AlignedBuffer<SIMD16<UInt32>>, _ dropout: Dropout
) {
  let vectors = a.tile.vectors
  for v in 0..<vectors {
    let rows = a.base + panel * a.stride + v
    if dropout.isOff {
      for unit in 0..<units {
        rows[unit * vectors] = hyperbolicTangent(rows[unit * vectors] + bias[unit])
      }
    } else {
      let lower = keys.pointer[panel * vectors + v]
      let upper = keys.pointer[keys.count / 2 + panel * vectors + v]
      for unit in 0..<units {
        rows[unit * vectors] =
          hyperbolicTangent(rows[unit * vectors] + bias[unit])
          * dropout.factors(lower, upper, unit: unit)
      }
    }
  }
}

/// `δ = δ·f·(1 − t²)` in place, where a = f·t, so t = a·(1 − p) wherever f is not 0.
@inline(never)
private func differentiate(
  _ delta: SamplePanels<Float>, _ panel: Int, _ a: SamplePanels<Float>, _ units: Int,
  _ keys: AlignedBuffer<SIMD16<UInt32>>, _ dropout: Dropout
) {
  let vectors = a.tile.vectors
  let one = SIMD16<Float>(repeating: 1)
  for v in 0..<vectors {
    let (d, h) = (delta.base + panel * delta.stride + v, a.base + panel * a.stride + v)
    if dropout.isOff {
      for unit in 0..<units {
        d[unit * vectors] *= one - h[unit * vectors] * h[unit * vectors]
      }
    } else {
      let lower = keys.pointer[panel * vectors + v]
      let upper = keys.pointer[keys.count / 2 + panel * vectors + v]
      for unit in 0..<units {
        let t = h[unit * vectors] * dropout.keep
        d[unit * vectors] *= dropout.factors(lower, upper, unit: unit) * (one - t * t)
      }
    }
  }
}
