import CTile
import Models

/// The classifier in digits (`DigitFormat`): exact integer sums, so the same bits on every
/// processor and for every place in a batch. `PlainDigitPerceptron` is its definition.
///
/// Owns packed weights and scratch memory: one instance per thread.
final class DigitPerceptron {
  /// What computes the sums; all give the same.
  enum Engine: Sendable {
    /// AMX.
    case tiles
    /// VPDPBUSD on 512-bit vectors.
    case dots
    /// Any processor.
    case plain

    /// The fastest that this processor has and the kernel grants.
    static let native: Engine = vt_has_tiles() == 1 ? .tiles : vt_has_dot() == 1 ? .dots : .plain
  }

  /// Rows that are processed at once: whole blocks of 32.
  static let batchSize = 320

  let features: Int
  let classes: Int
  private let engine: Engine
  private let layers: [DigitLayer]
  private let output: OutputLayer
  /// Digits of each layer's inputs, and bytes from digit to digit.
  private let digits: [AlignedBuffer<SIMD16<Float>>]
  private let slices: [Int]
  private let last: AlignedBuffer<SIMD16<Float>>
  private let lastLeading: Int
  /// Sums of a block of 32 rows × 16 outputs, twice.
  private let sums: AlignedBuffer<SIMD16<Int32>>
  private let rowScale: AlignedBuffer<Float>
  private let fourthStep: AlignedBuffer<Float>
  private let ones: AlignedBuffer<Float>
  /// Whether a row of the block of 32 has a fourth digit.
  private var hasFourth: [Bool]
  /// Rows of the batch with a feature that is not finite.
  private var undefined: [Int] = []

  /// - Precondition: `DigitFormat.fits(model)`.
  init(_ model: Model, engine: Engine = .native) {
    let batch = Self.batchSize
    features = model.featureCount
    classes = model.classCount
    self.engine = engine
    layers = model.layers.dropLast().map { DigitLayer($0) }
    output = OutputLayer(
      model.layers[model.layers.count - 1], temperature: model.temperature ?? 1)
    slices = layers.map { batch / 16 * $0.blocks * 1024 }
    digits = slices.enumerated().map {
      AlignedBuffer(count: $0.element / 64 * ($0.offset == 0 ? 4 : 3))
    }
    lastLeading = layers[layers.count - 1].panels + 1
    last = AlignedBuffer(count: batch * lastLeading)
    sums = AlignedBuffer(count: 256)
    rowScale = AlignedBuffer(count: batch)
    fourthStep = AlignedBuffer(count: batch)
    ones = AlignedBuffer(count: batch)
    for r in 0..<batch { ones.pointer[r] = 1 }
    hasFourth = [Bool](repeating: false, count: batch / 32)
  }

  /// Probabilities `[count, classes]` of rows `[count, features]`, any count.
  func run(
    _ rows: UnsafePointer<Float>, leadingDimension: Int, count: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
      if engine == .tiles { vt_configure() }
    #endif
    var start = 0
    while start < count {
      let n = min(Self.batchSize, count - start)
      pack(rows + start * leadingDimension, leadingDimension, n)
      for layer in layers.indices { product(layer, (n + 31) / 32) }
      Float.probabilities(
        of: last.pointer, leadingVectors: lastLeading, count: n, output,
        into: result + start * classes)
      for row in undefined {
        for c in 0..<classes { result[(start + row) * classes + c] = .nan }
      }
      start += n
    }
    #if arch(x86_64)
      if engine == .tiles { vt_release() }
    #endif
  }

  /// Flips the sign bits of digits for tiles and leaves digits + 128 for vectors.
  private var flip: Int32 { engine == .tiles ? -1 : 0 }

