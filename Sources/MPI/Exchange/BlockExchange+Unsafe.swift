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
  /// The counts that the other ranks have for this one. Collective; ⌈log₂ P⌉ rounds, in which only
  /// counts above zero are sent.
  @usableFromInline
  func exchangeCounts(_ counts: [Int]) throws -> [Int] {
    var own: [RoutedBlock] = []
    for destination in counts.indices where counts[destination] > 0 {
      let bytes = withUnsafeBytes(of: Int64(counts[destination])) { [UInt8]($0) }
      own.append(RoutedBlock(source: rank, destination: destination, bytes: bytes[...]))
    }
    var incoming = [Int](repeating: 0, count: size)
    for block in try route(own) {
      incoming[block.source] = block.bytes.withUnsafeBytes {
        Int($0.loadUnaligned(as: Int64.self))
      }
    }
    return incoming
  }

  /// The exchange of blocks with fewer than `limit` elements by store and forward: ⌈log₂ P⌉ rounds
  /// of one message, for blocks between any ranks. Collective.
  @usableFromInline
  func exchangeRouted(_ blocks: BlockExchange, below limit: Int) throws {
    let outgoing = Self.offsets(of: blocks.counts), incoming = Self.offsets(of: blocks.incoming)
    let stride = blocks.kind.stride
    let own = blocks.counts.indices.filter {
      $0 != rank && blocks.counts[$0] > 0 && blocks.counts[$0] < limit
    }.map { destination in
      RoutedBlock(
        source: rank, destination: destination,
        bytes: [UInt8](
          blocks.source[outgoing[destination] * stride..<outgoing[destination + 1] * stride])[...])
    }
    for block in try route(own) {
      block.bytes.withUnsafeBytes {
        blocks.target.blocks(blocks.kind, incoming, block.source).copyMemory(from: $0)
      }
    }
  }

  /// The exchange of blocks with at least `least` elements, as point-to-point messages of at most
  /// `largestCount` elements between the ranks that have something for each other. Collective.
  ///
  /// All receives are posted before the first send; a pair's pieces match in order, because MPI
  /// messages between two ranks with one tag do not overtake each other.
  @usableFromInline
  func exchangeDirectly(_ blocks: BlockExchange, from least: Int = 0) throws {
    let stride = blocks.kind.stride
    let outgoing = Self.offsets(of: blocks.counts)
    let incoming = Self.offsets(of: blocks.incoming)
    let length = largestCount
    var requests: [cmpi_request] = []
    // The memory of a posted request must stay valid until the request completes, so failures are
    // recorded and thrown after the wait.
    var failure: (any Error)?
    for step in 1..<max(size, 1) {
      let peer = (rank + step) % size
      if blocks.incoming[peer] < least { continue }
      for offset in Swift.stride(from: incoming[peer], to: incoming[peer + 1], by: length) {
        let count = min(length, incoming[peer + 1] - offset)
        var request: cmpi_request = 0
        let address = blocks.target.baseAddress! + offset * stride
        let code = cmpi_irecv(
          address, Int32(count), blocks.kind.code, Int32(peer), Int32(Self.blockTag), handle,
          &request)
        do { try MPIError.check(code, "MPI_Irecv") } catch { failure = failure ?? error }
        if code == 0 { requests.append(request) }
      }
    }
    for step in 1..<max(size, 1) {
      let peer = (rank + step) % size
      if blocks.counts[peer] < least { continue }
      for offset in Swift.stride(from: outgoing[peer], to: outgoing[peer + 1], by: length) {
        let count = min(length, outgoing[peer + 1] - offset)
        var request: cmpi_request = 0
        let address = blocks.source.baseAddress! + offset * stride
        let code = cmpi_isend(
          address, Int32(count), blocks.kind.code, Int32(peer), Int32(Self.blockTag), handle,
          &request)
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
    countTraffic(of: blocks, from: least)
  }

  private func countTraffic(of blocks: BlockExchange, from least: Int) {
    let others = blocks.counts.enumerated().filter {
      $0.offset != rank && $0.element > 0 && $0.element >= least
    }
    traffic.add(
      messages: others.count, bytes: others.reduce(0) { $0 + $1.element } * blocks.kind.stride)
  }
}
