internal import CMPI

extension Communicator {
  /// Tags of the messages of this module; those of callers are smaller.
  static var roundTag: Int { 32_001 }
  static var blockTag: Int { 32_002 }

  /// Bytes of a piece of a message. Tests lower it with `largestCount`, but not to single bytes.
  private var roundBytes: Int { min(Int(Int32.max), 64 * largestCount) }

  /// The pattern of all rounds on this communicator.
  var halving: RankHalving { RankHalving(rank: rank, size: size) }

  /// Sends each message to its rank, and returns one message from each of `sources`, whatever its
  /// length, in their order. Only the ranks concerned call it.
  ///
  /// A message is sent as pieces of `roundBytes` bytes and a shorter one, which may be empty and
  /// marks the end. Messages between two ranks arrive in order, so those of consecutive rounds do
  /// not mix. The corresponding MPI functions are `MPI_Isend`, `MPI_Probe` and `MPI_Recv`.
  func exchangeRound(_ messages: [(target: Int, bytes: [UInt8])], from sources: [Int]) throws
    -> [[UInt8]]
  {
    let piece = roundBytes
    let batch = MessageBatch(on: self, largestPiece: piece)
    for (target, bytes) in messages {
      var offset = 0, length = 0
      repeat {
        length = min(bytes.count - offset, piece)
        try batch.send(
          bytes[offset..<offset + length].span.bytes, to: target, tag: Self.roundTag)
        offset += length
      } while length == piece
    }
    let received = try sources.map { source in
      var message = try receiveNext(from: source, tag: Self.roundTag)
      var length = message.count
      while length == piece {
        let piece = try receiveNext(from: source, tag: Self.roundTag)
        length = piece.count
        message += piece
      }
      return message
    }
    _ = try batch.waitAll()
    return received
  }

  /// Waits for the next message from `source` and returns it. The corresponding MPI functions are
  /// `MPI_Probe` and `MPI_Recv`.
  private func receiveNext(from source: Int, tag: Int) throws -> [UInt8] {
    var count: Int32 = 0
    try MPIError.check(cmpi_probe(Int32(source), Int32(tag), handle, &count), "MPI_Probe")
    return try receive(Envelope(source: source, tag: tag, byteCount: Int(count)))
  }
}

/// Bytes on their way from one rank to another.
struct RoutedBlock: Equatable {
  let source: Int, destination: Int
  let bytes: ArraySlice<UInt8>

  /// Blocks as one message: their number, (source, destination, bytes) of each, then the bytes.
  static func encode(_ blocks: [RoutedBlock]) -> [UInt8] {
    var words = [Int64(blocks.count)]
    words.reserveCapacity(1 + 2 * blocks.count)
    for block in blocks {
      words.append(Int64(block.source) << 32 | Int64(block.destination))
      words.append(Int64(block.bytes.count))
    }
    var message: [UInt8] = []
    message.reserveCapacity(8 * words.count + blocks.reduce(0) { $0 + $1.bytes.count })
    words.withUnsafeBytes { message.append(contentsOf: $0) }
    for block in blocks { message.append(contentsOf: block.bytes) }
    return message
  }

  /// The blocks of a message.
  static func decode(_ message: [UInt8]) -> [RoutedBlock] {
    message.withUnsafeBytes { bytes in
      func word(_ k: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: 8 * k, as: Int64.self)) }
      let count = word(0)
      var start = 8 * (1 + 2 * count)
      return (0..<count).map { k in
        let ranks = word(1 + 2 * k), length = word(2 + 2 * k)
        defer { start += length }
        return RoutedBlock(
          source: ranks >> 32, destination: ranks & 0xffff_ffff,
          bytes: message[start..<start + length])
      }
    }
  }
}

extension Communicator {
  /// Sends blocks of this rank to any ranks and returns those for this rank, by ascending source.
  /// Collective.
  ///
  /// Store and forward: ⌈log₂ P⌉ rounds of one message, in each of which a block for the other half
  /// of the ranks is sent there. A block is sent ⌈log₂ P⌉ / 2 times on average.
  func route(_ own: [RoutedBlock]) throws -> [RoutedBlock] {
    var held = own
    for round in halving.rounds {
      var staying: [RoutedBlock] = [], leaving: [RoutedBlock] = []
      for block in held {
        if round.other.contains(block.destination) {
          leaving.append(block)
        } else {
          staying.append(block)
        }
      }
      held = staying
      let messages = try exchangeRound(
        [(round.partner, RoutedBlock.encode(leaving))], from: round.sources)
      for message in messages { held += RoutedBlock.decode(message) }
    }
    return held.sorted { $0.source < $1.source }
  }

  /// The bytes of all ranks, `[ranks]`, on every rank. Collective.
  @usableFromInline
  func gatherBytes(_ own: [UInt8]) throws -> [ArraySlice<UInt8>] { try gatherBlocks(own[...]) }

  /// The bytes of all ranks, `[ranks]`, on `root`; none elsewhere. Collective.
  @usableFromInline
  func gatherBytes(_ own: [UInt8], to root: Int) throws -> [ArraySlice<UInt8>] {
    try route([RoutedBlock(source: rank, destination: root, bytes: own[...])]).map(\.bytes)
  }

  /// The bytes of all ranks, `[ranks]`, on every rank. Collective; ⌈log₂ P⌉ rounds.
  func gatherBlocks(_ own: ArraySlice<UInt8>) throws -> [ArraySlice<UInt8>] {
    var held = [RoutedBlock(source: rank, destination: 0, bytes: own)]
    for round in halving.rounds.reversed() {
      let message = round.sources.isEmpty ? [] : RoutedBlock.encode(held)
      let received = try exchangeRound(
        round.sources.map { ($0, message) }, from: [round.partner])
      held += RoutedBlock.decode(received[0])
    }
    return held.sorted { $0.source < $1.source }.map(\.bytes)
  }
}
