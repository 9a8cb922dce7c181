/// Constants of the LogGP model and of the program's own work, all printed with the results.
struct Constants {
  /// Ranks of a node.
  var ranksPerNode = 128
  /// Latency of a message in µs, between nodes and inside one.
  var latency = 1.7, latencyInside = 0.5
  /// Processor time of sending or of receiving a message in µs.
  var overhead = 0.4
  /// Bandwidth of a node's network interface, which its ranks share, in bytes/µs (25 GB/s).
  var networkBandwidth = 25_000.0
  /// Bandwidth of a rank for messages inside the node in bytes/µs (3 GB/s).
  var memoryBandwidth = 3_000.0
  /// µs per molecule; per own or halo atom to wrap it, to sort it by id and into the grid (measured
  /// by `Machine.sortTime`); per atom that is sent or received in a round.
  var molecule = 10.0, sortedAtom = 0.09, movedAtom = 0.03
  /// Collective calls of a frame: agreements on errors, sums of counts and of observables.
  var collectives = 10.0

  var lines: [String] {
    [
      "\(ranksPerNode) ranks per node; latency \(latency) µs between nodes, \(latencyInside) µs "
        + "inside;",
      "overhead \(overhead) µs per message; \(networkBandwidth / 1000) GB/s per node, "
        + "\(memoryBandwidth / 1000) GB/s per rank inside it;",
      "\(molecule) µs per molecule, \(sortedAtom) µs per own or halo atom, \(movedAtom) µs per atom "
        + "of a message;",
      "\(Int(collectives)) collective calls per frame",
    ]
  }
}

/// Messages, bytes and time of one rank in a frame: one sum for each term of the model.
struct Cost {
  var messages = 0.0, rounds = 0.0, bytes = 0.0
  /// µs of latency and overhead, of bytes, and of the processor's work with atoms.
  var latency = 0.0, transfer = 0.0, work = 0.0

  var time: Double { latency + transfer + work }

  /// Adds `count` consecutive messages of `bytes` each.
  mutating func add(
    _ count: Double, bytes size: Double, inside: Bool, _ k: Constants, inParallel: Bool = false
  ) {
    messages += count
    rounds += inParallel ? 1 : count
    bytes += count * size
    let delay = inside ? k.latencyInside : k.latency
    latency += 2 * k.overhead * count + delay * (inParallel ? 1 : count)
    transfer +=
      count * size
      / (inside ? k.memoryBandwidth : k.networkBandwidth / Double(k.ranksPerNode))
  }

  /// Adds a collective call over `ranks` ranks, by recursive doubling.
  mutating func addCollective(_ ranks: Int, bytes: Double, _ k: Constants) {
    var reach = 1
    while reach < ranks {
      add(1, bytes: bytes, inside: reach < k.ranksPerNode, k)
      reach *= 2
    }
  }
}

extension Machine {
  /// Ranks of the groups of a level.
  private func group(_ level: Int) -> Int { max(2, ranks >> level) }

  private func isInside(_ level: Int, _ k: Constants) -> Bool { group(level) <= k.ranksPerNode }

