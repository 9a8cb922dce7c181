import Geometry
import Phases
import TestSupport

import Testing

@Suite(.tags(.fast)) struct ClustersTests {
  @Test(arguments: 0..<20) func equalsBreadthFirstSearch(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(100 + seed))
    let cell =
      seed % 2 == 0
      ? try Cell(
        lengths: Vector(15, 12, 9), origin: Vector(3, -2, 1),
        isPeriodic: (true, seed % 4 == 0, true))
      : try Cell(a: Vector(11, 1, 0), b: Vector(-4, 12, 2), c: Vector(3, 3, 10))
    let frame = LabelledFrame(
      count: 150 + 10 * seed, cell: cell, cutoff: 2 + 0.1 * Double(seed % 10),
      phaseCount: 2 + seed % 3, using: &generator)
    let clusters = Clusters(
      neighbors: frame.neighbors, phases: frame.phases, phaseCount: frame.phaseCount, ids: frame.ids
    )
    #expect(clusters.ordered() == frame.expected())
    #expect(
      ClusterVerifier.fault(
        names: clusters.names, clusters: clusters.all, neighbors: frame.neighbors,
        phases: frame.phases, ids: frame.ids) == nil)
    // Independent of the images: components of the plain graph.
    let component = BruteForce.components(
      count: frame.ids.count, edges: frame.edges.map { ($0.i, $0.j) })
    for i in frame.ids.indices {
      for j in frame.ids.indices {
        #expect((component[i] == component[j]) == (clusters.names[i] == clusters.names[j]))
      }
    }
  }

  /// Phases of fcc layers: a slab spans the plane, a rod its axis, a compact cluster none.
  @Test func slabsRodsAndLumpsSpanWhatTheyShould() throws {
    var generator = SeededGenerator(seed: 2)
    let fcc = try Lattice.fcc(SIMD3(4, 4, 4), constant: 4)
    func largest(_ inside: (Vector) -> Bool) -> Cluster {
      let phases = fcc.positions.map { inside($0) ? UInt8(0) : 1 }
      let frame = LabelledFrame(
        positions: fcc.positions, cell: fcc.cell, cutoff: 3, phases: phases, phaseCount: 3,
        using: &generator)
      let clusters = Clusters(
        neighbors: frame.neighbors, phases: phases, phaseCount: 3, ids: frame.ids)
      let first = clusters.ordered().first { $0.phase == 0 }!
      #expect(
        clusters.statistics.largestSize == [
          first.size, clusters.ordered().first { $0.phase == 1 }?.size ?? 0, 0,
        ])
      #expect(
        clusters.statistics.largestSpans[0..<3].map { $0 == 1 }
          == (0..<3).map { first.spans(axis: $0) })
      return first
    }
    #expect(largest { _ in true }.spans == 0b111)
    #expect(largest { $0.x < 5 }.spans == 0b110)
    #expect(largest { $0.x < 5 && $0.z < 5 }.spans == 0b010)
    #expect(largest { $0.x < 9 && $0.y < 9 && $0.z < 9 }.spans == 0)
    // Crossing a face is not spanning it.
    #expect(largest { $0.x < 5 || $0.x > 11 }.spans == 0b110)
    #expect(
      largest { ($0.x < 5 || $0.x > 11) && ($0.y < 5 || $0.y > 11) && ($0.z < 5 || $0.z > 11) }
        .spans == 0)
  }

  @Test func windingIsTheNetShiftOfACycle() throws {
    var generator = SeededGenerator(seed: 4)
    func spans(_ steps: [SIMD3<Int32>]) throws -> UInt8 {
      let frame = try LabelledFrame(path: steps, using: &generator)
      return Clusters(
        neighbors: frame.neighbors, phases: frame.phases, phaseCount: 2, ids: frame.ids
      ).all[0].spans
    }
    let o = SIMD3<Int32>(0, 0, 0)
    #expect(try spans([o, o, o, o]) == 0)  // a ring inside
    #expect(try spans([SIMD3(1, 0, 0), o, SIMD3(-1, 0, 0), o]) == 0)  // out through a face and back
    #expect(try spans([SIMD3(1, 0, 0), o, o, o]) == 0b001)
    #expect(try spans([SIMD3(1, 0, 0), o, SIMD3(0, 0, -1), o]) == 0b101)  // winds diagonally only
    #expect(try spans([SIMD3(0, 2, 0), o, SIMD3(0, -1, 0), o]) == 0b010)
  }

  @Test func verifierSeesWrongLabels() throws {
    var generator = SeededGenerator(seed: 6)
    let frame = LabelledFrame(
      count: 200, cell: try Cell(lengths: Vector(14, 14, 14)), cutoff: 3, using: &generator)
    let right = Clusters(
      neighbors: frame.neighbors, phases: frame.phases, phaseCount: 3, ids: frame.ids)
    func fault(_ names: [Int64], _ clusters: [Cluster]? = nil) -> String? {
      ClusterVerifier.fault(
        names: names, clusters: clusters, neighbors: frame.neighbors, phases: frame.phases,
        ids: frame.ids)
    }
    #expect(fault(right.names, right.all) == nil)

    // Any single wrong name: another cluster's, another id, or not an id.
    for i in frame.ids.indices {
      for wrong in [
        frame.ids[generator.integer(below: 200)], right.names[generator.integer(below: 200)], 2,
      ] {
        var names = right.names
        names[i] = wrong
        #expect(wrong == right.names[i] || fault(names) != nil)
      }
    }
    // Two clusters of one phase joined; one divided in two; one named by a member that is not the
    // smallest.
    let ordered = right.ordered().filter { $0.phase == 0 }
    let (a, b) = (min(ordered[0].name, ordered[1].name), max(ordered[0].name, ordered[1].name))
    #expect(fault(right.names.map { $0 == b ? a : $0 }) != nil)
    let members = frame.ids.indices.filter { right.names[$0] == ordered[0].name }.map {
      frame.ids[$0]
    }.sorted()
    var cut = right.names
    for i in frame.ids.indices
    where cut[i] == ordered[0].name && frame.ids[i] >= members[members.count / 2] {
      cut[i] = members[members.count / 2]
    }
    #expect(fault(cut) != nil)
    #expect(fault(right.names.map { $0 == ordered[0].name ? members[1] : $0 }) != nil)
    // And wrong lists.
    #expect(fault(right.names, Array(right.all.dropLast())) != nil)
    #expect(fault(right.names, right.all.dropLast() + [right.all[0]]) != nil)
    var sizes = right.all
    sizes[0].size += 1
    #expect(fault(right.names, sizes) != nil)
    var phases = right.all
    phases[0].phase = (phases[0].phase + 1) % 3
    #expect(fault(right.names, phases) != nil)
  }

  @Test func statisticsAddUpInAnyOrder() {
    var generator = SeededGenerator(seed: 8)
    let clusters = (0..<300).map { k in
      Cluster(
        name: Int64(k), phase: UInt8(generator.integer(below: 2)),
        size: Int64(1 + generator.integer(below: 20)),
        spans: UInt8(generator.integer(below: 8)))
    }
    let whole = ClusterStatistics(clusters, phaseCount: 3, minimumSize: 5)
    for phase in 0..<3 {
      let own = clusters.filter { $0.phase == phase }.sorted(by: Cluster.precedes)
      #expect(whole.counts[phase] == Int64(own.count))
      #expect(whole.atLeastMinimum[phase] == Int64(own.count { $0.size >= 5 }))
      #expect(whole.largestName[phase] == own.first?.name ?? -1)
      #expect(whole.histogram[phase * 40..<phase * 40 + 40].reduce(0, +) == Int64(own.count))
    }
    var sum = ClusterStatistics([], phaseCount: 3, minimumSize: 5)
    for cluster in clusters.shuffled(using: &generator) {
      sum.merge(ClusterStatistics([cluster], phaseCount: 3, minimumSize: 5))
    }
    #expect(sum == whole)
    #expect(ClusterStatistics(unpacking: whole.packed(), phaseCount: 3, minimumSize: 5) == whole)
    #expect(
      [1, 2, 3, 4, 7, 8, 1 << 39, 1 << 50].map { ClusterStatistics.bin(ofSize: $0) } == [
        0, 1, 1, 2, 2, 3, 39, 39,
      ])
  }
}

