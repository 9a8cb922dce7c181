import Geometry
import TestSupport

import Testing

@Suite(.tags(.fast)) struct CellTests {
  static let cases = Result { try CellCase.all() }

  @Test(
    "wrapping moves by whole edges into the cell, and only along axes that repeat",
    arguments: try CellTests.cases.get())
  func wrapping(_ item: CellCase) throws {
    let cell = item.cell
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let r = cell.position(
        Vector(generator.uniform(-4, 4), generator.uniform(-4, 4), generator.uniform(-4, 4)))
      let (wrapped, image) = cell.wrapped(r)
      #expect(length(wrapped + cell.displacement(Vector(image)) - r) < 1e-10)
      let s = cell.fractional(wrapped)
      for axis in 0..<3 {
        if cell.repeats(along: axis) {
          #expect(s[axis] > -1e-12 && s[axis] < 1 + 1e-12)
        } else {
          #expect(image[axis] == 0)
        }
      }
      #expect(length(cell.position(cell.fractional(r)) - r) < 1e-10)
      // Positions inside the cell do not change in any bit.
      let again = cell.wrapped(cell.position(Vector(0.25, 0.5, 0.75)))
      #expect(again.image == .zero && again.position == cell.position(Vector(0.25, 0.5, 0.75)))
    }
  }

  @Test("rounding onto the upper face does no harm") func faces() throws {
    let cell = try Cell(lengths: Vector(10, 10, 10))
    let tiny = cell.wrapped(Vector(-1e-18, 10, 10.0.nextDown)).position
    #expect(tiny.x >= 0 && tiny.x <= 10 && tiny.y == 0 && tiny.z == 10.0.nextDown)
    let grid = CellGrid(cell: cell, targetWidth: 2, bounds: (.zero, Vector(1, 1, 1)), atomCount: 10)
    #expect(grid.coordinates(of: tiny) == SIMD3(tiny.x == 10 ? 4 : 0, 0, 4))
  }

  @Test("volume, heights and edges") func measures() throws {
    var generator = SeededGenerator(seed: 12)
    let cell = try Cell(a: Vector(3, 0, 0), b: Vector(1, 4, 0), c: Vector(-2, 5, 6))
    #expect(abs(cell.volume - 72) < 1e-12)
    #expect(abs(cell.heights.z - 6) < 1e-12)
    let turned = try Rotation(using: &generator)(cell)
    #expect(abs(turned.volume - 72) < 1e-12)
    #expect(length(turned.heights - cell.heights) < 1e-12)
    #expect(abs(turned.volume - turned.heights.x * length(cross(turned.b, turned.c))) < 1e-11)
    #expect(turned.edge(1) == turned.b && turned.edge(2) == turned.c)
    let mirrored = try Cell(a: cell.b, b: cell.a, c: cell.c)
    #expect(abs(mirrored.volume - 72) < 1e-12)
    #expect(length(mirrored.fractional(mirrored.a) - Vector(1, 0, 0)) < 1e-12)
    let same = try Cell(a: Vector(3, 0, 0), b: Vector(1, 4, 0), c: Vector(-2, 5, 6))
    #expect(cell != mirrored && cell == same)
  }

  @Test("three vectors that are no cell")
  func refusals() {
    let x = Vector(3, 0, 0), y = Vector(1, 4, 0), z = Vector(0, 0, 5)
    #expect(throws: CellError.noVolume) { try Cell(a: x, b: y, c: .zero) }
    #expect(throws: CellError.noVolume) { try Cell(a: x, b: y, c: x + y) }
    #expect(throws: CellError.noVolume) { try Cell(a: x, b: x, c: z) }
    #expect(throws: CellError.noVolume) { try Cell(lengths: Vector(3, 0, 3)) }
    #expect(throws: CellError.noVolume) { try Cell(lengths: Vector(3, -1, 3)) }
    #expect(throws: CellError.notFinite) { try Cell(lengths: Vector(3, .nan, 3)) }
    #expect(throws: CellError.notFinite) { try Cell(a: x, b: Vector(0, .infinity, 0), c: z) }
    #expect(throws: CellError.notFinite) { try Cell(a: x, b: y, c: z, origin: Vector(.nan, 0, 0)) }
    #expect(throws: CellError.beyondReason) {
      try Cell(lengths: Vector(3, 3, 3), origin: Vector(0, -1e306, 0))
    }
    for error in [CellError.noVolume, .notFinite, .beyondReason] { #expect(!"\(error)".isEmpty) }
  }

  @Test("tables sort by id") func tables() throws {
    let cell = try Cell(lengths: Vector(10, 10, 10))
    let table = AtomTable(
      ids: [7, 1 << 40, -2], species: [0, 1, 0], x: [1, 12, -3], y: [0, 0, 0], z: [5, 25, 5],
      wrappedInto: cell)
    #expect(
      table.ids == [-2, 7, 1 << 40] && table.species == [0, 0, 1] && table.x == [7, 1, 2]
        && table.z == [5, 5, 5])
    #expect(table.count == 3)
    var generator = SeededGenerator(seed: 3)
    let ids = Array(
      Set((0..<5000).map { _ in Int64(bitPattern: generator.next()) } + [.max, .min, 0, -1]))
    let random = AtomTable(
      ids: ids, species: ids.map { UInt8(truncatingIfNeeded: $0) }, x: ids.map { _ in 0 },
      y: ids.map { _ in 0 }, z: ids.map { _ in 0 }, wrappedInto: cell)
    #expect(random.ids == ids.sorted())
    #expect(random.species == ids.sorted().map { UInt8(truncatingIfNeeded: $0) })
    #expect(AtomTable().fractionalBounds(in: cell).upper == .zero)
  }
}
