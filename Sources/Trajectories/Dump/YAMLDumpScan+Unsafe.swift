/// Finds the frames of a LAMMPS yaml dump: documents between `---` and `...`.
enum YAMLDumpScan {
  /// Most bytes of a header.
  static let longestHeader: Int64 = 1 << 16
  private static let window = 1 << 20

  /// The frames of a file, file position 0.
  static func frames(of file: PlainFile) throws(TrajectoryError) -> [FrameLocation] {
    var scan = Scan()
    let buffer = RawBuffer(capacity: window)
    var origin: Int64 = 0
    while origin < file.size {
      let found = try file.read(at: origin, into: buffer.bytes)
      let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<found])
      let isLast = origin + Int64(found) >= file.size
      var start = 0
      while start < found {
        let end = firstIndex(of: 0x0A, in: bytes, from: start, to: found)
        // A line that this window does not hold is read again from its start.
        if end == nil, !isLast, start > 0 { break }
        let stop = end ?? found
        scan.line(
          UnsafeRawBufferPointer(rebasing: bytes[start..<stop]), at: origin + Int64(start),
          next: origin + Int64(min(found, stop + 1)), isTerminated: end != nil)
        start = min(found, stop + 1)
      }
      origin += Int64(start)
    }
    scan.finish(at: file.size)
    return scan.frames
  }

  private struct Scan {
    var frames: [FrameLocation] = []
    private var open: FrameLocation?
    private var isInBody = false
    private var lineNumber = 0

    mutating func line(
      _ line: UnsafeRawBufferPointer, at offset: Int64, next: Int64, isTerminated: Bool
    ) {
      lineNumber += 1
      if isInBody, line.first == 0x20 {
        open?.lineCount += 1
        open?.end = next
        open?.isUnterminated = !isTerminated
        return
      }
      let text = String(decoding: line.prefix(256), as: UTF8.self)
      let trimmed = text.last == "\r" ? String(text.dropLast()) : text
      switch trimmed {
      case "---": begin(at: offset)
      case "...": close()
      case "data:":
        isInBody = open != nil
        open?.bodyOffset = next
        open?.end = next
        open?.bodyLine = lineNumber + 1
        if let frame = open, frame.hasStep, frame.atomCount >= 0,
          next - frame.offset <= longestHeader
        {
          open?.header = .complete
        }
      default: header(trimmed)
      }
    }

    private mutating func begin(at offset: Int64) {
      close()
      open = FrameLocation(
        file: 0, ordinal: 0, offset: offset, bodyOffset: offset, end: offset, step: 0,
        atomCount: -1, line: lineNumber, bodyLine: lineNumber, lineCount: 0, header: .damaged,
        hasStep: false, isUnterminated: false, units: nil)
    }

    private mutating func header(_ text: String) {
      guard open != nil, !isInBody, let colon = text.firstIndex(of: ":") else { return }
      let value = text[text.index(after: colon)...].drop { $0 == " " }
      switch text[..<colon] {
      case "timestep":
        if let step = Int64(value) { open?.step = step }
        open?.hasStep = Int64(value) != nil
      case "natoms": open?.atomCount = Int64(value) ?? -1
      case "units": open?.units = UnitStyle(name: String(value))
      default: break
      }
    }

    private mutating func close() {
      if let frame = open { frames.append(frame) }
      open = nil
      isInBody = false
    }

    /// Ends the last frame at the end of the file, where it may be truncated.
    mutating func finish(at size: Int64) {
      if open != nil {
        open?.end = size
        if let frame = open, frame.header != .complete || frame.isCut { open?.header = .cut }
      }
      close()
    }
  }
}

/// The rows of a yaml dump as those of a text dump: brackets, commas, quotes and the dash before a
/// row become spaces, so that every byte keeps its place.
final class YAMLRows: ByteSource {
  private let file: PlainFile

  init(_ file: PlainFile) { self.file = file }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError)
    -> Int
  {
    let found = try file.read(at: offset, into: buffer)
    for k in 0..<found {
      switch buffer[k] {
      case 0x5B, 0x5D, 0x2C, 0x22, 0x27: buffer[k] = 0x20
      case 0x2D:
        let next =
          k + 1 < found ? buffer[k + 1] : try file.bytes(at: offset + Int64(k + 1), count: 1).first
        if next == 0x20 { buffer[k] = 0x20 }
      default: break
      }
    }
    return found
  }
}
