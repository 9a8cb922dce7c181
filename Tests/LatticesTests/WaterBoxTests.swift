import Geometry
import TestSupport
import Testing

@testable import Lattices

/// A recipe with a name.
struct NamedRecipe: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let recipe: WaterRecipe

  init(_ name: String, _ change: (inout WaterRecipe) -> Void) {
    testDescription = name
    var recipe = WaterRecipe()
    change(&recipe)
    self.recipe = recipe
  }

  /// Boxes of one crystal, in which no bond is cut.
  static let uniform = [
    NamedRecipe("ice") { ($0.size, $0.denseShare) = (.cells(SIMD3(3, 2, 2)), 0) },
    NamedRecipe("one cell") { ($0.size, $0.denseShare) = (.cells(SIMD3(1, 1, 1)), 0) },
    NamedRecipe("one cell of the dense crystal") {
      ($0.size, $0.denseShare) = (.cells(SIMD3(1, 1, 1)), 1)
    },
    NamedRecipe("dense") {
      ($0.size, $0.denseShare, $0.denseDensity) = (.cells(SIMD3(2, 3, 2)), 1, 1.25)
    },
    NamedRecipe("leaning by cells") {
      ($0.size, $0.denseShare, $0.tilt) = (.cells(SIMD3(4, 2, 3)), 0, Vector(0.25, -0.5, 0.5))
    },
    NamedRecipe("leaning by cells and a little") {
      ($0.size, $0.denseShare, $0.tilt) = (.cells(SIMD3(4, 3, 2)), 0, Vector(0.27, -1.3, 0.33))
    },
    NamedRecipe("dense, leaning") {
      ($0.size, $0.denseShare, $0.tilt) = (.cells(SIMD3(3, 2, 2)), 1, Vector(-0.3, 0.4, 0.5))
    },
  ]

  static let slabs = [
    NamedRecipe("slab across x") { ($0.size, $0.axis) = (.cells(SIMD3(7, 4, 4)), 0) },
    NamedRecipe("slab across y with vacuum") {
      ($0.size, $0.axis, $0.vacuum) = (.cells(SIMD3(7, 4, 4)), 1, 12.5)
    },
    NamedRecipe("slab across z") {
      ($0.size, $0.axis, $0.denseShare) = (.cells(SIMD3(6, 4, 4)), 2, 0.3)
    },
    NamedRecipe("slab leaning by a box and a little") {
      ($0.size, $0.tilt) = (.cells(SIMD3(7, 4, 4)), Vector(-1, 0, 1.02))
    },
    NamedRecipe("ice with vacuum, leaning") {
      ($0.size, $0.denseShare, $0.vacuum, $0.axis, $0.tilt) = (
        .cells(SIMD3(4, 3, 3)), 0, 20, 2, Vector(0.5, 0.01, 0)
      )
    },
  ]
}

