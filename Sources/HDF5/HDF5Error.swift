/// A failure that the HDF5 library reported.
public struct HDF5Error: Error, CustomStringConvertible, Sendable {
  /// What was being done, e.g. `open dataset /verglas/done of results.h5`.
  public let action: String
  /// The library's own error stack, innermost first, on one line.
  public let reason: String

  /// A failure of `action` for `reason`.
  public init(action: String, reason: String) {
    self.action = action
    self.reason = reason
  }

  public var description: String { "cannot \(action): \(reason)" }
}
