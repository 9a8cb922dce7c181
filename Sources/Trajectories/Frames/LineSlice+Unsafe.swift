/// The lines of a frame that one part reads: those that start in its share of the frame's bytes.
struct LineSlice {
  /// The bytes of the atoms, `[body, end)`, and the share, divided without regard to lines.
  private let body: Int64, end: Int64
  private let lower: Int64, upper: Int64

  /// Bytes read at once; text and parsed atoms fit in the L2 cache. No line may be longer.
  private static let blockSize = 256 << 10

  init(location: FrameLocation, part: Int, of parts: Int) {
    body = location.bodyOffset
    end = location.end
    let length = UInt64(max(0, end - body))
    func cut(_ part: Int) -> Int64 {
      // 128-bit, so that the product cannot overflow.
      let product = length.multipliedFullWidth(by: UInt64(part))
      return Int64(UInt64(parts).dividingFullWidth(product).quotient)
    }
    lower = body + cut(part)
    upper = body + cut(part + 1)
  }

  /// Offset of the slice's first line.
  func firstLine(in source: any ByteSource) throws(TrajectoryError) -> Int64 {
    guard lower > body else { return body }
    let buffer = RawBuffer(capacity: 4096)
    var position = lower - 1
    while position < end {
      let count = Int(min(end - position, 4096))
      let found = try source.read(at: position, into: .init(rebasing: buffer.bytes[..<count]))
      if let newline = firstIndex(of: 0x0A, in: .init(buffer.bytes), from: 0, to: found) {
        return position + Int64(newline) + 1
      }
      guard found == count else { return end }
      position += Int64(found)
    }
    return end
  }

  /// Calls `handle` with blocks of whole lines, in order.
  ///
  /// `handle(bytes, start, limit, end, origin)` reads the lines that start in
  /// `bytes[start..<limit]`; the last of them ends at or before `end`; `origin` is the content
  /// offset of `bytes[0]`.
  func forEachBlock(
    of source: any ByteSource, path: String, frame: FrameLocation,
    handle: (UnsafeRawBufferPointer, Int, Int, Int, Int64) throws(TrajectoryError) -> Void
  ) throws(TrajectoryError) {
    guard lower < upper else { return }
    let buffer = RawBuffer(capacity: Self.blockSize)
    // One byte early: if it is a newline, a line starts exactly at the boundary of the share.
    var origin = lower > body ? lower - 1 : body
    var skipsFirst = lower > body
    var filled = 0
    while origin + Int64(filled) < end {
      let readEnd = min(end, max(upper, origin + Int64(filled)) + 1024)
      let count = Int(min(Int64(buffer.bytes.count - filled), readEnd - origin - Int64(filled)))
      let found = try source.read(
        at: origin + Int64(filled), into: .init(rebasing: buffer.bytes[filled..<(filled + count)]))
      guard count > 0, found == count else {
        let reason =
          count > 0
          ? "the content ends within the frame: the file has changed"
          : "a line is longer than \(Self.blockSize) bytes"
        throw TrajectoryError(path: path, line: frame.line, frame: frame.ordinal, reason: reason)
      }
      filled += found
      let bytes = UnsafeRawBufferPointer(buffer.bytes)
      guard let last = lastIndex(of: 0x0A, in: bytes, from: 0, to: filled) else { continue }
      var start = 0
      if skipsFirst {
        start = (firstIndex(of: 0x0A, in: bytes, from: 0, to: filled) ?? last) + 1
        skipsFirst = false
      }
      let whole = last + 1
      try handle(bytes, start, Int(min(upper - origin, Int64(whole))), whole, origin)
      if origin + Int64(whole) >= upper { return }
      buffer.bytes.baseAddress!.copyMemory(
        from: buffer.bytes.baseAddress! + whole, byteCount: filled - whole)
      origin += Int64(whole)
      filled -= whole
    }
  }

  /// Newlines in a range of the content.
  static func countLines(in range: Range<Int64>, of source: any ByteSource) throws(TrajectoryError)
    -> Int64
  {
    let buffer = RawBuffer(capacity: blockSize)
    var position = range.lowerBound
    var lines: Int64 = 0
    while position < range.upperBound {
      let count = Int(min(range.upperBound - position, Int64(blockSize)))
      let found = try source.read(at: position, into: .init(rebasing: buffer.bytes[..<count]))
      lines += Int64(countNewlines(.init(buffer.bytes), from: 0, to: found))
      guard found == count else { break }
      position += Int64(found)
    }
    return lines
  }
}