@Suite(.tags(.fast)) struct UnionFindTests {
  @Test(arguments: 0..<10) func rootIsTheSmallestIndexOfItsComponent(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let count = 300
    let edges = (0..<60 * seed).map { _ in
      (generator.integer(below: count), generator.integer(below: count))
    }
    let expected = BruteForce.components(count: count, edges: edges)
    var sets = UnionFind(count: count)
    var merges = 0
    for (i, j) in edges where sets.union(i, j) { merges += 1 }
    #expect((0..<count).map { sets.find($0) } == expected)
    #expect(merges == count - Set(expected).count)
    sets.flatten()
    #expect(sets.parents.map(Int.init) == expected)
  }

  @Test func imagesSurviveTheirPacking() {
    for x in [-512, -1, 0, 1, 511] as [Int32] {
      for y in [-512, -7, 0, 511] as [Int32] {
        for z in [-512, 0, 3, 511] as [Int32] {
          #expect(NeighborList.unpacked(NeighborList.packed(SIMD3(x, y, z))) == SIMD3(x, y, z))
        }
      }
    }
    #expect(NeighborList.packed(.zero) == NeighborList.unshifted)
  }

  @Test func pairsListedOnceFillBothRows() {
    let list = NeighborList(
      rowCount: 3, i: [0, 1, 1], j: [1, 2, 3], shifts: [SIMD3(1, 0, 0), .zero, SIMD3(0, -1, 0)])
    #expect(list.offsets == [0, 1, 4, 5])
    #expect(list.neighbors == [1, 0, 2, 3, 1])
    #expect(
      list.images.map(NeighborList.unpacked) == [
        SIMD3(1, 0, 0), SIMD3(-1, 0, 0), .zero, SIMD3(0, -1, 0), .zero,
      ])
  }
}
