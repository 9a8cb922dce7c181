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
    guard code != cmpi_success() else { return }
    throw MPIError(
      function: "\(function)",
      reason: text(capacity: cmpi_max_error_string()) { MPI_Error_string(code, $0, $1) }
        ?? "error code \(code)")
  }

  /// The text that a C function of MPI writes into a buffer of `capacity` bytes; nil when the
  /// function itself fails.
  static func text(
    capacity: Int32, _ fill: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32
  ) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(capacity) + 1) { buffer in
      var length: Int32 = 0
      guard fill(buffer.baseAddress!, &length) == cmpi_success() else { return nil }
      return String(
        decoding: buffer[..<Int(length)].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
