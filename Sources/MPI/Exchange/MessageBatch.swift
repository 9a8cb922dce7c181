internal import CMPI

/// Pending point-to-point messages: posted one by one, completed together.
///
/// The batch owns the memory of its messages until they are complete, so the caller need not keep
/// its own. Receives are best posted before sends. Messages between two ranks with one tag arrive
/// in the order in which they were sent. A message beyond 2³¹ − 1 bytes is sent in pieces, which
/// `receive` joins.
public final class MessageBatch {
  private let communicator: Communicator
  /// Bytes of a piece.
  private let largestPiece: Int
  private var requests: [cmpi_request] = []
  private var outgoing: [UnsafeMutableRawBufferPointer] = []
  private var incoming: [UnsafeMutableRawBufferPointer] = []

  /// An empty batch on `communicator`.
  public convenience init(on communicator: Communicator) {
    self.init(on: communicator, largestPiece: communicator.largestCount)
  }

  /// An empty batch whose messages are sent in pieces of at most `largestPiece` bytes.
  init(on communicator: Communicator, largestPiece: Int) {
    self.communicator = communicator
    self.largestPiece = largestPiece
  }

  deinit {
    // Memory that MPI may still write to is never freed: an abandoned batch leaks its buffers
    // instead of corrupting the heap.
    guard requests.isEmpty else { return }
    release()
  }

  /// Posts a message of `bytes`, which are copied, to rank `destination`. The corresponding MPI
  /// function is `MPI_Isend`.
  public func send(_ bytes: [UInt8], to destination: Int, tag: Int = 0) throws {
    try send(bytes.span.bytes, to: destination, tag: tag)
  }

  /// Posts a message of `bytes`, which are copied, to rank `destination`. The corresponding MPI
  /// function is `MPI_Isend`.
  public func send(_ bytes: RawSpan, to destination: Int, tag: Int = 0) throws {
    precondition(
      (0..<communicator.size).contains(destination), "the destination is a rank of the communicator"
    )
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.byteCount, alignment: 16)
    bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
    outgoing.append(copy)
    try post(copy, "MPI_Isend") {
      cmpi_isend(
        $0, $1, Int32(CMPI_BYTE), Int32(destination), Int32(tag), self.communicator.handle, &$2)
    }
    communicator.traffic.messages += 1
    communicator.traffic.bytes += bytes.byteCount
  }

  /// Posts the receipt of `count` bytes from rank `source`; its bytes will be entry number n of
  /// `waitAll`, n counting the receives of this batch from 0. The corresponding MPI function is
  /// `MPI_Irecv`.
  public func receive(count: Int, from source: Int, tag: Int = 0) throws {
    precondition(
      (0..<communicator.size).contains(source), "the source is a rank of the communicator")
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    incoming.append(buffer)
    try post(buffer, "MPI_Irecv") {
      cmpi_irecv($0, $1, Int32(CMPI_BYTE), Int32(source), Int32(tag), self.communicator.handle, &$2)
    }
  }

  /// Whether all messages are complete; returns at once and lets MPI make progress. The
  /// corresponding MPI function is `MPI_Testall`.
  public func isComplete() throws -> Bool {
    var flag: Int32 = 0
    try MPIError.check(
      cmpi_testall(Int32(requests.count), &requests, &flag), "MPI_Testall")
    if flag != 0 { requests.removeAll() }
    return flag != 0
  }

  /// Waits for all messages and returns the received ones in the order of the `receive` calls; the
  /// batch is empty afterwards.
  ///
  /// The corresponding MPI function is `MPI_Waitall`.
  public func waitAll() throws -> [[UInt8]] {
    try MPIError.check(cmpi_waitall(Int32(requests.count), &requests), "MPI_Waitall")
    requests.removeAll()
    communicator.traffic.calls += 1
    let messages = incoming.map { [UInt8]($0) }
    release()
    return messages
  }

  /// Posts `buffer` in pieces of at most `largestPiece` bytes; an empty message is one piece.
  private func post(
    _ buffer: UnsafeMutableRawBufferPointer, _ function: StaticString,
    _ start: (UnsafeMutableRawPointer?, Int32, inout cmpi_request) -> Int32
  ) throws {
    var offset = 0
    repeat {
      let count = min(buffer.count - offset, largestPiece)
      var request: cmpi_request = 0
      try MPIError.check(
        start(buffer.baseAddress.map { $0 + offset }, Int32(count), &request), function)
      requests.append(request)
      offset += count
    } while offset < buffer.count
  }

  private func release() {
    for buffer in outgoing + incoming { buffer.deallocate() }
    outgoing.removeAll()
    incoming.removeAll()
  }
}

/// A message that has arrived and can be received.
public struct Envelope: Sendable, Equatable {
  /// The rank that sent it.
  public let source: Int
  /// Its tag.
  public let tag: Int
  /// Its length in bytes.
  public let byteCount: Int

  /// A message of `byteCount` bytes from `source`.
  public init(source: Int, tag: Int, byteCount: Int) {
    self.source = source
    self.tag = tag
    self.byteCount = byteCount
  }
}

extension Communicator {
  /// The next message that has arrived from `source` (nil: any rank) with `tag` (nil: any); nil
  /// when there is none.
  ///
  /// Returns at once. The corresponding MPI function is `MPI_Iprobe`.
  public func probe(from source: Int? = nil, tag: Int? = nil) throws -> Envelope? {
    var flag: Int32 = 0, foundSource: Int32 = 0, foundTag: Int32 = 0, count: Int32 = 0
    try MPIError.check(
      cmpi_iprobe(
        source.map { Int32($0) } ?? -1, tag.map { Int32($0) } ?? -1, handle, &flag, &foundSource,
        &foundTag, &count),
      "MPI_Iprobe")
    guard flag != 0 else { return nil }
    return Envelope(source: Int(foundSource), tag: Int(foundTag), byteCount: Int(count))
  }

  /// Receives the message that `probe` found. The corresponding MPI function is `MPI_Recv`.
  public func receive(_ envelope: Envelope) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: envelope.byteCount)
    try MPIError.check(
      cmpi_recv(
        &bytes, Int32(envelope.byteCount), Int32(CMPI_BYTE), Int32(envelope.source),
        Int32(envelope.tag), handle),
      "MPI_Recv")
    return bytes
  }
}
