import Geometry
import Profiles
import TestSupport
import Testing

/// Molecules in a cell with their probabilities and phases.
private struct Molecules {
  var x: [Double] = [], y: [Double] = [], z: [Double] = []
  var p: [Double] = []
  var phases: [UInt8] = []

  init(_ n: Int, classes: Int, in cell: Cell, using generator: inout SeededGenerator) {
    for r in Lattice.gas(count: n, in: cell, using: &generator).positions {
      x.append(r.x)
      y.append(r.y)
      z.append(r.z)
      let raw = (0..<classes).map { _ in generator.uniform() }
      p += raw.map { $0 / raw.reduce(0, +) }
      phases.append(UInt8(generator.integer(below: classes + 1)))
    }
  }
}

@Suite(.tags(.fast)) struct LayersTests {
  @Test func numberOfLayersRoundsHalvesToEven() throws {
    func count(_ length: Double, _ width: Double = 2) throws -> Int {
      Layers(
        axis: 0, width: width,
        firstCell: try Cell(lengths: Vector(length, 28, 26), origin: Vector(0.3, 0, 0))
      ).count
    }
    #expect(try count(38.4211) == 19)
    #expect(try count(210.6726) == 105)
    #expect(try count(39) == 20)  // 19.5
    #expect(try count(37) == 18)  // 18.5
    #expect(try count(0.5) == 1)
    // Halves must be exact whatever the other edges are.
    for k in 1...200 { #expect(try count(Double(2 * k + 1)) == (k % 2 == 0 ? k : k + 1)) }
  }

  @Test func positionsOnFacesAndBeyond() throws {
    let lengths = Vector(38.4211, 28.8931, 26.6292)
    let origin = Vector(-3.7, 1, 0)
    for isPeriodic in [true, false] {
      let cell = try Cell(lengths: lengths, origin: origin, isPeriodic: (isPeriodic, true, true))
      let layers = Layers(axis: 0, count: 19)
      let x = [0, lengths.x, -1e-9, 19.5, 38.4210, lengths.x + 3, -3].map { $0 + origin.x }
      let zero = [Double](repeating: 0, count: x.count)
      let found = layers.layers(x: x.span, y: zero.span, z: zero.span, cell: cell)
      #expect(found == (isPeriodic ? [0, 0, 18, 9, 18, 1, 17] : [0, 18, 0, 9, 18, 18, 0]))
    }
  }

  @Test func triclinicLayersLieAlongTheOtherEdges() throws {
    var generator = SeededGenerator(seed: 1)
    let cell = try Cell(
      a: Vector(20, 0, 0), b: Vector(5, 15, 0), c: Vector(-3, 4, 12), origin: Vector(1, 2, 3))
    for axis in 0..<3 {
      let layers = Layers(axis: axis, width: 2, firstCell: cell)
      #expect(abs(layers.length(of: cell) - cell.heights[axis]) < 1e-12)
      let edges = layers.edges(of: cell)
      #expect(abs(edges[layers.count] - edges[0] - cell.heights[axis]) < 1e-12)
      let s = (0..<200).map { _ in
        Vector(generator.uniform(), generator.uniform(), generator.uniform())
      }
      let r = s.map { cell.position($0 + Vector(2, -1, 1)) }
      let (x, y, z) = (r.map(\.x), r.map(\.y), r.map(\.z))
      let found = layers.layers(x: x.span, y: y.span, z: z.span, cell: cell)
      #expect(found == s.map { Int32($0[axis] * Double(layers.count)) })
    }
    let orthogonal = try Cell(lengths: Vector(38.4211, 28, 26), origin: Vector(0.1, 0.2, 0.3))
    #expect(Layers(axis: 0, count: 19).edges(of: orthogonal)[0] == 0.1)
    #expect(Layers(axis: 2, count: 5).length(of: orthogonal) == 26)
  }
}

@Suite(.tags(.fast)) struct LayerProfileTests {
  @Test(arguments: 0..<6) func partsAddUpToTheSameWords(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let cell = try Cell(lengths: Vector(30, 10, 10))
    let (n, k) = (500, 2 + seed % 2)
    let molecules = Molecules(n, classes: k, in: cell, using: &generator)
    let layers = Layers(axis: 0, width: 2, firstCell: cell)
    let layer = layers.layers(
      x: molecules.x.span, y: molecules.y.span, z: molecules.z.span, cell: cell)
    var whole = LayerProfile(layerCount: layers.count, classCount: k)
    whole.add(layers: layer.span, probabilities: molecules.p.span, phases: molecules.phases.span)

    let part = (0..<n).map { _ in generator.integer(below: 7) }
    var sum = LayerProfile(layerCount: layers.count, classCount: k)
    for rank in 0..<7 {
      var own = LayerProfile(layerCount: layers.count, classCount: k)
      for i in (0..<n).filter({ part[$0] == rank }).shuffled(using: &generator) {
        let (l, p, f) = ([layer[i]], Array(molecules.p[i * k..<(i + 1) * k]), [molecules.phases[i]])
        own.add(layers: l.span, probabilities: p.span, phases: f.span)
      }
      sum += LayerProfile(words: own.words, layerCount: layers.count, classCount: k)
    }
    #expect(sum == whole)
    let first = ProfileTable(whole, layers: layers, cell: cell)
    let second = ProfileTable(sum, layers: layers, cell: cell)
    #expect(first.standardError.map(\.bitPattern) == second.standardError.map(\.bitPattern))
  }

  @Test func tableEqualsTheFormulas() throws {
    var generator = SeededGenerator(seed: 77)
    let cell = try Cell(lengths: Vector(21, 12, 9))
    let molecules = Molecules(800, classes: 3, in: cell, using: &generator)
    let layers = Layers(axis: 1, width: 3, firstCell: cell)
    let layer = layers.layers(
      x: molecules.x.span, y: molecules.y.span, z: molecules.z.span, cell: cell)
    var profile = LayerProfile(layerCount: 4, classCount: 3)
    profile.add(layers: layer.span, probabilities: molecules.p.span, phases: molecules.phases.span)
    let table = ProfileTable(profile, layers: layers, cell: cell, massPerCenter: 18.0154)
    #expect(table.edges == [0, 3, 6, 9, 12])
    #expect(table.molecules.reduce(0, +) == 800)
    for l in 0..<4 {
      let members = layer.indices.filter { layer[$0] == l }
      let n = Double(members.count)
      #expect(table.molecules[l] == Int64(members.count))
      #expect(abs(table.density[l] - n * 18.0154 / 6.022_140_76e23 / (21 * 3 * 9 * 1e-24)) < 1e-8)
      for c in 0..<3 {
        let p = members.map { molecules.p[$0 * 3 + c] }
        let mean = p.reduce(0, +) / n
        let variance = p.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        #expect(abs(table.probability[l * 3 + c] - mean) < 1e-11)
        #expect(abs(table.standardError[l * 3 + c] - (variance / n).squareRoot()) < 1e-11)
      }
      for phase in 0...3 {
        let share = Double(members.count { molecules.phases[$0] == phase }) / n
        #expect(table.phaseFraction[l * 4 + phase] == share)
      }
    }
    #expect(table.sparseLayers == table.molecules.indices.filter { table.molecules[$0] < 100 })
  }

  /// In a pure phase all p are nearly equal: the error must not be lost in the rounding of their
  /// squares.
  @Test func standardErrorOfNearlyEqualProbabilities() throws {
    let cell = try Cell(lengths: Vector(2, 10, 10))
    let p = (0..<1000).map { 0.999_999 + 1e-9 * Double($0 % 10) }
    let both = p.flatMap { [$0, 1 - $0] }
    let layer = [Int32](repeating: 0, count: 1000)
    let phases = [UInt8](repeating: 0, count: 1000)
    var profile = LayerProfile(layerCount: 1, classCount: 2)
    profile.add(layers: layer.span, probabilities: both.span, phases: phases.span)
    let table = ProfileTable(profile, layers: Layers(axis: 0, count: 1), cell: cell)
    // Variance of 0…9 equally often: 8.25·n/(n − 1).
    let expected = 1e-9 * (8.25 * 1000 / 999 / 1000).squareRoot()
    #expect(abs(table.standardError[0] / expected - 1) < 1e-3)
    #expect(abs(table.standardError[1] / expected - 1) < 1e-3)
  }

  @Test func undefinedIsNotANumber() throws {
    let cell = try Cell(lengths: Vector(6, 10, 10))
    let (layer, p, phases): ([Int32], [Float], [UInt8]) = (
      [0, 0, 1], [1, 0, 1, 0, 0.25, 0.75], [0, 0, 2]
    )
    var profile = LayerProfile(layerCount: 3, classCount: 2)
    profile.add(layers: layer.span, probabilities: p.span, phases: phases.span)
    let table = ProfileTable(profile, layers: Layers(axis: 0, count: 3), cell: cell)
    #expect(Array(table.probability[0..<4]) == [1, 0, 0.25, 0.75])
    #expect(table.probability[4].isNaN && table.phaseFraction[6].isNaN)
    #expect(
      table.standardError[0] == 0 && table.standardError[2].isNaN && table.standardError[4].isNaN)
    #expect(table.density == [0.01, 0.005, 0])
  }
}

@Suite(.tags(.fast)) struct BlockAverageTests {
  @Test func blocksOfACorrelatedSeries() {
    let (mean, error) = BlockAverage.meanAndError(of: [1, 1, 1, 3, 3, 3, .nan, 5, 5, 5], blocks: 3)
    #expect(mean == 3)
    #expect(abs(error - (4.0 / 3).squareRoot()) < 1e-15)
    #expect(BlockAverage.meanAndError(of: [], blocks: 3).mean.isNaN)
    #expect(BlockAverage.meanAndError(of: [2], blocks: 3).error.isNaN)
  }
}
