import Randomness

/// Inverted dropout: each unit of a hidden layer is set to 0 with probability p and otherwise
/// multiplied by 1/(1 − p), in training only.
///
/// Whether a unit is kept is a function of seed, epoch, global index of the sample, layer and unit:
/// the same for any number of ranks and any order of the samples, and the backward pass recomputes
/// it instead of storing masks (600 kB per layer and batch).
package struct Dropout {
  /// Probability of 0 as 32 bits: a unit is dropped if its random word is below.
  private let threshold: UInt32
  /// 1/(1 − p).
  let scale: Float
  /// 1 − p.
  let keep: Float
  private let key: UInt64

  /// The masks of an epoch; 0 ≤ probability < 1.
  package init(probability: Double, seed: UInt64, epoch: Int) {
    threshold = UInt32((probability * 0x1p32).rounded())
    scale = Float(1 / (1 - probability))
    keep = Float(1 - probability)
    key = RandomStream.key(seed, .dropout, epoch, 0)
  }

  /// Whether no unit is ever dropped.
  var isOff: Bool { threshold == 0 }

  /// The 64-bit key for one sample's units in one layer.
  @inline(__always)
  func rowKey(sample: Int, layer: Int) -> UInt64 {
    RandomStream.mixed(
      RandomStream.mixed(key &+ UInt64(bitPattern: Int64(sample)))
        &+ UInt64(bitPattern: Int64(layer)))
  }

  /// 0 or 1/(1 − p) for a unit of 16 samples.
  ///
  /// Two rounds of multiplication and shift on 32 bits (Wellons' triple-free hash) with half of the
  /// key before and half between: half a cycle per unit, whereas a sequential generator costs
  /// several.
  ///
  /// - Parameters:
  ///   - lower, upper: halves of the samples' keys.
  @inline(__always)
  func factors(_ lower: SIMD16<UInt32>, _ upper: SIMD16<UInt32>, unit: Int) -> SIMD16<Float> {
    var x = lower &+ UInt32(truncatingIfNeeded: unit) &* 0x9E37_79B9
    x ^= x &>> 16
    x = x &* 0x21F0_AAAD
    x ^= x &>> 15
    x ^= upper
    x = x &* 0xD35A_2D97
    x ^= x &>> 15
    return SIMD16<Float>(repeating: scale).replacing(
      with: 0, where: x .< SIMD16<UInt32>(repeating: threshold))
  }
}
