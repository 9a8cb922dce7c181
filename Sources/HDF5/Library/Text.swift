import Glibc

/// Texts between Swift and the two forms that HDF5 stores.
enum Text {
  /// The UTF-8 of `texts`, each padded with zeros to `width` bytes. Longer texts are a programmer
  /// error.
  static func padded(_ texts: [String], width: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(texts.count * width)
    for text in texts {
      let utf8 = text.utf8
      precondition(utf8.count <= width, "a text of \(utf8.count) bytes does not fit into \(width)")
      bytes += utf8
      bytes.append(contentsOf: repeatElement(0, count: width - utf8.count))
    }
    return bytes
  }

  /// The texts in `bytes`, each of at most `width` bytes and ended by a zero if shorter; invalid
  /// UTF-8 is repaired.
  static func unpadded(_ bytes: [UInt8], width: Int) -> [String] {
    stride(from: 0, to: bytes.count, by: width).map { offset in
      var end = offset + width
      if let zero = bytes[offset..<end].firstIndex(of: 0) { end = zero }
      return String(decoding: bytes[offset..<end], as: UTF8.self)
    }
  }

  /// Runs `body` with C strings of `texts`.
  static func withPointers<R>(
    _ texts: [String], _ body: (UnsafeBufferPointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer(body)
  }
}
