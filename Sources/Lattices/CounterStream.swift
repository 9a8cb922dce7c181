/// Random numbers as a function of their purpose: SplitMix64 (Steele, Lea, Flood 2014) with a seed
/// mixed from a few integers.
///
/// The numbers of a molecule can be computed on any rank and in any order. Integers, sums and
/// products only: the same bits on every platform.
struct CounterStream: Sendable {
  private var state: UInt64

  /// The stream of `words`, the first of which is usually the user's seed.
  init(_ words: UInt64...) {
    state = 0
    for word in words {
      state = Self.mixed(state &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mixed(word &+ 0xD1B5_4A32_D192_ED03)
    }
  }

  /// The stream of one more word: `parent` is the state of a stream made from the preceding words.
  init(child word: Int, of parent: CounterStream) {
    state = Self.mixed(parent.state &+ UInt64(bitPattern: Int64(word)) &* 0x9E37_79B9_7F4A_7C15)
  }

  @inline(__always)
  private static func mixed(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The next 64 random bits.
  @inline(__always)
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  /// A whole number in `0..<bound`.
  mutating func integer(below bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// An approximately standard normal number: the sum of four uniform ones (16 bits each), so
  /// within ±3.47, with mean 0 and variance 1.
  @inline(__always)
  mutating func bell() -> Double {
    let word = next()
    let sum = (word & 0xFFFF) &+ (word >> 16 & 0xFFFF) &+ (word >> 32 & 0xFFFF) &+ (word >> 48)
    return (Double(sum) - 131_070) * (1.732_050_807_568_877_2 / 65_536)
  }
}
