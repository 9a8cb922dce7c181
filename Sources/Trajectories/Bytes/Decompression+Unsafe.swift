/// A stream of decompressed bytes that can start at an access point.
protocol DecompressionStream: AnyObject {
  /// Offset of the next byte of content.
  var position: Int64 { get }
  /// Points passed so far, ascending, the start first; empty unless recording.
  var accessPoints: [AccessPoint] { get }
  /// Why the stream ended early; nil if it did not.
  var damage: StreamDamage? { get }
  /// An irregularity that does not affect the content.
  var remark: String? { get }
  /// Fills `buffer` from the stream; fewer bytes only at the end or at damage.
  func next(into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError) -> Int
  /// Moves to an access point.
  func restart(at point: AccessPoint) throws(TrajectoryError)
}

/// Why compressed content cannot be read further.
struct StreamDamage: Sendable, Equatable {
  /// What was found, e.g. “the gzip stream is truncated”.
  var reason: String
  /// Whether bytes already returned may be wrong (bad checksum or code), not only missing.
  var isCorruption: Bool
}

/// The compression of a file, detected from its first bytes, not from its name.
public enum Compression: UInt8, Sendable {
  /// Plain.
  case none
  /// gzip, any number of members (RFC 1952).
  case gzip
  /// Zstandard, any number of frames (RFC 8878).
  case zstd

  /// The compression according to the first bytes of a file.
  init(magic: [UInt8]) {
    if magic.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if magic.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || (magic.count >= 4 && magic[0] & 0xF0 == 0x50 && magic[1...3] == [0x2A, 0x4D, 0x18])
    {
      self = .zstd
    } else {
      self = .none
    }
  }

  /// A stream over a compressed file, from its start.
  func stream(over file: PlainFile, recording: Bool) throws(TrajectoryError)
    -> any DecompressionStream
  {
    switch self {
    case .gzip: try GzipStream(file: file, recording: recording)
    case .zstd: try ZstdStream(file: file, recording: recording)
    case .none: preconditionFailure("a plain file is read by position")
    }
  }
}

/// A compressed file's content by offset: continues from the current offset, or restarts at the
/// nearest access point.
final class CompressedFile: ByteSource {
  private let stream: any DecompressionStream
  private let accessPoints: [AccessPoint]
  private let scratch = RawBuffer(capacity: 1 << 18)

  init(file: PlainFile, compression: Compression, accessPoints: [AccessPoint])
    throws(TrajectoryError)
  {
    stream = try compression.stream(over: file, recording: false)
    self.accessPoints = accessPoints
  }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError)
    -> Int
  {
    let point = accessPoints.last(atOrBefore: offset)
    if stream.position > offset || point.offset > stream.position { try stream.restart(at: point) }
    while stream.position < offset {
      let count = Int(min(offset - stream.position, Int64(scratch.bytes.count)))
      guard try stream.next(into: .init(rebasing: scratch.bytes[..<count])) == count else {
        return 0
      }
    }
    return try stream.next(into: buffer)
  }
}
