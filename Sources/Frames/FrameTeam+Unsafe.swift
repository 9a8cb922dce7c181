import JobControl
import MPI

/// The ranks that analyse a frame together. A team of one rank does not communicate.
public final class FrameTeam {
  /// Rank in the team, and ranks of the team.
  public let rank: Int, size: Int
  /// Rows of the results that are this team's frames.
  public let frames: Range<Int>
  @usableFromInline let communicator: Communicator?
  /// The pairs of ranks that exchange while a frame is divided.
  private let halving: RankHalving

  /// Makes the teams of a layout. Collective.
  public init(_ layout: TeamLayout, on world: Communicator) throws {
    let team = layout.team(ofRank: world.rank)
    let ranks = layout.ranks(ofTeam: team)
    rank = world.rank - ranks.lowerBound
    size = ranks.count
    frames = layout.frames(ofTeam: team)
    let split = layout.teamCount == layout.rankCount ? nil : try world.split(color: team)
    communicator = ranks.count > 1 ? split : nil
    halving = RankHalving(rank: rank, size: size)
  }

  /// A team of one rank for `frames`. Not collective.
  public init(alone frames: Range<Int>) {
    (rank, size, self.frames, communicator) = (0, 1, frames, nil)
    halving = RankHalving(rank: 0, size: 1)
  }

  /// Whether this is the first rank of the team.
  public var isRoot: Bool { rank == 0 }

  /// Traffic of this rank to others of its team.
  public var traffic: Traffic { communicator?.traffic ?? Traffic() }

  /// The part of `count` rows that this rank writes.
  public func rows(of count: Int) -> Range<Int> { evenShare(of: count, part: rank, of: size) }

  /// Runs `body` on every rank and continues only if all succeed. Collective.
  ///
  /// - Throws: the same `RunError` on all ranks of the team.
  public func together<Result>(_ body: () throws -> Result) throws -> Result {
    guard let communicator else { return try body() }
    return try communicator.together(body)
  }

  /// An error that all ranks of the team have detected independently, as `together` would throw it.
  func agreed(_ error: any Error) -> RunError {
    var agreed = RunError(error)
    agreed.rank = 0
    return agreed
  }

  /// Whether a condition holds on any rank. Collective.
  public func any(_ condition: Bool) throws -> Bool {
    guard let communicator else { return condition }
    return try communicator.allReduce(condition ? 1 : 0, .maximum) != 0
  }

  /// Element-wise sums of integers over all ranks. Collective.
  @inlinable
  public func sum<T: MPIScalar & FixedWidthInteger>(_ words: [T]) throws -> [T] {
    guard let communicator else { return words }
    var sums = words
    try communicator.allReduce(&sums, .sum)
    return sums
  }

  /// Element-wise sums over the ranks that are divided at a level of the partition. Collective over
  /// these ranks.
  func sum(_ words: [Int64], fromLevel level: Int) throws -> [Int64] {
    guard let communicator else { return words }
    var sums = words
    try communicator.sum(&sums, over: halving, from: level)
    return sums
  }

  /// Exchanges with the other half of the ranks that are divided at a level: `next` returns the
  /// bytes of a message and whether it is the last one. Collective over these ranks.
  func swap(
    level: Int, next: () -> (bytes: [UInt8], isLast: Bool), receive: ([UInt8]) -> Void
  ) throws {
    guard let communicator else { preconditionFailure("a team of one rank exchanges nothing") }
    try communicator.swap(in: halving.rounds[level], next: next, receive: receive)
  }

  /// The words of all ranks, the same number from each, in rank order. Collective.
  func gather(_ words: [Int64]) throws -> [Int64] {
    guard let communicator else { return words }
    return try communicator.allGather(words)
  }

  /// The smallest number of all ranks. Collective.
  func smallest(_ value: Int64) throws -> Int64 {
    guard let communicator else { return value }
    return try communicator.allReduce(value, .minimum)
  }

  /// The smallest and the largest number of all ranks. Collective.
  func bounds(lower: [Double], upper: [Double]) throws -> (lower: [Double], upper: [Double]) {
    guard let communicator else { return (lower, upper) }
    var least = lower, most = upper
    try communicator.allReduce(&least, .minimum)
    try communicator.allReduce(&most, .maximum)
    return (least, most)
  }

  /// Agrees on an exchange of `counts[r]` rows to rank r; see `Communicator.planExchange`.
  /// Collective.
  public func planExchange(counts: [Int], incoming: [Int]? = nil, isLocal: Bool = false) throws
    -> ExchangePlan
  {
    guard let communicator else { preconditionFailure("a team of one rank exchanges nothing") }
    return try communicator.planExchange(counts: counts, incoming: incoming, isLocal: isLocal)
  }

  /// Sends rows of `width` values as planned; returns the received rows, in rank order. Collective.
  @inlinable
  public func exchange<T: MPIScalar>(_ values: [T], width: Int = 1, _ plan: ExchangePlan) throws
    -> [T]
  {
    guard let communicator else { preconditionFailure("a team of one rank exchanges nothing") }
    return try communicator.exchange(values, width: width, plan)
  }

  /// Sends words to one rank: their number, then the words. Not collective.
  public func send(_ words: [Int64], to rank: Int, tag: Int) throws {
    guard let communicator else { preconditionFailure("a team of one rank has no other writer") }
    let batch = MessageBatch(on: communicator)
    try batch.send([Int64(words.count)].span.bytes, to: rank, tag: tag)
    try batch.send(words.span.bytes, to: rank, tag: tag)
    _ = try batch.waitAll()
  }

  /// Waits for the words that one rank sent. Not collective.
  public func receive(from rank: Int, tag: Int) throws -> [Int64] {
    guard let communicator else { preconditionFailure("a team of one rank receives nothing") }
    func words(_ count: Int) throws -> [Int64] {
      let batch = MessageBatch(on: communicator)
      try batch.receive(count: 8 * count, from: rank, tag: tag)
      let bytes = try batch.waitAll()[0]
      return bytes.withUnsafeBytes { bytes in
        (0..<count).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
      }
    }
    return try words(Int(try words(1)[0]))
  }
}
