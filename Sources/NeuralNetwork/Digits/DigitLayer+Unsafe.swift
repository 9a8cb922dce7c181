import Models

/// The fixed-point numbers of the int8 path.
///
/// A number x of a row whose largest magnitude is M is q = round(x·127·256^(n−1)/M), an integer of
/// n balanced digits of base 256: q = Σ_i d_i·256^(n−1−i), −128 ≤ d_i ≤ 127. Weights have three
/// digits relative to the largest of their output; tanh has three relative to 1. Features have
/// three, or four in a row with a feature beyond `outlier` deviations, because their error grows
/// with M.
///
/// Of the products of digits those up to 256⁻² of the first are summed, by level, and those of
/// 256⁻³ in rows with four digits: integers below 2³¹, exact in any order on any processor.
enum DigitFormat {
  /// Largest number of inputs whose sums stay below 2³¹: 3·2¹⁴ a product.
  static let largestInputs = 40_000
  /// 127·256², the largest number of three digits that is used.
  static let three: Float = 127 * 65536
  /// 127·256³.
  static let four: Float = 127 * 16_777_216
  /// Largest feature, in deviations, of rows with three digits.
  static let outlier: Float = 16

  /// Whether a network can run in digits.
  static func fits(_ model: Model) -> Bool {
    model.layers.count > 1 && model.layers.allSatisfy { $0.inputs <= largestInputs }
  }

  /// The digits of a number of three digits, most significant first.
  static func digits(_ q: Int32) -> (Int8, Int8, Int8) {
    let d = (q &+ 0x80_8080) ^ 0x80_8080
    return (
      Int8(truncatingIfNeeded: d >> 16), Int8(truncatingIfNeeded: d >> 8),
      Int8(truncatingIfNeeded: d)
    )
  }

  /// A weight's number of three digits.
  static func weight(_ value: Float, largest: Float) -> Int32 {
    Int32((Double(value) / Double(largest) * Double(three)).rounded(.toNearestOrEven))
  }

  /// What turns an output's sums into a pre-activation, for inputs of scale 1.
  static func scale(largest: Float) -> Float { Float(Double(largest) / (127 * 127)) }

  /// Largest magnitude of an output's weights, above 0.
  static func largestWeight(_ layer: Model.Layer, _ output: Int) -> Float {
    var largest: Float = 1e-30
    for k in 0..<layer.inputs {
      largest = max(largest, abs(layer.weight[output * layer.inputs + k]))
    }
    return largest
  }
}

/// A hidden layer's weights as digits, in the order of the tiles.
///
/// `[panel of 16 outputs][block of 64 inputs][digit][16 groups of 4 inputs][16 outputs][4]`; inputs
/// and outputs beyond the layer's are 0, so their activation is tanh 0 = 0.
final class DigitLayer {
  let inputs: Int
  let outputs: Int
  /// Blocks of 64 inputs, and panels of 16 outputs, an even number.
  let blocks: Int
  let panels: Int
  let weights: AlignedBuffer<SIMD16<Float>>
  let bias: AlignedBuffer<SIMD16<Float>>
  let scale: AlignedBuffer<SIMD16<Float>>
  /// −128·Σ of each digit of an output's weights, `[panel][digit]`: what unsigned inputs (digit +
  /// 128) add to a sum, taken back.
  let corrections: AlignedBuffer<SIMD16<Int32>>

  init(_ layer: Model.Layer) {
    inputs = layer.inputs
    outputs = layer.outputs
    blocks = (inputs + 63) / 64
    panels = (outputs + 31) / 32 * 2
    weights = AlignedBuffer(count: panels * blocks * 48)
    bias = AlignedBuffer(count: panels)
    scale = AlignedBuffer(count: panels)
    corrections = AlignedBuffer(count: 3 * panels)
    let w = UnsafeMutableRawPointer(weights.pointer).assumingMemoryBound(to: Int8.self)
    for n in 0..<outputs {
      let largest = DigitFormat.largestWeight(layer, n)
      bias.pointer[n / 16][n % 16] = layer.bias[n]
      scale.pointer[n / 16][n % 16] = DigitFormat.scale(largest: largest)
      var sums: (Int32, Int32, Int32) = (0, 0, 0)
      for k in 0..<inputs {
        let d = DigitFormat.digits(
          DigitFormat.weight(layer.weight[n * inputs + k], largest: largest))
        let block = (n / 16 * blocks + k / 64) * 3072
        let place = block + k % 64 / 4 * 64 + n % 16 * 4 + k % 4
        w[place] = d.0
        w[place + 1024] = d.1
        w[place + 2048] = d.2
        sums = (sums.0 + Int32(d.0), sums.1 + Int32(d.1), sums.2 + Int32(d.2))
      }
      corrections.pointer[n / 16 * 3][n % 16] = -128 * sums.0
      corrections.pointer[n / 16 * 3 + 1][n % 16] = -128 * sums.1
      corrections.pointer[n / 16 * 3 + 2][n % 16] = -128 * sums.2
    }
  }
}
