extension FrameIndex {
  /// Joins the shares of a file of text.
  ///
  /// - Parameters:
  ///   - partials: results of the scans, in any order; together they cover the content once.
  ///   - file: index of the file in the list of sources, stored in each location.
  ///   - path: the file's name in error messages.
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

  /// Sets the end of the last frame so far: its content ends at `end`, after `line` newlines of the
  /// file.
  private static func close(
    _ frames: inout [FrameLocation], at end: Int64, line: Int64, isUnterminated: Bool, next: Int64,
    file: Int
  ) {
    guard var last = frames.popLast() else {
      // Text before the first frame: a frame without its header, or not a dump. Reading it gives
      // the error message.
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

  /// Drops a last frame that ends early, with a warning.
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
          : "does not end with a newline: its last number may be truncated"
      losses.append(
        TrajectoryError(
          path: path, line: last.line, frame: last.ordinal,
          reason: "the last frame is truncated and ignored: \(name)\(what)"))
    } else if cutsHeader {
      losses.append(
        TrajectoryError(
          path: path, reason: "the file ends within the header of another frame, which was dropped")
      )
    }
  }
}

extension FrameLocation {
  /// Why a frame of text cannot be read, according to the scan; nil if it is valid or if only its
  /// header can show the reason.
  func problem(path: String) -> TrajectoryError? {
    guard header == .complete, hasStep, !isSound else { return nil }
    let found = Int64(lineCount)
    let place: Int
    let reason: String
    if found < atomCount {
      place = bodyLine + max(0, lineCount - (isUnterminated ? 1 : 0))
      reason =
        "expected \(atomCount) atoms, found \(isUnterminated ? found - 1 : found): the frame is "
        + "truncated"
    } else if found > atomCount {
      place = bodyLine + Int(max(0, atomCount))
      reason =
        "expected the next ITEM: TIMESTEP or the end of the file after \(atomCount) atoms, found "
        + "\(counted(Int(found - atomCount), "more line"))"
    } else {
      place = bodyLine + lineCount - 1
      reason =
        "the last line of the frame does not end with a newline: its last number may be truncated"
    }
    return TrajectoryError(path: path, line: place, frame: ordinal, reason: reason)
  }
}
