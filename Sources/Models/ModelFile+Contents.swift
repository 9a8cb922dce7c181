extension ModelFile {
  /// The bytes of a model file, for a rank that broadcasts them to others, which `parse` them.
  ///
  /// - Throws: `ModelError` if the file does not exist or cannot be read.
  public static func contents(of path: String) throws(ModelError) -> [UInt8] {
    do { return try readFile(path) } catch { throw ModelError(path: path, reason: error.reason) }
  }
}

extension ModelFile {
  /// Whether a file begins like a safetensors file: a header length that fits, and a brace.
  public static func isModel(path: String) -> Bool {
    guard let bytes = firstBytes(of: path, count: 9), bytes.count == 9 else { return false }
    var length: UInt64 = 0
    for k in 0..<8 { length |= UInt64(bytes[k]) << UInt64(8 * k) }
    return length < 1 << 32 && bytes[8] == UInt8(ascii: "{")
  }
}
