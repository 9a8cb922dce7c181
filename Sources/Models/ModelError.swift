/// What is wrong with a model file.
public struct ModelError: Error, CustomStringConvertible, Sendable {
  /// The file as the user named it.
  public let path: String
  /// What was expected, what was found, and what to do.
  public let reason: String

  /// An error in a model file.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// `path: reason`.
  public var description: String { "\(path): \(reason)" }
}
