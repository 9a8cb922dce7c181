/// A failure that the MPI library reported.
public struct MPIError: Error, CustomStringConvertible, Sendable {
  /// The MPI function that failed, e.g. `MPI_Bcast`.
  public let function: String
  /// The library's own text for the error code.
  public let reason: String

  /// A failure of `function` for `reason`.
  public init(function: String, reason: String) {
    self.function = function
    self.reason = reason
  }

  public var description: String { "\(function) failed: \(reason)" }
}
