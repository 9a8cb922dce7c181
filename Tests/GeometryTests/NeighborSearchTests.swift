import Geometry
import TestSupport
import Testing

/// The cell list against brute force with explicit images.
@Suite(.tags(.fast)) struct NeighborSearchTests {
  static let cutoff = CellCase.cutoff
  static let cases = Result { try CellCase.all() }

  @Test(
    "every neighbour, no other, in all cells", arguments: try NeighborSearchTests.cases.get(),
    [1, 2, 3] as [UInt64])
  func findsWhatBruteForceFinds(_ item: CellCase, seed: UInt64) throws {
    let (positions, species) = item.atoms(seed: seed)
    let frame = Frame(item.cell, positions, species, cutoff: Self.cutoff, width: Self.cutoff / 2)
    let expected = BruteForce.neighbors(frame.positions, cell: item.cell, cutoff: Self.cutoff)
    let found = frame.neighbors()
    #expect(found.count == positions.count)
    for i in positions.indices {
      for s in 0..<2 {
        let wanted = expected.filter { $0.i == i && species[$0.j] == UInt8(s) }.map(\.displacement)
        let here = try #require(found[Int64(i + 1)])[s]
        #expect(
          sameVectors(here.map(\.r), wanted),
          "\(item), seed \(seed), atom \(i), species \(s): \(here.count) of \(wanted.count)")
        #expect(
          here.allSatisfy { abs($0.squared - dot($0.r, $0.r)) <= 1e-12 * Self.cutoff * Self.cutoff }
        )
      }
    }
  }

  @Test(
    "single precision rounds the same neighbours", arguments: try NeighborSearchTests.cases.get())
  func singleIsRoundedDouble(_ item: CellCase) throws {
    let (positions, species) = item.atoms(seed: 4)
    let frame = Frame(item.cell, positions, species, cutoff: Self.cutoff, width: Self.cutoff / 2)
    let double = frame.neighbors(), single = frame.neighbors(single: true)
    for (id, lists) in double {
      for s in 0..<2 {
        let rounded = lists[s].map { found in
          Found(
            r: Vector(Double(Float(found.r.x)), Double(Float(found.r.y)), Double(Float(found.r.z))),
            squared: Double(Float(found.squared)))
        }
        #expect(single[id]?[s] == rounded, "\(item), id \(id)")
      }
    }
  }

  @Test(
    "pairs with their images", arguments: try NeighborSearchTests.cases.get(), [5, 6] as [UInt64])
  func pairsAreThoseOfBruteForce(_ item: CellCase, seed: UInt64) throws {
    let (positions, species) = item.atoms(seed: seed)
    let frame = Frame(item.cell, positions, species, cutoff: Self.cutoff, width: Self.cutoff / 2)
    // Also a shorter cutoff than the grid was built for.
    for (distance, s) in [(Self.cutoff, 0), (Self.cutoff, 1), (2.9, 0), (0.7, 1)] {
      let extended = ExtendedGrid(
        atoms: frame.table, center: s, speciesCount: 2, grid: frame.grid,
        region: frame.grid.wholeRegion, cutoff: Self.cutoff)
      let list = extended.pairs(within: distance, closeDistance: 1.5)
      let rows = positions.indices.filter { species[$0] == UInt8(s) }.map { Int32($0) }
      #expect(extended.centers.ids == rows.map { frame.table.ids[Int($0)] })
      let expected = BruteForce.neighbors(frame.positions, cell: item.cell, cutoff: distance)
        .filter { species[$0.i] == UInt8(s) && species[$0.j] == UInt8(s) }
      var found: [Pair] = []
      for (k, i) in list.centers.enumerated() {
        for p in list.offsets[k]..<list.offsets[k + 1] {
          found.append(
            Pair(
              i: rows[Int(i)], j: rows[Int(list.neighbors[p])], image: unpackImage(list.images[p])))
        }
      }
      let wanted = expected.map { Pair(i: Int32($0.i), j: Int32($0.j), image: $0.image) }
      #expect(
        found.count == wanted.count && Set(found) == Set(wanted),
        "\(item), seed \(seed), \(distance) Å")
      #expect(list.closePairs == expected.filter { length($0.displacement) < 1.5 }.count)
      #expect(
        Set(list.centers) == Set(rows.indices.map { Int32($0) }))
    }
  }

  @Test("one search for several cutoffs finds the lists of single searches, also at the limit")
  func severalCutoffs() throws {
    func compare(_ cell: Cell, _ positions: [Vector], _ cutoffs: [Double]) {
      let frame = Frame(
        cell, positions, [UInt8](repeating: 0, count: positions.count), cutoff: cutoffs[0],
        width: cutoffs[0] / 2)
      let extended = ExtendedGrid(
        atoms: frame.table, speciesCount: 1, grid: frame.grid, region: frame.grid.wholeRegion,
        cutoff: cutoffs[0])
      let together = extended.pairs(within: cutoffs, closeDistance: 1.5)
      #expect(together.count == cutoffs.count)
      for (cutoff, list) in zip(cutoffs, together) {
        let alone = extended.pairs(within: cutoff, closeDistance: 1.5)
        #expect(list.centers == alone.centers && list.offsets == alone.offsets, "\(cutoff)")
        #expect(list.neighbors == alone.neighbors && list.images == alone.images, "\(cutoff)")
        #expect(list.closePairs == alone.closePairs, "\(cutoff)")
      }
    }
    for item in try NeighborSearchTests.cases.get() {
      compare(item.cell, item.atoms(seed: 8).positions, [Self.cutoff, 3.5, 3, 1.9])
    }
    // A lattice whose spacing, and whose diagonal, are cutoffs: every pair is at a limit.
    let spacing = 3.1, edge = 5 * spacing
    var lattice: [Vector] = []
    for k in 0..<125 {
      let place = Vector(Double(k % 5), Double((k / 5) % 5), Double(k / 25))
      lattice.append(place * spacing + Vector(0.1, 0.7, 2.9))
    }
    let cell = try Cell(lengths: Vector(edge, edge, edge))
    compare(cell, lattice, [spacing * 2.0.squareRoot(), spacing, spacing * (1 - 1e-12)])
  }

  @Test(
    "a frame that is sorted in slabs has the same images",
    arguments: try NeighborSearchTests.cases.get(), [1, 40])
  func slabs(_ item: CellCase, slabSize: Int) throws {
    let (positions, species) = item.atoms(seed: 11)
    let frame = Frame(item.cell, positions, species, cutoff: Self.cutoff, width: Self.cutoff / 2)
    #expect(frame.neighbors(slabSize: slabSize) == frame.neighbors(), "\(item)")
    for single in [false, true] {
      let part = frame.neighbors(single: single, slabSize: slabSize)
      #expect(part == frame.neighbors(single: single), "\(item)")
    }
    let grids = [1 << 20, slabSize].map {
      ExtendedGrid(
        atoms: frame.table, center: 1, speciesCount: 2, grid: frame.grid,
        region: frame.grid.wholeRegion, cutoff: Self.cutoff, slabSize: $0)
    }
    #expect(grids[0].imageCount == grids[1].imageCount)
    let before = grids[0].pairs(within: Self.cutoff, closeDistance: 1.5)
    grids[1].keepOnlyCenters()
    let after = grids[1].pairs(within: Self.cutoff, closeDistance: 1.5)
    #expect(after.neighbors == before.neighbors && after.images == before.images)
    grids[1].releaseImages()
    #expect(grids[1].imageCount == 0 && grids[1].centers.ids == grids[0].centers.ids)
  }

  @Test("images of entries are packed and found again") func imageShifts() throws {
    var generator = SeededGenerator(seed: 12)
    for (count, share) in [(0, 0), (1, 1), (63, 9), (64, 1), (65, 2), (128, 3), (1000, 40)] {
      let images = (0..<count).map { _ -> Int32 in
        Int.random(in: 0..<10, using: &generator) < share
          ? packImage(SIMD3(Int32.random(in: -512..<512, using: &generator), 3, -1))
          : NeighborList.unshifted
      }
      let shifts = ImageShifts(images)
      #expect(Array(shifts) == images)
      for k in images.indices {
        #expect(shifts.isShifted(k) == (images[k] != NeighborList.unshifted))
        guard k + 8 <= count else { continue }
        #expect(
          shifts.isAnyShifted(ofEightFrom: k)
            == images[k..<k + 8].contains { $0 != NeighborList.unshifted })
      }
    }
  }

  private struct Pair: Hashable {
    let i: Int32, j: Int32
    let image: SIMD3<Int32>
  }

  @Test(
    "the width of the grid's cells does not matter", arguments: try NeighborSearchTests.cases.get())
  func anyWidthFindsTheSame(_ item: CellCase) throws {
    let (positions, species) = item.atoms(seed: 7)
    let reference = Frame(
      item.cell, positions, species, cutoff: Self.cutoff, width: Self.cutoff / 2
    ).neighbors()
    for width in [0.8, 1.3, Self.cutoff / 3, Self.cutoff, 2 * Self.cutoff, 1e3] {
      let other = Frame(item.cell, positions, species, cutoff: Self.cutoff, width: width)
        .neighbors()
      for (id, lists) in reference {
        for s in 0..<2 {
          let here = try #require(other[id])[s]
          #expect(
            sameVectors(here.map(\.r), lists[s].map(\.r), tolerance: 1e-12),
            "\(item), width \(width), id \(id)")
        }
      }
    }
  }

  @Test(
    "a part of the grid with its halo: the same neighbours, order and bits",
    arguments: try NeighborSearchTests.cases.get())
  func partsAgreeBitForBit(_ item: CellCase) throws {
    let (positions, species) = item.atoms(seed: 8)
    let frame = Frame(item.cell, positions, species, cutoff: Self.cutoff, width: Self.cutoff / 2)
    let whole = frame.neighbors()
    let counts = frame.grid.counts
    var served = 0
    // Slabs along each axis, and blocks.
    for pieces in [SIMD3(2, 1, 1), SIMD3(1, 3, 1), SIMD3(1, 1, 2), SIMD3(2, 2, 2)] {
      for z in 0..<pieces.z {
        for y in 0..<pieces.y {
          for x in 0..<pieces.x {
            let piece = SIMD3(x, y, z)
            var region = frame.grid.wholeRegion
            for axis in 0..<3 {
              region.lower[axis] = counts[axis] * piece[axis] / pieces[axis]
              region.upper[axis] = counts[axis] * (piece[axis] + 1) / pieces[axis]
            }
            if region.cellCount == 0 { continue }
            let needed = Self.atoms(near: region, in: frame)
            for table in [frame.table, needed] {
              for (id, lists) in frame.neighbors(in: region, of: table) {
                #expect(whole[id] == lists, "\(item), region \(region), id \(id)")
                served += 1
              }
            }
          }
        }
      }
    }
    #expect(served == 4 * 2 * positions.count)
  }

  /// The atoms that a region needs by the contract of `ExtendedGrid`, and no others.
  private static func atoms(near region: GridRegion, in frame: Frame) -> AtomTable {
    let reach = frame.grid.reach(cutoff: frame.cutoff)
    var table = AtomTable()
    for k in 0..<frame.table.count {
      let c = frame.grid.coordinates(of: frame.table.position(k))
      let isNear = (0..<3).allSatisfy { axis in
        let n = frame.grid.counts[axis]
        return ((region.lower[axis] - reach[axis])..<(region.upper[axis] + reach[axis])).contains {
          e in
          frame.grid.cell.repeats(along: axis) ? ((e % n) + n) % n == c[axis] : e == c[axis]
        }
      }
      guard isNear else { continue }
      table.ids.append(frame.table.ids[k])
      table.species.append(frame.table.species[k])
      table.x.append(frame.table.x[k])
      table.y.append(frame.table.y[k])
      table.z.append(frame.table.z[k])
    }
    return table
  }

  @Test("one atom sees its own images") func oneAtom() throws {
    for repeats in [true, false] {
      let cell = try Cell(lengths: Vector(2, 2, 2), isPeriodic: (repeats, repeats, repeats))
      let frame = Frame(cell, [Vector(1.9, 0, 2)], [0], cutoff: 4, width: 2)
      let found = try #require(frame.neighbors()[1])
      // Points of a cubic lattice within two constants: 6 + 12 + 8 + 6.
      #expect(found[0].count == (repeats ? 32 : 0))
      #expect(found[1].isEmpty)
    }
  }

  @Test("atoms at one place are neighbours, each once") func coincidentAtoms() throws {
    let cell = try Cell(lengths: Vector(12, 12, 12))
    let place = Vector(1, 2, 3)
    let frame = Frame(
      cell, [place, place, place, place + Vector(12, 0, -24)], [0, 0, 0, 1], cutoff: 4, width: 2)
    for id in 1...3 as ClosedRange<Int64> {
      let found = try #require(frame.neighbors()[id])
      #expect(found[0].map(\.r) == [.zero, .zero])
      #expect(found[1].count == 1 && length(found[1][0].r) < 1e-12)
    }
    #expect(frame.neighbors()[4]?[0].count == 3)
    #expect(frame.neighbors()[4]?[1].isEmpty == true)
  }

  @Test("the cutoff is inclusive, on lattices with shells at exact distances") func inclusive()
    throws
  {
    let lattice = try Lattice.fcc(SIMD3(3, 3, 3), constant: 4)
    // Shells of fcc at a·√(n/2): 12, 6, 24, 12 atoms; 4 Å is exactly the second.
    let frame = Frame(
      lattice.cell, lattice.positions, lattice.positions.map { _ in 0 }, cutoff: 4, width: 2)
    for (_, lists) in frame.neighbors() { #expect(lists[0].count == 18) }
    let below = Frame(
      lattice.cell, lattice.positions, lattice.positions.map { _ in 0 }, cutoff: 4.0.nextDown,
      width: 2)
    for (_, lists) in below.neighbors() { #expect(lists[0].count == 12) }
  }

  @Test("many neighbours: batches grow") func dense() throws {
    var generator = SeededGenerator(seed: 9)
    let cell = try Cell(lengths: Vector(3, 3, 3))
    let gas = Lattice.gas(count: 40, in: cell, using: &generator)
    let frame = Frame(cell, gas.positions, gas.positions.map { _ in 0 }, cutoff: 7, width: 3.5)
    let expected = BruteForce.neighbors(frame.positions, cell: cell, cutoff: 7)
    for (id, lists) in frame.neighbors() {
      #expect(lists[0].count == expected.filter { $0.i == Int(id) - 1 }.count)
    }
    #expect(expected.count > 40 * 1500)
  }

  @Test("images pack and unpack") func packing() {
    for x in [-512, -3, 0, 1, 511] as [Int32] {
      for z in [-400, 0, 400] as [Int32] {
        #expect(unpackImage(packImage(SIMD3(x, -x / 2, z))) == SIMD3(x, -x / 2, z))
      }
    }
  }
}
