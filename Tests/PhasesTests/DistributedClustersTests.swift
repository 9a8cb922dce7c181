import Geometry
import Phases
import TestSupport

import Testing

@Suite(.tags(.fast)) struct DistributedClustersTests {
  static let rankCounts = [1, 2, 3, 4, 5, 6, 7, 16]

  /// The clusters of a frame on many ranks, on one, and by definition.
  private func check(
    _ frame: LabelledFrame, owner: [Int], ranks: Int, using generator: inout SeededGenerator
  ) {
    let serial = Clusters(
      neighbors: frame.neighbors, phases: frame.phases, phaseCount: frame.phaseCount,
      ids: frame.ids, minimumSize: 3)
    let many = SimulatedRanks(frame, owner: owner, rankCount: ranks, using: &generator)
    #expect(many.names == serial.names)
    #expect(many.clusters == serial.ordered())
    #expect(many.clusters == frame.expected())
    #expect(many.statistics == serial.statistics)
    #expect(
      ClusterVerifier.fault(
        names: many.names, clusters: many.clusters, neighbors: frame.neighbors,
        phases: frame.phases, ids: frame.ids) == nil)
  }

  @Test(arguments: rankCounts) func anyPartitionGivesTheClustersOfOneRank(ranks: Int) throws {
    var generator = SeededGenerator(seed: UInt64(ranks))
    for trial in 0..<12 {
      let cell =
        switch trial % 4 {
        case 0: try Cell(lengths: Vector(12, 12, 12))
        case 1:
          try Cell(
            a: Vector(12, 0, 0), b: Vector(5, 11, 0), c: Vector(-3, 2, 13), origin: Vector(-4, 7, 1)
          )
        // thinner than the cutoff: centres are neighbours of their own images
        case 2: try Cell(lengths: Vector(30, 9, 2.5))
        default: try Cell(lengths: Vector(14, 10, 12), isPeriodic: (true, false, true))
        }
      let frame = LabelledFrame(
        count: 40 + 20 * trial, cell: cell, cutoff: 3, phaseCount: 1 + trial % 3, using: &generator)
      let count = frame.ids.count
      // At random; in slabs along x; and nearly all on one rank, so that others are empty.
      let random = (0..<count).map { _ in generator.integer(below: ranks) }
      let slabs = frame.positions.map {
        min(max(Int(cell.fractional($0).x * Double(ranks)), 0), ranks - 1)
      }
      let lumped = (0..<count).map { $0 < 5 ? generator.integer(below: ranks) : ranks - 1 }
      for owner in [random, slabs, lumped] {
        check(frame, owner: owner, ranks: ranks, using: &generator)
      }
    }
  }

  /// One cluster that passes through all ranks repeatedly: the number of rounds must not grow with
  /// its length.
  @Test(arguments: [2, 7, 16]) func spiralThroughEveryDomain(ranks: Int) throws {
    var generator = SeededGenerator(seed: 5)
    // A helix around x that ends in its own image two cells along x and one back along z, by random
    // steps between.
    var steps = [SIMD3<Int32>](repeating: .zero, count: 500)
    for k in 0..<200 {
      let axis = k % 3
      let step = Int32(k % 2 == 0 ? 1 : -1)
      steps[(7 * k + 3) % 500][axis] += step
      steps[(11 * k + 1) % 500][axis] -= step
    }
    steps[17].x += 2
    steps[401].z -= 1
    let frame = try LabelledFrame(path: steps, using: &generator)
    let owner = (0..<500).map { ($0 * 3) % ranks }
    check(frame, owner: owner, ranks: ranks, using: &generator)
    let many = SimulatedRanks(frame, owner: owner, rankCount: ranks, using: &generator)
    #expect(many.clusters == [Cluster(name: 1, phase: 0, size: 500, spans: 0b101)])
    #expect(many.rounds == ClusterMerger.rounds(rankCount: ranks))
    #expect(many.messages == 2 * (ranks - 1))
  }

  /// One cluster that fills the cell: every boundary is full of edges, and all belong to one
  /// cluster.
  @Test(arguments: [2, 4, 7, 16]) func oneClusterThatPercolates(ranks: Int) throws {
    var generator = SeededGenerator(seed: 31)
    let fcc = try Lattice.fcc(SIMD3(5, 4, 4), constant: 4)
    let count = fcc.positions.count
    let frame = LabelledFrame(
      positions: fcc.positions, cell: fcc.cell, cutoff: 2.9,
      phases: [UInt8](repeating: 0, count: count), phaseCount: 2, using: &generator)
    let slabs = frame.positions.map { min(Int($0.x / 20 * Double(ranks)), ranks - 1) }
    let blocks = frame.positions.map {
      (Int($0.x / 10) + 2 * Int($0.y / 8) + 4 * Int($0.z / 8)) % ranks
    }
    let random = (0..<count).map { _ in generator.integer(below: ranks) }
    for owner in [slabs, blocks, random] {
      check(frame, owner: owner, ranks: ranks, using: &generator)
      let many = SimulatedRanks(frame, owner: owner, rankCount: ranks, using: &generator)
      #expect(many.clusters == [Cluster(name: 1, phase: 0, size: Int64(count), spans: 0b111)])
    }
  }

  /// Possible errors of a distributed algorithm, each of which the verifier must detect.
  @Test(arguments: [2, 7]) func verifierSeesMissedAndFalseMerges(ranks: Int) throws {
    var generator = SeededGenerator(seed: 33)
    let frame = LabelledFrame(
      count: 400, cell: try Cell(lengths: Vector(16, 16, 16)), cutoff: 3, phaseCount: 2,
      using: &generator)
    let owner = frame.positions.map { min(Int($0.x / 16 * Double(ranks)), ranks - 1) }
    let many = SimulatedRanks(frame, owner: owner, rankCount: ranks, using: &generator)
    func fault(_ names: [Int64]) -> String? {
      ClusterVerifier.fault(
        names: names, neighbors: frame.neighbors, phases: frame.phases, ids: frame.ids)
    }
    #expect(fault(many.names) == nil)
    // Without communication, each rank names its own clusters.
    var alone = many.names
    for rank in 0..<ranks {
      let own = frame.ids.indices.filter { owner[$0] == rank }
      for cluster in Set(own.map { many.names[$0] }) {
        let members = own.filter { many.names[$0] == cluster }
        let name = members.map { frame.ids[$0] }.min() ?? cluster
        for i in members { alone[i] = name }
      }
    }
    #expect(alone != many.names && fault(alone)?.contains("have the names") == true)
    // One rank did not receive its answer.
    for rank in 0..<ranks {
      let names = frame.ids.indices.map { owner[$0] == rank ? alone[$0] : many.names[$0] }
      #expect(names == many.names || fault(names) != nil)
    }
    // Two clusters that only touch the same boundary were merged.
    let ordered = many.clusters.filter { $0.phase == 0 }
    let names = (min(ordered[0].name, ordered[1].name), max(ordered[0].name, ordered[1].name))
    #expect(
      fault(many.names.map { $0 == names.1 ? names.0 : $0 })?.contains("no chain of neighbours")
        == true)
  }

  @Test func allSingletonsAndNoMoleculesAtAll() throws {
    var generator = SeededGenerator(seed: 9)
    let cell = try Cell(lengths: Vector(200, 200, 200))
    var points: [Vector] = []
    for k in 0..<64 { points.append(50 * Vector(Double(k % 4), Double(k / 4 % 4), Double(k / 16))) }
    let apart = LabelledFrame(
      positions: points, cell: cell, cutoff: 3, phases: [UInt8](repeating: 1, count: 64),
      phaseCount: 3,
      using: &generator)
    check(apart, owner: (0..<64).map { $0 % 7 }, ranks: 7, using: &generator)
    let empty = LabelledFrame(
      positions: [], cell: cell, cutoff: 3, phases: [], phaseCount: 3, using: &generator)
    check(empty, owner: [], ranks: 5, using: &generator)
  }

  /// Complete clusters leave the messages: in slabs, the number of words grows with the area of the
  /// boundaries, not with the volume.
  @Test func messagesHoldTheSurfaceOnly() throws {
    var generator = SeededGenerator(seed: 21)
    func words(length: Double, count: Int) throws -> Int {
      let cell = try Cell(lengths: Vector(length, 10, 10))
      let frame = LabelledFrame(count: count, cell: cell, cutoff: 2, using: &generator)
      let owner = frame.positions.map { min(Int($0.x / length * 4), 3) }
      return SimulatedRanks(frame, owner: owner, rankCount: 4, using: &generator).words
    }
    let short = try words(length: 40, count: 160)
    let long = try words(length: 320, count: 1280)
    #expect(long < 2 * short)
  }

  @Test func graphsSurviveTheirPacking() throws {
    var generator = SeededGenerator(seed: 3)
    let frame = LabelledFrame(
      count: 200, cell: try Cell(lengths: Vector(10, 10, 10)), cutoff: 3, using: &generator)
    var owned = NeighborList()
    // Half of the centres have rows; the others are halo of rank 1.
    for (row, center) in frame.neighbors.centers.enumerated() where center < 100 {
      owned.neighbors +=
        frame.neighbors.neighbors[frame.neighbors.offsets[row]..<frame.neighbors.offsets[row + 1]]
      for entry in frame.neighbors.offsets[row]..<frame.neighbors.offsets[row + 1] {
        owned.images.append(frame.neighbors.images[entry])
      }
      owned.endRow(of: center)
    }
    let fragments = ClusterFragments(
      neighbors: owned, phases: frame.phases, phaseCount: 3, ids: frame.ids)
    let names = (0..<200).map { $0 < 100 ? fragments.names[$0] : frame.ids[$0] }
    let merger = ClusterMerger(
      fragments, names: names, ranks: (0..<200).map { $0 < 100 ? 0 : 1 }, rank: 0, rankCount: 2)
    let message = merger.message()
    let graph = BoundaryGraph(unpacking: message)
    #expect(graph.counts.edges > 10)
    #expect(graph.packed() == message)
  }

  @Test func treeOfRanksIsComplete() {
    for ranks in 1...40 {
      #expect(1 << ClusterMerger.rounds(rankCount: ranks) >= ranks)
      #expect(ranks == 1 || 1 << (ClusterMerger.rounds(rankCount: ranks) - 1) < ranks)
    }
  }
}
