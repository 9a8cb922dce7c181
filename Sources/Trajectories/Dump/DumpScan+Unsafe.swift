/// Finds the frames of a LAMMPS dump in a share of its content, or in all of it.
struct DumpScan {
  private var found: PartialIndex

  /// Bytes scanned at once, few enough for the L2 cache.
  private static let chunk = 1 << 20

  /// Scans the bytes `range` of a plain file. Reads at most `FrameBorder.limit` bytes before and
  /// `DumpOutline.limit` after it.
  static func share(_ range: Range<Int64>, of file: PlainFile) throws(TrajectoryError)
    -> PartialIndex
  {
    var scan = DumpScan(found: PartialIndex(range: range))
    let buffer = RawBuffer(capacity: FrameBorder.limit + chunk + DumpOutline.limit)
    var position = range.lowerBound
    while position < range.upperBound {
      let next = min(range.upperBound, position + Int64(chunk))
      let windowStart = max(0, position - Int64(FrameBorder.limit))
      let windowEnd = min(file.size, next + Int64(DumpOutline.limit))
      let count = try file.read(
        at: windowStart, into: .init(rebasing: buffer.bytes[..<Int(windowEnd - windowStart)]))
      scan.scan(
        .init(rebasing: buffer.bytes[..<count]), at: windowStart, own: position..<next,
        endsContent: windowEnd == file.size)
      position = next
    }
    if range.upperBound == file.size {
      scan.found.tail = try file.bytes(
        at: max(0, file.size - Int64(FrameBorder.limit)), count: FrameBorder.limit)
    }
    return scan.found
  }

  /// Scans a compressed file from start to end, once, in bounded memory, and stores its access
  /// points.
  static func stream(_ stream: any DecompressionStream) throws(TrajectoryError) -> PartialIndex {
    var scan = DumpScan(found: PartialIndex(range: 0..<0))
    let buffer = RawBuffer(capacity: FrameBorder.limit + chunk + DumpOutline.limit)
    var windowStart: Int64 = 0
    var filled = 0
    var position: Int64 = 0
    var isAtEnd = false
    while !isAtEnd {
      filled += try stream.next(into: .init(rebasing: buffer.bytes[filled...]))
      isAtEnd = filled < buffer.bytes.count
      let windowEnd = windowStart + Int64(filled)
      let next = isAtEnd ? windowEnd : windowEnd - Int64(DumpOutline.limit)
      scan.scan(
        .init(rebasing: buffer.bytes[..<filled]), at: windowStart, own: position..<next,
        endsContent: isAtEnd)
      position = next
      let keep = isAtEnd ? 0 : Int(max(windowStart, next - Int64(FrameBorder.limit)) - windowStart)
      if isAtEnd {
        scan.found.tail = Array(
          UnsafeRawBufferPointer(
            rebasing: buffer.bytes[max(0, filled - FrameBorder.limit)..<filled]))
      } else {
        buffer.bytes.baseAddress!.copyMemory(
          from: buffer.bytes.baseAddress! + keep, byteCount: filled - keep)
        filled -= keep
        windowStart += Int64(keep)
      }
    }
    scan.found.range = 0..<position
    scan.found.accessPoints = stream.accessPoints
    scan.found.damage = stream.damage
    scan.found.remark = stream.remark
    return scan.found
  }

  /// Lists the frames that start in `own`.
  ///
  /// - Parameters:
  ///   - window: `own` with up to `FrameBorder.limit` bytes before and `DumpOutline.limit` bytes
  ///     after it.
  ///   - origin: content offset of the window's first byte.
  ///   - endsContent: whether the content ends where the window does.
  private mutating func scan(
    _ window: UnsafeRawBufferPointer, at origin: Int64, own: Range<Int64>, endsContent: Bool
  ) {
    var position = Int(own.lowerBound - origin)
    let end = Int(own.upperBound - origin)
    var counted = position
    while let start = nextFrameStart(window, from: position, to: end) {
      found.newlines += Int64(countNewlines(window, from: counted, to: start))
      counted = start
      // Limited to fixed distances from the start, so that the result does not depend on how the
      // file is divided.
      let floor = max(0, start - FrameBorder.limit)
      let border = FrameBorder(
        before: start, in: window, floor: floor, startsContent: origin + Int64(floor) == 0)
      let limit = min(window.count, start + DumpOutline.limit)
      let isCutOff = endsContent && limit == window.count
      let outline = DumpOutline(
        .init(rebasing: window[border.header..<limit]), endsContent: isCutOff)
      found.frames.append(
        PartialIndex.Frame(
          start: origin + Int64(start), linesBefore: found.newlines,
          header: origin + Int64(border.header),
          headerLines: Int64(border.headerLines), previousEnd: origin + Int64(border.contentEnd),
          previousLines: Int64(border.contentLines), previousIsUnterminated: border.isUnterminated,
          body: origin + Int64(border.header + outline.length),
          bodyLines: Int64(outline.lines - border.headerLines),
          state: outline.state, step: outline.step, atomCount: outline.atomCount ?? -1,
          units: outline.units))
      position = start + 14
    }
    found.newlines += Int64(countNewlines(window, from: counted, to: max(counted, end)))
  }
}
