extension FrameIndex {
  /// The index of a file whose frames are records, not text.
  ///
  /// - Parameters:
  ///   - chain: all frames of the file, in order.
  ///   - format: name of the format in messages.
  init(_ chain: RecordChain, file: Int, path: String, size: Int64, format: String) {
    self.init(frames: [], contentSize: size, accessPoints: [])
    var withoutPositions = 0
    for var frame in chain.frames {
      if frame.header == .complete, frame.lineCount == 0 {
        withoutPositions += 1
        continue
      }
      frame.file = file
      frame.ordinal = frames.count
      frames.append(frame)
    }
    if withoutPositions > 0 {
      remarks.append("\(path): \(counted(withoutPositions, "frame")) without positions ignored")
    }
    guard let last = frames.last else { return }
    let isCut = last.header == .cut
    // The bytes after the last valid frame are a frame with a truncated header, or do not belong to
    // a frame.
    if isCut || (last.header == .damaged && last.end == size && frames.count > 1) {
      frames.removeLast()
      let what =
        isCut
        ? "step \(last.step) ends after \(last.byteCount) bytes"
        : "the \(last.byteCount) bytes from byte \(last.offset) on are not a complete \(format) "
          + "frame"
      losses.append(
        TrajectoryError(
          path: path, frame: last.ordinal,
          reason: "the last frame is truncated and ignored: \(what)")
      )
    }
  }
}
