import MPI
import NeuralNetwork
import Training

/// Combines the gradients of the ranks into one step of Adam on all ranks.
///
/// The ranks of a node store their gradients and one set of parameters in shared memory. Each rank
/// adds the gradients of a range of the parameters, ranks of other nodes with the same range add
/// their sums by messages, and each takes Adam's step for its range in the shared parameters. So
/// nothing is copied within a node, and a node sends each gradient once.
///
/// If that is not possible (nodes of different sizes, no shared memory), the gradients of all ranks
/// are summed by messages, and all ranks take the same step. Sums are in rank order within a node,
/// so the two algorithms differ by rounding on more than one node.
final class GradientExchange {
  /// This rank's range of parameters.
  let range: Range<Int>

  private let world: Communicator
  private let node: Communicator?
  private let across: Communicator?
  /// Gradients of the node's ranks `[ranks, parameters]`, and the parameters.
  private let gradients: NodeMemory?
  private let parameters: NodeMemory?
  /// Gradient sums, if messages add them: of the range, or of all parameters without shared memory.
  private var sums: [Float]
  private let count: Int

  /// Collective.
  ///
  /// - Parameters:
  ///   - initial: the parameters to start from, the same on all ranks.
  ///   - ranksPerNode: simulates nodes with this many ranks; nil for the actual nodes.
  ///   - sharing: whether to use shared memory.
  init(_ initial: [Float], ranksPerNode: Int? = nil, sharing: Bool = true, on world: Communicator)
    throws
  {
    self.world = world
    count = initial.count
    var memory:
      (node: Communicator, across: Communicator, gradients: NodeMemory, parameters: NodeMemory)?
    if sharing && world.size > 1 { memory = try Self.shared(initial, ranksPerNode, world) }
    node = memory?.node
    across = memory?.across
    gradients = memory?.gradients
    parameters = memory?.parameters
    if let node {
      // Whole cache lines, so that no two ranks write to the same one.
      func border(_ rank: Int) -> Int {
        rank == node.size ? initial.count : initial.count * rank / node.size / 16 * 16
      }
      range = border(node.rank)..<border(node.rank + 1)
    } else {
      range = 0..<initial.count
    }
    let needsSums = memory.map { $0.across.size > 1 } ?? true
    sums = [Float](repeating: 0, count: needsSums ? range.count : 0)
  }

  /// Shared memory with the parameters; nil if it is not available on every rank.
  private static func shared(
    _ initial: [Float], _ ranksPerNode: Int?, _ world: Communicator
  ) throws -> (Communicator, Communicator, NodeMemory, NodeMemory)? {
    var node = try world.splitShared()
    if let ranksPerNode, let part = try node.split(color: node.rank / ranksPerNode) { node = part }
    let smallest = try world.allReduce(node.size, .minimum),
      largest = try world.allReduce(node.size, .maximum)
    guard smallest == largest, let across = try world.split(color: node.rank) else { return nil }
    let gradients = try? NodeMemory(count: node.size * initial.count, on: node)
    guard try world.allAgree(gradients != nil), let gradients else { return nil }
    let parameters = try? NodeMemory(count: initial.count, on: node)
    guard try world.allAgree(parameters != nil), let parameters else { return nil }
    if node.isRoot {
      parameters.write(initial.span, at: 0)
    }
    try parameters.synchronise()
    return (node, across, gradients, parameters)
  }

  /// One step: this rank's gradient by `gradient`, the sum over all ranks, and Adam. Collective.
  ///
  /// - Parameters:
  ///   - batchCount: rows of the batch over all ranks.
  ///   - gradient: receives the parameters and overwrites the sums of this rank's rows.
  /// - Returns: seconds spent outside `gradient`.
  func step(
    _ trainer: Trainer, batchCount: Int,
    _ gradient: (_ parameters: Span<Float>, _ sums: inout MutableSpan<Float>) -> Void
  ) throws -> Double {
    // Moved out of the object for the step, so that the array is uniquely referenced and not
    // copied.
    var total: [Float] = []
    swap(&total, &sums)
    defer { swap(&total, &sums) }
    guard let node, let across, let gradients, let parameters else {
      do {
        let own = trainer.state.parameters
        var target = total.mutableSpan
        gradient(own.span, &target)
      }
      let start = MPIRuntime.wallTime
      if world.size > 1 { try world.allReduce(&total, .sum) }
      trainer.apply(total.span, batchCount: batchCount)
      return MPIRuntime.wallTime - start
    }
    parameters.read { values in
      gradients.write(node.rank * count..<(node.rank + 1) * count) { gradient(values, &$0) }
    }
    let start = MPIRuntime.wallTime
    try gradients.synchronise()
    if across.size > 1 {
      gradients.read { parts in
        var target = total.mutableSpan
        GradientParts.add(parts, parameters: count, range: range, into: &target)
      }
      try across.allReduce(&total, .sum)
    }
    trainer.apply(batchCount: batchCount, range: range) { piece, sums in
      if across.size > 1 {
        for i in piece { sums[i - piece.lowerBound] = total[i - range.lowerBound] }
      } else {
        gradients.read { GradientParts.add($0, parameters: count, range: piece, into: &sums) }
      }
    } updated: { piece, new in
      parameters.write(new, at: piece.lowerBound)
    }
    try parameters.synchronise()
    return MPIRuntime.wallTime - start
  }

  /// Sends all parameters to every rank, which has only its own range within an epoch.
  func collectParameters(_ trainer: Trainer) {
    parameters?.read { trainer.setParameters($0, range: 0..<count) }
  }

  /// Sends all of Adam's moments to every rank. Collective.
  func collectMoments(_ trainer: Trainer) throws {
    guard let node else { return }
    let first = try node.allGatherVariable(Array(trainer.state.firstMoment[range])).values
    trainer.setMoments(
      first: first,
      second: try node.allGatherVariable(Array(trainer.state.secondMoment[range])).values)
  }
}
