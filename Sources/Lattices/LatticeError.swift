/// Why a box of ice cannot be built as requested.
public struct LatticeError: Error, CustomStringConvertible, Sendable {
  /// What was found, what was expected, what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
