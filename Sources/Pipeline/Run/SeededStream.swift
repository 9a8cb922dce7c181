/// Random numbers for sampling: SplitMix64 (Steele, Lea, Flood 2014), one stream for each purpose
/// and place.
///
/// A stream is named by the seed and a few integers (what is drawn, class, file, frame), so that
/// whoever needs a choice makes it alone and finds the same: no rank depends on what another has
/// drawn. Integer arithmetic only, nothing of the standard library's own sampling, whose algorithms
/// may change: the same on every platform and with every compiler.
struct SeededStream: Sendable {
  private var state: UInt64

  /// What a stream is for; part of its name, so the numbers must not change.
  enum Purpose: UInt64 {
    case quotas = 1, centers, splitOfEnvironments, splitOfFrames
  }

  /// The stream of a purpose and place.
  init(seed: UInt64, _ purpose: Purpose, _ place: Int...) {
    state = seed
    for word in [purpose.rawValue] + place.map({ UInt64(bitPattern: Int64($0)) }) {
      state = Self.mixed(state &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mixed(word &+ 0xD1B5_4A32_D192_ED03)
    }
  }

  private static func mixed(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The next 64 random bits.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  /// A uniform integer in `0..<bound`, without bias: the high half of a product, redrawn in the
  /// rare case that would be unfair (Lemire 2019).
  mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "there is no integer below \(bound)")
    let n = UInt64(bound)
    var product = next().multipliedFullWidth(by: n)
    if product.low < n {
      let threshold = (0 &- n) % n
      while product.low < threshold { product = next().multipliedFullWidth(by: n) }
    }
    return Int(product.high)
  }

  /// `count` of the integers `0..<total`, rising, every subset equally likely (selection sampling:
  /// Knuth, TAOCP 2, 3.4.2 S). O(total).
  mutating func choose(_ count: Int, of total: Int) -> [Int] {
    precondition(
      0 <= count && count <= total, "\(count) of \(total) cannot be chosen without replacement")
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    for k in 0..<total where chosen.count < count {
      if integer(below: total - k) < count - chosen.count { chosen.append(k) }
    }
    return chosen
  }

  /// The integers `0..<count` in random order (Fisher and Yates).
  mutating func shuffled(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for k in stride(from: count - 1, to: 0, by: -1) { order.swapAt(k, integer(below: k + 1)) }
    return order
  }

  /// `total` shared out in proportion to `weights` among receivers that hold at most `capacities`
  /// each; weights of 1 share it evenly.
  ///
  /// Who can hold less than its share takes all it can and the others share the rest; what whole
  /// numbers leave over, less than one each, goes to receivers drawn at random.
  /// - Precondition: `total` does not pass the sum of the capacities; who has capacity has a weight
  ///   > 0.
  mutating func shares(of total: Int, weights: [Double], capacities: [Int]) -> [Int] {
    precondition(0 <= total && total <= capacities.reduce(0, +), "the shares do not fit")
    var shares = [Int](repeating: 0, count: capacities.count)
    var open = capacities.indices.filter { capacities[$0] > 0 }
    var left = total
    while !open.isEmpty {
      let sum = open.reduce(0) { $0 + weights[$1] }
      // A share that is whole but for rounding counts as whole.
      func share(_ k: Int) -> Int { Int(Double(left) * weights[k] / sum + 1e-9) }
      let full = open.filter { capacities[$0] <= share($0) }
      if full.isEmpty {
        for k in open { shares[k] = share(k) }
        left -= open.reduce(0) { $0 + shares[$1] }
        for k in choose(left, of: open.count) { shares[open[k]] += 1 }
        break
      }
      for k in full { shares[k] = capacities[k] }
      left -= full.reduce(0) { $0 + capacities[$1] }
      open.removeAll { full.contains($0) }
    }
    return shares
  }
}
