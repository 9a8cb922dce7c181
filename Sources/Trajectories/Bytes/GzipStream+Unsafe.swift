import CZlib

/// A gzip file as a stream of content, with access points at boundaries of deflate blocks.
///
/// The technique is Mark Adler's `zran.c`: at a block boundary the state of the decoder is the bit
/// position and the last 32 KiB of output, so that inflation can restart there from a copy of
/// these.
final class GzipStream: DecompressionStream {
  private(set) var position: Int64 = 0
  private(set) var accessPoints: [AccessPoint] = []
  private(set) var damage: StreamDamage?
  private(set) var remark: String?

  private let input: CompressedInput
  private let isRecording: Bool
  /// zlib's state has a pointer to this structure, so it must not move.
  private let state: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = true
  private var isRaw = false
  private var isFinished = false

  init(file: PlainFile, recording: Bool) throws(TrajectoryError) {
    input = CompressedInput(file: file)
    isRecording = recording
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    guard
      inflateInit2_(state, Self.gzipFormat, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        == Z_OK
    else {
      state.deallocate()
      throw TrajectoryError(path: file.path, reason: "zlib cannot start: out of memory", kind: .io)
    }
    if recording { accessPoints.append(.start) }
  }

  deinit {
    inflateEnd(state)
    state.deallocate()
  }

  private static let gzipFormat: Int32 = 15 + 16
  private static let rawFormat: Int32 = -15

  func next(into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError) -> Int {
    var produced = 0
    while produced < buffer.count, !isFinished {
      if isBetweenMembers, try !startMember() { break }
      if input.available == 0, try input.refill() == 0 {
        finish(
          .init(
            reason: "the gzip stream is truncated after \(input.file.size) bytes",
            isCorruption: false))
        break
      }
      let room = min(buffer.count - produced, Int(UInt32.max))
      state.pointee.next_in = UnsafeMutablePointer(mutating: input.next)
      state.pointee.avail_in = UInt32(input.available)
      state.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self) + produced
      state.pointee.avail_out = UInt32(room)
      let code = inflate(state, isRecording ? Z_BLOCK : Z_NO_FLUSH)
      input.consume(input.available - Int(state.pointee.avail_in))
      produced += room - Int(state.pointee.avail_out)
      position += Int64(room - Int(state.pointee.avail_out))
      switch code {
      case Z_OK, Z_BUF_ERROR: recordBlockBorder()
      case Z_STREAM_END:
        isBetweenMembers = true
        // A raw stream does not read the member's checksum and length; the scan has checked them.
        if isRaw { try input.skip(8) }
      default:
        finish(
          .init(
            reason: "the gzip stream is damaged (\(zlibReason)) near byte \(input.offset)",
            isCorruption: true))
      }
    }
    return produced
  }

  func restart(at point: AccessPoint) throws(TrajectoryError) {
    damage = nil
    isFinished = false
    position = point.offset
    isBetweenMembers = point.isStreamStart
    guard !point.isStreamStart else { return input.seek(to: point.compressedOffset) }
    isRaw = true
    inflateReset2(state, Self.rawFormat)
    input.seek(to: point.compressedOffset - (point.bits > 0 ? 1 : 0))
    if point.bits > 0 {
      guard try input.refill() > 0 else { throw CompressedInput.changed(input.file) }
      inflatePrime(state, point.bits, Int32(input.next[0]) >> (8 - point.bits))
      input.consume(1)
    }
    point.window.withUnsafeBufferPointer { window in
      _ = inflateSetDictionary(state, window.baseAddress, UInt32(window.count))
    }
  }

  /// Starts the next member; false at the end of the file.
  private func startMember() throws(TrajectoryError) -> Bool {
    try input.require(2)
    guard input.available >= 2, input.next[0] == 0x1F, input.next[1] == 0x8B else {
      // Zero padding is common (tapes, block devices); anything else gives a warning, as in gzip
      // itself.
      if try input.skipZeros() == false {
        remark = "bytes after the gzip stream, from byte \(input.offset) on, are ignored"
      }
      isFinished = true
      return false
    }
    if isRecording, let last = accessPoints.last, position - last.offset >= AccessPoint.spacing {
      accessPoints.append(
        AccessPoint(compressedOffset: input.offset, offset: position, isStreamStart: true))
    }
    inflateReset2(state, Self.gzipFormat)
    isRaw = false
    isBetweenMembers = false
    return true
  }

  /// Stores an access point if inflation is at a block boundary far enough from the last one.
  private func recordBlockBorder() {
    let mark = state.pointee.data_type
    guard isRecording, mark & 128 != 0, mark & 64 == 0, let last = accessPoints.last else { return }
    guard position - last.offset >= AccessPoint.spacing else { return }
    var length: UInt32 = 0
    let window = [UInt8](unsafeUninitializedCapacity: 1 << 15) { buffer, count in
      inflateGetDictionary(state, buffer.baseAddress, &length)
      count = Int(length)
    }
    accessPoints.append(
      AccessPoint(
        compressedOffset: input.offset, offset: position, isStreamStart: false, bits: mark & 7,
        window: window))
  }

  private func finish(_ damage: StreamDamage) {
    self.damage = damage
    isFinished = true
  }

  private var zlibReason: String { state.pointee.msg.map { String(cString: $0) } ?? "zlib error" }
}
