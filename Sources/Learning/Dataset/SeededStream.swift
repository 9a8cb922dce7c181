import Randomness

/// The random numbers of sampling: one stream for each purpose and context.
///
/// A stream is named by the seed and a few integers (what is drawn, class, file, frame), so that
/// each rank makes the choices that it needs independently, with the same result on all ranks.
struct SeededStream: Sendable {
  private var stream: RandomStream

  /// The purpose of a stream; part of its identity, so the numbers must not change.
  enum Purpose: UInt64 {
    case quotas = 1, centers, splitOfEnvironments, splitOfFrames, mixedQuotas, mixedRows
  }

  /// The stream of a purpose and context.
  init(seed: UInt64, _ purpose: Purpose, _ place: Int...) {
    stream = RandomStream(
      [purpose.rawValue] + place.map { UInt64(bitPattern: Int64($0)) }, from: seed)
  }

  /// The next 64 random bits.
  mutating func next() -> UInt64 { stream.next() }

  /// A uniform integer in `0..<bound`.
  mutating func integer(below bound: Int) -> Int { stream.integer(below: bound) }

  /// `count` of the integers `0..<total`, ascending, every subset equally likely.
  mutating func choose(_ count: Int, of total: Int) -> [Int] { stream.choose(count, of: total) }

  /// The integers `0..<count` in random order.
  mutating func shuffled(_ count: Int) -> [Int] { stream.permutation(count).map(Int.init) }

  /// `total` divided in proportion to `weights` among receivers with at most `capacities` each;
  /// weights of 1 divide it evenly.
  ///
  /// A receiver with less capacity than its share is filled, and the others share the rest; the
  /// remainder of rounding down, less than one each, goes to receivers drawn at random.
  /// - Precondition: `total` does not pass the sum of the capacities; every receiver with capacity
  ///   has a weight > 0.
  mutating func shares(of total: Int, weights: [Double], capacities: [Int]) -> [Int] {
    precondition(0 <= total && total <= capacities.reduce(0, +), "the shares do not fit")
    var shares = [Int](repeating: 0, count: capacities.count)
    var open = capacities.indices.filter { capacities[$0] > 0 }
    var left = total
    while !open.isEmpty {
      let sum = open.reduce(0) { $0 + weights[$1] }
      // A share that is an integer to within rounding is treated as an integer.
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
