/// Appends numbers, byte strings and texts, little-endian: for exchange between ranks and for
/// files.
public struct ByteWriter: Sendable {
  /// The bytes written so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty writer, or one that starts with `bytes`.
  public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// Appends an integer, as many bytes as its type has.
  @inlinable public mutating func put<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { put(raw: $0) }
  }

  /// Appends a number's bit pattern.
  @inlinable public mutating func put(_ value: Double) { put(value.bitPattern) }

  /// Appends a byte string with its length.
  public mutating func put(_ values: [UInt8]) {
    put(Int64(values.count))
    bytes.append(contentsOf: values)
  }

  /// Appends an optional text.
  public mutating func put(_ text: String?) {
    put(Int64(text == nil ? 0 : 1))
    if let text { put(Array(text.utf8)) }
  }

  /// Appends bytes unchanged.
  public mutating func put(raw values: some Sequence<UInt8>) { bytes.append(contentsOf: values) }

  /// Appends numbers without their count, in the memory representation of all supported machines.
  public mutating func put(raw values: [Float]) {
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }
}

/// Reads the output of `ByteWriter`; every length is checked against the available bytes.
///
/// The caller defines the errors: `failure` makes one from a sentence.
public struct ByteReader<Failure: Error> {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline let failure: (String) -> Failure
  @usableFromInline var at: Int
  /// Offset of the next byte.
  public var position: Int { at }

  /// A reader of bytes from an offset on.
  ///
  /// - Parameter failure: returns the error for a sentence, such as `byte 8: expected 8 more`.
  public init(_ bytes: [UInt8], from position: Int = 0, failure: @escaping (String) -> Failure) {
    self.bytes = bytes
    at = position
    self.failure = failure
  }

  /// Number of remaining bytes.
  @inlinable public var remaining: Int { bytes.count - at }

  /// The next integer, as many bytes as its type has.
  @inlinable public mutating func next<Integer: FixedWidthInteger>() throws(Failure) -> Integer {
    let size = MemoryLayout<Integer>.size
    guard remaining >= size else {
      throw failure("the bytes end at \(bytes.count), expected \(size - remaining) more")
    }
    var value: Integer = 0
    for k in 0..<size {
      value |= Integer(truncatingIfNeeded: bytes[at + k]) << Integer(8 * k)
    }
    at += size
    return value
  }

  /// The next 64-bit integer.
  @inlinable public mutating func integer() throws(Failure) -> Int64 { try next() }

  /// The number of the following items, each at least `size` bytes.
  public mutating func count(ofSize size: Int) throws(Failure) -> Int {
    let count: Int64 = try next()
    guard count >= 0, count <= Int64(remaining / size) else {
      throw failure("a list of \(count) items in \(remaining) bytes")
    }
    return Int(count)
  }

  /// The next byte string.
  public mutating func byteString() throws(Failure) -> [UInt8] {
    let count = try count(ofSize: 1)
    defer { at += count }
    return Array(bytes[position..<position + count])
  }

  /// The next text, nil if there is none.
  public mutating func text() throws(Failure) -> String? {
    try integer() == 0 ? nil : String(decoding: byteString(), as: UTF8.self)
  }

  /// `count` numbers in single precision.
  public mutating func floats(_ count: Int) throws(Failure) -> [Float] {
    guard count >= 0, count <= remaining / 4 else {
      throw failure(
        "the bytes end at \(bytes.count), expected \(count) numbers from byte \(position) on")
    }
    defer { at += 4 * count }
    return (0..<count).map { k in
      let p = position + 4 * k
      let low = UInt32(bytes[p]) | UInt32(bytes[p + 1]) << 8
      return Float(bitPattern: low | UInt32(bytes[p + 2]) << 16 | UInt32(bytes[p + 3]) << 24)
    }
  }

  /// Checks that no bytes remain.
  public func finish() throws(Failure) {
    guard remaining == 0 else { throw failure("\(remaining) bytes follow the last part") }
  }
}
