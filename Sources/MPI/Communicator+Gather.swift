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
  /// ⌈log₂ P⌉ messages from each rank, with all that it has received so far. The corresponding MPI
  /// function is `MPI_Allgatherv`, which sends up to P − 1 messages for long blocks.
  @inlinable
  public func allGatherVariable<T: MPIScalar>(_ values: [T]) throws -> RankBlocks<T> {
    blocks(try gatherBytes(values.withUnsafeBytes { [UInt8]($0) }))
  }

  /// The values of all ranks, any number from each, on `root`; nil elsewhere. Collective.
  ///
  /// ⌈log₂ P⌉ messages from each rank, by store and forward. The corresponding MPI function is
  /// `MPI_Gatherv`, in which the root receives P − 1 messages.
  @inlinable
  public func gatherVariable<T: MPIScalar>(_ values: [T], to root: Int = 0) throws -> RankBlocks<T>?
  {
    let found = try gatherBytes(values.withUnsafeBytes { [UInt8]($0) }, to: root)
    return rank == root ? blocks(found) : nil
  }

  /// The bytes of ranks as values.
  @usableFromInline
  func blocks<T: MPIScalar>(_ blocks: [ArraySlice<UInt8>]) -> RankBlocks<T> {
    let counts = blocks.map { $0.count / MemoryLayout<T>.stride }
    var values = [T](repeating: 0, count: counts.reduce(0, +))
    values.withUnsafeMutableBytes { target in
      var place = 0
      for block in blocks {
        block.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: target[place..<place + $0.count]).copyMemory(
            from: $0)
        }
        place += block.count
      }
    }
    return RankBlocks(values: values, counts: counts)
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
  /// ⌈log₂ P⌉ messages from each rank if there are many ranks, by store and forward; otherwise one
  /// to each rank that receives something. The corresponding MPI function is `MPI_Alltoallv`.
  /// - Precondition: `counts` has one entry per rank, and they add up to the number of values.
  @inlinable
  public func allToAllVariable<T: MPIScalar>(_ values: [T], counts: [Int]) throws -> RankBlocks<T> {
    let plan = try planExchange(counts: counts)
    return RankBlocks(values: try exchange(values, plan), counts: plan.incoming)
  }
}
