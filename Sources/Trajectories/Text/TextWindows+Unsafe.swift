/// Iterates over text in windows: pieces that are scanned, each with some bytes before and after
/// it.
enum TextWindows {
  /// Bytes available before and after a piece.
  static let before = 2 << 10
  static let after = 32 << 10
  /// Bytes scanned at once, few enough for the L2 cache.
  private static let piece = 1 << 20

  /// Calls `scan(window, origin, own, endsContent)` for each piece `own` of a share of a plain
  /// file; `origin` is the offset of the window's first byte.
  static func forEach(
    in share: Range<Int64>, of file: PlainFile,
    scan: (UnsafeRawBufferPointer, Int64, Range<Int64>, Bool) -> Void
  ) throws(TrajectoryError) {
    let buffer = RawBuffer(capacity: before + piece + after)
    var position = share.lowerBound
    while position < share.upperBound {
      let next = min(share.upperBound, position + Int64(piece))
      let start = max(0, position - Int64(before))
      let end = min(file.size, next + Int64(after))
      let count = try file.read(at: start, into: .init(rebasing: buffer.bytes[..<Int(end - start)]))
      scan(.init(rebasing: buffer.bytes[..<count]), start, position..<next, end == file.size)
      position = next
    }
  }

  /// As above for a compressed file, once from its start; returns the bytes of content and the last
  /// `before` of them.
  static func forEach(
    of stream: any DecompressionStream,
    scan: (UnsafeRawBufferPointer, Int64, Range<Int64>, Bool) -> Void
  ) throws(TrajectoryError) -> (size: Int64, tail: [UInt8]) {
    let buffer = RawBuffer(capacity: before + piece + after)
    var start: Int64 = 0
    var filled = 0
    var position: Int64 = 0
    while true {
      filled += try stream.next(into: .init(rebasing: buffer.bytes[filled...]))
      let isAtEnd = filled < buffer.bytes.count
      let end = start + Int64(filled)
      let next = isAtEnd ? end : end - Int64(after)
      scan(.init(rebasing: buffer.bytes[..<filled]), start, position..<next, isAtEnd)
      position = next
      if isAtEnd {
        return (
          end,
          Array(UnsafeRawBufferPointer(rebasing: buffer.bytes[max(0, filled - before)..<filled]))
        )
      }
      let keep = Int(max(start, next - Int64(before)) - start)
      buffer.bytes.baseAddress!.copyMemory(
        from: buffer.bytes.baseAddress! + keep, byteCount: filled - keep)
      filled -= keep
      start += Int64(keep)
    }
  }
}
