/// An error in a trajectory and its location.
///
/// Reads `water.lammpstrj:1042 (frame 12): expected 5 columns (id type x y z), found 4`.
public struct TrajectoryError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The kind of error, which determines the exit code.
  public enum Kind: Sendable, Equatable {
    /// The content is wrong (exit 65).
    case data
    /// The file does not exist or cannot be opened (exit 66).
    case missing
    /// The operating system could not read it (exit 74).
    case io
    /// An option is invalid, e.g. `--frames` or `--types` (exit 64).
    case usage
  }

  /// The path as given by the user, or the option at fault.
  public let path: String
  /// Line in the (decompressed) file, from 1, if applicable.
  public let line: Int?
  /// Frame in the file, from 0, if applicable.
  public let frame: Int?
  /// What was found, what was expected, and what to do.
  public let reason: String
  /// The kind of error.
  public let kind: Kind

  /// An error at a location in a file.
  public init(path: String, line: Int? = nil, frame: Int? = nil, reason: String, kind: Kind = .data)
  {
    self.path = path
    // Files that are not text have no lines.
    self.line = line.flatMap { $0 > 0 ? $0 : nil }
    self.frame = frame
    self.reason = reason
    self.kind = kind
  }

  /// The message for the user: file, line, frame, reason.
  public var description: String {
    var place = path
    if let line { place += ":\(line)" }
    if let frame { place += " (frame \(frame))" }
    return "\(place): \(reason)"
  }
}

/// First printable characters of the content, for messages.
func printable(_ bytes: [UInt8]) -> String {
  let line = bytes.prefix(40).prefix { $0 != 0x0A }
  return String(
    decoding: line.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}
