internal import CMPI

/// A reduction of one number over all ranks that completes while the ranks continue to work.
///
/// Ranks use it to agree to stop without waiting for each other: each contributes the index of its
/// current frame and whether it was asked to stop, and tests from time to time whether the
/// reduction is complete.
public final class PendingReduction {
  private let communicator: Communicator
  private let value: UnsafeMutablePointer<Int64>
  private var request: cmpi_request = 0
  private var result: Int64?

  fileprivate init(_ value: Int64, _ reduction: Reduction, on communicator: Communicator) throws {
    self.communicator = communicator
    self.value = .allocate(capacity: 1)
    self.value.initialize(to: value)
    try MPIError.check(
      cmpi_iallreduce(
        self.value, 1, ScalarKind.int64.code, reduction.code, communicator.handle, &request),
      "MPI_Iallreduce")
  }

  deinit {
    // A collective operation cannot be cancelled; until it completes, its 8 bytes belong to MPI, so
    // they are leaked.
    if result != nil { value.deallocate() }
  }

  /// The result if every rank has contributed, otherwise nil. Returns at once. The corresponding
  /// MPI function is `MPI_Test`.
  public func poll() throws -> Int64? {
    if let result { return result }
    var flag: Int32 = 0
    try MPIError.check(cmpi_testall(1, &request, &flag), "MPI_Test")
    if flag != 0 { result = value.pointee }
    return result
  }

  /// Waits until every rank has contributed, and returns the result. The corresponding MPI function
  /// is `MPI_Wait`.
  public func wait() throws -> Int64 {
    if let result { return result }
    try MPIError.check(cmpi_waitall(1, &request), "MPI_Wait")
    result = value.pointee
    return value.pointee
  }
}

extension Communicator {
  /// Begins the reduction of `value` over all ranks and returns at once. Collective: every rank
  /// begins it, in the same order relative to other collective calls, and waits for it or polls it
  /// until it is complete. The corresponding MPI function is `MPI_Iallreduce`.
  public func beginAllReduce(_ value: Int64, _ reduction: Reduction) throws -> PendingReduction {
    traffic.add(messages: 1, bytes: 8)
    return try PendingReduction(value, reduction, on: self)
  }
}
