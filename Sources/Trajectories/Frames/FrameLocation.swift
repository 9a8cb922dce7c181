/// The location of a frame in its file and the results of the scan: everything that a rank needs to
/// read it.
///
/// Offsets count bytes of the decompressed content. Twelve integers, so that ranks can exchange
/// locations directly.
public struct FrameLocation: Sendable, Equatable {
  /// The state of the frame's header according to the scan.
  public enum HeaderState: UInt8, Sendable {
    /// Step, atom count and the line of columns were found.
    case complete
    /// The content ends within the header.
    case cut
    /// The header is invalid; reading the frame gives the reason.
    case damaged
  }

  /// Index of the file in the trajectory's list of sources.
  public var file: Int
  /// Frame in the file, from 0.
  public var ordinal: Int
  /// First byte of the header.
  public var offset: Int64
  /// First byte of the first atom's line; equals `offset` if the header is not complete.
  public var bodyOffset: Int64
  /// One past the last atom's last byte; blank lines that follow are not part of the frame.
  public var end: Int64
  /// MD step; 0 if `hasStep` is false.
  public var step: Int64
  /// Atoms according to the header; not validated, so never use it to allocate memory. −1 if
  /// unknown.
  public var atomCount: Int64
  /// Line of the header's first byte, from 1.
  public var line: Int
  /// Line of the first atom, from 1.
  public var bodyLine: Int
  /// Lines between the header and `end`, including a last one without a newline.
  public var lineCount: Int
  /// The state of the header according to the scan.
  public var header: HeaderState
  /// Whether the header has a readable step.
  public var hasStep: Bool
  /// Whether the last line ends without a newline, so that its last number may be truncated.
  public var isUnterminated: Bool
  /// Unit style, if the file has one.
  public var units: UnitStyle?
  /// Time in ps, if the scan reads it (XTC, TRR, H5MD); it distinguishes frames whose steps do not.
  public var time: Double? = nil
  /// Whether `step` is a number assigned here, because the steps of the file do not distinguish its
  /// frames.
  public var isNumbered = false

  /// Number of integers of a location.
  public static let wordCount = 12

  /// Whether the number of lines agrees with the header. The lines themselves are validated when
  /// they are read.
  public var isSound: Bool {
    header == .complete && hasStep && !isUnterminated && Int64(lineCount) == atomCount
  }

  /// Whether the frame ends early, like the last frame of a killed run.
  public var isCut: Bool {
    header == .cut
      || (header == .complete
        && (Int64(lineCount) < atomCount || (isUnterminated && Int64(lineCount) == atomCount)))
  }

  /// Bytes of header and atoms.
  public var byteCount: Int64 { end - offset }

  /// The location as `wordCount` integers.
  public var words: [Int64] {
    let flags =
      Int64(header.rawValue) | (hasStep ? 4 : 0) | (isUnterminated ? 8 : 0) | (isNumbered ? 16 : 0)
      | Int64(units?.rawValue ?? 0) << 8
    return [
      Int64(file), Int64(ordinal), offset, bodyOffset, end, step, atomCount, Int64(line),
      Int64(bodyLine), Int64(lineCount), flags,
      Int64(bitPattern: (time ?? .nan).bitPattern),
    ]
  }
}

extension FrameLocation {
  /// The location with these `words`; nil if they are invalid.
  public init?(words: some Collection<Int64>) {
    let w = Array(words)
    guard w.count == Self.wordCount, let header = HeaderState(rawValue: UInt8(w[10] & 3)) else {
      return nil
    }
    guard (0...w[4]).contains(w[2]), (w[2]...w[4]).contains(w[3]), w[0] >= 0, w[1] >= 0, w[9] >= 0
    else { return nil }
    self.init(
      file: Int(w[0]), ordinal: Int(w[1]), offset: w[2], bodyOffset: w[3], end: w[4], step: w[5],
      atomCount: w[6], line: Int(w[7]),
      bodyLine: Int(w[8]), lineCount: Int(w[9]), header: header, hasStep: w[10] & 4 != 0,
      isUnterminated: w[10] & 8 != 0,
      units: UnitStyle(rawValue: UInt8(truncatingIfNeeded: w[10] >> 8)))
    let time = Double(bitPattern: UInt64(bitPattern: w[11]))
    self.time = time.isFinite ? time : nil
    isNumbered = w[10] & 16 != 0
  }
}
