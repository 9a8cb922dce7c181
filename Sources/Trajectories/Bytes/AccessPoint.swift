/// A position in a compressed file where decompression can start.
struct AccessPoint: Sendable, Equatable {
  /// First byte of compressed input to read: of a gzip member, a zstd frame, or the next whole byte
  /// of a deflate stream.
  var compressedOffset: Int64
  /// Offset of the first byte of decompressed content.
  var offset: Int64
  /// Whether a gzip member or zstd frame starts here; otherwise it is a boundary of deflate blocks.
  var isStreamStart: Bool
  /// Bits of the byte before `compressedOffset` that belong to the next block (0–7).
  var bits: Int32 = 0
  /// The last ≤ 32 KiB of content before `offset` that the deflate stream may refer to.
  var window: [UInt8] = []

  /// The point at the start of the file.
  static let start = AccessPoint(compressedOffset: 0, offset: 0, isStreamStart: true)

  /// Bytes of content between points: 8 MiB cost about 40 ms of inflation, and 0.4 % of the content
  /// in windows.
  static let spacing: Int64 = 8 << 20
}

extension AccessPoint {
  static let minimumEncodedSize = 5 * 8

  func encode(to writer: inout ByteWriter) {
    writer.put(compressedOffset)
    writer.put(offset)
    writer.put(isStreamStart ? 1 : 0)
    writer.put(Int64(bits))
    writer.put(window)
  }

  init(from reader: inout ByteReader) throws(TrajectoryError) {
    compressedOffset = try reader.integer()
    offset = try reader.integer()
    isStreamStart = try reader.integer() != 0
    let bits = try reader.integer()
    window = try reader.byteString()
    guard compressedOffset >= 0, offset >= 0, (0...7).contains(bits), window.count <= 1 << 15 else {
      throw ByteReader.damaged
    }
    self.bits = Int32(bits)
  }
}

extension [AccessPoint] {
  /// The last point at or before a byte of the content. Points ascend and the first is at 0.
  func last(atOrBefore offset: Int64) -> AccessPoint {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? .start : self[low - 1]
  }
}
