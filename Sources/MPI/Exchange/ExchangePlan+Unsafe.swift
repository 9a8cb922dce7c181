/// The number of values that each rank sends to each other rank, agreed once and used by several
/// exchanges.
///
/// A single exchange must first communicate the counts and agree on whether 32 bits suffice for
/// them: two collective calls before the one that transfers data. The columns of a table share
/// them.
public struct ExchangePlan: Sendable {
  /// Rows for each rank, and rows from each.
  public let counts: [Int], incoming: [Int]
  /// Whether every rank's rows, times the widest row, fit into one MPI call.
  @usableFromInline let fits: Bool

  @usableFromInline
  init(counts: [Int], incoming: [Int], fits: Bool) {
    (self.counts, self.incoming, self.fits) = (counts, incoming, fits)
  }
}

extension Communicator {
  /// Agrees on an exchange of `counts[r]` rows to rank r, none wider than `width` values.
  /// Collective.
  ///
  /// - Parameter incoming: rows from each rank, if they are known without communication; either on
  ///   all ranks or on none.
  public func planExchange(counts: [Int], incoming: [Int]? = nil, width: Int = 1) throws
    -> ExchangePlan
  {
    precondition(counts.count == size && (incoming?.count ?? size) == size, "one count per rank")
    let expected = try incoming ?? exchangeCounts(counts)
    let fits = try everyRankFits(width * max(counts.reduce(0, +), expected.reduce(0, +)))
    return ExchangePlan(counts: counts, incoming: expected, fits: fits)
  }

  /// Sends rows of `width` values in rank order as planned, and returns what the ranks sent here,
  /// in rank order. Collective.
  ///
  /// The corresponding MPI function is `MPI_Alltoallv`; point-to-point pieces for more than 2³¹ − 1
  /// values.
  /// - Precondition: the values are the plan's rows, and no wider than it allowed for.
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
        try plan.fits ? exchange(blocks) : exchangeInPieces(blocks)
      }
    }
    return result
  }
}
