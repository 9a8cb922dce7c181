extension FrameIndex {
  /// Joins the shares of a text file whose frames begin with their number of atoms.
  ///
  /// The first frame starts at the first line, each following one after the last atom of the
  /// previous one. A candidate at that line confirms the frame; if there is none, the frame is
  /// damaged, or truncated at the end of the file, and the next candidate starts another.
  /// - Throws: `TrajectoryError` if the shares do not cover the file.
  init(counting partials: [PartialIndex], format: any CountedFormat, file: Int, path: String)
    throws(TrajectoryError)
  {
    let shares = partials.filter { !$0.range.isEmpty || $0.tail != nil }.sorted {
      $0.range.lowerBound < $1.range.lowerBound
    }
    var expected: Int64 = 0
    var candidates: [(line: Int64, frame: PartialIndex.Frame)] = []
    var newlines: Int64 = 0
    for share in shares {
      guard share.range.lowerBound == expected else {
        throw TrajectoryError(
          path: path, reason: "the shares of the scan leave a gap at byte \(expected)")
      }
      expected = share.range.upperBound
      for frame in share.frames { candidates.append((newlines + frame.linesBefore + 1, frame)) }
      newlines += share.newlines
    }
    guard let tail = shares.last?.tail else {
      throw TrajectoryError(
        path: path, reason: "the shares of the scan end at byte \(expected), before the file does")
    }
    self.init(frames: [], contentSize: expected, accessPoints: shares.first?.accessPoints ?? [])
    let end = ContentEnd(tail: tail, contentSize: expected, newlines: newlines)
    collect(candidates, end: end, format: format, file: file)
    for share in shares {
      if let damage = share.damage {
        losses.append(
          TrajectoryError(
            path: path, reason: "\(damage.reason): only the complete frames before it are used"))
        isCorrupt = isCorrupt || damage.isCorruption
      }
      if let remark = share.remark { remarks.append("\(path): \(remark)") }
    }
    if !frames.contains(where: \.hasStep) {
      number(
        path: path,
        because: "no steps in the \(format.stepPlace)")
    }
    if let last = frames.last, last.isCut {
      frames.removeLast()
      let found = last.lineCount - (last.isUnterminated ? 1 : 0)
      let what =
        Int64(last.lineCount) < last.atomCount
        ? "it has \(found) of \(last.atomCount) atoms"
        : "its last line does not end with a newline and may be truncated; add the newline if the "
          + "line is complete"
      losses.append(
        TrajectoryError(
          path: path, line: last.line, frame: last.ordinal,
          reason: "the last frame is truncated and ignored: \(what)"))
    }
  }

  /// Follows the frames from candidate to candidate.
  private mutating func collect(
    _ candidates: [(line: Int64, frame: PartialIndex.Frame)], end: ContentEnd,
    format: any CountedFormat, file: Int
  ) {
    var position = 0
    // Of several candidates (a title may be a number), the one consistent with a start at the first
    // line is used.
    if let first = candidates.firstIndex(where: { $0.line >= 1 }) { position = first }
    if candidates.isEmpty || candidates[position].line > 1 {
      let stop = position < candidates.count ? candidates[position].frame.start : contentSize
      frames.append(
        FrameLocation(
          file: file, ordinal: 0, offset: 0, bodyOffset: 0, end: stop, step: 0, atomCount: -1,
          line: 1, bodyLine: 1, lineCount: 0,
          header: .damaged, hasStep: false, isUnterminated: false, units: nil))
    }
    while position < candidates.count {
      let (line, frame) = candidates[position]
      let body = line + format.linesBefore
      let (atomsEnd, isHuge) = body.addingReportingOverflow(frame.atomCount)
      let nextLine = isHuge ? Int64.max : atomsEnd + format.linesAfter
      var next = position + 1
      while next < candidates.count, candidates[next].line < nextLine { next += 1 }
      if next == candidates.count || candidates[next].line != nextLine {
        // Not at the expected line: use the nearest candidate that does not share lines with this
        // header.
        next = position + 1
        while next < candidates.count, candidates[next].line < body { next += 1 }
      }
      var location = FrameLocation(
        file: file, ordinal: frames.count, offset: frame.start, bodyOffset: frame.body,
        end: frame.body, step: frame.step ?? 0,
        atomCount: frame.atomCount, line: Int(line), bodyLine: Int(body), lineCount: 0,
        header: .complete, hasStep: frame.step != nil,
        isUnterminated: false, units: nil)
      if next < candidates.count, end.lines + 1 != nextLine {
        let following = candidates[next]
        location.end = max(frame.body, following.frame.previousEnd)
        location.lineCount = Int(max(0, following.line - format.linesAfter - body))
      } else {
        let hasBox = format.linesAfter > 0 && end.lines + 1 >= nextLine
        location.end = max(frame.body, hasBox ? end.lastLine : end.offset)
        location.lineCount = Int(max(0, end.lines + 1 - (hasBox ? 1 : 0) - body))
        // If the box line is missing, the frame is marked as bad by one line fewer than its atoms.
        if format.linesAfter > 0, !hasBox {
          location.lineCount = min(location.lineCount, Int(clamping: frame.atomCount) - 1)
        }
        location.lineCount = max(0, location.lineCount)
        location.isUnterminated =
          end.isUnterminated && !(hasBox && format.isWhole(lastLine: end.lastText))
        next = candidates.count
      }
      frames.append(location)
      position = next
    }
  }
}