  /// A frame as the program distributes it: division by pairs of ranks in groups, halo from
  /// neighbours in space. `datasets` per-molecule datasets are written.
  func cost(_ k: Constants, datasets: Int = 3) -> Cost {
    var cost = Cost()
    let mean = Double(molecules) / Double(ranks)
    for level in 0..<levels {
      for words in histograms[level] {
        let isLong = words >= 1024 && levels - level > 1
        for below in level..<levels {
          // A long vector is halved in each round, down and up again.
          let share = isLong ? 0.5 / Double(1 << (below - level)) : 1
          cost.add(
            isLong ? 2 : 1, bytes: 8 * Double(words) * share, inside: isInside(below, k), k)
        }
      }
      let sent = 3 * Double(moved[level].max() ?? 0)
      cost.add(1, bytes: Double(Self.bytesPerAtom) * sent, inside: isInside(level, k), k)
      cost.work += 2 * sent * k.movedAtom
    }
    // The cuts of all parts: 16 bytes from each, in doubling messages.
    for level in 0..<levels {
      cost.add(1, bytes: 16 * Double(ranks >> (level + 1)), inside: isInside(level, k), k)
    }
    // Counts of the halo by store and forward, then the atoms, then twice labels, from neighbours.
    let near = Double(neighbors.max() ?? 0), most = 3 * Double(copies.max() ?? 0)
    for level in 0..<levels { cost.add(1, bytes: 24 * near / 2, inside: isInside(level, k), k) }
    let outside = Double(distantCopies.max() ?? 0) / Double(max(copies.max() ?? 0, 1))
    for (bytes, times) in [(Double(Self.bytesPerAtom) * most, 1.0), (most / 3 * 5, 2)]
    where near > 0 {
      let size = bytes / near
      cost.add(times * near * (1 - outside), bytes: size, inside: true, k, inParallel: true)
      cost.add(times * near * outside, bytes: size, inside: false, k, inParallel: true)
    }
    addRest(to: &cost, k)
    // Rows of the results by store and forward: counts, rows, and each dataset.
    for level in 0..<levels {
      cost.add(1, bytes: 12 * mean, inside: isInside(level, k), k)
      cost.add(1 + Double(datasets), bytes: mean / 2 * 8, inside: isInside(level, k), k)
    }
    return cost
  }

  /// The same frame by the former design: histograms of all nodes added by all ranks, atoms and
  /// rows sent by MPI_Alltoallv over all ranks, five columns of atoms, ids checked in each frame.
  func formerCost(_ k: Constants, datasets: Int = 3) -> Cost {
    var cost = Cost()
    let mean = Double(molecules) / Double(ranks), others = Double(ranks - 1)
    for words in wholeHistograms {
      // Short vectors by recursive doubling, long ones by halving and doubling.
      let isLong = words >= 1024
      var reach = 1
      while reach < ranks {
        let share = isLong ? 0.5 * Double(reach) / Double(ranks) * 2 : 1
        cost.add(
          isLong ? 2 : 1, bytes: 8 * Double(words) * share, inside: reach < k.ranksPerNode, k)
        reach *= 2
      }
    }
    let atoms = 3 * mean, sent = atoms + 3 * Double(halo.max() ?? 0)
    // Counts (as MPI_Alltoall), then columns: ids to check, ids, species, x, y, z; labels twice;
    // rows and datasets.
    let exchanges: [(bytes: Double, times: Double)] = [
      (8 * others, 3), (8 * atoms, 1), (33 * sent, 5), (mean, 2), (8 * mean, 1 + Double(datasets)),
    ]
    let inside = min(1, Double(k.ranksPerNode - 1) / max(others, 1))
    for (bytes, times) in exchanges {
      let size = bytes / (times == 5 ? 5 : 1) / max(others, 1)
      cost.add(times * others * inside, bytes: size, inside: true, k, inParallel: true)
      cost.add(times * others * (1 - inside), bytes: size, inside: false, k, inParallel: true)
    }
    cost.work += 2 * atoms * k.movedAtom
    addRest(to: &cost, k)
    return cost
  }

  /// What both designs share: own and halo atoms, the rounds of the clusters, collective calls.
  private func addRest(to cost: inout Cost, _ k: Constants) {
    let own = 3 * Double(owned.max() ?? 0), near = 3 * Double(halo.max() ?? 0)
    cost.work += (own + near) * k.sortedAtom
    cost.work += (near + 3 * Double(copies.max() ?? 0)) * k.movedAtom
    for level in 0..<levels { cost.add(4, bytes: 512, inside: isInside(level, k), k) }
    for _ in 0..<Int(k.collectives) { cost.addCollective(ranks, bytes: 64, k) }
  }

  /// Time of one rank alone, over ranks times the time of the slowest one.
  func efficiency(_ cost: Cost, _ k: Constants) -> Double {
    let busiest = Double(owned.max() ?? 0) * k.molecule + cost.time
    return Double(molecules) * k.molecule / (Double(ranks) * busiest)
  }
}
