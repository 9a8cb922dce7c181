import Geometry
import TestSupport

/// A cell to search in, and the reason for including it.
struct CellCase: Sendable, CustomStringConvertible {
  let description: String
  let cell: Cell

  init(
    _ description: String, _ a: Vector, _ b: Vector, _ c: Vector, origin: Vector = .zero,
    periodic: (Bool, Bool, Bool) = (true, true, true)
  ) throws {
    self.description = description
    cell = try Cell(a: a, b: b, c: c, origin: origin, isPeriodic: periodic)
  }

  init(_ description: String, _ cell: Cell) {
    self.description = description
    self.cell = cell
  }

  /// Cutoff in Å for these cells: some are thinner than it, some thinner than half of it.
  static let cutoff = 4.6

  /// All kinds of cells.
  static func all() throws -> [CellCase] {
    var generator = SeededGenerator(seed: 77)
    let skewed = try Cell(a: Vector(9, 0, 0), b: Vector(13, 8, 0), c: Vector(-11, 9, 10))
    let restricted = try Cell(
      a: Vector(12, 0, 0), b: Vector(4, 11, 0), c: Vector(-3, 2, 13), origin: Vector(-5, 3, 1))
    return [
      try CellCase("orthogonal", Vector(13, 0, 0), Vector(0, 11, 0), Vector(0, 0, 17)),
      try CellCase(
        "orthogonal, other origin", Vector(13, 0, 0), Vector(0, 11, 0), Vector(0, 0, 17),
        origin: Vector(-31.5, 4, 1e3)),
      CellCase("restricted triclinic", restricted),
      CellCase("strongly skewed", skewed),
      CellCase("rotated triclinic", try Rotation(using: &generator)(restricted)),
      CellCase("rotated and strongly skewed", try Rotation(using: &generator)(skewed)),
      try CellCase("left-handed", Vector(0, 12, 1), Vector(11, 0, 2), Vector(1, 2, 13)),
      try CellCase("thinner than the cutoff", Vector(4, 0, 0), Vector(0, 14, 0), Vector(0, 0, 13)),
      try CellCase(
        "thinner than half the cutoff", Vector(2.1, 0, 0), Vector(0, 14, 0), Vector(0, 0, 13)),
      try CellCase(
        "thin along all axes", Vector(3.1, 0, 0), Vector(0.4, 2.2, 0), Vector(1, -0.7, 4)),
      try CellCase("thin and skewed", Vector(3, 0, 0), Vector(7, 4, 0), Vector(-8, 3, 12)),
      try CellCase(
        "slab", Vector(13, 0, 0), Vector(2, 11, 0), Vector(0, 0, 17), periodic: (true, true, false)),
      try CellCase(
        "wire", Vector(3, 0, 0), Vector(2, 21, 0), Vector(1, -2, 17), periodic: (true, false, false)
      ),
      try CellCase(
        "periodic along c alone", Vector(13, 0, 0), Vector(2, 11, 0), Vector(3, 4, 6),
        periodic: (false, false, true)),
      try CellCase(
        "cluster", Vector(13, 0, 0), Vector(2, 11, 0), Vector(3, 4, 16),
        periodic: (false, false, false)),
    ]
  }

  /// Atoms of two species in the cell, including special positions: on faces, on corners, outside,
  /// at the same position.
  func atoms(seed: UInt64) -> (positions: [Vector], species: [UInt8]) {
    var generator = SeededGenerator(seed: seed)
    let count = max(8, min(90, Int(cell.volume * 0.05)))
    var positions = Lattice.gas(count: count, in: cell, using: &generator).positions
    let s = positions.indices.map { _ in
      Vector(generator.uniform(), generator.uniform(), generator.uniform())
    }
    positions[0] = cell.origin
    positions[1] = cell.position(Vector(1, s[1].y, s[1].z))
    positions[2] = cell.position(Vector(s[2].x, 0, 1))
    positions[3] = positions[4]
    // Outside: only along periodic axes, because along other axes there is no inside.
    for (k, axis) in [(5, 0), (6, 1), (7, 2)] where cell.repeats(along: axis) {
      var t = s[k]
      t[axis] += Double(generator.integer(below: 9) - 4)
      positions[k] = cell.position(t)
    }
    return (positions, positions.map { _ in UInt8(generator.integer(below: 2)) })
  }
}

/// Atoms in a grid, ready for searches.
struct Frame {
  let table: AtomTable
  let grid: CellGrid
  let cutoff: Double

  init(_ cell: Cell, _ positions: [Vector], _ species: [UInt8], cutoff: Double, width: Double) {
    table = AtomTable(
      ids: positions.indices.map { Int64($0) + 1 }, species: species, x: positions.map(\.x),
      y: positions.map(\.y), z: positions.map(\.z),
      wrappedInto: cell)
    grid = CellGrid(
      cell: cell, targetWidth: width, bounds: table.fractionalBounds(in: cell),
      atomCount: table.count)
    self.cutoff = cutoff
  }

  /// The wrapped positions [atoms].
  var positions: [Vector] { (0..<table.count).map { table.position($0) } }

  /// Neighbours of each centre of both species in a region: `[id: [species: displacements in search
  /// order]]`.
  func neighbors(
    in region: GridRegion? = nil, of atoms: AtomTable? = nil, single: Bool = false,
    slabSize: Int = 1 << 20
  ) -> [Int64: [[Found]]] {
    let atoms = atoms ?? table
    let region = region ?? grid.wholeRegion
    let batch = NeighborBatch(speciesCount: 2, single: single)
    var found: [Int64: [[Found]]] = [:]
    for center in 0..<2 {
      let extended = ExtendedGrid(
        atoms: atoms, center: center, speciesCount: 2, grid: grid, region: region, cutoff: cutoff,
        slabSize: slabSize)
      let search = NeighborSearch(grid: extended, cutoff: cutoff)
      for z in region.lower.z..<region.upper.z {
        for y in region.lower.y..<region.upper.y {
          for x in region.lower.x..<region.upper.x {
            let slots = search.images(of: center, inCell: SIMD3(x, y, z))
            if slots.isEmpty { continue }
            search.enter(cell: SIMD3(x, y, z), centers: slots, of: center)
            for slot in slots {
              search.findNeighbors(of: slot, center: center, into: batch)
              let id = extended.centers.ids[search.center(atImage: slot)]
              found[id] = (0..<2).map { s in
                single ? Found.all(batch.single(s)) : Found.all(batch.double(s))
              }
            }
          }
        }
      }
    }
    return found
  }
}

/// A displacement and its square, as found.
struct Found: Equatable {
  var r: Vector
  var squared: Double

  static func all<Scalar: BinaryFloatingPoint>(_ neighbors: Neighbors<Scalar>) -> [Found] {
    (0..<neighbors.count).map { k in
      Found(
        r: Vector(Double(neighbors.x[k]), Double(neighbors.y[k]), Double(neighbors.z[k])),
        squared: Double(neighbors.squared[k]))
    }
  }
}

/// Whether two lists hold the same vectors in any order, to within `tolerance` Å.
func sameVectors(_ a: [Vector], _ b: [Vector], tolerance: Double = 1e-9) -> Bool {
  guard a.count == b.count else { return false }
  var left = b
  for r in a {
    guard let k = left.firstIndex(where: { length($0 - r) <= tolerance }) else { return false }
    left.swapAt(k, left.count - 1)
    left.removeLast()
  }
  return true
}
