/// Part `part` of `0..<count` cut into `parts` consecutive parts whose lengths differ by one at
/// most.
func evenShare(of count: Int, part: Int, of parts: Int) -> Range<Int> {
  (count * part / parts)..<(count * (part + 1) / parts)
}

/// The part of `evenShare` that holds `index`.
func evenPart(holding index: Int, of count: Int, parts: Int) -> Int {
  ((index + 1) * parts - 1) / count
}

/// Things in the order of the ranks they go to, and among those for one rank in the order they had:
/// what an exchange wants.
struct DealtOrder {
  /// How many go to each rank.
  let counts: [Int]
  /// Positions of the things, rank by rank.
  let positions: [Int32]

  /// - Parameters:
  ///   - ranks: the rank that each thing goes to.
  ///   - rankCount: ranks in all.
  init(ranks: [Int32], rankCount: Int) {
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

  /// The things in that order.
  func callAsFunction<T>(_ things: [T]) -> [T] { positions.map { things[Int($0)] } }
}
