/// Blocks of values, one per rank, concatenated in rank order: the result of a gather or exchange
/// with variable counts.
public struct RankBlocks<Element: MPIScalar>: Sendable {
  /// All values, rank by rank.
  public let values: [Element]
  /// The number of values from each rank, `[ranks]`.
  public let counts: [Int]
  /// The index of each rank's first value, `[ranks + 1]`; the last entry is `values.count`.
  public let offsets: [Int]

  /// Blocks of `counts[r]` values each.
  /// - Precondition: the counts add up to the number of values.
  public init(values: [Element], counts: [Int]) {
    self.values = values
    self.counts = counts
    offsets = Communicator.offsets(of: counts)
    precondition(
      offsets[counts.count] == values.count, "the counts of the blocks add up to the values")
  }

  /// The values that came from `rank`.
  public subscript(rank: Int) -> ArraySlice<Element> { values[offsets[rank]..<offsets[rank + 1]] }
}

extension Communicator {
  /// Running sums of `counts`, beginning with 0 and ending with the total.
  static func offsets(of counts: [Int]) -> [Int] {
    var offsets = [0]
    offsets.reserveCapacity(counts.count + 1)
    for count in counts { offsets.append(offsets[offsets.count - 1] + count) }
    return offsets
  }
}
