/// The compressed bytes of a file, in order, through a small buffer.
final class CompressedInput {
  let file: PlainFile
  private let buffer = RawBuffer(capacity: 1 << 18)
  private var start = 0
  private var end = 0
  /// File offset of the byte after the buffered ones.
  private var readOffset: Int64 = 0

  init(file: PlainFile) { self.file = file }

  /// Unused buffered bytes.
  var available: Int { end - start }
  /// File offset of the next byte.
  var offset: Int64 { readOffset - Int64(available) }
  /// The next byte; valid for `available` bytes until the next refill.
  var next: UnsafePointer<UInt8> {
    UnsafePointer(buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)) + start
  }

  func consume(_ count: Int) {
    precondition(count >= 0 && count <= available, "more input used than there was")
    start += count
  }

  func seek(to offset: Int64) {
    start = 0
    end = 0
    readOffset = offset
  }

  /// Reads more bytes after the unused ones; returns the number of available bytes.
  @discardableResult
  func refill() throws(TrajectoryError) -> Int {
    if start > 0 {
      buffer.bytes.baseAddress!.copyMemory(
        from: buffer.bytes.baseAddress! + start, byteCount: available)
      end -= start
      start = 0
    }
    let found = try file.read(at: readOffset, into: .init(rebasing: buffer.bytes[end...]))
    end += found
    readOffset += Int64(found)
    return available
  }

  /// Tries to have at least `count` bytes available.
  func require(_ count: Int) throws(TrajectoryError) {
    if available < count { try refill() }
  }

  /// Skips `count` bytes, or to the end of the file.
  func skip(_ count: Int) throws(TrajectoryError) {
    try require(count)
    consume(min(count, available))
  }

  /// Skips zero bytes; returns whether they were the rest of the file.
  func skipZeros() throws(TrajectoryError) -> Bool {
    while true {
      if available == 0, try refill() == 0 { return true }
      while available > 0 {
        guard next[0] == 0 else { return false }
        consume(1)
      }
    }
  }

  static func changed(_ file: PlainFile) -> TrajectoryError {
    TrajectoryError(path: file.path, reason: "changed since it was scanned", kind: .io)
  }
}
