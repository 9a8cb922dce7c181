// Reductions of floating-point numbers, in a defined order.
//
// The MPI standard does not define the order of a sum. MPICH takes another one from the fifth call
// on a communicator on, and in release 5 for long vectors; Open MPI's MPI_Reduce and MPI_Allreduce
// differ; and MPI_MAX of a NaN gives different ranks different values. Here the contributions are
// combined in the order of ranks, ((r0 + r1) + r2) + …, by the same code on every rank, so that the
// result depends on the values and the number of ranks only: not on the library, nor on how many
// calls came before, nor on the length.

extension Communicator {
  /// Overwrites the floats or doubles in `buffer` on every rank by their reduction over all ranks.
  /// Collective. A NaN of any rank is the result, also of a minimum or maximum.
  ///
  /// Short vectors are gathered and combined by every rank. For long ones each rank combines a part
  /// of all vectors and sends the result to the others, which costs as many bytes as the best
  /// algorithms of `MPI_Allreduce`: twice the vector. Both combine in the same order.
  func reduceInRankOrder(
    _ buffer: UnsafeMutableRawBufferPointer, _ kind: ScalarKind, _ reduction: Reduction
  ) throws {
    guard size > 1, !buffer.isEmpty else { return }
    if buffer.count * size <= Self.gatheredBytes {
      try gatherAndCombine(buffer, kind, reduction)
    } else {
      try combineInParts(buffer, kind, reduction)
    }
  }

  /// Bytes of all ranks together up to which every rank combines them all.
  private static var gatheredBytes: Int { 1 << 15 }

  private func gatherAndCombine(
    _ buffer: UnsafeMutableRawBufferPointer, _ kind: ScalarKind, _ reduction: Reduction
  ) throws {
    let all = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * size, alignment: 16)
    defer { all.deallocate() }
    try allGatherBytes(UnsafeRawBufferPointer(buffer), into: all, kind)
    Self.combine(UnsafeRawBufferPointer(all), of: size, into: buffer, kind, reduction)
  }

  private func combineInParts(
    _ buffer: UnsafeMutableRawBufferPointer, _ kind: ScalarKind, _ reduction: Reduction
  ) throws {
    let count = buffer.count / kind.stride
    let borders = (0...size).map { count / size * $0 + min($0, count % size) }
    let counts = (0..<size).map { borders[$0 + 1] - borders[$0] }
    let own = counts[rank]
    let parts = UnsafeMutableRawBufferPointer.allocate(
      byteCount: own * size * kind.stride, alignment: 16)
    let result = UnsafeMutableRawBufferPointer.allocate(
      byteCount: own * kind.stride, alignment: 16)
    defer {
      parts.deallocate()
      result.deallocate()
    }
    let blocks = BlockExchange(
      source: UnsafeRawBufferPointer(buffer), counts: counts, target: parts,
      incoming: [Int](repeating: own, count: size), kind: kind)
    try exchangeDirectly(blocks)
    Self.combine(UnsafeRawBufferPointer(parts), of: size, into: result, kind, reduction)
    try allGatherVariableBytes(UnsafeRawBufferPointer(result), into: buffer, counts: counts, kind)
  }

  /// Combines `ranks` vectors, concatenated in `parts`, in order.
  private static func combine(
    _ parts: UnsafeRawBufferPointer, of ranks: Int, into result: UnsafeMutableRawBufferPointer,
    _ kind: ScalarKind, _ reduction: Reduction
  ) {
    switch kind {
    case .float: combine(parts, Float.self, of: ranks, into: result, reduction)
    case .double: combine(parts, Double.self, of: ranks, into: result, reduction)
    default: preconditionFailure("integers have no order of addition")
    }
  }

  private static func combine<T: BinaryFloatingPoint>(
    _ parts: UnsafeRawBufferPointer, _ type: T.Type, of ranks: Int,
    into result: UnsafeMutableRawBufferPointer, _ reduction: Reduction
  ) {
    let values = parts.bindMemory(to: type), sums = result.bindMemory(to: type)
    let count = sums.count
    guard count > 0, let source = values.baseAddress, let target = sums.baseAddress else { return }
    target.update(from: source, count: count)
    for rank in 1..<ranks {
      let next = source + rank * count
      switch reduction {
      case .sum: for i in 0..<count { target[i] += next[i] }
      case .minimum:
        for i in 0..<count where next[i] < target[i] || next[i].isNaN { target[i] = next[i] }
      case .maximum:
        for i in 0..<count where next[i] > target[i] || next[i].isNaN { target[i] = next[i] }
      }
    }
  }
}
