import Contracts

/// Sums over the molecules of each layer that add up **exactly**, in any order and for any
/// distribution over ranks and frames.
///
/// Floating-point sums depend on their order; integers do not. Each probability is rounded once to
/// a multiple of 2⁻³⁶, `q = round(p·2³⁶)`, with an error of at most 7.3e-12 that does not grow with
/// the number of molecules; everything after that is integer arithmetic. `Σq` is one word; `Σq²` is
/// kept exact too, as the sums of the low 36 bits and of the rest of each square, so that the
/// variance of nearly equal probabilities (a pure phase, p ≈ 5e-7) does not suffer from
/// cancellation.
///
/// Bound: q ≤ 2³⁶, both halves of q² ≤ 2³⁶, so sums fit Int64 up to 2²⁷ − 1 = 134 million molecules
/// in one layer.
///
/// All sums are one array of words: merging ranks is an element-wise sum (`MPI_SUM` of Int64).
public struct LayerProfile: Sendable, Equatable {
  /// Number of layers L.
  public let layerCount: Int
  /// Number of classes K.
  public let classCount: Int
  /// The sums, `[L, 1 + 3K + K + 1 + 1]`, layer by layer: molecules; Σq, Σ low half of q², Σ high
  /// half of q² of each class; molecules of each phase, IA last; uncertain molecules.
  public private(set) var words: [Int64]

  /// Binary digits of the fixed point.
  static let bits: Int64 = 36
  /// Most molecules one layer may hold.
  public static let capacity: Int64 = 1 << 27 - 1

  /// A molecule for which no probability reaches this value is uncertain, whatever the threshold of
  /// its label.
  public static let certainty = 0.9

  /// Words of one layer.
  var stride: Int { Self.stride(classCount: classCount) }
  static func stride(classCount: Int) -> Int { 4 * classCount + 3 }

  /// Empty layers.
  public init(layerCount: Int, classCount: Int) {
    self.layerCount = layerCount
    self.classCount = classCount
    words = [Int64](repeating: 0, count: layerCount * Self.stride(classCount: classCount))
  }

  /// Layers with given sums, as received from a reduction.
  public init(words: [Int64], layerCount: Int, classCount: Int) {
    require(
      words.count == layerCount * Self.stride(classCount: classCount),
      "profile sums of another shape")
    self.layerCount = layerCount
    self.classCount = classCount
    self.words = words
  }

  /// Adds molecules.
  ///
  /// - Parameters:
  ///   - layers: layer of each molecule [N], as from `Layers`.
  ///   - probabilities: p [N, K], row-major, each in 0…1.
  ///   - phases: phase [N], 0…K.
  public mutating func add(layers: Span<Int32>, probabilities: Span<Float>, phases: Span<UInt8>) {
    check(layers.count, probabilities.count, phases.count)
    let k = classCount
    let stride = stride
    for i in 0..<layers.count {
      let at = Int(layers[i]) * stride
      words[at] += 1
      var isCertain = false
      for c in 0..<k {
        let p = Double(probabilities[i * k + c])
        addProbability(p, at: at + 1 + 3 * c)
        if p >= Self.certainty { isCertain = true }
      }
      words[at + 1 + 3 * k + Int(phases[i])] += 1
      if !isCertain { words[at + 4 * k + 2] += 1 }
    }
  }

  /// Adds molecules with double-precision probabilities.
  public mutating func add(layers: Span<Int32>, probabilities: Span<Double>, phases: Span<UInt8>) {
    check(layers.count, probabilities.count, phases.count)
    let k = classCount
    let stride = stride
    for i in 0..<layers.count {
      let at = Int(layers[i]) * stride
      words[at] += 1
      var isCertain = false
      for c in 0..<k {
        let p = probabilities[i * k + c]
        addProbability(p, at: at + 1 + 3 * c)
        if p >= Self.certainty { isCertain = true }
      }
      words[at + 1 + 3 * k + Int(phases[i])] += 1
      if !isCertain { words[at + 4 * k + 2] += 1 }
    }
  }

  /// Molecules of each phase in a layer, IA last; [K + 1].
  public func phaseCounts(layer: Int) -> [Int64] {
    let first = layer * stride + 1 + 3 * classCount
    return Array(words[first...first + classCount])
  }

  /// Adds another part of the frame, or another frame.
  public static func += (left: inout LayerProfile, right: LayerProfile) {
    require(
      left.layerCount == right.layerCount && left.classCount == right.classCount,
      "profiles of different shapes do not add up")
    for i in left.words.indices { left.words[i] += right.words[i] }
  }

  @inline(__always)
  private mutating func addProbability(_ p: Double, at: Int) {
    // Rounding may give a softmax slightly above 1. With this order of arguments NaN also becomes a
    // number (0).
    let q = UInt64((min(1, max(0, p)) * 0x1p36).rounded(.toNearestOrEven))
    let (high, low) = q.multipliedFullWidth(by: q)
    words[at] += Int64(q)
    words[at + 1] += Int64(low & (1 << 36 - 1))
    words[at + 2] += Int64(low >> 36 | high << 28)
  }

  private func check(_ layers: Int, _ probabilities: Int, _ phases: Int) {
    require(
      probabilities == layers * classCount && phases == layers,
      "each molecule needs a layer, K probabilities and a phase")
  }
}
