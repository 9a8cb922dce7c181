import Geometry
import Phases
import TestSupport
import Testing

/// The clusters of a frame found by many ranks in one process: every rank has only its own centres
/// and their neighbours, and all communication consists of words.
struct SimulatedRanks {
  /// Cluster names by the frame's index.
  var names: [Int64]
  /// Completed clusters of all ranks.
  var clusters: [Cluster] = []
  /// Statistics, reduced over ranks.
  var statistics: ClusterStatistics
  /// Rounds up the tree, messages and words in both directions.
  var rounds = 0, messages = 0, words = 0

  init(_ frame: LabelledFrame, owner: [Int], rankCount: Int, using generator: inout SeededGenerator)
  {
    names = [Int64](repeating: -7, count: frame.ids.count)
    var rowOf = [Int](repeating: 0, count: frame.ids.count)
    for (row, center) in frame.neighbors.centers.enumerated() { rowOf[Int(center)] = row }

    // The local table of each rank: its centres and the halo, sorted by id.
    var tables: [[Int]] = []
    var fragments: [ClusterFragments] = []
    for rank in 0..<rankCount {
      let owned = frame.ids.indices.filter { owner[$0] == rank }
      var held = Set(owned)
      for i in owned {
        for e in frame.neighbors.offsets[rowOf[i]]..<frame.neighbors.offsets[rowOf[i] + 1] {
          held.insert(Int(frame.neighbors.neighbors[e]))
        }
      }
      let table = held.sorted().shuffled(using: &generator)
      let local = Dictionary(uniqueKeysWithValues: table.enumerated().map { ($1, Int32($0)) })
      var list = NeighborList()
      for i in owned.shuffled(using: &generator) {
        for e in frame.neighbors.offsets[rowOf[i]]..<frame.neighbors.offsets[rowOf[i] + 1] {
          list.neighbors.append(local[Int(frame.neighbors.neighbors[e])]!)
          list.images.append(frame.neighbors.images[e])
        }
        list.endRow(of: local[i]!)
      }
      tables.append(table)
      fragments.append(
        ClusterFragments(
          neighbors: list, phases: table.map { frame.phases[$0] }, phaseCount: frame.phaseCount,
          ids: table.map { frame.ids[$0] }))
    }

    // The halo exchange: fragment names of owned centres are sent to their copies.
    var fragmentName = names
    for (rank, table) in tables.enumerated() {
      for (k, i) in table.enumerated() where owner[i] == rank {
        fragmentName[i] = fragments[rank].names[k]
      }
    }
    var mergers = (0..<rankCount).map { rank in
      ClusterMerger(
        fragments[rank], names: tables[rank].map { fragmentName[$0] },
        ranks: tables[rank].map { Int32(owner[$0]) }, rank: rank,
        rankCount: rankCount)
    }

    rounds = mergers[0].rounds
    for k in 0..<rounds {
      for rank in 0..<rankCount {
        guard case .receive(let child) = mergers[rank].partner(round: k) else { continue }
        #expect(mergers[child].partner(round: k) == .send(to: rank))
        let message = mergers[child].message()
        messages += 1
        words += message.count
        mergers[rank].absorb(message, round: k)
      }
    }
    for k in (0..<rounds).reversed() {
      for rank in 0..<rankCount {
        guard case .receive(let child) = mergers[rank].partner(round: k) else { continue }
        let answer = mergers[rank].answer(round: k)
        messages += 1
        words += answer.count
        mergers[child].accept(answer)
      }
    }

    statistics = ClusterStatistics([], phaseCount: frame.phaseCount, minimumSize: 3)
    for rank in 0..<rankCount {
      let found = mergers[rank].clusterNames()
      for (k, i) in tables[rank].enumerated() {
        if owner[i] == rank {
          names[i] = found[k]
        } else {
          #expect(found[k] == ClusterFragments.unknown)
        }
      }
      clusters += mergers[rank].complete
      let part = ClusterStatistics(
        mergers[rank].complete, phaseCount: frame.phaseCount, minimumSize: 3)
      statistics.merge(
        ClusterStatistics(unpacking: part.packed(), phaseCount: frame.phaseCount, minimumSize: 3))
    }
    clusters.sort(by: Cluster.precedes)
  }
}
