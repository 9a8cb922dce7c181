import Geometry
import TestSupport
import Testing

/// Parts of a frame made by simulated ranks: each knows some of the centres, and only sums are
/// exchanged.
@Suite(.tags(.fast)) struct PartitionTests {
  /// Cells of different shapes, each with a frame of one species in it.
  static func frames() throws -> [(name: String, cell: Cell, positions: [Vector])] {
    var generator = SeededGenerator(seed: 11)
    func random(_ cell: Cell, _ count: Int, _ place: (inout SeededGenerator) -> Vector) -> [Vector]
    {
      (0..<count).map { _ in cell.wrapped(cell.position(place(&generator))).position }
    }
    let cube = try Cell(lengths: Vector(40, 40, 40))
    let slab = try Cell(lengths: Vector(30, 30, 200), isPeriodic: (true, true, false))
    let skewed = try Cell(a: Vector(45, 0, 0), b: Vector(15, 40, 0), c: Vector(-10, 12, 50))
    let thin = try Cell(lengths: Vector(9, 60, 9))
    return [
      ("cube", cube, random(cube, 3000) { Vector($0.uniform(), $0.uniform(), $0.uniform()) }),
      (
        "slab with vacuum", slab,
        random(slab, 2500) { Vector($0.uniform(), $0.uniform(), $0.uniform(0.6, 0.75)) }
      ),
      ("skewed", skewed, random(skewed, 3000) { Vector($0.uniform(), $0.uniform(), $0.uniform()) }),
      ("thin", thin, random(thin, 400) { Vector($0.uniform(), $0.uniform(), $0.uniform()) }),
      ("one cell", try Cell(lengths: Vector(5, 5, 5)), [Vector(1, 1, 1), Vector(4, 2, 3)]),
      (
        "dense corner", cube,
        random(cube, 3000) {
          Vector($0.uniform() * $0.uniform(), $0.uniform() * $0.uniform(), $0.uniform())
        }
      ),
      ("one centre, most parts empty", slab, [Vector(3, 29, 100)]),
      (
        "wire in vacuum", slab,
        random(slab, 300) { Vector($0.uniform(0.1, 0.2), $0.uniform(0.3, 0.4), $0.uniform()) }
      ),
    ]
  }

  static func grid(_ cell: Cell, _ positions: [Vector]) -> CellGrid {
    let table = AtomTable(
      ids: positions.indices.map { Int64($0 + 1) }, species: positions.map { _ in 0 },
      x: positions.map(\.x), y: positions.map(\.y),
      z: positions.map(\.z), wrappedInto: cell)
    return CellGrid(
      cell: cell, targetWidth: 3.5, bounds: table.fractionalBounds(in: cell),
      atomCount: positions.count)
  }

  /// The partition, with the centres distributed over `ranks` ranks at random.
  static func partition(
    _ grid: CellGrid, _ positions: [Vector], parts: Int, ranks: Int, seed: UInt64
  ) -> Partition {
    var generator = SeededGenerator(seed: seed)
    var cells = [[SIMD3<Int32>]](repeating: [], count: ranks)
    for r in positions {
      let c = grid.coordinates(of: r)
      cells[generator.integer(below: ranks)].append(SIMD3(Int32(c.x), Int32(c.y), Int32(c.z)))
    }
    var builders = cells.map { PartitionBuilder(grid: grid, partCount: parts, cells: $0) }
    var rounds = 0
    while let first = builders[0].histogram() {
      var sums = [Int64](repeating: 0, count: first.count)
      for builder in builders {
        for (k, word) in builder.histogram()!.enumerated() { sums[k] += word }
      }
      for k in builders.indices { builders[k].advance(sums) }
      rounds += 1
    }
    var levels = 0
    while 1 << levels < parts { levels += 1 }
    #expect(rounds == PartitionBuilder.sumsPerLevel * levels)
    return builders[0].partition
  }

  @Test(
    "every centre has one owner, in whose region it is, for any initial distribution of the centres",
    arguments: [1, 2, 3, 5, 8, 16])
  func ownsAll(parts: Int) throws {
    for (name, cell, positions) in try Self.frames() {
      let grid = Self.grid(cell, positions)
      let partition = Self.partition(grid, positions, parts: parts, ranks: 1, seed: 1)
      let dealt = Self.partition(grid, positions, parts: parts, ranks: 4, seed: 2)
      let masks = (0..<parts).map { partition.ownedCells(of: $0) }
      for r in positions {
        let c = grid.coordinates(of: r), owner = partition.owner(of: c)
        #expect(dealt.owner(of: c) == owner, "\(name)")
        let region = partition.region(of: owner)
        try #require(region.contains(c), "\(name), \(parts) parts: cell \(c) is not in \(region)")
        for part in 0..<parts where parts > 1 {
          let region = partition.region(of: part)
          guard region.contains(c) else { continue }
          let k = c &- region.lower
          #expect(
            masks[part]![(k.z * region.size.y + k.y) * region.size.x + k.x] == (part == owner),
            "\(name)")
        }
      }
    }
  }

  @Test(
    "the partition is the same if ranks move centres across each cut and add within their groups",
    arguments: [2, 3, 5, 8, 13])
  func groups(parts: Int) throws {
    for (name, cell, positions) in try Self.frames() {
      let grid = Self.grid(cell, positions)
      let expected = Self.partition(grid, positions, parts: parts, ranks: 1, seed: 1)
      var generator = SeededGenerator(seed: 5)
      var cells = [[SIMD3<Int32>]](repeating: [], count: parts)
      for r in positions {
        let c = grid.coordinates(of: r)
        cells[generator.integer(below: parts)].append(SIMD3(Int32(c.x), Int32(c.y), Int32(c.z)))
      }
      var builders = (0..<parts).map {
        PartitionBuilder(grid: grid, partCount: parts, cells: cells[$0], part: $0)
      }
      while builders.contains(where: { $0.group != nil }) {
        let groups = builders.map(\.group)
        for _ in 0..<PartitionBuilder.sumsPerLevel {
          let histograms = builders.map { $0.histogram() }
          for rank in 0..<parts {
            guard let group = groups[rank], var sums = histograms[rank] else { continue }
            for other in group where other != rank {
              for (k, word) in histograms[other]!.enumerated() { sums[k] += word }
            }
            builders[rank].advance(sums)
          }
        }
        // Every centre moves to a rank of its side, and only there.
        var moved = cells.indices.map { rank in
          cells[rank].filter { builders[rank].staysInGroup($0) }
        }
        for rank in 0..<parts {
          guard let group = groups[rank] else { continue }
          let middle = group.lowerBound + (group.count + 1) / 2
          let other = rank < middle ? middle : group.lowerBound
          moved[other] += cells[rank].filter { !builders[rank].staysInGroup($0) }
        }
        cells = moved
        for rank in 0..<parts where groups[rank] != nil { builders[rank].replaceCells(cells[rank]) }
      }
      let records = builders.map { Partition.CutRecord(words: $0.cutRecord.words[...]) }
      let gathered = Partition(grid: grid, records: records)
      for part in 0..<parts {
        #expect(gathered.region(of: part) == expected.region(of: part), "\(name), part \(part)")
        #expect(
          cells[part].allSatisfy { c in
            gathered.owner(of: SIMD3(Int(c.x), Int(c.y), Int(c.z))) == part
          }, "\(name)")
      }
      for r in positions {
        let c = grid.coordinates(of: r)
        #expect(gathered.owner(of: c) == expected.owner(of: c), "\(name)")
        var holders: [Int32] = [], wanted: [Int32] = []
        gathered.appendHolders(of: c, reach: SIMD3(2, 2, 2), to: &holders)
        expected.appendHolders(of: c, reach: SIMD3(2, 2, 2), to: &wanted)
        #expect(holders == wanted, "\(name)")
      }
    }
  }

  @Test("parts are even to a few cells", arguments: [2, 3, 4, 7, 16]) func isBalanced(parts: Int)
    throws
  {
    for (name, cell, positions) in try Self.frames() where positions.count > 2000 {
      let grid = Self.grid(cell, positions)
      let partition = Self.partition(grid, positions, parts: parts, ranks: 2, seed: 3)
      var counts = [Int](repeating: 0, count: parts)
      var inCell: [SIMD3<Int>: Int] = [:]
      for r in positions {
        counts[partition.owner(of: grid.coordinates(of: r))] += 1
        inCell[grid.coordinates(of: r), default: 0] += 1
      }
      // A cut misses its target by half a cell at most; each part has at most five cuts above it.
      let even = Double(positions.count) / Double(parts), slack = 2.5 * Double(inCell.values.max()!)
      for count in counts {
        #expect(abs(Double(count) - even) <= slack, "\(name), \(parts) parts: \(counts)")
      }
    }
  }

  @Test("a part is sent every atom within the cutoff of its centres", arguments: [2, 5, 8])
  func halo(parts: Int) throws {
    let cutoff = 6.0
    for (name, cell, positions) in try Self.frames() {
      let grid = Self.grid(cell, positions)
      let partition = Self.partition(grid, positions, parts: parts, ranks: 1, seed: 4)
      let reach = grid.reach(cutoff: cutoff)
      let holders = positions.map { r in
        var parts: [Int32] = []
        partition.appendHolders(of: grid.coordinates(of: r), reach: reach, to: &parts)
        #expect(parts == parts.sorted() && Set(parts).count == parts.count)
        return Set(parts)
      }
      for pair in BruteForce.neighbors(positions, cell: cell, cutoff: cutoff) {
        let owner = Int32(partition.owner(of: grid.coordinates(of: positions[pair.i])))
        guard holders[pair.j].contains(owner) else {
          Issue.record(
            "\(name), \(parts) parts: part \(owner) lacks a neighbour of its centre \(pair.i)")
          break
        }
      }
      for (k, r) in positions.enumerated() {
        #expect(holders[k].contains(Int32(partition.owner(of: grid.coordinates(of: r)))))
      }
    }
  }

  @Test(
    "pairs of all parts are those of the whole frame, also if a lattice spacing is the cutoff"
  )
  func pairs() throws {
    var frames = try Self.frames()
    // Distances of exactly the cutoff, across faces too, in a box whose edge has no exact thirds.
    let edge = 0.1 + 0.2 + 11.7
    let lattice = try Cell(lengths: Vector(edge, edge, edge), origin: Vector(0.7, -3.1, 10.0 / 3))
    var nodes: [Vector] = []
    for z in 0..<4 {
      for y in 0..<4 {
        for x in 0..<4 {
          nodes.append(lattice.position(Vector(Double(x), Double(y), Double(z)) / 4))
        }
      }
    }
    frames.append(("lattice", lattice, nodes))
    for (name, cell, positions) in frames {
      for cutoff in [3.0, edge / 4] {
        let table = AtomTable(
          ids: positions.indices.map { Int64($0 + 1) }, species: positions.map { _ in 0 },
          x: positions.map(\.x), y: positions.map(\.y),
          z: positions.map(\.z), wrappedInto: cell)
        let grid = Self.grid(cell, positions)
        let whole = ExtendedGrid(
          atoms: table, speciesCount: 1, grid: grid, region: grid.wholeRegion, cutoff: 6
        )
        .pairs(within: cutoff, closeDistance: 1)
        let expected = rows(whole)
        // Symmetric: j is a neighbour of i in an image if and only if i is a neighbour of j in the
        // opposite image.
        for (i, list) in expected {
          for (j, image) in list {
            let back = packImage(SIMD3(0, 0, 0) &- unpackImage(image))
            #expect(
              expected[j]?.contains { $0.0 == i && $0.1 == back } == true,
              "\(name): \(i) and \(j) at \(cutoff) Å")
          }
        }
        let partition = Self.partition(grid, positions, parts: 6, ranks: 1, seed: 5)
        var found: [Int32: [(Int32, Int32)]] = [:]
        for part in 0..<6 {
          let extended = ExtendedGrid(
            atoms: table, speciesCount: 1, grid: grid, region: partition.region(of: part),
            owned: partition.ownedCells(of: part), cutoff: 6)
          found.merge(rows(extended.pairs(within: cutoff, closeDistance: 1))) { _, _ in [] }
        }
        #expect(found.count == expected.count)
        for (i, list) in expected {
          #expect(found[i]?.elementsEqual(list) { $0 == $1 } == true, "\(name), centre \(i)")
        }
      }
    }
  }

  private func rows(_ list: NeighborList) -> [Int32: [(Int32, Int32)]] {
    var rows: [Int32: [(Int32, Int32)]] = [:]
    for (k, center) in list.centers.enumerated() {
      rows[center] = (list.offsets[k]..<list.offsets[k + 1]).map {
        (list.neighbors[$0], list.images[$0])
      }
    }
    return rows
  }
}
