import Geometry
import Randomness
import TestSupport
import Testing

@testable import Lattices

@Suite(.tags(.fast)) struct FrameworkTests {
  static let frameworks = [OxygenFramework.iceIh, OxygenFramework.iceIII]

  @Test("four neighbours, the fifth far away", arguments: [0, 1]) func neighbors(kind: Int) throws {
    let framework = Self.frameworks[kind]
    let cell = try Cell(lengths: framework.edges)
    let near = BruteForce.neighbors(
      framework.sites.map { cell.position($0) }, cell: cell, cutoff: 3.3)
    for i in framework.sites.indices {
      let around = near.filter { $0.i == i }.map { length($0.displacement) }
      #expect(around.count == 4 && around.allSatisfy { $0 > 2.72 && $0 < 2.77 }, "\(around)")
    }
    let smallest = try #require(near.map { length($0.displacement) }.min())
    #expect(abs(framework.smallestDistance(shear: .zero) - smallest) < 1e-12)
    #expect(framework.sites.allSatisfy { $0.min() >= 0 && $0.max() < 1 })
  }

  @Test func densities() {
    // Ice Ih at 77 K: 0.93 g/cm³; ice IX, the ordered form of ice III: 1.19 g/cm³ (Londono et al.
    // 1993).
    #expect(abs(OxygenFramework.iceIh.density - 0.93) < 0.01)
    #expect(abs(OxygenFramework.iceIII.density - 1.19) < 0.01)
    #expect(OxygenFramework.iceIh.sites.count == 8 && OxygenFramework.iceIII.sites.count == 12)
  }

  @Test("two hydrogens an oxygen, no dipole, rings apart", arguments: [0, 1]) func bonds(kind: Int)
  {
    let framework = Self.frameworks[kind]
    let bonds = HydrogenBonds(framework)
    for site in framework.sites.indices {
      #expect(
        bonds.base.count { $0.donor == site } == 2 && bonds.base.count { $0.acceptor == site } == 2)
    }
    let dipole = bonds.base.reduce(Vector.zero) { sum, bond in
      sum + (framework.sites[bond.acceptor] + Vector(bond.image) - framework.sites[bond.donor])
        * framework.edges
    }
    #expect(length(dipole) < 1e-9, "\(dipole)")
    // Each bond is in one ring at most; a ring closes in space; most bonds can be reversed.
    let inRings = bonds.rings.flatMap { $0.map(\.bond) }
    #expect(Set(inRings).count == inRings.count)
    #expect(2 * inRings.count > bonds.base.count, "\(inRings.count) of \(bonds.base.count) bonds")
    for ring in bonds.rings {
      for (k, step) in ring.enumerated() {
        let next = ring[(k + 1) % ring.count]
        let bond = bonds.base[step.bond]
        #expect(
          bond.acceptor == bonds.base[next.bond].donor && step.cell &+ bond.image == next.cell)
      }
    }
  }

  @Test func streams() {
    // Written files depend on these numbers, so they must not change.
    var stream = RandomStream(1, 2)
    let first = stream.next()
    var again = RandomStream(1, 2)
    #expect(again.next() == first)
    #expect(RandomStream(2, 1) != first && RandomStream(1) != first)
    var sum = 0.0, squares = 0.0, largest = 0.0
    for k in 0..<20_000 {
      var child = RandomStream(child: k, of: stream)
      let x = child.bell()
      sum += x
      squares += x * x
      largest = max(largest, abs(x))
    }
    #expect(
      abs(sum / 20_000) < 0.03 && abs(squares / 20_000 - 1) < 0.03 && largest < 3.47 && largest > 3)
  }

  @Test func cubeRoots() {
    for x in [1e-9, 0.7, 1, 2, 27, 1e9, 1e15] {
      let root = cubeRoot(x)
      #expect(abs(root * root * root - x) <= 1e-14 * x)
    }
  }
}

private func != (stream: RandomStream, word: UInt64) -> Bool {
  var copy = stream
  return copy.next() != word
}
