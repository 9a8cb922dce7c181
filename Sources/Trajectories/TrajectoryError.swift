/// What is wrong with a trajectory, and where.
///
/// Reads `water.lammpstrj:1042 (frame 12): expected 5 columns (id type x y z), found 4`.
public struct TrajectoryError: Error, CustomStringConvertible, Sendable {
  /// The file as the user named it.
  public let path: String
  /// Line in the (decompressed) file, from 1, where one is to blame.
  public let line: Int?
  /// Frame in the file, from 0, where one is to blame.
  public let frame: Int?
  /// What was expected, what was found, and what to do.
  public let reason: String

  /// An error at a place in a file.
  public init(path: String, line: Int? = nil, frame: Int? = nil, reason: String) {
    self.path = path
    self.line = line
    self.frame = frame
    self.reason = reason
  }

  public var description: String {
    var place = path
    if let line { place += ":\(line)" }
    if let frame { place += " (frame \(frame))" }
    return "\(place): \(reason)"
  }
}
