/// Random numbers as a function of what they are for, not of how many were drawn before.
///
/// A number depends on a seed, a purpose and counters, so every rank can compute exactly the ones
/// it needs and any number of ranks sees the same. Mixing is SplitMix64's (Steele, Lea, Flood
/// 2014): a bijection of 64 bits that passes BigCrush on counters.
struct CounterRandom: RandomNumberGenerator {
  /// What the numbers are for: purposes never share a stream.
  enum Purpose: UInt64 {
    case initialisation = 1
    case shuffle = 2
    case dropout = 3
    case importance = 4
  }

  private var state: UInt64

  /// The stream of a purpose and its counters.
  init(seed: UInt64, _ purpose: Purpose, _ first: Int = 0, _ second: Int = 0) {
    state = CounterRandom.key(seed, purpose, first, second)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return CounterRandom.mixed(state)
  }

  /// A whole number in `0..<bound` (Lemire's multiplication; its bias of bound/2⁶⁴ is of no
  /// consequence, and no loop depends on luck).
  mutating func next(below bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in [−1, 1) with 24 bits.
  mutating func nextSigned() -> Float { Float(next() >> 40) * 0x1p-23 - 1 }

  /// One permutation of `0..<count`, all equally likely (Fisher–Yates from the end).
  mutating func permutation(_ count: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, next(below: i + 1)) }
    return order
  }

  /// Where a stream starts.
  static func key(_ seed: UInt64, _ purpose: Purpose, _ first: Int, _ second: Int) -> UInt64 {
    var key = mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
    key = mixed(key ^ purpose.rawValue)
    key = mixed(key &+ UInt64(bitPattern: Int64(first)))
    return mixed(key &+ UInt64(bitPattern: Int64(second)) &* 0xD134_2543_DE82_EF95)
  }

  @inline(__always)
  static func mixed(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
