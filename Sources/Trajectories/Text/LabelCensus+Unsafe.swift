/// Counts the distinct words of one column.
struct LabelCensus {
  private let column: Int
  /// Words of up to eight letters as packed bytes, and longer ones.
  private var counters: [UInt64: Int] = [:]
  private var longWords: [String: Int] = [:]

  init(column: Int) { self.column = column }

  /// Counts in the whole lines of `bytes[start..<end]`.
  mutating func count(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) {
    precondition(
      0 <= start && start <= end && end <= bytes.count, "labels are counted within the bytes")
    var position = start
    while position < end {
      let lineEnd = firstIndex(of: 0x0A, in: bytes, from: position, to: end) ?? end
      var key: UInt64 = 0
      var first = position
      for current in 0...column {
        while position < lineEnd, isBlank(bytes[position]) { position += 1 }
        first = position
        while position < lineEnd, !isBlank(bytes[position]) {
          if current == column { key = key << 8 | UInt64(bytes[position]) }
          position += 1
        }
      }
      if position - first > 8 {
        longWords[String(decoding: bytes[first..<position], as: UTF8.self), default: 0] += 1
      } else {
        counters[key, default: 0] += 1
      }
      position = lineEnd + 1
    }
  }

  /// Number of lines with each word.
  var counts: [String: Int] {
    var counts = longWords
    for (key, count) in counters {
      let bytes: [UInt8] = (0..<8).map { k in UInt8(truncatingIfNeeded: key >> UInt64(56 - 8 * k)) }
      let letters = bytes.drop { byte in byte == 0 }
      counts[String(decoding: letters, as: UTF8.self), default: 0] += count
    }
    return counts
  }
}
