import CZstd

/// A Zstandard file as a stream of content, with access points at frame boundaries, where
/// decompression can start.
///
/// A file of one frame, as `zstd` writes by default, has one point: its start. `pzstd` and `zstd
/// --adaptive` splits, or concatenated files, have more.
final class ZstdStream: DecompressionStream {
  private(set) var position: Int64 = 0
  private(set) var accessPoints: [AccessPoint] = []
  private(set) var damage: StreamDamage?
  let remark: String? = nil

  private let input: CompressedInput
  private let isRecording: Bool
  private let context: OpaquePointer
  private var isBetweenFrames = true
  private var isFinished = false
  /// Start of the current frame, in the file and in the content.
  private var frameStart = AccessPoint.start
  /// A wrong checksum, reported after the content of the frame has been returned.
  private var wrongChecksum: StreamDamage?

  /// Compressed bytes passed to the decoder per call. The output of a failing call is lost, so this
  /// is small.
  private static let inputStep = 4096

  init(file: PlainFile, recording: Bool) throws(TrajectoryError) {
    guard let context = ZSTD_createDCtx() else {
      throw TrajectoryError(path: file.path, reason: "zstd cannot start: out of memory", kind: .io)
    }
    self.context = context
    input = CompressedInput(file: file)
    isRecording = recording
    // The scan has checked the checksums; readers must get the same content.
    if recording { accessPoints.append(.start) } else { ignoreChecksums() }
  }

  deinit { ZSTD_freeDCtx(context) }

  func next(into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError) -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    while output.pos < output.size, !isFinished {
      if input.available == 0, try input.refill() == 0, isBetweenFrames {
        isFinished = true
        break
      }
      if isBetweenFrames { startFrame() }
      let hadInput = input.available > 0
      let before = output.pos
      let code = decode(into: &output)
      position += Int64(output.pos - before)
      if ZSTD_isError(code) != 0 {
        try fail(String(cString: ZSTD_getErrorName(code)))
      } else if code == 0 {
        isBetweenFrames = true
        if let wrongChecksum { finish(wrongChecksum) }
      } else if !hadInput, output.pos == before {
        // There is no more input, and the decoder's buffers are empty: the file ends within a
        // frame.
        finish(
          .init(
            reason: "the zstd stream is truncated after \(input.file.size) bytes",
            isCorruption: false))
      }
    }
    return output.pos
  }

  func restart(at point: AccessPoint) throws(TrajectoryError) {
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    input.seek(to: point.compressedOffset)
    position = point.offset
    isBetweenFrames = true
    isFinished = false
    damage = nil
  }

  /// One step of the decoder; its return value.
  private func decode(into output: inout ZSTD_outBuffer) -> Int {
    var chunk = ZSTD_inBuffer(src: input.next, size: min(input.available, Self.inputStep), pos: 0)
    let code = ZSTD_decompressStream(context, &output, &chunk)
    input.consume(chunk.pos)
    return code
  }

  private func startFrame() {
    isBetweenFrames = false
    frameStart = AccessPoint(compressedOffset: input.offset, offset: position, isStreamStart: true)
    guard isRecording, let last = accessPoints.last,
      position - last.offset >= AccessPoint.spacing / 8
    else { return }
    accessPoints.append(frameStart)
  }

  /// Ends the stream at a decoder error; after a wrong checksum, first returns the rest of that
  /// frame.
  private func fail(_ name: String) throws(TrajectoryError) {
    let damage = StreamDamage(
      reason: "the zstd stream is damaged (\(name)) near byte \(input.offset)", isCorruption: true)
    guard name.contains("checksum"), wrongChecksum == nil else { return finish(damage) }
    wrongChecksum = damage
    let delivered = position
    try restart(at: frameStart)
    ignoreChecksums()
    isBetweenFrames = false
    let scratch = RawBuffer(capacity: 1 << 16)
    while position < delivered, !isFinished {
      let count = Int(min(delivered - position, Int64(scratch.bytes.count)))
      guard try next(into: .init(rebasing: scratch.bytes[..<count])) > 0 else { break }
    }
  }

  /// `ZSTD_d_forceIgnoreChecksum`, which the header declares only for static linking.
  private func ignoreChecksums() { ZSTD_DCtx_setParameter(context, ZSTD_d_experimentalParam3, 1) }

  private func finish(_ damage: StreamDamage) {
    self.damage = damage
    isFinished = true
  }
}
