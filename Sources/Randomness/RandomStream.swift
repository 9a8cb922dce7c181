/// Random numbers named by what they are for: SplitMix64 (Steele, Lea, Flood 2014), started at a
/// mix of a few integers.
///
/// A number depends on the name of its stream and its index there, not on the number of draws for
/// other purposes, so each rank computes exactly the numbers that it needs and they are the same
/// for any number of ranks. Integers, sums and products only, and not the standard library's
/// sampling, whose algorithms may change, so the bits are the same on every platform and with every
/// compiler. The mixing is a bijection of 64 bits that passes BigCrush on counters.
///
/// A client names its streams in an extension; names determine the results.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// The state of the stream.
  @usableFromInline var state: UInt64

  /// The stream that starts at a state.
  @inlinable public init(state: UInt64) { self.state = state }

  /// The stream of `words`, the first of which is usually the user's seed.
  ///
  /// - Parameters:
  ///   - words: the stream's name.
  ///   - start: state before the words.
  @inlinable public init(_ words: [UInt64], from start: UInt64 = 0) {
    state = start
    for word in words {
      state =
        RandomStream.mixed(state &+ 0x9E37_79B9_7F4A_7C15)
        ^ RandomStream.mixed(word &+ 0xD1B5_4A32_D192_ED03)
    }
  }

  /// The stream of `words`, as `init(_:from:)` with start 0.
  @inlinable public init(_ words: UInt64...) { self.init(words) }

  /// The stream of one more word: `parent` is a stream of which no number has been drawn.
  @inlinable public init(child word: Int, of parent: RandomStream) {
    state = RandomStream.mixed(
      parent.state &+ UInt64(bitPattern: Int64(word)) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// SplitMix64's finaliser.
  @inlinable @inline(__always)
  public static func mixed(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The next 64 random bits.
  @inlinable @inline(__always)
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return RandomStream.mixed(state)
  }

  /// A uniform integer in `0..<bound`, without bias: the high half of a product, redrawn in the
  /// rare case that would be biased (Lemire 2019).
  ///
  /// - Precondition: `bound` is above 0.
  @inlinable public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "there is no integer below \(bound)")
    let n = UInt64(bound)
    var product = next().multipliedFullWidth(by: n)
    if product.low < n {
      let threshold = (0 &- n) % n
      while product.low < threshold { product = next().multipliedFullWidth(by: n) }
    }
    return Int(product.high)
  }

  /// A number in [−1, 1) with 24 bits.
  @inlinable public mutating func signedFloat() -> Float { Float(next() >> 40) * 0x1p-23 - 1 }

  /// An approximately standard normal number: the sum of four uniform ones (16 bits each), so
  /// within ±3.47, with mean 0 and variance 1.
  @inlinable @inline(__always)
  public mutating func bell() -> Double {
    let word = next()
    let sum = (word & 0xFFFF) &+ (word >> 16 & 0xFFFF) &+ (word >> 32 & 0xFFFF) &+ (word >> 48)
    return (Double(sum) - 131_070) * (1.732_050_807_568_877_2 / 65_536)
  }

  /// The integers `0..<count` in random order, all orders equally likely (Fisher and Yates, from
  /// the end).
  @inlinable public mutating func permutation(_ count: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    for k in stride(from: count - 1, to: 0, by: -1) { order.swapAt(k, integer(below: k + 1)) }
    return order
  }

  /// `count` of the integers `0..<total`, ascending, every subset equally likely (selection
  /// sampling: Knuth, TAOCP 2, 3.4.2 S). O(total).
  ///
  /// - Precondition: 0 ≤ count ≤ total.
  public mutating func choose(_ count: Int, of total: Int) -> [Int] {
    precondition(
      0 <= count && count <= total, "\(count) of \(total) cannot be chosen without replacement")
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    for k in 0..<total where chosen.count < count {
      if integer(below: total - k) < count - chosen.count { chosen.append(k) }
    }
    return chosen
  }
}
