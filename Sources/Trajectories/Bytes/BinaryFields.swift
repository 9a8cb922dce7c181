/// Numbers of a binary header, in order and in the file's byte order; every access is checked
/// against the available bytes.
struct BinaryFields {
  /// Byte orders.
  enum Order: Sendable { case big, little }

  private let bytes: [UInt8]
  private let order: Order
  private(set) var position: Int

  init(_ bytes: [UInt8], order: Order = .big, at position: Int = 0) {
    self.bytes = bytes
    self.order = order
    self.position = position
  }

  /// The next number, or nil at the end.
  private mutating func pattern(_ size: Int) -> UInt64? {
    guard position >= 0, bytes.count - position >= size else { return nil }
    var value: UInt64 = 0
    for byte in 0..<size {
      value = value << 8 | UInt64(bytes[position + (order == .big ? byte : size - 1 - byte)])
    }
    position += size
    return value
  }

  /// The next bytes, or nil if there are fewer.
  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard count >= 0, position >= 0, bytes.count - position >= count else { return nil }
    position += count
    return Array(bytes[position - count..<position])
  }

  mutating func int32() -> Int64? { pattern(4).map { Int64(Int32(truncatingIfNeeded: $0)) } }

  mutating func int64() -> Int64? { pattern(8).map { Int64(bitPattern: $0) } }

  mutating func float() -> Double? {
    pattern(4).map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
  }

  mutating func double() -> Double? { pattern(8).map { Double(bitPattern: $0) } }

  /// A number of 4 or 8 bytes.
  mutating func real(isDouble: Bool) -> Double? { isDouble ? double() : float() }

  /// `count` numbers, or nil if there are fewer.
  mutating func reals(_ count: Int, isDouble: Bool) -> [Double]? {
    var values: [Double] = []
    for _ in 0..<count {
      guard let value = real(isDouble: isDouble) else { return nil }
      values.append(value)
    }
    return values
  }

  /// The next time, of 4 or 8 bytes. A single-precision number becomes the shortest decimal that
  /// has its bits, which is the time that the program meant: 0.02, not 0.019999999552965164.
  mutating func time(isDouble: Bool) -> Double? {
    guard !isDouble else { return double() }
    return float().map(Self.decimal)
  }

  /// The shortest decimal with the bits of a single-precision number; the number itself from 2²⁴
  /// on, where all are whole.
  static func decimal(_ single: Double) -> Double {
    abs(single) < 0x1p24 ? Double(Float(single).description) ?? single : single
  }

  /// Skips bytes.
  mutating func skip(_ count: Int) { position += count }
}
