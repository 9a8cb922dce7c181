extension Communicator {
  /// The values of all ranks in rank order, `[ranks · count]`, on every rank. Collective. The
  /// corresponding MPI function is `MPI_Allgather`.
  /// - Precondition: every rank passes the same number of values.
  @inlinable
  public func allGather<T: MPIScalar>(_ values: [T]) throws -> [T] {
    var result = [T](repeating: 0, count: values.count * size)
    try values.withUnsafeBytes { source in
      try result.withUnsafeMutableBytes { try allGatherBytes(source, into: $0, T.scalarKind) }
    }
    return result
  }

  /// The value of each rank, `[ranks]`, on every rank. Collective. The corresponding MPI function
  /// is `MPI_Allgather`.
  @inlinable
  public func allGather<T: MPIScalar>(_ value: T) throws -> [T] {
    try allGather([value])
  }

  /// The values of all ranks, any number from each, on every rank. Collective.
  ///
  /// The corresponding MPI function is `MPI_Allgatherv`, after an `MPI_Allgather` of the counts. If
  /// the total exceeds 2³¹ − 1 elements, the ranks broadcast their blocks in turn: all ranks know
  /// all counts, so all take the same path.
  @inlinable
  public func allGatherVariable<T: MPIScalar>(_ values: [T]) throws -> RankBlocks<T> {
    let counts = try allGather(values.count)
    var result = [T](repeating: 0, count: counts.reduce(0, +))
    try values.withUnsafeBytes { source in
      try result.withUnsafeMutableBytes {
        try allGatherVariableBytes(source, into: $0, counts: counts, T.scalarKind)
      }
    }
    return RankBlocks(values: result, counts: counts)
  }

  /// The values of all ranks, any number from each, on `root`; nil elsewhere. Collective.
  ///
  /// The corresponding MPI function is `MPI_Gatherv`, after an `MPI_Allgather` of the counts. If
  /// the total exceeds 2³¹ − 1 elements, the ranks send their blocks to the root in pieces.
  @inlinable
  public func gatherVariable<T: MPIScalar>(_ values: [T], to root: Int = 0) throws -> RankBlocks<T>?
  {
    let counts = try allGather(values.count)
    var result = [T](repeating: 0, count: rank == root ? counts.reduce(0, +) : 0)
    try values.withUnsafeBytes { source in
      try result.withUnsafeMutableBytes {
        try gatherVariableBytes(source, into: $0, counts: counts, T.scalarKind, root: root)
      }
    }
    return rank == root ? RankBlocks(values: result, counts: counts) : nil
  }

  /// One text per rank, in rank order, on every rank. Collective. The corresponding MPI function is
  /// `MPI_Allgatherv`.
  public func allGather(_ text: String) throws -> [String] {
    let blocks = try allGatherVariable(Array(text.utf8))
    return (0..<size).map { String(decoding: blocks[$0], as: UTF8.self) }
  }

  /// Sends `values` in rank order, `counts[r]` of them to rank `r`, and returns what the ranks sent
  /// here. Collective.
  ///
  /// The corresponding MPI function is `MPI_Alltoallv`, after an `MPI_Alltoall` of the counts and
  /// an agreement on whether all of them fit into 32 bits; if they do not on any rank, blocks are
  /// sent as point-to-point pieces.
  /// - Precondition: `counts` has one entry per rank, and they add up to the number of values.
  @inlinable
  public func allToAllVariable<T: MPIScalar>(_ values: [T], counts: [Int]) throws -> RankBlocks<T> {
    precondition(
      counts.count == size && counts.reduce(0, +) == values.count,
      "one count per rank, adding up to the values")
    let incoming = try exchangeCounts(counts)
    let total = incoming.reduce(0, +)
    let fits = try everyRankFits(max(total, values.count))
    var result = [T](repeating: 0, count: total)
    try values.withUnsafeBytes { source in
      try result.withUnsafeMutableBytes { target in
        let blocks = BlockExchange(
          source: source, counts: counts, target: target, incoming: incoming, kind: T.scalarKind)
        try fits ? exchange(blocks) : exchangeInPieces(blocks)
      }
    }
    return RankBlocks(values: result, counts: incoming)
  }
}
