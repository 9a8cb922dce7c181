import Geometry
import TestSupport
import Testing

/// Distances between centres and the first minimum of their distribution.
@Suite("Radial distribution", .tags(.fast)) struct RadialDistributionTests {
  private func distribution(_ cell: Cell, _ positions: [Vector], to range: Double)
    -> RadialDistribution
  {
    let species = [UInt8](repeating: 0, count: positions.count)
    let frame = Frame(cell, positions, species, cutoff: range, width: range / 2)
    let extended = ExtendedGrid(
      atoms: frame.table, speciesCount: 1, grid: frame.grid, region: frame.grid.wholeRegion,
      cutoff: range)
    let list = extended.pairs(within: range, closeDistance: 0)
    var result = RadialDistribution(to: range)
    result.add(list, centers: extended.centers, cell: cell)
    return result
  }

  @Test("counts are those of brute force") func counts() throws {
    var generator = SeededGenerator(seed: 5)
    let cell = try Cell(lengths: Vector(7, 8, 9))
    let gas = Lattice.gas(count: 40, in: cell, using: &generator)
    let found = distribution(cell, gas.positions, to: 5)
    var expected = [Int64](repeating: 0, count: found.counts.count)
    for pair in BruteForce.neighbors(gas.positions, cell: cell, cutoff: 5.1) {
      let bin = Int(length(pair.displacement) / RadialDistribution.binWidth)
      if bin < expected.count { expected[bin] += 1 }
    }
    #expect(found.counts == expected)
    #expect(found.counts.reduce(0, +) > 1000)
  }

  @Test("in a crystal, the minimum is half-way between the first shells") func crystal() throws {
    // Face-centred cubic: shells at a/√2 and a.
    var generator = SeededGenerator(seed: 6)
    let fcc = try Lattice.fcc(SIMD3(3, 3, 3), constant: 5).shaken(by: 0.05, using: &generator)
    let wrapped = fcc.positions.map { fcc.cell.wrapped($0).position }
    let found = try #require(distribution(fcc.cell, wrapped, to: 6).firstMinimum)
    let halfway = (3.5355 + 5) / 2
    #expect(abs(found - halfway) < 0.15, "\(found)")
  }

  @Test("a gas and an empty frame have no minimum") func gas() throws {
    var generator = SeededGenerator(seed: 7)
    let cell = try Cell(lengths: Vector(20, 20, 20))
    let gas = Lattice.gas(count: 4000, in: cell, using: &generator)
    #expect(distribution(cell, gas.positions, to: 6).firstMinimum == nil)
    #expect(RadialDistribution(to: 6).firstMinimum == nil)
  }
}
