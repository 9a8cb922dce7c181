internal import CMPI

/// Floats in memory that all ranks of a node share, read and written without messages.
///
/// Between two calls of `synchronise` no rank may read or write what another one writes; the caller
/// must ensure this. The corresponding MPI functions are `MPI_Win_allocate_shared` and
/// `MPI_Win_shared_query`; no one-sided communication is used.
public final class NodeMemory {
  /// Number of floats, all zero at first.
  public let count: Int
  private let node: Communicator
  private let base: UnsafeMutablePointer<Float>
  private let window: cmpi_window

  /// Memory of `count` floats for all ranks of `node`, a communicator made by `splitShared` or a
  /// part of one. Collective.
  ///
  /// - Throws: `MPIError` on some ranks or all, for instance if /dev/shm is too small; the caller
  ///   must make ranks agree on the error.
  public init(count: Int, on node: Communicator) throws {
    self.count = count
    self.node = node
    let bytes = node.isRoot ? max(count, 1) * MemoryLayout<Float>.stride : 0
    var made: cmpi_window = 0
    try MPIError.check(
      cmpi_window_allocate(bytes, node.handle, &made), "MPI_Win_allocate_shared")
    window = made
    var size = 0
    var start: UnsafeMutableRawPointer?
    try MPIError.check(cmpi_window_query(made, 0, &size, &start), "MPI_Win_shared_query")
    guard let start, size >= count * MemoryLayout<Float>.stride else {
      throw MPIError(
        function: "MPI_Win_shared_query",
        reason: "the shared memory of the node is smaller than requested")
    }
    base = start.bindMemory(to: Float.self, capacity: count)
    try MPIError.check(cmpi_window_lock(made), "MPI_Win_lock_all")
    // Linux places a page in the memory of the socket whose core first writes to it, so each rank
    // first writes its own share, in the order of the ranks.
    let (first, end) = (count * node.rank / node.size, count * (node.rank + 1) / node.size)
    (base + first).initialize(repeating: 0, count: end - first)
    try synchronise()
  }

  deinit {
    guard !MPIRuntime.isFinalized else { return }
    cmpi_window_free(window)
  }

  /// Returns when every rank has called it: everything written before is then visible to all.
  /// Collective.
  ///
  /// The corresponding MPI functions are `MPI_Win_sync` and `MPI_Barrier`.
  public func synchronise() throws {
    try MPIError.check(cmpi_window_sync(window), "MPI_Win_sync")
    try node.barrier()
    try MPIError.check(cmpi_window_sync(window), "MPI_Win_sync")
  }

  /// The first float. Valid as long as this object.
  public var start: UnsafePointer<Float> { UnsafePointer(base) }

  /// Passes all floats to `body`.
  public func read(_ body: (Span<Float>) throws -> Void) rethrows {
    try body(Span(_unsafeStart: UnsafePointer(base), count: count))
  }

  /// Passes the floats in `range` to `body`, which may change them.
  ///
  /// - Precondition: the range lies inside.
  public func write(_ range: Range<Int>, _ body: (inout MutableSpan<Float>) throws -> Void) rethrows
  {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "the range lies outside the node's memory"
    )
    var span = MutableSpan(_unsafeStart: base + range.lowerBound, count: range.count)
    try body(&span)
  }

  /// Copies floats to consecutive places from `first` on.
  ///
  /// - Precondition: the places lie inside.
  public func write(_ values: Span<Float>, at first: Int) {
    precondition(
      first >= 0 && first + values.count <= count, "the range lies outside the node's memory")
    values.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress else { return }
      (base + first).update(from: source, count: values.count)
    }
  }
}
