internal import CMPI

/// One exchange of blocks between all ranks, as raw memory: `counts[r]` elements go to rank r,
/// `incoming[r]` come from it.
@usableFromInline
struct BlockExchange {
  let source: UnsafeRawBufferPointer
  let counts: [Int]
  let target: UnsafeMutableRawBufferPointer
  let incoming: [Int]
  let kind: ScalarKind

  @usableFromInline
  init(
    source: UnsafeRawBufferPointer, counts: [Int], target: UnsafeMutableRawBufferPointer,
    incoming: [Int], kind: ScalarKind
  ) {
    self.source = source
    self.counts = counts
    self.target = target
    self.incoming = incoming
    self.kind = kind
  }
}

extension Communicator {
  /// The counts that the other ranks have for this one. The corresponding MPI function is
  /// `MPI_Alltoall`.
  @usableFromInline
  func exchangeCounts(_ counts: [Int]) throws -> [Int] {
    var incoming = [Int](repeating: 0, count: size)
    try MPIError.check(
      cmpi_alltoall(counts, &incoming, 1, ScalarKind.int64.code, handle), "MPI_Alltoall")
    traffic.add(messages: size - 1, bytes: 8 * (size - 1))
    return incoming
  }

  /// Whether `count` elements fit into one MPI call on every rank. Collective.
  @usableFromInline
  func everyRankFits(_ count: Int) throws -> Bool {
    try allReduce(count, .maximum) <= largestCount
  }

  /// The exchange as one MPI_Alltoallv, for counts and displacements that fit into 32 bits on every
  /// rank.
  @usableFromInline
  func exchange(_ blocks: BlockExchange) throws {
    let outgoing = Self.offsets(of: blocks.counts).map { Int32($0) }
    let incoming = Self.offsets(of: blocks.incoming).map { Int32($0) }
    try MPIError.check(
      cmpi_alltoallv(
        blocks.source.baseAddress, blocks.counts.map { Int32($0) }, outgoing,
        blocks.target.baseAddress, blocks.incoming.map { Int32($0) }, incoming, blocks.kind.code,
        handle),
      "MPI_Alltoallv")
    countTraffic(of: blocks)
  }

  /// The exchange as point-to-point messages of at most `largestCount` elements, for blocks of any
  /// length. Collective.
  ///
  /// All receives are posted before the first send; a pair's pieces match in order, because MPI
  /// messages between two ranks with one tag do not overtake each other.
  @usableFromInline
  func exchangeInPieces(_ blocks: BlockExchange) throws {
    let channel = try channelForPieces()
    let stride = blocks.kind.stride
    let outgoing = Self.offsets(of: blocks.counts)
    let incoming = Self.offsets(of: blocks.incoming)
    let length = min(largestCount, channel.largestCount)
    var requests: [cmpi_request] = []
    // The memory of a posted request must stay valid until the request completes, so failures are
    // recorded and thrown after the wait.
    var failure: (any Error)?
    for step in 1..<max(size, 1) {
      let peer = (rank + step) % size
      for offset in Swift.stride(from: incoming[peer], to: incoming[peer + 1], by: length) {
        let count = min(length, incoming[peer + 1] - offset)
        var request: cmpi_request = 0
        let address = blocks.target.baseAddress! + offset * stride
        let code = cmpi_irecv(
          address, Int32(count), blocks.kind.code, Int32(peer), 0, channel.handle, &request)
        do { try MPIError.check(code, "MPI_Irecv") } catch { failure = failure ?? error }
        if code == 0 { requests.append(request) }
      }
    }
    for step in 1..<max(size, 1) {
      let peer = (rank + step) % size
      for offset in Swift.stride(from: outgoing[peer], to: outgoing[peer + 1], by: length) {
        let count = min(length, outgoing[peer + 1] - offset)
        var request: cmpi_request = 0
        let address = blocks.source.baseAddress! + offset * stride
        let code = cmpi_isend(
          address, Int32(count), blocks.kind.code, Int32(peer), 0, channel.handle, &request)
        do { try MPIError.check(code, "MPI_Isend") } catch { failure = failure ?? error }
        if code == 0 { requests.append(request) }
      }
    }
    if blocks.counts[rank] > 0 {
      let own = UnsafeRawBufferPointer(
        rebasing: blocks.source[outgoing[rank] * stride..<outgoing[rank + 1] * stride])
      blocks.target.blocks(blocks.kind, incoming, rank).copyMemory(from: own)
    }
    try MPIError.check(cmpi_waitall(Int32(requests.count), &requests), "MPI_Waitall")
    if let failure { throw failure }
    countTraffic(of: blocks)
  }

  private func countTraffic(of blocks: BlockExchange) {
    let others = blocks.counts.enumerated().filter { $0.offset != rank && $0.element > 0 }
    traffic.add(
      messages: others.count, bytes: others.reduce(0) { $0 + $1.element } * blocks.kind.stride)
  }
}
