extension Communicator {
  /// Overwrites `values` on every rank by those of `root`. Collective. The corresponding MPI
  /// function is `MPI_Bcast`.
  ///
  /// More than 2³¹ − 1 elements are sent in several calls.
  /// - Precondition: every rank passes the same number of values.
  @inlinable
  public func broadcast<T: MPIScalar>(into values: inout [T], from root: Int = 0) throws {
    try values.withUnsafeMutableBytes { try broadcastBytes($0, T.scalarKind, root: root) }
  }

  /// Returns the values of `root` on every rank, however many; what other ranks pass is ignored.
  /// Collective.
  ///
  /// The corresponding MPI function is `MPI_Bcast`, called for the count and then for the values.
  @inlinable
  public func broadcast<T: MPIScalar>(_ values: [T], from root: Int = 0) throws -> [T] {
    let count = try broadcast(values.count, from: root)
    var result = rank == root ? values : [T](repeating: 0, count: count)
    try broadcast(into: &result, from: root)
    return result
  }

  /// Returns the value of `root` on every rank. Collective. The corresponding MPI function is
  /// `MPI_Bcast`.
  @inlinable
  public func broadcast<T: MPIScalar>(_ value: T, from root: Int = 0) throws -> T {
    var result = value
    try withUnsafeMutableBytes(of: &result) { try broadcastBytes($0, T.scalarKind, root: root) }
    return result
  }

  /// Returns the text of `root` on every rank; what other ranks pass is ignored. Collective. The
  /// corresponding MPI function is `MPI_Bcast`.
  public func broadcast(_ text: String, from root: Int = 0) throws -> String {
    String(decoding: try broadcast(Array(text.utf8), from: root), as: UTF8.self)
  }
}
