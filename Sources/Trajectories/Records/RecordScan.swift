/// Finds the frames of XTC and TRR files by moving from header to header.
///
/// A share's first frame is found by its header: magic number, the file's atom count, plausible
/// lengths, and after it another header or the end of the file. If the end of a chain does not
/// match the next share's first frame, there is damage or an accidental pattern in the data;
/// `joined` then scans the whole file again, so that the result never depends on the shares.
struct RecordScan<Format: RecordFormat> {
  private let format: Format
  private let file: PlainFile
  /// Atoms of the first frame; −1 if it is damaged.
  private let atomCount: Int64

  /// Bytes searched at once.
  private static var chunk: Int { 1 << 18 }

  init(_ format: Format, of file: PlainFile) throws(TrajectoryError) {
    self.format = format
    self.file = file
    atomCount =
      format.header(try file.bytes(at: 0, count: format.headerLimit))?.atomCount ?? -1
  }

  /// The frames that start in `share`.
  func chain(in share: Range<Int64>) throws(TrajectoryError) -> RecordChain {
    guard !share.isEmpty else { return RecordChain(next: share.lowerBound) }
    guard
      let first = share.lowerBound == 0
        ? 0 : try search(from: aligned(share.lowerBound), to: share.upperBound)
    else {
      return RecordChain(next: share.upperBound)
    }
    return try walk(from: first, to: share.upperBound)
  }

  /// The frames of the whole file, from the chains of the shares if these match, otherwise by one
  /// scan of the whole file.
  func joined(_ chains: [(share: Range<Int64>, chain: RecordChain)]) throws(TrajectoryError)
    -> RecordChain
  {
    var all = RecordChain()
    for (share, chain) in chains {
      guard let first = chain.frames.first?.offset else {
        // No frame starts here, if the previous frame extends beyond it.
        if all.next < share.upperBound { return try walk(from: 0, to: file.size) }
        continue
      }
      if first != all.next { return try walk(from: 0, to: file.size) }
      all.frames += chain.frames
      all.next = chain.next
    }
    return all
  }

  /// Moves from header to header while these start before `end`. Frames without positions are
  /// included, with zero lines.
  private func walk(from start: Int64, to end: Int64) throws(TrajectoryError) -> RecordChain {
    var chain = RecordChain(next: start)
    while chain.next < end {
      let offset = chain.next
      let bytes = try file.bytes(at: offset, count: format.headerLimit)
      if let header = format.header(bytes) {
        chain.frames.append(location(header, at: offset))
        chain.next = offset + header.length
        continue
      }
      // No header: the previous frame is damaged if another one starts within it; otherwise the
      // bytes here are.
      let from = aligned(max(chain.frames.last?.offset ?? 0, 0) + 1)
      let found = try search(from: from, to: file.size)
      if let found, found < offset, let last = chain.frames.popLast() {
        chain.frames.append(damaged(from: last.offset, to: found, like: last))
      } else if found == nil, (4..<Int64(format.headerLimit)).contains(file.size - offset),
        bytes.allSatisfy({ $0 == 0 })
      {
        // Zeros at the end have no content; fewer than four may be a truncated magic number.
        chain.next = file.size
        continue
      } else if !format.beginsHeader(bytes), let last = chain.frames.popLast() {
        // The damage here may begin earlier, within the coordinates of the frame that ends here.
        chain.frames.append(damaged(from: last.offset, to: offset, like: last))
        chain.frames.append(damaged(from: offset, to: found ?? file.size, like: nil))
      } else {
        chain.frames.append(damaged(from: offset, to: found ?? file.size, like: nil))
      }
      chain.next = found ?? file.size
    }
    return chain
  }

  /// The first frame that starts in `[start, end)` and is followed by another header, the end of
  /// the file, or a truncation; nil if there is none.
  private func search(from start: Int64, to end: Int64) throws(TrajectoryError) -> Int64? {
    var position = start
    while position < end {
      let bytes = try file.bytes(at: position, count: Self.chunk + format.headerLimit)
      var p = 0
      while p < min(bytes.count - 3, Self.chunk), position + Int64(p) < end {
        let word =
          UInt32(bytes[p]) << 24 | UInt32(bytes[p + 1]) << 16 | UInt32(bytes[p + 2]) << 8
          | UInt32(bytes[p + 3])
        if format.mayStart(word),
          let header = format.header(Array(bytes[p..<min(bytes.count, p + format.headerLimit)])),
          header.atomCount == atomCount || atomCount < 0,
          try isFollowed(header, at: position + Int64(p))
        {
          return position + Int64(p)
        }
        p += format.alignment
      }
      position += Int64(Self.chunk)
    }
    return nil
  }

  private func aligned(_ offset: Int64) -> Int64 {
    let step = Int64(format.alignment)
    return (offset + step - 1) / step * step
  }

  private func isFollowed(_ header: RecordHeader, at offset: Int64) throws(TrajectoryError) -> Bool
  {
    let next = offset + header.length
    guard next < file.size else { return true }
    return format.header(try file.bytes(at: next, count: format.headerLimit)) != nil
  }

  private func location(_ header: RecordHeader, at offset: Int64) -> FrameLocation {
    let isCut = header.length > file.size - offset
    return FrameLocation(
      file: 0, ordinal: 0, offset: offset, bodyOffset: min(file.size, offset + header.body),
      end: min(file.size, offset + header.length),
      step: header.step, atomCount: header.atomCount, line: 0, bodyLine: 0,
      lineCount: isCut || !header.hasPositions ? 0 : Int(header.atomCount),
      header: isCut ? .cut : .complete, hasStep: true,
      isUnterminated: false, units: nil, time: header.time.isFinite ? header.time : nil)
  }

  private func damaged(from offset: Int64, to end: Int64, like frame: FrameLocation?)
    -> FrameLocation
  {
    FrameLocation(
      file: 0, ordinal: 0, offset: offset, bodyOffset: offset, end: end, step: frame?.step ?? 0,
      atomCount: -1, line: 0, bodyLine: 0,
      lineCount: 0, header: .damaged, hasStep: frame != nil, isUnterminated: false, units: nil)
  }
}
