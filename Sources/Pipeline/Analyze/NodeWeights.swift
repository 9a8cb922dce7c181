import MPI
import NeuralNetwork

/// The packed weights of a run's networks, once for all ranks of a node: with two hidden layers of
/// 600 they are most of what a rank would have to store.
struct NodeWeights {
  /// Weights of each network; empty where every rank has its own.
  private(set) var networks: [PackedWeights] = []
  /// The memory. It must be freed by all ranks of a node together.
  private var memory: [NodeMemory] = []

  /// Packs the weights of networks that run in fp32, if some node has several ranks. Collective.
  ///
  /// Where memory cannot be shared (a small /dev/shm), every rank packs its own.
  ///
  /// - Throws: the same error on all ranks.
  init(_ plan: AnalysisPlan, on world: Communicator) throws {
    guard plan.options.precision == .single, plan.network == .fp32 else { return }
    let node = try world.splitShared()
    guard try world.allReduce(node.size, .maximum) > 1 else { return }
    var memory: [NodeMemory] = [], networks: [PackedWeights] = []
    for model in plan.networks {
      let count = PackedWeights.floatCount(of: model)
      let made = try? NodeMemory(count: count, on: node)
      guard try world.allAgree(made != nil), let made else { return }
      if node.isRoot { made.write(0..<count) { PackedWeights.pack(model, into: &$0) } }
      try made.synchronise()
      memory.append(made)
      networks.append(PackedWeights(at: made.start, of: made))
    }
    (self.memory, self.networks) = (memory, networks)
  }
}
