import Geometry
import TestSupport
import Testing

@testable import SOAP

/// Invariances of the descriptor, its names and its errors.
@Suite(.tags(.fast)) struct InvarianceTests {
  static func water() throws -> Configuration {
    var generator = SeededGenerator(seed: 41)
    return try Lattice.iceIh(SIMD3(2, 1, 1)).shaken(by: 0.2, using: &generator)
  }

  static let centers = [0, 3, 9, 24]

  static func rows(
    _ water: Configuration, centers: [Int] = InvarianceTests.centers,
    precision: Descriptor.Precision = .double,
    speciesOrder: [String] = ["H", "O"], gridWidth: Double? = nil
  ) throws -> [[Double]] {
    let parameters = try SOAPParameters(
      species: speciesOrder, center: "O", cutoffRadius: 5, radialCount: 5, maximumDegree: 5,
      sigma: 0.5)
    return describe(
      positions: water.positions, species: water.elements.map { $0 == 1 ? 0 : 1 },
      speciesSymbols: ["H", "O"], cell: water.cell,
      centers: centers, precision: precision, parameters: { _ in parameters }, gridWidth: gridWidth)
  }

  /// Largest difference, each relative to the largest value of its row.
  static func difference(_ a: [[Double]], _ b: [[Double]]) -> Double {
    var worst = a.count == b.count ? 0.0 : .infinity
    for (p, q) in zip(a, b) {
      let scale = p.map(abs).max()!
      for (x, y) in zip(p, q) { worst = max(worst, abs(x - y) / scale) }
    }
    return worst
  }

  @Test("rotation", arguments: [1, 2, 3] as [UInt64]) func rotation(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let water = try Self.water()
    let rotation = Rotation(using: &generator)
    var turned = water
    turned.cell = try rotation(water.cell)
    turned.positions = water.positions.map { rotation($0) }
    #expect(Self.difference(try Self.rows(water), try Self.rows(turned)) < 1e-11)
    #expect(
      Self.difference(
        try Self.rows(water, precision: .single), try Self.rows(turned, precision: .single)) < 3e-6)
  }

  @Test("reflection") func reflection() throws {
    let water = try Self.water()
    var mirrored = water
    mirrored.positions = water.positions.map { Vector(-$0.x, $0.y, $0.z) }
    #expect(Self.difference(try Self.rows(water), try Self.rows(mirrored)) < 1e-11)
  }

  @Test("translation, also across the cell's faces") func translation() throws {
    let water = try Self.water()
    for shift in [Vector(0.3, -0.7, 1.1), Vector(-50, 123.4, 7)] {
      var moved = water
      moved.positions = water.positions.map { $0 + shift }
      #expect(Self.difference(try Self.rows(water), try Self.rows(moved)) < 1e-11)
    }
  }

  @Test("the order of the atoms") func permutation() throws {
    var generator = SeededGenerator(seed: 42)
    let water = try Self.water()
    let order = water.positions.indices.shuffled(using: &generator)
    var shuffled = water
    shuffled.positions = order.map { water.positions[$0] }
    shuffled.elements = order.map { water.elements[$0] }
    let centers = Self.centers.map { order.firstIndex(of: $0)! }
    #expect(
      Self.difference(try Self.rows(water), try Self.rows(shuffled, centers: centers)) < 1e-12)
  }

  @Test("a larger cell of the same crystal") func supercell() throws {
    let water = try Self.water()
    var double = water
    double.cell = try Cell(a: water.cell.a * 2, b: water.cell.b, c: water.cell.c)
    double.positions += water.positions.map { $0 + water.cell.a }
    double.elements += water.elements
    #expect(Self.difference(try Self.rows(water), try Self.rows(double)) < 1e-12)
  }

  @Test("the order in which species are named, and the grid") func speciesAndGrid() throws {
    let water = try Self.water()
    let rows = try Self.rows(water)
    #expect(try Self.rows(water, speciesOrder: ["O", "H"]) == rows)
    for width in [1.5, 3, 9] {
      #expect(Self.difference(rows, try Self.rows(water, gridWidth: width)) < 1e-12)
    }
  }

  @Test("the power spectrum changes with what it sees") func sensitivity() throws {
    let water = try Self.water()
    var other = water
    other.positions[1].x += 0.05
    #expect(Self.difference(try Self.rows(water), try Self.rows(other)) > 1e-4)
  }

  @Test("single precision on water") func singlePrecision() throws {
    let water = try Self.water()
    let centers = water.elements.indices.filter { water.elements[$0] == 8 }
    let difference = Self.difference(
      try Self.rows(water, centers: centers),
      try Self.rows(water, centers: centers, precision: .single))
    #expect(difference > 0 && difference < 2e-6)
  }

  @Test("names follow DScribe's order, the heavier species first in the name") func names() throws {
    let both = try SOAPParameters(
      species: ["O", "H"], center: "O", cutoffRadius: 6, radialCount: 6, maximumDegree: 6,
      sigma: 0.5)
    let names = both.featureNames
    #expect(names.count == 546 && both.featureCount == 546 && Set(names).count == 546)
    // index: species1, species2, n1, n2, l in DScribe's table.
    let rows: [(Int, String)] = [
      (0, "HH_110"), (1, "HH_120"), (5, "HH_160"), (6, "HH_220"), (20, "HH_660"), (21, "HH_111"),
      (146, "HH_666"), (147, "OH_110"),
      (148, "OH_210"), (152, "OH_610"), (153, "OH_120"), (182, "OH_660"), (183, "OH_111"),
      (398, "OH_666"), (399, "OO_110"),
      (400, "OO_120"), (545, "OO_666"),
    ]
    for (index, name) in rows { #expect(names[index] == name) }
    let oxygen = try SOAPParameters(
      species: ["O"], center: "O", cutoffRadius: 6, radialCount: 8, maximumDegree: 8, sigma: 0.5)
    #expect(
      oxygen.featureCount == 324 && oxygen.featureNames[36] == "OO_111"
        && oxygen.featureNames.last == "OO_888")
    let bond = try SOAPParameters(
      species: ["O", "H"], center: "O", cutoffRadius: 6, radialCount: 6, maximumDegree: 6,
      sigma: 0.5, blocks: ["HO", "HH"])
    #expect(bond.featureCount == 399 && bond.featureNames == Array(names[..<399]))
    let many = try SOAPParameters(
      species: ["O"], center: "O", cutoffRadius: 6, radialCount: 12, maximumDegree: 9, sigma: 0.5)
    #expect(many.featureNames.last == "OO_12,12,9")
    #expect(abs(oxygen.effectiveCutoff - 7.858461) < 1e-6)
  }

  @Test(
    "what is no set of parameters",
    arguments: [
      ("'Q' is not a chemical element", ["O", "Q"], "O", 6.0, 6, 6, 0.5, nil as [String]?),
      ("no species given", [], "O", 6, 6, 6, 0.5, nil),
      ("named twice", ["O", "H", "O"], "O", 6, 6, 6, 0.5, nil),
      ("the centre species Si is not among", ["O"], "Si", 6, 6, 6, 0.5, nil),
      ("r_cut is 1.0", ["O"], "O", 1, 6, 6, 0.5, nil),
      ("r_cut is nan", ["O"], "O", .nan, 6, 6, 0.5, nil),
      ("r_cut is 51", ["O"], "O", 51, 6, 6, 0.5, nil),
      ("n_max is 0", ["O"], "O", 6, 0, 6, 0.5, nil),
      ("n_max is 21", ["O"], "O", 6, 21, 6, 0.5, nil),
      ("l_max is -1", ["O"], "O", 6, 6, -1, 0.5, nil),
      ("l_max is 21", ["O"], "O", 6, 6, 21, 0.5, nil),
      ("sigma is 0.0", ["O"], "O", 6, 6, 6, 0, nil),
      ("sigma is inf", ["O"], "O", 6, 6, 6, .infinity, nil),
      ("the blocks are HH,OH,OO", ["O", "H"], "O", 6, 6, 6, 0.5, ["CC"]),
      ("no block remains", ["O"], "O", 6, 6, 6, 0.5, []),
    ])
  func errors(
    text: String, species: [String], center: String, cutoff: Double, n: Int, l: Int, sigma: Double,
    blocks: [String]?
  ) throws {
    let error = #expect(throws: SOAPError.self) {
      try SOAPParameters(
        species: species, center: center, cutoffRadius: cutoff, radialCount: n, maximumDegree: l,
        sigma: sigma, blocks: blocks)
    }
    #expect(error?.description.contains(text) == true, "\(String(describing: error))")
  }
}
