internal import CMPI

/// A group of ranks that communicate with each other only.
///
/// **Collective** functions must be called by all ranks of the communicator in the same order.
/// Failures throw `MPIError` on the ranks that detect them; ranks agree on errors before they exit
/// (`allReduce` of a flag), or one calls `abort`. Arguments that a caller can check (ranks out of
/// range, counts that do not match) are programmer errors and trap.
///
/// The class is `Sendable` so that it can be stored anywhere, but its functions must be called on
/// the thread that called `MPIRuntime.initialize`. A communicator made by `split` is freed when its
/// last reference is released; release it at the same point of the program on all ranks.
public final class Communicator: @unchecked Sendable {
  /// This process's number among the ranks, from 0. The corresponding MPI function is
  /// `MPI_Comm_rank`.
  public let rank: Int
  /// The number of ranks. The corresponding MPI function is `MPI_Comm_size`.
  public let size: Int
  /// What this rank has passed to MPI through this communicator since it was made.
  public internal(set) var traffic = Traffic()

  /// The bits of the MPI_Comm, as `CMPI` and `CHDF5` take them.
  package let handle: UInt
  /// Elements that one MPI call may carry: counts and displacements are 32-bit. Tests lower it to
  /// exercise the paths for large data.
  package var largestCount = Int(Int32.max)

  private let isOwned: Bool

  init(adopting handle: UInt, isOwned: Bool) throws {
    self.handle = handle
    self.isOwned = isOwned
    try MPIError.check(cmpi_comm_return_errors(handle), "MPI_Comm_set_errhandler")
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPIError.check(cmpi_comm_rank(handle, &rank), "MPI_Comm_rank")
    try MPIError.check(cmpi_comm_size(handle, &size), "MPI_Comm_size")
    self.rank = Int(rank)
    self.size = Int(size)
  }

  deinit {
    guard isOwned, !MPIRuntime.isFinalized else { return }
    _ = cmpi_comm_free(handle)
  }

  /// Whether this is rank 0, the rank that prints.
  public var isRoot: Bool { rank == 0 }

  /// Splits the ranks into one communicator per `color`, ordered by `key`, then by rank; nil on
  /// ranks with a nil color. Collective.
  ///
  /// The corresponding MPI function is `MPI_Comm_split`.
  /// - Precondition: `color ≥ 0`.
  public func split(color: Int?, key: Int = 0) throws -> Communicator? {
    precondition(color ?? 0 >= 0, "colors are not negative")
    var made: cmpi_comm = 0
    try MPIError.check(
      cmpi_comm_split(handle, color.map { Int32($0) } ?? -1, Int32(key), &made),
      "MPI_Comm_split")
    guard made != cmpi_no_comm() else { return nil }
    return try Communicator(adopting: made, isOwned: true)
  }

  /// The ranks of this communicator that share memory with this one: those of its node. Collective.
  ///
  /// The corresponding MPI function is `MPI_Comm_split_type` with MPI_COMM_TYPE_SHARED.
  public func splitShared() throws -> Communicator {
    var made: cmpi_comm = 0
    try MPIError.check(
      cmpi_comm_split_shared(handle, Int32(rank), &made),
      "MPI_Comm_split_type")
    return try Communicator(adopting: made, isOwned: true)
  }

  /// A duplicate with the same ranks, whose messages never match those of this communicator.
  /// Collective. The corresponding MPI function is `MPI_Comm_dup`.
  public func duplicate() throws -> Communicator {
    var made: cmpi_comm = 0
    try MPIError.check(cmpi_comm_dup(handle, &made), "MPI_Comm_dup")
    return try Communicator(adopting: made, isOwned: true)
  }

  /// Returns when every rank has called it. Collective. The corresponding MPI function is
  /// `MPI_Barrier`.
  public func barrier() throws {
    try MPIError.check(cmpi_barrier(handle), "MPI_Barrier")
    traffic.calls += 1
  }

  /// Ends all ranks of the job at once with exit code `code`. The corresponding MPI function is
  /// `MPI_Abort`.
  public func abort(code: Int32) -> Never {
    MPIRuntime.abort(code: code)
  }
}

/// What one rank has passed to MPI: the payload, not what the library sends over the network.
public struct Traffic: Sendable, Equatable {
  /// Collective calls and batches of messages.
  public var calls = 0
  /// Messages to other ranks: one per point-to-point message, one per non-empty block of an
  /// exchange, one per collective contribution.
  public var messages = 0
  /// Bytes of those messages. A broadcast is counted once, at its root; what a rank sends to itself
  /// is not counted.
  public var bytes = 0

  /// No traffic.
  public init() {}

  /// Records one call that sends `bytes` in `messages` messages.
  mutating func add(messages: Int, bytes: Int) {
    calls += 1
    self.messages += messages
    self.bytes += bytes
  }
}
