internal import CMPI

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

  /// One line for the user.
  public var description: String { "\(function) failed: \(reason)" }

  /// Throws the library's text for `code` unless it is MPI_SUCCESS.
  static func check(_ code: Int32, _ function: StaticString) throws(MPIError) {
    guard code != 0 else { return }
    throw MPIError(
      function: "\(function)", reason: text { cmpi_error_string(code, $0, $1) })
  }

  /// The text of one line that a function of `CMPI` writes.
  static func text(_ fill: (UnsafeMutablePointer<CChar>, Int32) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 2048) { buffer in
      fill(buffer.baseAddress!, Int32(buffer.count))
      return String(cString: buffer.baseAddress!)
    }
  }
}
