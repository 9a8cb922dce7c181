import Frames
import Geometry
import Phases

/// Clusters of one labelling in a frame: names of the owned centres' clusters, and the frame's
/// statistics (complete on the team's root).
struct FoundClusters {
  private(set) var names: [Int64]
  private(set) var statistics: ClusterStatistics

  /// Tags of the messages between two ranks, one for each kind of content.
  private static let graphTag = 41, nameTag = 42

  /// Finds the clusters of centres of equal phase. Collective over the team: fragment names are
  /// sent to halo copies, then the graph of clusters that cross boundaries goes up a tree and names
  /// come down.
  ///
  /// - Parameters:
  ///   - phases: phases of all centres on this rank; [local].
  ///   - neighbors: pairs that belong to one cluster if their phases are equal: neighbours of the
  ///     owned centres within at most `frame.exchangeCutoff`. Centres without a row are in no
  ///     cluster.
  ///   - minimum: smallest size that is counted.
  init(
    of phases: [UInt8], phaseCount: Int, neighbors: NeighborList, minimum: Int64,
    in frame: FrameContext
  ) throws {
    let domain = frame.domain, team = frame.team
    let fragments = ClusterFragments(
      neighbors: neighbors, phases: phases, phaseCount: phaseCount, ids: frame.ids)
    var names = fragments.names
    frame.timings.end(.clusters)
    try frame.fill(&names)
    let owners = (0..<domain.localCount).map { Int32(domain.owner(ofLocal: $0)) }
    var merger = ClusterMerger(
      fragments, names: names, ranks: owners, rank: team.rank, rankCount: team.size)
    // Up the tree: complete clusters, then the graph of incomplete ones. A rank completes no more
    // clusters after it has sent its graph.
    let statisticsCount = ClusterStatistics.packedCount(phaseCount: phaseCount)
    var statistics = ClusterStatistics([], phaseCount: phaseCount, minimumSize: minimum)
    func addOwn() {
      statistics.merge(
        ClusterStatistics(merger.complete, phaseCount: phaseCount, minimumSize: minimum))
    }
    for k in 0..<merger.rounds {
      switch merger.partner(round: k) {
      case .receive(let child):
        let words = try team.receive(from: child, tag: Self.graphTag)
        statistics.merge(
          ClusterStatistics(
            unpacking: Array(words[..<statisticsCount]), phaseCount: phaseCount,
            minimumSize: minimum))
        merger.absorb(Array(words[statisticsCount...]), round: k)
      case .send(let parent):
        addOwn()
        try team.send(statistics.packed() + merger.message(), to: parent, tag: Self.graphTag)
      case .idle: break
      }
    }
    if team.isRoot { addOwn() }
    // Down again: final names.
    for k in (0..<merger.rounds).reversed() {
      switch merger.partner(round: k) {
      case .receive(let child): try team.send(merger.answer(round: k), to: child, tag: Self.nameTag)
      case .send(let parent): merger.accept(try team.receive(from: parent, tag: Self.nameTag))
      case .idle: break
      }
    }
    if team.size > 1 { frame.timings.end(.exchange) }
    let all = merger.clusterNames()
    self.names = domain.isWhole ? all : domain.owned.map { all[Int($0)] }
    self.statistics = statistics
    frame.timings.end(.clusters)
  }

  /// Stores the rows of clusters that every labelling has.
  func store(in share: inout ObservableShare) {
    share.store("cluster", .integers(names))
    share.store("cluster_count", .integers(statistics.atLeastMinimum))
    share.store("largest_cluster", .integers(statistics.largestSize))
    share.store("largest_spans", .bytes(statistics.largestSpans))
  }
}
