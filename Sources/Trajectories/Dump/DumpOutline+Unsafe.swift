/// The parts of a dump's header that the scan needs, found with a few comparisons and validated
/// later by `DumpHeader`.
struct DumpOutline {
  var state = FrameLocation.HeaderState.damaged
  /// Bytes and lines of the header.
  var length = 0
  var lines = 0
  var step: Int64?
  var atomCount: Int64?
  var units: UnitStyle?

  /// Maximum length of a header in bytes.
  static let limit = 32 << 10

  /// Reads the lines of a header.
  ///
  /// - Parameters:
  ///   - bytes: from the header's first byte to `limit` bytes on or the end of the content.
  ///   - endsContent: whether the content ends where `bytes` does, so that a header that ends early
  ///     is truncated, not damaged.
  init(_ bytes: UnsafeRawBufferPointer, endsContent: Bool) {
    var start = 0
    var hasTimestep = false
    while let newline = firstIndex(of: 0x0A, in: bytes, from: start, to: bytes.count) {
      lines += 1
      let next = newline + 1
      if matchesTitle("ATOMS", in: bytes, at: start) {
        length = next
        if let atomCount, atomCount >= 0, step != nil { state = .complete }
        return
      }
      if matchesTitle("TIMESTEP", in: bytes, at: start) {
        if hasTimestep { return }
        hasTimestep = true
        step = Self.integer(bytes, after: next)
      } else if matchesTitle("NUMBER OF ATOMS", in: bytes, at: start) {
        atomCount = Self.integer(bytes, after: next)
      } else if matchesTitle("UNITS", in: bytes, at: start) {
        units = UnitStyle(name: Self.word(bytes, after: next))
      }
      start = next
    }
    if endsContent { state = .cut }
  }

  /// The integer that is the whole line at `start`.
  private static func integer(_ bytes: UnsafeRawBufferPointer, after start: Int) -> Int64? {
    Int64(word(bytes, after: start))
  }

  /// The line at `start` without surrounding spaces; empty if it is too long or has no end.
  private static func word(_ bytes: UnsafeRawBufferPointer, after start: Int) -> String {
    guard let end = firstIndex(of: 0x0A, in: bytes, from: start, to: min(bytes.count, start + 64))
    else { return "" }
    var first = start
    var last = end
    while first < last, isBlank(bytes[first]) { first += 1 }
    while first < last, isBlank(bytes[last - 1]) { last -= 1 }
    return String(decoding: bytes[first..<last], as: UTF8.self)
  }
}
