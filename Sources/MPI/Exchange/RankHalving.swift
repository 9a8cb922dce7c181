/// The pairs of ranks that exchange messages in ⌈log₂ P⌉ rounds, for any number of ranks.
///
/// All ranks are divided into two halves of consecutive ranks, the left one with the extra rank of
/// an odd number; each half is divided again, until every part is one rank. In the round of a
/// division, rank i of the left half exchanges with rank i of the right half. The extra rank of the
/// left half sends to the last rank of the right half.
///
/// **Downwards**, from the first round to the last, each rank sends to `partner` what belongs to
/// the other half, and receives from `sources`: after the last round everything is where it
/// belongs. **Upwards**, from the last round to the first, each rank sends what its half has to
/// `sources` and receives what the other half has from `partner`: after the first round every rank
/// has everything. A rank has at most 2⌈log₂ P⌉ partners, ⌈log₂ P⌉ for a power of two.
///
/// Pure; the halves are those of `PartitionBuilder`, so that the group of ranks of a node of the
/// partition is the group of one of these rounds.
public struct RankHalving: Sendable {
  /// One division, as one rank takes part in it.
  public struct Round: Sendable, Equatable {
    /// The half that holds the rank, and the other one.
    public let own: Range<Int>, other: Range<Int>
    /// The rank of the other half to which this rank sends (downwards).
    public let partner: Int
    /// The ranks of the other half that send to this rank (downwards): none, one or two.
    public let sources: [Int]

    /// The ranks that are divided.
    public var group: Range<Int> {
      min(own.lowerBound, other.lowerBound)..<max(own.upperBound, other.upperBound)
    }
  }

  /// The rank, and the number of all ranks.
  public let rank: Int, size: Int
  /// The rounds of this rank, from the largest group to the smallest; none for one rank.
  public let rounds: [Round]

  /// - Precondition: `0 ≤ rank < size`.
  public init(rank: Int, size: Int) {
    precondition((0..<size).contains(rank), "the rank is one of those that are divided")
    var rounds: [Round] = []
    var group = 0..<size
    while group.count > 1 {
      let middle = group.lowerBound + (group.count + 1) / 2
      let left = group.lowerBound..<middle, right = middle..<group.upperBound
      if left.contains(rank) {
        let place = rank - left.lowerBound
        rounds.append(
          Round(
            own: left, other: right, partner: middle + min(place, right.count - 1),
            sources: place < right.count ? [middle + place] : []))
        group = left
      } else {
        let place = rank - middle
        let hasExtra = place == right.count - 1 && left.count > right.count
        rounds.append(
          Round(
            own: right, other: left, partner: left.lowerBound + place,
            sources: [left.lowerBound + place] + (hasExtra ? [middle - 1] : [])))
        group = right
      }
    }
    self.rank = rank
    self.size = size
    self.rounds = rounds
  }
}
