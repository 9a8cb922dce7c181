/// Text formats whose frames begin with their number of atoms and have no other mark.
enum CountedFormat: Sendable {
  /// Number of atoms, comment with `Lattice=`, atoms.
  case extendedXYZ
  /// Title, number of atoms, atoms, box.
  case gro

  var name: String { self == .gro ? "GRO" : "extended XYZ" }

  /// Lines of a frame before and after its atoms.
  var linesBefore: Int64 { 2 }
  var linesAfter: Int64 { self == .gro ? 1 : 0 }
}

/// Finds lines that hold an integer alone and may so be a frame's number of atoms, in a share of
/// the content or in all of it.
///
/// Which of them are is decided when the shares are joined, by counting lines from one to the next:
/// `CountedIndex`.
struct CountedScan {
  private let format: CountedFormat
  private var found: PartialIndex

  /// Longest line with a number of atoms.
  private static let longestCount = 32

  static func share(_ range: Range<Int64>, of file: PlainFile, format: CountedFormat)
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

  static func stream(_ stream: any DecompressionStream, format: CountedFormat)
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
      // A line that runs out of the window is longer than any number.
      let newline =
        firstIndex(of: 0x0A, in: window, from: position, to: window.count) ?? window.count
      if newline - position <= Self.longestCount, newline < window.count,
        let count = Self.integer(window, position, newline)
      {
        candidate(count, from: position, to: newline + 1, window, at: origin)
      }
      guard newline < end else { return }
      found.newlines += 1
      position = newline + 1
    }
  }

  /// Keeps the line `[start, next)` with a number of atoms, if what stands around it agrees.
  private mutating func candidate(
    _ count: Int64, from start: Int, to next: Int, _ window: UnsafeRawBufferPointer,
    at origin: Int64
  ) {
    var frame = PartialIndex.Frame(
      start: 0, linesBefore: found.newlines, header: 0, headerLines: 0, previousEnd: 0,
      previousLines: 0, previousIsUnterminated: false,
      body: 0, bodyLines: 2, state: .complete, step: nil, atomCount: count, units: nil)
    let title: Range<Int>
    let body: Int
    switch format {
    case .extendedXYZ:
      guard
        let end = firstIndex(
          of: 0x0A, in: window, from: next, to: min(window.count, next + TextWindows.after - 64))
      else { return }
      title = next..<end
      body = end + 1
      guard XYZComment.hasLattice(window[title]) else { return }
      frame.start = origin + Int64(start)
      frame.previousEnd = frame.start
      frame.step = XYZComment.step(String(decoding: window[title], as: UTF8.self))
    case .gro:
      // The title is the line before, and the box of the frame before it the line before that.
      guard start > 0, let first = Self.lineStart(before: start, in: window, at: origin) else {
        return
      }
      title = first..<start - 1
      body = next
      frame.start = origin + Int64(first)
      frame.linesBefore -= 1
      frame.previousEnd =
        origin + Int64(Self.lineStart(before: first, in: window, at: origin) ?? first)
      frame.step = GROTitle(String(decoding: window[title], as: UTF8.self)).step
    }
    frame.header = frame.start
    frame.body = origin + Int64(body)
    found.frames.append(frame)
  }

  /// Start of the line that ends before `position`; nil if it lies outside the window.
  private static func lineStart(
    before position: Int, in window: UnsafeRawBufferPointer, at origin: Int64
  ) -> Int? {
    guard position > 0 else { return nil }
    if let newline = lastIndex(
      of: 0x0A, in: window, from: max(0, position - 1 - TextWindows.before / 2), to: position - 1)
    {
      return newline + 1
    }
    return origin == 0 && position - 1 <= TextWindows.before / 2 ? 0 : nil
  }

  /// The number without sign that stands alone between `start` and `end`.
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
