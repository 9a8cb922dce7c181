/// All frames of one file, the access points for decompression, and warnings.
///
/// It is the same for any division of the file into shares: line numbers are prefix sums of the
/// newline counts of the shares, and the end of each frame is determined from its successor.
public struct FrameIndex: Sendable, Equatable {
  /// The frames in file order, including damaged ones in the middle, but not a truncated last
  /// frame.
  public internal(set) var frames: [FrameLocation]
  /// Bytes of decompressed content.
  public let contentSize: Int64
  /// What was omitted at the end and why; an error with `--strict`.
  public internal(set) var losses: [TrajectoryError] = []
  /// Irregularities without consequences.
  public internal(set) var remarks: [String] = []
  /// Whether compressed content may be wrong, not only missing, so that frames must be read to be
  /// validated.
  var isCorrupt = false
  var accessPoints: [AccessPoint]
}

extension FrameIndex {
  /// The index as bytes, for the other ranks.
  public func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.put(contentSize)
    writer.put(isCorrupt ? 1 : 0)
    writer.put(Int64(frames.count))
    for frame in frames { frame.words.forEach { writer.put($0) } }
    writer.put(Int64(losses.count))
    for loss in losses {
      writer.put(Array(loss.path.utf8))
      writer.put(Int64(loss.line ?? -1))
      writer.put(Int64(loss.frame ?? -1))
      writer.put(Array(loss.reason.utf8))
    }
    writer.put(Int64(remarks.count))
    for remark in remarks { writer.put(Array(remark.utf8)) }
    writer.put(Int64(accessPoints.count))
    for point in accessPoints { point.encode(to: &writer) }
    return writer.bytes
  }

  /// Decodes the result of `encode()`.
  /// - Throws: `TrajectoryError` if the bytes are incomplete or invalid.
  public init(decoding bytes: [UInt8]) throws(TrajectoryError) {
    var reader = ByteReader(bytes)
    contentSize = try reader.integer()
    isCorrupt = try reader.integer() != 0
    frames = []
    for _ in 0..<(try reader.count(ofSize: FrameLocation.wordCount * 8)) {
      var words: [Int64] = []
      for _ in 0..<FrameLocation.wordCount { words.append(try reader.integer()) }
      guard let frame = FrameLocation(words: words) else { throw ByteReader.damaged }
      frames.append(frame)
    }
    for _ in 0..<(try reader.count(ofSize: 4 * 8)) {
      let path = String(decoding: try reader.byteString(), as: UTF8.self)
      let (line, frame) = (Int(try reader.integer()), Int(try reader.integer()))
      let reason = String(decoding: try reader.byteString(), as: UTF8.self)
      losses.append(
        TrajectoryError(
          path: path, line: line < 0 ? nil : line, frame: frame < 0 ? nil : frame, reason: reason))
    }
    for _ in 0..<(try reader.count(ofSize: 8)) {
      remarks.append(String(decoding: try reader.byteString(), as: UTF8.self))
    }
    accessPoints = []
    for _ in 0..<(try reader.count(ofSize: AccessPoint.minimumEncodedSize)) {
      accessPoints.append(try AccessPoint(from: &reader))
    }
    try reader.finish()
  }
}
