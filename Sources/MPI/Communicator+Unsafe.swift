internal import CMPI

// The C calls behind the collective functions, on raw memory. Element counts are Int here;
// transfers beyond `largestCount` are divided into pieces.

extension Communicator {
  @usableFromInline
  func broadcastBytes(_ buffer: UnsafeMutableRawBufferPointer, _ kind: ScalarKind, root: Int) throws
  {
    precondition((0..<size).contains(root), "the root is a rank of the communicator")
    try forEachPiece(of: buffer.count / kind.stride) { offset, count in
      let address = buffer.baseAddress! + offset * kind.stride
      try MPIError.check(cmpi_bcast(address, count, kind.code, Int32(root), handle), "MPI_Bcast")
    }
    traffic.add(messages: rank == root ? 1 : 0, bytes: rank == root ? buffer.count : 0)
  }

  @usableFromInline
  func allReduceBytes(
    _ buffer: UnsafeMutableRawBufferPointer, _ kind: ScalarKind, _ reduction: Reduction
  ) throws {
    guard kind.isInteger else { return try reduceInRankOrder(buffer, kind, reduction) }
    try forEachPiece(of: buffer.count / kind.stride) { offset, count in
      let address = buffer.baseAddress! + offset * kind.stride
      try MPIError.check(
        cmpi_allreduce(address, count, kind.code, reduction.code, handle), "MPI_Allreduce")
    }
    traffic.add(messages: 1, bytes: buffer.count)
  }

  func exclusiveScanBytes(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws {
    let stride = ScalarKind.int64.stride
    try forEachPiece(of: source.count / stride) { offset, count in
      try MPIError.check(
        cmpi_exscan(
          source.baseAddress! + offset * stride, target.baseAddress! + offset * stride, count,
          ScalarKind.int64.code, Reduction.sum.code, handle),
        "MPI_Exscan")
    }
    traffic.add(messages: 1, bytes: source.count)
  }

  @usableFromInline
  func allGatherBytes(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ kind: ScalarKind
  ) throws {
    let count = source.count / kind.stride
    guard count <= largestCount else {
      return try allGatherVariableBytes(
        source, into: target, counts: [Int](repeating: count, count: size), kind)
    }
    try MPIError.check(
      cmpi_allgather(source.baseAddress, target.baseAddress, Int32(count), kind.code, handle),
      "MPI_Allgather")
    traffic.add(messages: 1, bytes: source.count)
  }

  @usableFromInline
  func allGatherVariableBytes(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, counts: [Int],
    _ kind: ScalarKind
  ) throws {
    let offsets = Self.offsets(of: counts)
    for (rank, bytes) in try gatherBlocks([UInt8](source)[...]).enumerated() {
      bytes.withUnsafeBytes { target.blocks(kind, offsets, rank).copyMemory(from: $0) }
    }
  }

  /// Calls `body` with the offset and length of consecutive pieces of at most `largestCount`
  /// elements; not at all for zero elements.
  private func forEachPiece(of count: Int, _ body: (Int, Int32) throws -> Void) throws {
    var offset = 0
    while offset < count {
      let piece = min(count - offset, largestCount)
      try body(offset, Int32(piece))
      offset += piece
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// The bytes of block `index`, which begins at element `offsets[index]`.
  func blocks(_ kind: ScalarKind, _ offsets: [Int], _ index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      rebasing: self[offsets[index] * kind.stride..<offsets[index + 1] * kind.stride])
  }
}