@Suite(.tags(.fast)) struct WaterBoxTests {
  private func atoms(_ box: WaterBox, frame: Int = 0) -> [Vector] {
    var atoms: [Vector] = []
    box.place(0..<box.moleculeCount, frame: frame, into: &atoms)
    return atoms
  }

  /// The shortest way from `a` to `b` in a box that is not too thin.
  private func shortest(_ a: Vector, _ b: Vector, _ cell: Cell) -> Vector {
    let s = cell.fractional(cell.origin + (b - a))
    return cell.displacement(s - s.rounded(.toNearestOrEven))
  }

  @Test(
    "rigid molecules inside the box, oxygens apart",
    arguments: NamedRecipe.uniform + NamedRecipe.slabs)
  func distances(item: NamedRecipe) throws {
    for noise in [0, 0.1, 0.25] {
      var recipe = item.recipe
      recipe.noise = noise
      let box = try WaterBox(recipe)
      let found = atoms(box, frame: 3)
      #expect(found.count == 3 * box.moleculeCount)
      let cosine = -0.250_717  // of 104.52°
      for m in 0..<box.moleculeCount {
        let a = shortest(found[3 * m], found[3 * m + 1], box.cell),
          b = shortest(found[3 * m], found[3 * m + 2], box.cell)
        #expect(abs(length(a) - 0.9572) < 1e-9 && abs(length(b) - 0.9572) < 1e-9)
        #expect(abs(dot(a, b) / (length(a) * length(b)) - cosine) < 1e-6)
      }
      for r in found {
        let s = box.cell.fractional(r)
        #expect(s.min() > -1e-9 && s.max() < 1 + 1e-9)
      }
      let oxygens = stride(from: 0, to: found.count, by: 3).map { found[$0] }
      let near = BruteForce.neighbors(oxygens, cell: box.cell, cutoff: 2.9).map {
        length($0.displacement)
      }
      let smallest = try #require(near.min())
      #expect(smallest > WaterBox.nearest)
      if noise == 0 { #expect(smallest > box.smallestDistance - 1e-9) }
    }
  }

  /// Without noise every hydrogen lies on a bond, no bond has two or none, whichever rings are
  /// reversed.
  @Test("the ice rules", arguments: NamedRecipe.uniform) func iceRules(item: NamedRecipe) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      var recipe = item.recipe
      (recipe.noise, recipe.seed) = (0, seed)
      let box = try WaterBox(recipe)
      let found = atoms(box)
      let near = BruteForce.neighbors(found, cell: box.cell, cutoff: 2.3)
      for o in stride(from: 0, to: found.count, by: 3) {
        // Two hydrogens of its own, and two at the end of others' bonds.
        let hydrogens = near.filter { $0.i == o && $0.j % 3 != 0 }.map { length($0.displacement) }
        #expect(
          hydrogens.count { $0 < 1 } == 2 && hydrogens.count { $0 > 1.6 && $0 < 2.15 } == 2,
          "\(hydrogens.sorted())")
      }
      for h in found.indices where h % 3 != 0 {
        let others = near.filter { $0.i == h && $0.j % 3 != 0 && $0.j / 3 != h / 3 }
        #expect(others.allSatisfy { length($0.displacement) > 1.5 })
      }
    }
  }

  @Test func protonsAreDisordered() throws {
    var recipe = WaterRecipe()
    (recipe.size, recipe.denseShare, recipe.noise) = (.cells(SIMD3(4, 4, 4)), 0, 0)
    let found = atoms(try WaterBox(recipe))
    recipe.seed = 2
    let other = atoms(try WaterBox(recipe))
    var moved = 0
    for o in stride(from: 0, to: found.count, by: 3) {
      let isSame: Bool = found[o + 1] == other[o + 1] && found[o + 2] == other[o + 2]
      if !isSame { moved += 1 }
    }
    #expect(stride(from: 0, to: found.count, by: 3).allSatisfy { found[$0] == other[$0] })
    // Rings that differ in half of all cells move most molecules.
    #expect(2 * moved > found.count / 3)
    // Cells of one box differ as well.
    let box = try WaterBox(recipe)
    var cells: [[Vector]] = []
    for cell in 0..<64 {
      var hydrogens: [Vector] = []
      for site in 0..<8 {
        let oxygen = 3 * (8 * cell + site)
        hydrogens.append(shortest(found[oxygen], found[oxygen + 1], box.cell))
      }
      cells.append(hydrogens)
    }
    let unlike = cells.count { cell in zip(cell, cells[0]).contains { length($0 - $1) > 1e-6 } }
    #expect(unlike > 32)
  }

  @Test("any part of any frame is the same alone", arguments: NamedRecipe.slabs) func parts(
    item: NamedRecipe
  ) throws {
    let box = try WaterBox(item.recipe)
    let whole = atoms(box, frame: 2)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<20 {
      let bounds = [
        generator.integer(below: box.moleculeCount + 1),
        generator.integer(below: box.moleculeCount + 1),
      ].sorted()
      var part: [Vector] = [.zero]
      box.place(bounds[0]..<bounds[1], frame: 2, into: &part)
      #expect(part == Array(whole[3 * bounds[0]..<3 * bounds[1]]))
    }
    #expect(zip(whole, atoms(box, frame: 3)).allSatisfy { $0 != $1 })
  }

  @Test func densitiesAndSizes() throws {
    for (share, density) in [(0.0, OxygenFramework.iceIh.density), (1.0, 1.17)] {
      var recipe = WaterRecipe()
      (recipe.size, recipe.denseShare) = (.molecules(5000), share)
      let box = try WaterBox(recipe)
      #expect(box.moleculeCount >= 5000 && box.moleculeCount < 6500)
      let found =
        Double(box.moleculeCount) * OxygenFramework.mass * OxygenFramework.densityUnit
        / box.cell.volume
      #expect(abs(found - density) < 1e-9)
      let edges = [box.cell.a.x, box.cell.b.y, box.cell.c.z]
      #expect(edges.max()! < 1.35 * edges.min()!)
    }
    var recipe = WaterRecipe()
    recipe.size = .molecules(100_000)
    for axis in 0..<3 {
      for share in [0.2, 0.5, 0.8] {
        (recipe.axis, recipe.denseShare) = (axis, share)
        let box = try WaterBox(recipe)
        #expect(box.moleculeCount >= 100_000 && box.moleculeCount < 112_000)
        #expect(abs(Double(box.denseMolecules) / Double(box.moleculeCount) - share) < 0.06)
        #expect(abs(box.denseDensity - 1.17) < 1e-9 && box.smallestDistance > 2.6)
        // The contents of a slice well inside the slab.
        let edge = box.cell.edge(axis)[axis]
        var atoms: [Vector] = []
        box.place(0..<box.moleculeCount, frame: 0, into: &atoms)
        let inside = stride(from: 0, to: atoms.count, by: 3).count {
          abs(atoms[$0][axis] / edge - 0.5) < 0.05
        }
        let density =
          Double(inside) * OxygenFramework.mass * OxygenFramework.densityUnit
          / (0.1 * box.cell.volume)
        #expect(abs(density - 1.17) < 0.12, "\(density) across \(axis)")
      }
    }
  }

  @Test func noiseIsAsWideAsAsked() throws {
    var recipe = WaterRecipe()
    (recipe.size, recipe.denseShare, recipe.noise) = (.cells(SIMD3(8, 6, 6)), 0, 0)
    let still = try WaterBox(recipe)
    let lattice = atoms(still)
    recipe.noise = 0.06
    let box = try WaterBox(recipe)
    let moved = atoms(box)
    var squares = 0.0, largest = 0.0
    for o in stride(from: 0, to: moved.count, by: 3) {
      let d = length(shortest(lattice[o], moved[o], box.cell))
      squares += d * d
      largest = max(largest, d)
    }
    #expect(abs((squares / Double(moved.count / 3) / 3).squareRoot() - 0.06) < 0.003)
    #expect(largest <= box.largestDisplacement)
  }

  @Test(
    "refuses",
    arguments: [
      ("--molecules: expected", NamedRecipe("none") { $0.size = .molecules(0) }),
      ("--molecules: expected", NamedRecipe("too many") { $0.size = .molecules(.max) }),
      ("--cells: expected", NamedRecipe("no cells") { $0.size = .cells(SIMD3(3, 0, 3)) }),
      ("would have", NamedRecipe("many cells") { $0.size = .cells(SIMD3(90_000, 90_000, 90_000)) }),
      ("--dense-share: expected", NamedRecipe("share") { $0.denseShare = 1.1 }),
      ("--dense-density: expected", NamedRecipe("density") { $0.denseDensity = .nan }),
      ("--vacuum: expected", NamedRecipe("vacuum") { $0.vacuum = -1 }),
      ("--noise: expected", NamedRecipe("noise") { $0.noise = 0.3 }),
      ("--tilt: expected", NamedRecipe("tilt") { $0.tilt.y = .infinity }),
      ("do not fit", NamedRecipe("small") { $0.size = .cells(SIMD3(3, 1, 1)) }),
      ("do not fit", NamedRecipe("sheared") { $0.tilt.x = 0.4 }),
    ] as [(String, NamedRecipe)])
  func refuses(text: String, item: NamedRecipe) {
    #expect(performing: { _ = try WaterBox(item.recipe) }, throws: { "\($0)".contains(text) })
  }
}
