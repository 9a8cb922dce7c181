import TestSupport
import Testing

@testable import Geometry

/// Histograms of distances between molecules, which are computed in single precision where that is
/// sure to find the same bin.
@Suite("Pair histogram", .tags(.fast)) struct PairHistogramTests {
  /// Molecules of three atoms: positions of the centres, displacements of the two others, labels.
  private struct Molecules {
    let cell: Cell
    var centers: [Vector] = []
    var atoms: [[Vector]] = []
    var labels: [UInt8] = []
  }

  /// Counts from the definition, [labels, labels, bins], of pairs of the first with the second
  /// kind of atom.
  private func expected(
    _ molecules: Molecules, _ first: Bool, _ second: Bool, _ cutoff: Double, _ bins: Int
  ) -> [Int64] {
    var counts = [Int64](repeating: 0, count: 4 * bins)
    let scale = 1 / (cutoff / Double(bins))
    func places(_ isCenter: Bool, _ i: Int) -> [Vector] {
      isCenter ? [.zero] : molecules.atoms[i]
    }
    func add(_ i: Int, _ j: Int, _ d: Vector) {
      for (k, a) in places(first, i).enumerated() {
        for (l, b) in places(second, j).enumerated() {
          if i == j, d == .zero, first == second, k == l { continue }
          let r = d + b - a
          let bin = dot(r, r).squareRoot() * scale
          guard bin < Double(bins) else { continue }
          counts[(Int(molecules.labels[i]) * 2 + Int(molecules.labels[j])) * bins + Int(bin)] += 1
        }
      }
    }
    for i in molecules.centers.indices { add(i, i, .zero) }
    for pair in BruteForce.neighbors(molecules.centers, cell: molecules.cell, cutoff: cutoff + 3) {
      add(pair.i, pair.j, pair.displacement)
    }
    return counts
  }

  private func compare(_ molecules: Molecules, cutoff: Double, bins: Int) {
    let species = [UInt8](repeating: 0, count: molecules.centers.count)
    let reach = cutoff + 3
    let frame = Frame(molecules.cell, molecules.centers, species, cutoff: reach, width: 2)
    let extended = ExtendedGrid(
      atoms: frame.table, speciesCount: 1, grid: frame.grid, region: frame.grid.wholeRegion,
      cutoff: reach)
    let attached = AttachedAtoms(
      displacements: molecules.atoms.map { atoms in
        var lanes = AttachedAtoms.none
        for (k, r) in atoms.enumerated() {
          (lanes[3 * k], lanes[3 * k + 1], lanes[3 * k + 2]) = (r.x, r.y, r.z)
        }
        lanes[6] = Double(atoms.count)
        return lanes
      })
    // Three labellings: records of molecules are then longer than one vector.
    let same = [UInt8](repeating: 0, count: molecules.labels.count)
    let found = extended.pairHistogram(
      attached: attached, labels: [molecules.labels, same, molecules.labels],
      labelCounts: [2, 1, 2], cutoff: cutoff, binCount: bins)
    for kind in 0..<3 {
      #expect(found.counts[kind][2] == found.counts[kind][0])
      #expect(found.counts[kind][1].reduce(0, +) == found.counts[kind][0].reduce(0, +))
    }
    #expect(found.counts[0][0] == expected(molecules, true, true, cutoff, bins))
    #expect(found.counts[1][0] == expected(molecules, true, false, cutoff, bins))
    #expect(found.counts[2][0] == expected(molecules, false, false, cutoff, bins))
    #expect(found.counts[2][0].reduce(0, +) > 1000)
  }

  @Test("distances at the limits of bins, exactly") func lattice() throws {
    var molecules = Molecules(cell: try Cell(lengths: Vector(8, 8, 6)))
    for x in 0..<4 {
      for y in 0..<4 {
        for z in 0..<3 {
          molecules.centers.append(2 * Vector(Double(x), Double(y), Double(z)))
          molecules.atoms.append([Vector(0.5, 0, 0), Vector(0, -0.25, 0.75)])
          molecules.labels.append(UInt8((x + y * z) % 2))
        }
      }
    }
    // Whole, half and quarter Å are limits of bins; so are all distances along the axes.
    compare(molecules, cutoff: 6, bins: 24)
    compare(molecules, cutoff: 6, bins: 120)
  }

  @Test(
    "a gas in a small and in a long box, with bins of any width", arguments: [11.02, 260.02],
    [7, 160, 5000] as [Int])
  func gas(length: Double, bins: Int) throws {
    var generator = SeededGenerator(seed: 8)
    // No length is a multiple of a bin: images of a molecule would lie at the limits, to rounding.
    let cell = try Cell(lengths: Vector(9.03, 7.01, length))
    var molecules = Molecules(cell: cell)
    molecules.centers = Lattice.gas(count: Int(5.5 * length), in: cell, using: &generator).positions
    for _ in molecules.centers {
      func bond() -> Vector {
        Vector(generator.uniform(-0.6, 0.6), generator.uniform(-0.6, 0.6), 0.5)
      }
      molecules.atoms.append((0..<generator.integer(below: 3)).map { _ in bond() })
      molecules.labels.append(UInt8(generator.integer(below: 2)))
    }
    compare(molecules, cutoff: 8, bins: bins)
  }
}
