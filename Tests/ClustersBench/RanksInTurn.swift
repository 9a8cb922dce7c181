import Geometry
import Phases

/// The clusters of a frame by many ranks, one after the other in one process, each with its own
/// centres and halo only.
///
/// `Tests/PhasesTests` does the same with shuffled tables for small frames; this version can handle
/// a million centres.
struct RanksInTurn {
  /// Cluster names of all centres, and all clusters, largest first.
  var names: [Int64], clusters: [Cluster] = []
  /// Rounds up the tree; messages and words both ways; words of the largest message.
  var rounds = 0, messages = 0, words = 0, largestMessage = 0

  /// - Parameters:
  ///   - list: neighbours of all centres; their indices are places in `ids`.
  ///   - owner: the rank of each centre.
  init(_ list: NeighborList, phases: [UInt8], ids: [Int64], owner: [Int32], rankCount: Int) {
    names = [Int64](repeating: ClusterFragments.unknown, count: ids.count)
    var rowsOfRank = [[Int]](repeating: [], count: rankCount)
    for (row, center) in list.centers.enumerated() {
      rowsOfRank[Int(owner[Int(center)])].append(row)
    }
    var tables: [[Int32]] = []
    var fragments: [ClusterFragments] = []
    var place = [Int32](repeating: -1, count: ids.count)
    for rows in rowsOfRank {
      var table = rows.map { list.centers[$0] }
      for row in rows {
        for entry in list.offsets[row]..<list.offsets[row + 1] {
          table.append(list.neighbors[entry])
        }
      }
      // Owned centres and halo copies in one table, by id.
      table.sort()
      var kept = 0
      for k in table.indices where k == 0 || table[k] != table[kept - 1] {
        table[kept] = table[k]
        kept += 1
      }
      table.removeLast(table.count - kept)
      for (k, i) in table.enumerated() { place[Int(i)] = Int32(k) }
      var own = NeighborList(rowCapacity: rows.count)
      for row in rows {
        for entry in list.offsets[row]..<list.offsets[row + 1] {
          own.neighbors.append(place[Int(list.neighbors[entry])])
          own.images.append(list.images[entry])
        }
        own.endRow(of: place[Int(list.centers[row])])
      }
      tables.append(table)
      fragments.append(
        ClusterFragments(
          neighbors: own, phases: table.map { phases[Int($0)] }, phaseCount: 1,
          ids: table.map { ids[Int($0)] }))
    }
    // The exchange of fragment names along the halo.
    for rank in 0..<rankCount {
      for (k, i) in tables[rank].enumerated() where Int(owner[Int(i)]) == rank {
        names[Int(i)] = fragments[rank].names[k]
      }
    }
    var mergers = (0..<rankCount).map { rank in
      ClusterMerger(
        fragments[rank], names: tables[rank].map { names[Int($0)] },
        ranks: tables[rank].map { owner[Int($0)] }, rank: rank,
        rankCount: rankCount)
    }
    rounds = ClusterMerger.rounds(rankCount: rankCount)
    for k in 0..<rounds {
      for rank in 0..<rankCount {
        guard case .receive(let child) = mergers[rank].partner(round: k) else { continue }
        let message = mergers[child].message()
        count(message)
        mergers[rank].absorb(message, round: k)
      }
    }
    for k in (0..<rounds).reversed() {
      for rank in 0..<rankCount {
        guard case .receive(let child) = mergers[rank].partner(round: k) else { continue }
        let answer = mergers[rank].answer(round: k)
        count(answer)
        mergers[child].accept(answer)
      }
    }
    for rank in 0..<rankCount {
      let found = mergers[rank].clusterNames()
      for (k, i) in tables[rank].enumerated() where Int(owner[Int(i)]) == rank {
        names[Int(i)] = found[k]
      }
      clusters += mergers[rank].complete
    }
    clusters.sort(by: Cluster.precedes)
  }

  private mutating func count(_ message: [Int64]) {
    messages += 1
    words += message.count
    largestMessage = max(largestMessage, message.count)
  }
}
