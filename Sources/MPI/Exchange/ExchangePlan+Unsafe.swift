/// The number of values that each rank sends to each other rank, agreed once and used by several
/// exchanges.
///
/// The columns of a table share a plan, so that the counts are sent once. Large blocks go directly
/// from rank to rank. If some rank had too many partners, small blocks are stored and forwarded in
/// ⌈log₂ P⌉ rounds: both ranks of a block know its length, hence its way.
public struct ExchangePlan: Sendable {
  /// Rows for each rank, and rows from each.
  public let counts: [Int], incoming: [Int]
  /// Rows of the smallest block that goes directly; 0: all, `Int.max`: none.
  public let directRows: Int

  @usableFromInline
  init(counts: [Int], incoming: [Int], directRows: Int) {
    (self.counts, self.incoming, self.directRows) = (counts, incoming, directRows)
  }
}

extension Communicator {
  /// Most ranks to which a rank sends directly: about the neighbours of a part of a frame, those
  /// that share a corner with it included.
  public static var directPartners: Int { 26 }

  /// Agrees on an exchange of `counts[r]` rows to rank r. Collective.
  ///
  /// - Parameters:
  ///   - incoming: rows from each rank, if they are known without communication; either on all
  ///     ranks or on none.
  ///   - isLocal: whether most ranks have few partners. The ranks then agree on the smallest block
  ///     that goes directly, so that no rank has more than `directPartners` partners together with
  ///     those of its rounds; otherwise all blocks of many ranks are stored and forwarded.
  public func planExchange(counts: [Int], incoming: [Int]? = nil, isLocal: Bool = false) throws
    -> ExchangePlan
  {
    precondition(counts.count == size && (incoming?.count ?? size) == size, "one count per rank")
    let expected = try incoming ?? exchangeCounts(counts)
    guard size > Self.directPartners + 1 else {
      return ExchangePlan(counts: counts, incoming: expected, directRows: 0)
    }
    let limit = isLocal ? try directLimit(counts, expected) : Int.max
    return ExchangePlan(counts: counts, incoming: expected, directRows: limit)
  }

  /// The least power of two for which no rank has too many partners with blocks of at least so many
  /// rows; the same on all ranks. Collective.
  private func directLimit(_ counts: [Int], _ incoming: [Int]) throws -> Int {
    let known = Set(halving.rounds.flatMap { [$0.partner] + $0.sources })
    var partners = [Int64](repeating: Int64(known.count), count: 62)
    for peer in counts.indices where peer != rank && !known.contains(peer) {
      let rows = max(counts[peer], incoming[peer])
      for power in partners.indices where rows >= 1 << power { partners[power] += 1 }
    }
    try allReduce(&partners, .maximum)
    return partners.firstIndex { $0 <= Self.directPartners }.map { 1 << $0 } ?? .max
  }

  /// Sends rows of `width` values in rank order as planned, and returns what the ranks sent here,
  /// in rank order. Collective.
  ///
  /// The corresponding MPI function is `MPI_Alltoallv`, or that of MPI's neighbourhoods.
  /// - Precondition: the values are the plan's rows.
  @inlinable
  public func exchange<T: MPIScalar>(_ values: [T], width: Int = 1, _ plan: ExchangePlan) throws
    -> [T]
  {
    let counts = plan.counts.map { $0 * width }, incoming = plan.incoming.map { $0 * width }
    precondition(counts.reduce(0, +) == values.count, "the values are the rows that were planned")
    var result = [T](repeating: 0, count: incoming.reduce(0, +))
    try values.withUnsafeBytes { source in
      try result.withUnsafeMutableBytes { target in
        let blocks = BlockExchange(
          source: source, counts: counts, target: target, incoming: incoming, kind: T.scalarKind)
        let least =
          plan.directRows > Int.max / max(width, 1) ? Int.max : plan.directRows * width
        try exchangeDirectly(blocks, from: least)
        if least > width { try exchangeRouted(blocks, below: least) }
      }
    }
    return result
  }
}
