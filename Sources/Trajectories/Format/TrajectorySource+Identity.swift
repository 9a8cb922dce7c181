extension TrajectorySource {
  /// The description as bytes, for the ranks that did not examine the file.
  public func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.put(Array(path.utf8))
    for value in [size, modified, Int64(compression.rawValue)] { writer.put(value) }
    writer.put(Array(format.identifier.utf8))
    return writer.bytes
  }

  /// A hash of the size and of sixteen blocks of 64 KiB spread over the file (all of a file up to 1
  /// MiB), including the first and the last.
  ///
  /// Detects whether a resumed run reads the same input; not a protection against forgery. FNV-1a,
  /// 64 bits.
  /// - Throws: `TrajectoryError` if the file cannot be read.
  public func fingerprint() throws(TrajectoryError) -> UInt64 { try fingerprint(ofFirst: size) }

  /// The hash that the file had when it was `length` bytes long, if it has only grown since.
  /// - Precondition: 0 ≤ `length` ≤ `size`.
  /// - Throws: `TrajectoryError` if the file cannot be read.
  public func fingerprint(ofFirst length: Int64) throws(TrajectoryError) -> UInt64 {
    precondition(0 <= length && length <= size, "a length within the file")
    let file = try PlainFile(path: path, size: length)
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for shift in stride(from: 0, to: 64, by: 8) {
      mix(UInt8(truncatingIfNeeded: length >> Int64(shift)))
    }
    let block: Int64 = 64 << 10
    let count: Int64 = 16
    let blocks =
      length <= block * count
      ? (0..<count).map { $0 * block } : (0..<count).map { (length - block) / (count - 1) * $0 }
    for offset in blocks where offset < length {
      for byte in try file.bytes(at: offset, count: Int(block)) { mix(byte) }
    }
    return hash
  }
}
