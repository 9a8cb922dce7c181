import Geometry
import TestSupport
import Testing

/// The lattices that other tests use.
@Suite(.tags(.fast)) struct LatticeTests {
  @Test func iceHasFourNeighborsAndTwoHydrogensEach() throws {
    let ice = try Lattice.iceIh(SIMD3(2, 1, 2))
    #expect(ice.positions.count == 8 * 4 * 3)
    #expect(abs(Double(8) * 4 * 18.0154 * 1.660_539 / ice.cell.volume - 0.93) < 0.02)  // g/cm³
    let oxygen = ice.positions.indices.filter { ice.elements[$0] == 8 }
    let hydrogen = ice.positions.indices.filter { ice.elements[$0] == 1 }
    let near = BruteForce.neighbors(ice.positions, cell: ice.cell, cutoff: 3)
    for o in oxygen {
      let around = near.filter { $0.i == o }
      let bonds = around.filter { ice.elements[$0.j] == 8 }
      #expect(bonds.count == 4)
      #expect(bonds.allSatisfy { abs(length($0.displacement) - 2.76) < 1e-9 })
      #expect(around.count { ice.elements[$0.j] == 1 && length($0.displacement) < 1 } == 2)
    }
    for h in hydrogen {
      #expect(
        near.count { $0.i == h && ice.elements[$0.j] == 8 && length($0.displacement) < 1.9 } == 2)
    }
  }

  @Test func fccHasTwelveNeighbors() throws {
    let fcc = try Lattice.fcc(SIMD3(2, 2, 2), constant: 4)
    let near = BruteForce.neighbors(fcc.positions, cell: fcc.cell, cutoff: 2.9)
    #expect(near.count == 32 * 12)
    // Every neighbour relation is symmetric.
    for n in near {
      #expect(near.contains { $0.i == n.j && $0.j == n.i && $0.image == 0 &- n.image })
    }
  }

  @Test func rotationsKeepLengthsAndHandedness() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<20 {
      let turn = Rotation(using: &generator)
      #expect(length(cross(turn.x, turn.y) - turn.z) < 1e-12)
      let r = Vector(generator.normal(), generator.normal(), generator.normal())
      #expect(abs(length(turn(r)) - length(r)) < 1e-12)
    }
  }
}
