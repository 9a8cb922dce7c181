/// Appends integers and byte strings, little-endian, so that ranks can exchange their results.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ value: Int64) {
    let pattern = UInt64(bitPattern: value)
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: pattern >> UInt64(shift)))
    }
  }

  mutating func put(_ values: [UInt8]) {
    put(Int64(values.count))
    bytes.append(contentsOf: values)
  }

  mutating func put(_ text: String?) {
    put(text == nil ? 0 : 1)
    if let text { put(Array(text.utf8)) }
  }
}

/// Reads the output of `ByteWriter`; every length is checked against the available bytes.
struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  static let damaged = TrajectoryError(
    path: "frame index", reason: "the encoded index is truncated or was made by another version")

  mutating func integer() throws(TrajectoryError) -> Int64 {
    guard bytes.count - position >= 8 else { throw Self.damaged }
    var pattern: UInt64 = 0
    for byte in 0..<8 { pattern |= UInt64(bytes[position + byte]) << UInt64(8 * byte) }
    position += 8
    return Int64(bitPattern: pattern)
  }

  /// The number of the following items, each at least `size` bytes.
  mutating func count(ofSize size: Int) throws(TrajectoryError) -> Int {
    let count = try integer()
    guard count >= 0, count <= Int64((bytes.count - position) / size) else { throw Self.damaged }
    return Int(count)
  }

  mutating func byteString() throws(TrajectoryError) -> [UInt8] {
    let count = try count(ofSize: 1)
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  mutating func text() throws(TrajectoryError) -> String? {
    try integer() == 0 ? nil : String(decoding: byteString(), as: UTF8.self)
  }

  func finish() throws(TrajectoryError) {
    guard position == bytes.count else { throw Self.damaged }
  }
}
