import CZstd

/// A Zstandard file as a stream of content, with access points at frame borders (where the format itself allows to start).
///
/// A file of one frame, as `zstd` writes by default, has one point: its start. `pzstd` and `zstd --adaptive` splits, or
/// concatenated files, have more.
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

  init(file: PlainFile, recording: Bool) throws(TrajectoryError) {
    guard let context = ZSTD_createDCtx() else {
      throw TrajectoryError(path: file.path, reason: "zstd cannot start: out of memory", kind: .io)
    }
    self.context = context
    input = CompressedInput(file: file)
    isRecording = recording
    if recording { accessPoints.append(.start) }
  }

  deinit { ZSTD_freeDCtx(context) }

  func next(into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError) -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    while output.pos < output.size, !isFinished {
      if input.available == 0, try input.refill() == 0, isBetweenFrames {
        isFinished = true
        break
      }
      if isBetweenFrames { recordFrameBorder() }
      let hadInput = input.available > 0
      let before = output.pos
      var chunk = ZSTD_inBuffer(src: input.next, size: input.available, pos: 0)
      let code = ZSTD_decompressStream(context, &output, &chunk)
      input.consume(chunk.pos)
      position += Int64(output.pos - before)
      if ZSTD_isError(code) != 0 {
        let name = String(cString: ZSTD_getErrorName(code))
        finish(.init(reason: "the zstd stream is damaged (\(name)) near byte \(input.offset)", isCorruption: true))
      } else if code == 0 {
        isBetweenFrames = true
      } else {
        isBetweenFrames = false
        // No input left and nothing came out of the decoder's own buffers either: the file ends within a frame.
        if !hadInput, output.pos == before {
          finish(.init(reason: "the zstd stream is cut after \(input.file.size) bytes", isCorruption: false))
        }
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

  private func recordFrameBorder() {
    guard isRecording, let last = accessPoints.last, position - last.offset >= AccessPoint.spacing / 8 else { return }
    accessPoints.append(AccessPoint(compressedOffset: input.offset, offset: position, isStreamStart: true))
  }

  private func finish(_ damage: StreamDamage) {
    self.damage = damage
    isFinished = true
  }
}
