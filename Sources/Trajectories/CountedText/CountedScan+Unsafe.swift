/// Finds lines with only an integer, which may be a frame's number of atoms, in a share of the
/// content or in all of it.
///
/// `CountedIndex` selects the actual ones when the shares are joined, by counting lines from one to
/// the next.
struct CountedScan {
  private let format: any CountedFormat
  private var found: PartialIndex

  /// Longest line with a number of atoms.
  private static let longestCount = 32

  static func share(_ range: Range<Int64>, of file: PlainFile, format: any CountedFormat)
    throws(TrajectoryError) -> PartialIndex
  {
    var scan = CountedScan(format: format, found: PartialIndex(range: range))
    try TextWindows.forEach(in: range, of: file) { scan.scan($0, at: $1, own: $2, endsContent: $3) }
    if range.upperBound == file.size {
      scan.found.tail = try file.bytes(
        at: max(0, file.size - Int64(TextWindows.before)), count: TextWindows.before)
    }
    return scan.found
  }

  static func stream(_ stream: any DecompressionStream, format: any CountedFormat)
    throws(TrajectoryError) -> PartialIndex
  {
    var scan = CountedScan(format: format, found: PartialIndex(range: 0..<0))
    let (size, tail) = try TextWindows.forEach(of: stream) {
      scan.scan($0, at: $1, own: $2, endsContent: $3)
    }
    scan.found.range = 0..<size
    scan.found.tail = tail
    scan.found.accessPoints = stream.accessPoints
    scan.found.damage = stream.damage
    scan.found.remark = stream.remark
    return scan.found
  }

  /// Lists the candidates whose number of atoms starts in `own`, and counts the newlines there.
  private mutating func scan(
    _ window: UnsafeRawBufferPointer, at origin: Int64, own: Range<Int64>, endsContent: Bool
  ) {
    var position = Int(own.lowerBound - origin)
    let end = Int(own.upperBound - origin)
    if position > 0, window[position - 1] != 0x0A {
      guard let newline = firstIndex(of: 0x0A, in: window, from: position, to: end) else { return }
      found.newlines += 1
      position = newline + 1
    }
    while position < end {
      // A line that extends beyond the window is longer than any number.
      let newline =
        firstIndex(of: 0x0A, in: window, from: position, to: window.count) ?? window.count
      if newline - position <= Self.longestCount, newline < window.count,
        let count = Self.integer(window, position, newline),
        let frame = format.frame(
          at: position..<newline, in: window, startsContent: origin == 0)
      {
        keep(frame, count: count, at: origin)
      }
      guard newline < end else { return }
      found.newlines += 1
      position = newline + 1
    }
  }

  /// Keeps a frame of `count` atoms in a window that starts at `origin` of the content.
  private mutating func keep(_ frame: CountedFrame, count: Int64, at origin: Int64) {
    let start = origin + Int64(frame.start)
    found.frames.append(
      PartialIndex.Frame(
        start: start, linesBefore: found.newlines - frame.linesBefore, header: start,
        headerLines: 0, previousEnd: origin + Int64(frame.previousEnd), previousLines: 0,
        previousIsUnterminated: false, body: origin + Int64(frame.body), bodyLines: 2,
        state: .complete, step: frame.step, atomCount: count, units: nil))
  }

  /// The unsigned number that is the only text between `start` and `end`.
  private static func integer(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int64? {
    var first = start
    var last = end
    while first < last, isBlank(bytes[first]) { first += 1 }
    while first < last, isBlank(bytes[last - 1]) { last -= 1 }
    guard first < last, last - first <= 18 else { return nil }
    var value: Int64 = 0
    for position in first..<last {
      let digit = bytes[position] &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }
}
