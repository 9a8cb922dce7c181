import Contracts
import Randomness

/// The rows of each rank in each step of an epoch.
///
/// The training part is distributed over ranks once; each rank shuffles its own rows in every epoch
/// and contributes an equal share of them to every step, so that the load is balanced and no rows
/// are communicated. An epoch of N rows has ⌈N/B⌉ steps of equal size within one row per rank,
/// rather than full batches and a short one at the end, whose few rows would have a larger weight
/// than others. The rows of a batch depend on the number of ranks; on one rank it is a plain
/// shuffle.
public struct BatchSchedule: Equatable, Sendable {
  /// Number of training rows on each rank.
  public let counts: [Int]
  /// Steps of an epoch.
  public let steps: Int

  /// A schedule for ranks with `counts` rows and `batch` rows per step over all ranks.
  ///
  /// - Precondition: at least one row, a batch of at least 1.
  public init(counts: [Int], batch: Int) {
    let total = counts.reduce(0, +)
    require(total > 0 && batch > 0, "a schedule needs rows and a batch of at least 1")
    self.counts = counts
    steps = (total + batch - 1) / batch
  }

  /// The positions in a rank's order that belong to a step.
  public func range(rank: Int, step: Int) -> Range<Int> {
    (counts[rank] * step / steps)..<(counts[rank] * (step + 1) / steps)
  }

  /// Rows of a step over all ranks.
  public func batchCount(step: Int) -> Int {
    counts.indices.reduce(0) { $0 + range(rank: $1, step: step).count }
  }

  /// The order of a rank's rows `0..<counts[rank]` in an epoch: a function of seed, epoch and rank.
  public func order(rank: Int, epoch: Int, seed: UInt64) -> [Int32] {
    var random = RandomStream(seed: seed, .shuffle, epoch, rank)
    return random.permutation(counts[rank])
  }
}
