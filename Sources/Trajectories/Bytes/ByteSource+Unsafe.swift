/// Bytes by offset: the decompressed content of a file.
protocol ByteSource: AnyObject {
  /// Fills `buffer` with the content from `offset` on; returns the number of bytes (fewer only at
  /// the end).
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError)
    -> Int
}

extension ByteSource {
  /// The bytes `[offset, offset + count)`; fewer at the end. `count` is bounded by the caller.
  func bytes(at offset: Int64, count: Int) throws(TrajectoryError) -> [UInt8] {
    let buffer = RawBuffer(capacity: count)
    let found = try read(at: offset, into: buffer.bytes)
    return Array(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<found]))
  }
}

/// Memory that is freed with its owner's lifetime.
final class RawBuffer {
  let bytes: UnsafeMutableRawBufferPointer

  init(capacity: Int) { bytes = .allocate(byteCount: max(1, capacity), alignment: 64) }

  deinit { bytes.deallocate() }
}
