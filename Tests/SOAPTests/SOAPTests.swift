import Geometry
import TestSupport
import Testing

@testable import SOAP

let symbolOf = [1: "H", 6: "C", 8: "O", 14: "Si"]

/// Describes `centers` (indices into positions) of a structure; rows of full features in double
/// precision.
func describe(
  positions: [Vector], species: [Int], speciesSymbols: [String], cell: Cell, centers: [Int],
  precision: Descriptor.Precision,
  parameters: (String) -> SOAPParameters, gridWidth: Double? = nil
) -> [[Double]] {
  let table = AtomTable(
    ids: (0..<positions.count).map(Int64.init), species: species.map(UInt8.init),
    x: positions.map(\.x), y: positions.map(\.y),
    z: positions.map(\.z), wrappedInto: cell)
  let cutoff = parameters(speciesSymbols[species[centers[0]]]).effectiveCutoff
  let grid = CellGrid(
    cell: cell, targetWidth: gridWidth ?? cutoff / 2, bounds: table.fractionalBounds(in: cell),
    atomCount: table.count)
  let grids = speciesSymbols.indices.map {
    ExtendedGrid(
      atoms: table, center: $0, speciesCount: speciesSymbols.count, grid: grid,
      region: grid.wholeRegion, cutoff: cutoff)
  }
  let searches = grids.map { NeighborSearch(grid: $0, cutoff: cutoff) }
  let batch = NeighborBatch(speciesCount: speciesSymbols.count, single: precision == .single)
  var descriptors: [Int: Descriptor] = [:]
  return centers.map { center in
    let s = species[center]
    let descriptor =
      descriptors[s] ?? Descriptor(parameters(speciesSymbols[s]), precision: precision)
    descriptors[s] = descriptor
    let home = grid.coordinates(of: table.position(center))
    let search = searches[s]
    let images = search.images(of: s, inCell: home)
    search.enter(cell: home, centers: images, of: s)
    let slot = images.first {
      grids[s].centers.ids[search.center(atImage: $0)] == Int64(center)
    }!
    search.findNeighbors(of: slot, center: s, into: batch)
    var row = [Double](repeating: 0, count: descriptor.featureCount)
    if precision == .double {
      row.withUnsafeMutableBufferPointer { descriptor.features(of: batch, to: $0.baseAddress!) }
    } else {
      var single = [Float](repeating: 0, count: descriptor.featureCount + 8)
      single.withUnsafeMutableBufferPointer { descriptor.features(of: batch, to: $0.baseAddress!) }
      for k in row.indices { row[k] = Double(single[k]) }
    }
    for k in row.indices { row[k] += descriptor.ownConstants[k] }
    return row
  }
}

@Suite(.tags(.fast)) struct GoldenTests {
  @Test(arguments: GoldenCase.all) func doubleEqualsDScribe(_ golden: GoldenCase) throws {
    let worst = try deviation(golden, .double)
    // The Löwdin orthogonalisation loses digits as n grows, partly in DScribe itself.
    let bound = golden.n_max <= 6 ? 1e-9 : golden.n_max <= 8 ? 1e-7 : 1e-5
    #expect(worst <= bound, "\(golden.name): \(worst)")
  }

  @Test(arguments: GoldenCase.all.filter { $0.n_max <= 8 }) func singleIsCloseToDScribe(
    _ golden: GoldenCase
  ) throws {
    let worst = try deviation(golden, .single)
    #expect(worst <= 3e-6, "\(golden.name): \(worst)")
  }

  /// Largest deviation over all centres, each relative to the largest value of its row.
  func deviation(_ golden: GoldenCase, _ precision: Descriptor.Precision) throws -> Double {
    let vectors = golden.cellVectors
    let periodic = (golden.pbc[0], golden.pbc[1], golden.pbc[2])
    let isCell = dot(vectors[0], cross(vectors[1], vectors[2])) != 0
    let cell =
      isCell
      ? try Cell(a: vectors[0], b: vectors[1], c: vectors[2], isPeriodic: periodic)
      : try Cell(lengths: Vector(50, 50, 50), isPeriodic: (false, false, false))
    let symbols = golden.species.map { symbolOf[$0]! }
    let species = golden.numbers.map { golden.species.firstIndex(of: $0) ?? -1 }
    var positions: [Vector] = [], kept: [Int] = [], newIndex: [Int: Int] = [:]
    for (k, s) in species.enumerated() where s >= 0 {
      newIndex[k] = kept.count
      kept.append(s)
      positions.append(golden.atomPositions[k])
    }
    let parameters = { (center: String) in
      // swift-format-ignore: NeverUseForceTry
      try! SOAPParameters(
        species: symbols, center: center, cutoffRadius: golden.r_cut, radialCount: golden.n_max,
        maximumDegree: golden.l_max,
        sigma: golden.sigma)
    }
    #expect(abs(parameters(symbols[0]).effectiveCutoff - golden.effective) < 1e-12)
    let rows = describe(
      positions: positions, species: kept, speciesSymbols: symbols, cell: cell,
      centers: golden.centres.map { newIndex[$0]! },
      precision: precision, parameters: parameters)
    var worst = 0.0
    for (k, row) in rows.enumerated() {
      let expected = golden.vector(k)
      #expect(row.count == expected.count)
      let scale = expected.map(abs).max()!
      for (a, b) in zip(row, expected) { worst = max(worst, abs(a - b) / scale) }
    }
    return worst
  }
}
