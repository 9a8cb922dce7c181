extension Communicator {
  /// Overwrites `values` on every rank by the element-wise reduction over all ranks. Collective.
  ///
  /// Integer results and minima and maxima are the same for any number of ranks. Floats are added in
  /// the order of ranks, so that their sums depend on the number of ranks but not on the MPI
  /// library; a NaN of any rank makes the result NaN. The corresponding MPI function is
  /// `MPI_Allreduce`, which is called for integers, 2³¹ − 1 elements at a time.
  /// - Precondition: every rank passes the same number of values.
  @inlinable
  public func allReduce<T: MPIScalar>(_ values: inout [T], _ reduction: Reduction) throws {
    try values.withUnsafeMutableBytes { try allReduceBytes($0, T.scalarKind, reduction) }
  }

  /// Returns the reduction of `value` over all ranks. Collective. The corresponding MPI function is
  /// `MPI_Allreduce`.
  @inlinable
  public func allReduce<T: MPIScalar>(_ value: T, _ reduction: Reduction) throws -> T {
    var result = value
    try withUnsafeMutableBytes(of: &result) { try allReduceBytes($0, T.scalarKind, reduction) }
    return result
  }

  /// Whether `condition` holds on every rank; used by ranks to agree that none has failed.
  /// Collective.
  ///
  /// The corresponding MPI function is `MPI_Allreduce` with MPI_MIN.
  public func allAgree(_ condition: Bool) throws -> Bool {
    try allReduce(condition ? 1 : 0 as UInt8, .minimum) == 1
  }

  /// The sum of `value` over the ranks before this one; 0 on rank 0. Collective. The corresponding
  /// MPI function is `MPI_Exscan`.
  public func exclusiveScan(_ value: Int64) throws -> Int64 {
    try exclusiveScan([value])[0]
  }

  /// Element-wise sums of `values` over the ranks before this one; zeros on rank 0. Collective.
  ///
  /// The corresponding MPI function is `MPI_Exscan`; on rank 0, where MPI leaves the result
  /// undefined, it is 0 here.
  /// - Precondition: every rank passes the same number of values.
  public func exclusiveScan(_ values: [Int64]) throws -> [Int64] {
    var result = [Int64](repeating: 0, count: values.count)
    try values.withUnsafeBytes { source in
      try result.withUnsafeMutableBytes { try exclusiveScanBytes(source, into: $0) }
    }
    if rank == 0 { for index in result.indices { result[index] = 0 } }
    return result
  }
}
