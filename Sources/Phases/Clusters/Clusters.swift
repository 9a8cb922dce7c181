import Geometry
import Contracts

/// The clusters of a whole frame held by one rank: components of centres of the same phase.
public struct Clusters: Sendable {
  /// Every centre's cluster [local]: the cluster's smallest id.
  public let names: [Int64]
  /// All clusters of all phases, in no particular order; see `ordered()`.
  public let all: [Cluster]
  /// Numbers and sizes per phase.
  public let statistics: ClusterStatistics

  /// Finds the clusters with the same steps as on many ranks, without messages.
  ///
  /// - Parameters:
  ///   - neighbors: neighbours of all centres.
  ///   - phases: phases [local], 0…K.
  ///   - phaseCount: K + 1.
  ///   - ids: centre ids [local], unique, not negative.
  ///   - minimumSize: smallest size that is counted in `statistics.atLeastMinimum`.
  public init(
    neighbors: NeighborList, phases: [UInt8], phaseCount: Int, ids: [Int64], minimumSize: Int64 = 1
  ) {
    require(neighbors.rowCount == phases.count, "a serial search needs a row for every centre")
    let fragments = ClusterFragments(
      neighbors: neighbors, phases: phases, phaseCount: phaseCount, ids: ids)
    let ranks = [Int32](repeating: 0, count: phases.count)
    let merger = ClusterMerger(
      fragments, names: fragments.names, ranks: ranks, rank: 0, rankCount: 1)
    names = merger.clusterNames()
    all = merger.complete
    statistics = ClusterStatistics(all, phaseCount: phaseCount, minimumSize: minimumSize)
  }

  /// The clusters, largest first, then by smallest id.
  public func ordered() -> [Cluster] { all.sorted(by: Cluster.precedes) }

  /// The exact distribution of cluster sizes of `phase`: ascending sizes with their counts.
  public func sizes(ofPhase phase: UInt8) -> [(size: Int64, count: Int)] {
    var tally: [Int64: Int] = [:]
    for cluster in all where cluster.phase == phase { tally[cluster.size, default: 0] += 1 }
    return tally.sorted { $0.key < $1.key }.map { (size: $0.key, count: $0.value) }
  }
}
