import Geometry

/// Atoms in a cell, for tests.
public struct Configuration: Sendable {
  /// The cell.
  public var cell: Cell
  /// Positions [atoms] in Å.
  public var positions: [Vector]
  /// Atomic numbers [atoms].
  public var elements: [Int]

  /// Every position moved by a normal displacement of standard deviation `sigma` Å along each axis.
  public func shaken(by sigma: Double, using generator: inout SeededGenerator) -> Configuration {
    var copy = self
    for i in positions.indices {
      copy.positions[i] +=
        Vector(generator.normal(), generator.normal(), generator.normal()) * sigma
    }
    return copy
  }
}

/// Well-known arrangements.
public enum Lattice {
  /// `count` atoms of `element` placed uniformly in a cell.
  public static func gas(
    count: Int, in cell: Cell, element: Int = 8, using generator: inout SeededGenerator
  ) -> Configuration {
    let positions = (0..<count).map { _ in
      cell.position(Vector(generator.uniform(), generator.uniform(), generator.uniform()))
    }
    return Configuration(
      cell: cell, positions: positions, elements: [Int](repeating: element, count: count))
  }

  /// Face-centred cubic: 4 atoms per cube of edge `constant` Å.
  public static func fcc(_ repeats: SIMD3<Int>, constant: Double, element: Int = 8) throws
    -> Configuration
  {
    let basis = [Vector(0, 0, 0), Vector(0, 0.5, 0.5), Vector(0.5, 0, 0.5), Vector(0.5, 0.5, 0)]
    return try replicate(
      repeats, edges: Vector(repeating: constant), fractional: basis,
      elements: [Int](repeating: element, count: 4))
  }

  /// Ice Ih: 8 molecules per orthogonal cell, O–O distance 2.76 Å; O first, then its two H,
  /// molecule by molecule.
  ///
  /// Oxygens are exact. Every O–O bond gets one hydrogen, 0.96 Å from an oxygen chosen so that each
  /// has two (a fixed, ordered choice: Eulerian circuits of the bond network), so distances are
  /// those of ice while the proton order is not.
  public static func iceIh(_ repeats: SIMD3<Int>) throws -> Configuration {
    let bond = 2.76
    let a = bond * (8.0 / 3).squareRoot()
    let edges = Vector(a, a * 3.0.squareRoot(), bond * 8 / 3)
    let z = 1.0 / 16
    let basis = [
      Vector(0, 1.0 / 3, z), Vector(0.5, 5.0 / 6, z), Vector(0.5, 1.0 / 6, -z),
      Vector(0, 2.0 / 3, -z),
      Vector(0, 1.0 / 3, 0.5 - z), Vector(0.5, 5.0 / 6, 0.5 - z), Vector(0.5, 1.0 / 6, 0.5 + z),
      Vector(0, 2.0 / 3, 0.5 + z),
    ]
    let oxygen = try replicate(
      repeats, edges: edges, fractional: basis, elements: [Int](repeating: 8, count: 8))
    let bonds = BruteForce.neighbors(oxygen.positions, cell: oxygen.cell, cutoff: bond * 1.05)
    var positions: [Vector] = []
    var elements: [Int] = []
    for (i, donated) in Lattice.orientBonds(bonds, count: oxygen.positions.count).enumerated() {
      positions.append(oxygen.positions[i])
      elements.append(8)
      for bond in donated {
        let d = bond.displacement
        positions.append(oxygen.positions[i] + d * (0.96 / length(d)))
        elements.append(1)
      }
    }
    return Configuration(cell: oxygen.cell, positions: positions, elements: elements)
  }

  private static func replicate(
    _ repeats: SIMD3<Int>, edges: Vector, fractional: [Vector], elements: [Int]
  ) throws -> Configuration {
    let counts = Vector(Double(repeats.x), Double(repeats.y), Double(repeats.z))
    var configuration = Configuration(
      cell: try Cell(lengths: edges * counts), positions: [], elements: [])
    for z in 0..<repeats.z {
      for y in 0..<repeats.y {
        for x in 0..<repeats.x {
          for s in fractional {
            configuration.positions.append((s + Vector(Double(x), Double(y), Double(z))) * edges)
          }
          configuration.elements += elements
        }
      }
    }
    return configuration
  }

  /// Walks along bonds not yet used, so that each atom of four bonds is left as often as entered:
  /// two bonds each to give.
  private static func orientBonds(_ bonds: [Neighbor], count: Int) -> [[Neighbor]] {
    var open = [[Neighbor]](repeating: [], count: count)
    for bond in bonds { open[bond.i].append(bond) }
    var donated = [[Neighbor]](repeating: [], count: count)
    for start in 0..<count {
      while !open[start].isEmpty {
        var here = start
        while let bond = open[here].popLast() {
          open[bond.j].removeAll { $0.j == here && $0.image == 0 &- bond.image }
          donated[here].append(bond)
          here = bond.j
        }
      }
    }
    return donated
  }
}