/// The end of the text, ignoring blank lines.
private struct ContentEnd {
  /// Lines up to the last nonblank one.
  var lines: Int64
  /// First byte of that line, and one past its end.
  var lastLine: Int64, offset: Int64
  /// Whether the last line has no newline.
  var isUnterminated: Bool
  /// That line, or its final part.
  var lastText: String

  init(tail: [UInt8], contentSize: Int64, newlines: Int64) {
    var last = tail.count
    var blankLines: Int64 = 0
    while last > 0, isBlank(tail[last - 1]) || tail[last - 1] == 0x0A {
      if tail[last - 1] == 0x0A { blankLines += 1 }
      last -= 1
    }
    let origin = contentSize - Int64(tail.count)
    isUnterminated = last > 0 && blankLines == 0
    lines = newlines - blankLines + (last > 0 ? 1 : 0)
    let newline = tail[..<last].lastIndex(of: 0x0A)
    lastLine = origin + Int64(newline.map { $0 + 1 } ?? 0)
    lastText = String(decoding: tail[(newline.map { $0 + 1 } ?? 0)..<last], as: UTF8.self)
    let end = tail[last...].firstIndex(of: 0x0A)
    offset = origin + Int64(end.map { $0 + 1 } ?? tail.count)
  }
}

extension FrameLocation {
  /// Why a frame that begins with its number of atoms cannot be read; nil if it is valid.
  func countProblem(path: String, format: any CountedFormat) -> TrajectoryError? {
    guard !isSound else { return nil }
    guard header == .complete else {
      return TrajectoryError(
        path: path, line: line, frame: ordinal,
        reason: "expected \(format.headLines), found lines that belong to no frame")
    }
    let found = Int64(lineCount)
    if found == atomCount, !hasStep, !isUnterminated {
      return TrajectoryError(
        path: path, line: line, frame: ordinal,
        reason:
          "expected a step as in other frames of the file, found none in the \(format.stepPlace): "
          + "give all frames a step, or none"
      )
    }
    if found == atomCount {
      return TrajectoryError(
        path: path, line: bodyLine + lineCount - 1, frame: ordinal,
        reason: "the last line does not end with a newline: its last number may be truncated")
    }
    let place = bodyLine + Int(min(found, atomCount))
    let more =
      "expected the \(format.linesAfter > 0 ? "box" : "next frame or the end of the file") after "
      + "\(atomCount) atoms, found \(counted(Int(found - atomCount), "more line"))"
    return TrajectoryError(
      path: path, line: place, frame: ordinal,
      reason: found < atomCount
        ? "expected \(atomCount) atoms, found \(found): the frame is truncated" : more)
  }
}
