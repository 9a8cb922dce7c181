/// The result of scanning one share of a file; joined by `FrameIndex`, exchanged between ranks as
/// bytes.
public struct PartialIndex: Sendable, Equatable {
  /// The start of a frame, determined without knowledge of other shares. Offsets refer to the
  /// content, line counts to the share.
  struct Frame: Sendable, Equatable {
    /// Start of `ITEM: TIMESTEP`, and newlines between the share's start and it.
    var start: Int64
    var linesBefore: Int64
    /// Start of the header (an `ITEM: TIME` may precede), and newlines from there to `start`.
    var header: Int64
    var headerLines: Int64
    /// End of the previous frame, newlines from there to `start`, and whether its last line is
    /// incomplete.
    var previousEnd: Int64
    var previousLines: Int64
    var previousIsUnterminated: Bool
    /// Start of the atoms, and newlines from `start` to there.
    var body: Int64
    var bodyLines: Int64
    var state: FrameLocation.HeaderState
    var step: Int64?
    var atomCount: Int64
    var units: UnitStyle?
  }

  /// Bytes of content that were scanned; frames that start here are listed.
  public internal(set) var range: Range<Int64>
  /// Newlines in `range`.
  var newlines: Int64 = 0
  var frames: [Frame] = []
  /// The last bytes of the content, in the share at its end.
  var tail: [UInt8]?
  /// Access points, if the file is compressed.
  var accessPoints: [AccessPoint] = []
  var damage: StreamDamage?
  var remark: String?
  /// The result for a file of records, which has no lines.
  var records: RecordChain?

  /// Frames that start in the share.
  public var frameCount: Int { frames.count + (records?.frames.count ?? 0) }
}

extension PartialIndex {
  /// The result as bytes, for another rank's `init(decoding:)`.
  public func encode() -> [UInt8] {
    var writer = ByteWriter()
    for value in [range.lowerBound, range.upperBound, newlines, Int64(frames.count)] {
      writer.put(value)
    }
    for frame in frames { frame.encode(to: &writer) }
    writer.put(tail == nil ? 0 : 1)
    if let tail { writer.put(tail) }
    writer.put(Int64(accessPoints.count))
    for point in accessPoints { point.encode(to: &writer) }
    writer.put(damage?.reason)
    writer.put(damage?.isCorruption == true ? 1 : 0)
    writer.put(remark)
    writer.put(records == nil ? 0 : 1)
    records?.encode(to: &writer)
    return writer.bytes
  }

  /// Decodes the result of `encode()`.
  /// - Throws: `TrajectoryError` if the bytes are incomplete or invalid.
  public init(decoding bytes: [UInt8]) throws(TrajectoryError) {
    var reader = ByteReader(bytes)
    let lower = try reader.integer()
    let upper = try reader.integer()
    guard 0 <= lower, lower <= upper else { throw ByteReader.damaged }
    range = lower..<upper
    newlines = try reader.integer()
    for _ in 0..<(try reader.count(ofSize: Frame.encodedSize)) {
      frames.append(try Frame(from: &reader))
    }
    if try reader.integer() != 0 { tail = try reader.byteString() }
    for _ in 0..<(try reader.count(ofSize: AccessPoint.minimumEncodedSize)) {
      accessPoints.append(try AccessPoint(from: &reader))
    }
    let reason = try reader.text()
    let isCorruption = try reader.integer() != 0
    damage = reason.map { StreamDamage(reason: $0, isCorruption: isCorruption) }
    remark = try reader.text()
    if try reader.integer() != 0 { records = try RecordChain(from: &reader) }
    try reader.finish()
  }
}

extension PartialIndex.Frame {
  static let encodedSize = 11 * 8

  func encode(to writer: inout ByteWriter) {
    let flags =
      Int64(state.rawValue) | (step != nil ? 4 : 0) | (previousIsUnterminated ? 8 : 0) | Int64(
        units?.rawValue ?? 0) << 8
    for value in [
      start, linesBefore, header, headerLines, previousEnd, previousLines, body, bodyLines,
      step ?? 0, atomCount, flags,
    ] { writer.put(value) }
  }

  init(from reader: inout ByteReader) throws(TrajectoryError) {
    start = try reader.integer()
    linesBefore = try reader.integer()
    header = try reader.integer()
    headerLines = try reader.integer()
    previousEnd = try reader.integer()
    previousLines = try reader.integer()
    body = try reader.integer()
    bodyLines = try reader.integer()
    let step = try reader.integer()
    atomCount = try reader.integer()
    let flags = try reader.integer()
    guard let state = FrameLocation.HeaderState(rawValue: UInt8(flags & 3)), 0 <= previousEnd,
      previousEnd <= header, header <= start
    else {
      throw ByteReader.damaged
    }
    self.state = state
    self.step = flags & 4 != 0 ? step : nil
    previousIsUnterminated = flags & 8 != 0
    units = UnitStyle(rawValue: UInt8(truncatingIfNeeded: flags >> 8))
  }
}
