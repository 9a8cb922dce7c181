/// Every frame of one file, where to start decompressing it, and what is odd about it.
///
/// The same for any way of cutting the file into shares: line numbers are prefix sums of the
/// shares' newline counts, and each frame's end is the border its successor saw.
public struct FrameIndex: Sendable, Equatable {
  /// The frames in file order, damaged ones in the middle included; a cut last frame is not.
  public internal(set) var frames: [FrameLocation]
  /// Bytes of decompressed content.
  public let contentSize: Int64
  /// What was left out at the end and why; `--strict` stops at it.
  public internal(set) var losses: [TrajectoryError] = []
  /// What is odd but harms nothing.
  public internal(set) var remarks: [String] = []
  /// Whether compressed content may be wrong, not only missing, so that frames must be read to be
  /// trusted.
  var isCorrupt = false
  var accessPoints: [AccessPoint]
}

extension FrameIndex {
  /// The index as bytes, for the ranks that did not scan the file.
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

  /// What `encode()` wrote.
  /// - Throws: `TrajectoryError` if the bytes are cut or foreign.
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
