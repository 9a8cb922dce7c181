import ModelSupport
import TestSupport
import Testing

@testable import Models
@testable import NeuralNetwork

@Suite("Perceptron", .tags(.fast))
struct PerceptronTests {
  @Test("agrees with PyTorch in single and double precision")
  func pytorch() throws {
    let model = try ModelFile.read(path: Fixture.path("tiny.safetensors"))
    let reference = try Fixture.reference()
    let single = Perceptron(model).probabilities(reference.x, count: reference.rows)
    #expect(largestDifference(single, reference.single) < 2e-6)
    #expect(largestDifference(single, reference.double) < 1e-6)
    let double = PerceptronDouble(model).probabilities(
      reference.x.map { Double($0) }, count: reference.rows)
    #expect(largestDifference(double, reference.double) < 1e-14)
  }

  static let shapes: [[Int]] = [
    [40, 24, 24, 3], [7, 5, 2], [3, 2], [33, 9], [17, 1, 2], [64, 100, 30, 50, 17],
    [100, 33, 32, 31, 2], [16, 256, 256, 8],
    [546, 600, 600, 2],
  ]

  @Test("is the plain loops, bit for bit, for any widths, with either tile", arguments: shapes)
  func plainPath(widths: [Int]) {
    let model = Model.random(widths)
    let rows = 67
    let x = randomRows(rows, widths[0])
    let plain = PlainPerceptron(model: model)
    let expected = (0..<rows).flatMap {
      plain.probabilities(of: Array(x[($0 * widths[0])..<(($0 + 1) * widths[0])]))
    }
    for tile in [RegisterTile.wide, .narrow] {
      #expect(Perceptron(model, tile: tile).probabilities(x, count: rows) == expected)
    }
    let y = x.map { Double($0) }
    #expect(
      PerceptronDouble(model, tile: .wide).probabilities(y, count: rows)
        == PerceptronDouble(model, tile: .narrow).probabilities(y, count: rows))
  }

  private final class Memory {
    let floats: UnsafeMutablePointer<Float>
    init(_ count: Int) {
      floats = .allocate(capacity: count)
      floats.initialize(repeating: 0, count: count)
    }
    deinit { floats.deallocate() }
  }

  @Test("shared weights give the same bits, wherever their memory begins", arguments: shapes)
  func packedWeights(widths: [Int]) {
    let model = Model.random(widths)
    let rows = 23, x = randomRows(rows, widths[0])
    let expected = Perceptron(model).probabilities(x, count: rows)
    var released = model
    released.releaseHiddenWeights()
    for start in [0, 1, 7, 15] {
      let count = PackedWeights.floatCount(of: model)
      let memory = Memory(count + start)
      var span = MutableSpan(_unsafeStart: memory.floats + start, count: count)
      PackedWeights.pack(model, into: &span)
      let packed = PackedWeights(at: memory.floats + start, of: memory)
      #expect(Perceptron(released, packed: packed).probabilities(x, count: rows) == expected)
    }
  }

  @Test(
    "gives a row the same bits at every place, in every company, at every count",
    arguments: [[546, 600, 600, 2], [40, 24, 24, 3]])
  func rowIndependence(widths: [Int]) {
    let model = Model.random(widths)
    let network = Perceptron(model)
    let networkDouble = PerceptronDouble(model)
    let width = widths[0]
    let classes = widths.last!
    let rows = 2 * Perceptron.batchSize + 17
    let x = randomRows(rows, width)
    let y = x.map { Double($0) }
    let all = network.probabilities(x, count: rows)
    let allDouble = networkDouble.probabilities(y, count: rows)
    // Alone, and as the last of 1…33 rows starting anywhere: every position in a panel and every
    // size of the last panel.
    var generator = SeededGenerator(seed: 5)
    for count in 1...33 {
      let start = Int.random(in: 0...(rows - count), using: &generator)
      let part = network.probabilities(
        Array(x[(start * width)..<((start + count) * width)]), count: count)
      #expect(part == Array(all[(start * classes)..<((start + count) * classes)]))
      let partDouble = networkDouble.probabilities(
        Array(y[(start * width)..<((start + count) * width)]), count: count)
      #expect(partDouble == Array(allDouble[(start * classes)..<((start + count) * classes)]))
    }
    // The same row at every position, among rows that are huge, tiny or NaN.
    let row = Array(x[0..<width])
    for filler in [Float(0), 1e30, .nan] {
      var crowd = [Float](repeating: filler, count: rows * width)
      for r in stride(from: 0, to: rows, by: 3) {
        crowd.replaceSubrange((r * width)..<((r + 1) * width), with: row)
      }
      let result = network.probabilities(crowd, count: rows)
      let resultDouble = networkDouble.probabilities(crowd.map { Double($0) }, count: rows)
      for r in stride(from: 0, to: rows, by: 3) {
        #expect(Array(result[(r * classes)..<((r + 1) * classes)]) == Array(all[0..<classes]))
        #expect(
          Array(resultDouble[(r * classes)..<((r + 1) * classes)]) == Array(allDouble[0..<classes]))
      }
    }
  }

  @Test("reads rows with a leading dimension and writes only its result")
  func leadingDimension() {
    let model = Model.random([10, 20, 3])
    let network = Perceptron(model)
    let x = randomRows(30, 10)
    var spaced = [Float](repeating: .nan, count: 30 * 13)
    for r in 0..<30 { for f in 0..<10 { spaced[r * 13 + f] = x[r * 10 + f] } }
    let expected = network.probabilities(x, count: 30)
    #expect(network.probabilities(spaced, leadingDimension: 13, count: 30) == expected)
    var result = [Float](repeating: -1, count: 100)
    var span = result.mutableSpan
    network.probabilities(of: spaced.span, leadingDimension: 13, count: 30, into: &span)
    #expect(Array(result[..<90]) == expected && result[90...].allSatisfy { $0 == -1 })
    #expect(network.probabilities([], count: 0) == [])
  }

  @Test(
    "single precision stays within 2e-6 of double, and rows sum to 1",
    arguments: [[546, 600, 600, 2], [324, 600, 600, 3]])
  func precision(widths: [Int]) {
    let model = Model.random(widths, seed: 9)
    let x = randomRows(500, widths[0])
    let single = Perceptron(model).probabilities(x, count: 500)
    let double = PerceptronDouble(model).probabilities(x.map { Double($0) }, count: 500)
    #expect(largestDifference(single, double) < 2e-6)
    for r in 0..<500 {
      let row = (r * widths[3])..<((r + 1) * widths[3])
      let singleSum: Float = single[row].reduce(0, +), doubleSum: Double = double[row].reduce(0, +)
      #expect(abs(singleSum - 1) < 4e-7)
      #expect(abs(doubleSum - 1) < 1e-15 * 4)
    }
  }

  @Test("NaN features give NaN, extreme logits give 0 and 1")
  func extremes() {
    var model = Model.random([4, 6, 3])
    var x = randomRows(2, 4)
    x[1] = .nan
    let result = Perceptron(model).probabilities(x, count: 2)
    #expect(result[..<3].allSatisfy(\.isNaN) && result[3...].allSatisfy { $0 > 0 && $0 < 1 })
    model.layers[1].bias = [0, 5000, -5000]
    #expect(Perceptron(model).probabilities(x, count: 2)[3...] == [0, 1, 0])
  }

  @Test(
    "models trained elsewhere: plain path, library and double precision agree",
    arguments: Fixture.sharedModels)
  func sharedModel(path: String) throws {
    let model = try ModelFile.read(path: path)
    #expect(model.layers.count == 3 && model.classCount >= 2)
    let width = model.featureCount
    let rows = 300
    let x = randomRows(rows, width)
    let single = Perceptron(model).probabilities(x, count: rows)
    let double = PerceptronDouble(model).probabilities(x.map { Double($0) }, count: rows)
    #expect(largestDifference(single, double) < 2e-6)
    #expect(
      largestDifference(double, libraryProbabilities(model, x.map { Double($0) }, rows)) < 1e-12)
    #expect(
      PlainPerceptron(model: model).probabilities(of: Array(x[..<width]))
        == Array(single[..<model.classCount]))
  }
}
