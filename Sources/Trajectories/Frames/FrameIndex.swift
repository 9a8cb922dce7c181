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
  /// Joins the shares of a file of text.
  ///
  /// - Parameters:
  ///   - partials: what the scans found, in any order; together they cover the content once.
  ///   - file: position of the file in the list of sources, kept in each location.
  ///   - path: names the file in errors.
  /// - Throws: `TrajectoryError` if the shares leave a gap.
  init(merging partials: [PartialIndex], file: Int, path: String) throws(TrajectoryError) {
    let shares = partials.filter { !$0.range.isEmpty || $0.tail != nil }.sorted {
      $0.range.lowerBound < $1.range.lowerBound
    }
    var expected: Int64 = 0
    for share in shares {
      guard share.range.lowerBound == expected else {
        throw TrajectoryError(
          path: path, reason: "the shares of the scan leave a gap at byte \(expected)")
      }
      expected = share.range.upperBound
    }
    guard let tail = shares.last?.tail else {
      throw TrajectoryError(
        path: path, reason: "the shares of the scan end at byte \(expected), before the file does")
    }
    contentSize = expected
    accessPoints = shares.first?.accessPoints ?? []

    var frames: [FrameLocation] = []
    var linesBefore: Int64 = 0
    var units: UnitStyle?
    for share in shares {
      for frame in share.frames {
        let line = linesBefore + frame.linesBefore
        Self.close(
          &frames, at: frame.previousEnd, line: line - frame.previousLines,
          isUnterminated: frame.previousIsUnterminated, next: frame.start,
          file: file)
        units = frame.units ?? units
        frames.append(
          Self.location(of: frame, file: file, ordinal: frames.count, line: line, units: units))
      }
      linesBefore += share.newlines
    }
    let (border, cutsHeader) = FrameBorder.atEnd(
      tail: tail, startsContent: Int64(tail.count) == contentSize)
    let end = contentSize - Int64(tail.count) + Int64(border.contentEnd)
    Self.close(
      &frames, at: end, line: linesBefore - Int64(border.contentLines),
      isUnterminated: border.isUnterminated, next: contentSize, file: file
    )
    self.frames = frames

    for share in shares {
      if let damage = share.damage {
        losses.append(
          TrajectoryError(
            path: path, reason: "\(damage.reason): only the complete frames before it are used"))
        isCorrupt = isCorrupt || damage.isCorruption
      }
      if let remark = share.remark { remarks.append("\(path): \(remark)") }
    }
    dropCutEnd(path: path, cutsHeader: cutsHeader)
  }

  private static func location(
    of frame: PartialIndex.Frame, file: Int, ordinal: Int, line: Int64, units: UnitStyle?
  ) -> FrameLocation {
    let isComplete = frame.state == .complete
    return FrameLocation(
      file: file, ordinal: ordinal, offset: frame.header,
      bodyOffset: isComplete ? frame.body : frame.header, end: frame.header,
      step: frame.step ?? 0, atomCount: frame.atomCount, line: Int(line - frame.headerLines + 1),
      bodyLine: Int(line + (isComplete ? frame.bodyLines + 1 : 1)), lineCount: 0,
      header: frame.state, hasStep: frame.step != nil,
      isUnterminated: false, units: units)
  }

  /// Sets the end of the last frame so far, whose content ends at `end` after `line` newlines of
  /// the file.
  private static func close(
    _ frames: inout [FrameLocation], at end: Int64, line: Int64, isUnterminated: Bool, next: Int64,
    file: Int
  ) {
    guard var last = frames.popLast() else {
      // Text before the first frame: a frame whose header got lost, or no dump at all. Reading it
      // says what stands there.
      if end > 0 {
        frames.append(
          FrameLocation(
            file: file, ordinal: 0, offset: 0, bodyOffset: 0, end: end, step: 0, atomCount: -1,
            line: 1, bodyLine: 1,
            lineCount: Int(line), header: .damaged, hasStep: false, isUnterminated: false,
            units: nil))
      }
      return
    }
    if last.bodyOffset > next {
      // The next frame starts within this one's header.
      last.header = .damaged
      last.bodyOffset = last.offset
      last.bodyLine = last.line
    }
    last.end = max(end, last.bodyOffset)
    last.isUnterminated = isUnterminated
    last.lineCount = max(0, Int(line) - (last.bodyLine - 1) + (isUnterminated ? 1 : 0))
    frames.append(last)
  }

  /// Drops a last frame that ends early, and says so.
  private mutating func dropCutEnd(path: String, cutsHeader: Bool) {
    guard let last = frames.last else { return }
    if last.isCut {
      frames.removeLast()
      let name = last.hasStep ? "step \(last.step) " : "it "
      let what =
        last.header == .cut
        ? "ends within its header"
        : Int64(last.lineCount) < last.atomCount
          ? "has \(last.lineCount - (last.isUnterminated ? 1 : 0)) of \(last.atomCount) atoms"
          : "has no newline at its end, so that its last number may be cut"
      losses.append(
        TrajectoryError(
          path: path, line: last.line, frame: last.ordinal,
          reason: "the last frame is cut and was dropped: \(name)\(what)"))
    } else if cutsHeader {
      losses.append(
        TrajectoryError(
          path: path, reason: "the file ends within the header of a next frame, which was dropped"))
    }
  }
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