  /// Digits of the features.
  private func pack(_ rows: UnsafePointer<Float>, _ leading: Int, _ count: Int) {
    let base = UnsafeMutableRawPointer(digits[0].pointer)
    let (blocks, slice, flip) = (layers[0].blocks, slices[0], flip)
    for k in hasFourth.indices { hasFourth[k] = false }
    undefined.removeAll(keepingCapacity: true)
    let whole = features / 16
    let rest = features % 16
    for r in 0..<count {
      let x = UnsafeRawPointer(rows + r * leading)
      var tail = SIMD16<Float>()
      for k in 0..<rest { tail[k] = rows[r * leading + 16 * whole + k] }
      func vector(_ k: Int) -> SIMD16<Float> {
        k < whole ? x.loadUnaligned(fromByteOffset: 64 * k, as: SIMD16<Float>.self) : tail
      }
      var most = SIMD16<Float>(), probe = SIMD16<Float>()
      for k in 0..<(whole + (rest > 0 ? 1 : 0)) {
        let v = vector(k)
        let bits = unsafeBitCast(v, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF
        most = vt_max(most, unsafeBitCast(bits, to: SIMD16<Float>.self))
        // NaN as soon as one is not finite.
        probe = vt_multiply_add(v, .zero, probe)
      }
      let isFinite = all(probe .== .zero)
      if !isFinite { undefined.append(r) }
      let largest = isFinite ? max(most.max(), 1e-30) : 1
      rowScale.pointer[r] = largest
      let isOutlier = largest > DigitFormat.outlier
      if isOutlier { hasFourth[r / 32] = true }
      fourthStep.pointer[r] = isOutlier ? 1 / 256 : 0
      let factor = SIMD16<Float>(
        repeating: (isOutlier ? DigitFormat.four : DigitFormat.three) / largest)
      let target = base + r / 16 * blocks * 1024 + r % 16 * 64
      // The fourth digit of other rows is 0, written as digits are.
      let zero = SIMD16<Int32>(repeating: flip == 0 ? 0x80 : 0)
      for k in 0..<(whole + (rest > 0 ? 1 : 0)) {
        let place = target + k / 4 * 1024 + k % 4 * 16
        let q = isFinite ? vt_round(vector(k) * factor) : .zero
        if isOutlier {
          storeFourDigits(q, flip, place, slice)
        } else {
          storeDigits(q, flip, place, slice)
          vt_store_low_bytes(zero, place + 3 * slice)
        }
      }
    }
  }

  /// One layer for blocks of 32 rows; panels outside, so that the weights stream through once.
  private func product(_ index: Int, _ rowBlocks: Int) {
    let layer = layers[index]
    let a = UnsafeRawPointer(digits[index].pointer)
    let (slice, blocks) = (slices[index], layer.blocks)
    let (lower, panelBytes) = (blocks * 1024, blocks * 3072)
    let weights = UnsafeRawPointer(layer.weights.pointer)
    var now = sums.pointer, before = sums.pointer + 128
    var end = self.end(index, 0, 0)
    var hasEnd = false
    let lines = (48 + rowBlocks - 1) / rowBlocks
    for panel in 0..<layer.panels {
      let b = weights + panel * panelBytes
      for q in 0..<rowBlocks {
        let rows = a + 2 * q * lower
        let fourth = index == 0 && hasFourth[q]
        switch engine {
        case .tiles:
          #if arch(x86_64)
            tileBlock(
              rows, lower: lower, slice: slice, b, blocks: blocks, hasFourth: fourth, now,
              before: before, end: end, hasEnd: hasEnd,
              ahead: b + panelBytes + q * blocks * lines * 64,
              lines: lines)
          #endif
        case .dots:
          vectorBlock(
            rows, lower: lower, slice: slice, b, blocks: blocks, hasFourth: fourth,
            corrections: layer.corrections.pointer + 3 * panel, isPlain: false, now)
          if hasEnd { for r in 0..<32 { end.row(before, r) } }
        case .plain:
          vectorBlock(
            rows, lower: lower, slice: slice, b, blocks: blocks, hasFourth: fourth,
            corrections: layer.corrections.pointer + 3 * panel, isPlain: true, now)
          if hasEnd { for r in 0..<32 { end.row(before, r) } }
        }
        end = self.end(index, panel, q)
        hasEnd = true
        swap(&now, &before)
      }
    }
    for r in 0..<32 { end.row(before, r) }
  }

  /// What becomes of the sums of a panel and a block of rows.
  private func end(_ index: Int, _ panel: Int, _ q: Int) -> DigitEnd {
    let layer = layers[index]
    let isLast = index + 1 == layers.count
    let nextBlocks = isLast ? 0 : layers[index + 1].blocks
    let next =
      isLast
      ? UnsafeMutableRawPointer(sums.pointer)
      : UnsafeMutableRawPointer(digits[index + 1].pointer)
        + (2 * q * nextBlocks + panel / 4) * 1024 + panel % 4 * 16
    return DigitEnd(
      scale: layer.scale.pointer[panel], bias: layer.bias.pointer[panel],
      rowScale: UnsafePointer((index == 0 ? rowScale : ones).pointer) + 32 * q,
      hasFourth: index == 0 && hasFourth[q],
      fourthStep: UnsafePointer(fourthStep.pointer) + 32 * q, flip: flip, upper: next,
      lower: next + nextBlocks * 1024, slice: isLast ? 0 : slices[index + 1],
      floats: isLast ? last.pointer + 32 * q * lastLeading + panel : nil, leading: lastLeading)
  }
}
