/// What is wrong with a model file.
public struct ModelError: Error, CustomStringConvertible, Sendable {
  /// The path as given by the user.
  public let path: String
  /// What was found, what was expected, and what to do.
  public let reason: String

  /// An error in a model file.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// `path: reason`.
  public var description: String { "\(path): \(reason)" }
}
