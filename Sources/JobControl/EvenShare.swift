/// Part `part` of `0..<count` divided into `parts` consecutive parts whose lengths differ by at
/// most one.
public func evenShare(of count: Int, part: Int, of parts: Int) -> Range<Int> {
  (count * part / parts)..<(count * (part + 1) / parts)
}

/// The part of `evenShare` that contains `index`.
public func evenPart(holding index: Int, of count: Int, parts: Int) -> Int {
  ((index + 1) * parts - 1) / count
}

/// A stable order of items by destination rank, as needed for an exchange.
public struct DealtOrder {
  /// Number of items for each rank.
  public let counts: [Int]
  /// Indices of the items, rank by rank.
  public let positions: [Int32]

  /// - Parameters:
  ///   - ranks: the destination rank of each item.
  ///   - rankCount: total number of ranks.
  public init(ranks: [Int32], rankCount: Int) {
    var counts = [Int](repeating: 0, count: rankCount)
    for rank in ranks { counts[Int(rank)] += 1 }
    var next = [Int](repeating: 0, count: rankCount)
    for rank in 1..<max(rankCount, 1) { next[rank] = next[rank - 1] + counts[rank - 1] }
    var positions = [Int32](repeating: 0, count: ranks.count)
    for (k, rank) in ranks.enumerated() {
      positions[next[Int(rank)]] = Int32(k)
      next[Int(rank)] += 1
    }
    self.counts = counts
    self.positions = positions
  }

  /// The items in that order.
  @inlinable
  public func callAsFunction<T>(_ things: [T]) -> [T] { positions.map { things[Int($0)] } }
}
