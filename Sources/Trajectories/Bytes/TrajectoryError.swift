/// What is wrong with a trajectory, and where.
///
/// Reads `water.lammpstrj:1042 (frame 12): expected 5 columns (id type x y z), found 4`.
public struct TrajectoryError: Error, CustomStringConvertible, Sendable, Equatable {
  /// What a caller can do about it; decides the exit code.
  public enum Kind: Sendable, Equatable {
    /// The content is wrong (exit 65).
    case data
    /// The file is not there or may not be opened (exit 66).
    case missing
    /// The operating system could not read it (exit 74).
    case io
    /// An option does not fit, e.g. `--frames` or `--types` (exit 64).
    case usage
  }

  /// The file as the user named it, or the option to blame.
  public let path: String
  /// Line in the (decompressed) file, from 1, where one is to blame.
  public let line: Int?
  /// Frame in the file, from 0, where one is to blame.
  public let frame: Int?
  /// What was expected, what was found, and what to do.
  public let reason: String
  /// Whether the data, the file, the system or the call is to blame.
  public let kind: Kind

  /// An error at a place in a file.
  public init(path: String, line: Int? = nil, frame: Int? = nil, reason: String, kind: Kind = .data)
  {
    self.path = path
    // Files that are not text have no lines.
    self.line = line.flatMap { $0 > 0 ? $0 : nil }
    self.frame = frame
    self.reason = reason
    self.kind = kind
  }

  /// The sentence the user reads: file, line, frame, reason.
  public var description: String {
    var place = path
    if let line { place += ":\(line)" }
    if let frame { place += " (frame \(frame))" }
    return "\(place): \(reason)"
  }
}

/// First printable letters of a content, for messages.
func printable(_ bytes: [UInt8]) -> String {
  let line = bytes.prefix(40).prefix { $0 != 0x0A }
  return String(
    decoding: line.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}
