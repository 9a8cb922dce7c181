import Geometry

/// Checks a labelling of clusters by the definition, without sharing code with the algorithm that
/// made it.
///
/// A labelling is correct if and only if, for every name that occurs,
///
/// 1. the two ends of every edge between centres of equal phase have the same name (no cluster is
///    split);
/// 2. the name is the smallest id among the centres with that name;
/// 3. all of them have the phase of the centre with that id, and can be reached from it over edges
///    of that phase (no two clusters are joined).
///
/// A list of clusters is correct if it has exactly these names, each once, with their phases and
/// sizes.
public enum ClusterVerifier {
  /// The first error found, or nil if there is none.
  ///
  /// - Parameters:
  ///   - names: cluster names [local] of a whole frame.
  ///   - clusters: the list to check too, or nil.
  ///   - neighbors: neighbours of all centres.
  ///   - phases: phases [local].
  ///   - ids: centre ids [local].
  /// - Complexity: O(N + entries).
  public static func fault(
    names: [Int64], clusters: [Cluster]? = nil, neighbors list: NeighborList, phases: [UInt8],
    ids: [Int64]
  ) -> String? {
    let n = ids.count
    guard names.count == n else { return "\(names.count) names for \(n) centres" }
    var index: [Int64: Int] = [:]
    for i in 0..<n where index.updateValue(i, forKey: ids[i]) != nil {
      return "id \(ids[i]) occurs twice"
    }
    var row = [Int](repeating: -1, count: n)
    for (k, center) in list.centers.enumerated() { row[Int(center)] = k }

    for i in 0..<n {
      if names[i] > ids[i] {
        return "centre \(ids[i]) has the name \(names[i]), which is larger than its own id"
      }
      guard let source = index[names[i]] else {
        return "centre \(ids[i]) has the name \(names[i]), which is no centre's id"
      }
      if names[source] != names[i] {
        return
          "centre \(ids[i]) has the name \(names[i]), but that centre has the name \(names[source])"
      }
      if phases[source] != phases[i] {
        return "centres \(ids[i]) and \(names[i]) of one name have different phases"
      }
      for entry in list.offsets[row[i]]..<list.offsets[row[i] + 1] {
        let j = Int(list.neighbors[entry])
        if phases[j] == phases[i], names[j] != names[i] {
          return
            "neighbours \(ids[i]) and \(ids[j]) of one phase have the names \(names[i]) and "
            + "\(names[j])"
        }
      }
    }

    var isReached = [Bool](repeating: false, count: n)
    var sizes: [Int64: Int64] = [:]
    for source in 0..<n where names[source] == ids[source] {
      var queue = [source]
      isReached[source] = true
      var next = 0
      while next < queue.count {
        let i = queue[next]
        next += 1
        for entry in list.offsets[row[i]]..<list.offsets[row[i] + 1] {
          let j = Int(list.neighbors[entry])
          if !isReached[j], phases[j] == phases[source] {
            isReached[j] = true
            queue.append(j)
          }
        }
      }
      sizes[names[source]] = Int64(queue.count)
    }
    if let lost = isReached.firstIndex(of: false) {
      return
        "centre \(ids[lost]) has the name \(names[lost]) but no chain of neighbours leads there"
    }
    return clusters.flatMap { fault(in: $0, sizes: sizes) { phases[index[$0]!] } }
  }

  private static func fault(in clusters: [Cluster], sizes: [Int64: Int64], phase: (Int64) -> UInt8)
    -> String?
  {
    if clusters.count != sizes.count {
      return "\(clusters.count) clusters are listed, there are \(sizes.count)"
    }
    var seen: Set<Int64> = []
    for cluster in clusters {
      guard let size = sizes[cluster.name] else { return "cluster \(cluster.name) does not exist" }
      if !seen.insert(cluster.name).inserted { return "cluster \(cluster.name) is listed twice" }
      if cluster.size != size {
        return "cluster \(cluster.name) has \(size) centres, not \(cluster.size)"
      }
      if cluster.phase != phase(cluster.name) {
        return "cluster \(cluster.name) is not of phase \(cluster.phase)"
      }
    }
    return nil
  }
}
