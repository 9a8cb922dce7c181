import Foundation
import NeuralNetwork
import TestSupport
import Testing

@testable import Models

/// Guards and familiarity data: the file, the scores, the fraction of a frame.
@Suite("Guard and familiarity", .tags(.fast)) struct GuardModelTests {
  /// The fixture's model (40 features, 3 classes) with a guard and familiarity data of random
  /// numbers.
  private func model(seed: UInt64 = 3) throws -> Model {
    var model = try ModelFile.read(path: Fixture.path("tiny.safetensors"))
    var generator = SeededGenerator(seed: seed)
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -0.3...0.3, using: &generator) }
    }
    let d = model.featureCount
    model.guardHead = Model.Guard(
      classes: ["subject", "ice"],
      layers: [
        Model.Layer(weight: numbers(5 * d), bias: numbers(5), inputs: d),
        Model.Layer(weight: numbers(10), bias: numbers(2), inputs: 5),
      ], threshold: 0.5, prior: 0.25, training: "{}")
    model.familiarity = Model.Familiarity(
      leading: numbers(17 * d), minor: numbers(3 * d), leadingCount: 17, minorCount: 3,
      edges: (0..<(3 * 20)).flatMap { _ in numbers(4).sorted() },
      limits: (0..<(3 * 20 * 5)).map { _ in Float.random(in: 0...1, using: &generator) },
      edgeCount: 4, warningShare: 0.15)
    return model
  }

  @Test("a guard and familiarity data read back as they were written")
  func roundTrip() throws {
    let model = try model()
    let read = try ModelFile.parse(bytes: try ModelFile.bytes(of: model), path: "m.safetensors")
    #expect(read.guardHead == model.guardHead && read.familiarity == model.familiarity)
    #expect(read.layers == model.layers && read.foreignTensors == model.foreignTensors)
    var without = read
    without.guardHead = nil
    without.familiarity = nil
    let bare = try ModelFile.parse(bytes: try ModelFile.bytes(of: without), path: "m.safetensors")
    #expect(bare.guardHead == nil && bare.familiarity == nil)
    #expect(!bare.metadata.keys.contains { $0.hasPrefix("guard") || $0.hasPrefix("familiarity") })
  }

  @Test("a damaged guard is refused with what was expected")
  func refusals() throws {
    var container = try SafeTensors(bytes: try ModelFile.bytes(of: try model()))
    let whole = container
    func reason() throws -> String {
      do {
        _ = try ModelFile.parse(bytes: container.serialised, path: "m.safetensors")
        return ""
      } catch { return error.description }
    }
    container.metadata["guard.classes"] = "[\"ice\", \"subject\"]"
    #expect(try reason().contains("expected a JSON list of subject"))
    container = whole
    container.metadata["guard.prior"] = "1"
    #expect(try reason().contains("guard.prior is \"1\", expected a number between 0 and 1"))
    container = whole
    let bias = try #require(container.tensors.first { $0.name == "guard.layers.1.bias" })
    container.tensors.append(
      SafeTensors.Tensor(
        name: "guard.scale", type: bias.type, shape: bias.shape, bytes: bias.bytes))
    #expect(try reason().contains("the tensor guard.scale has no place in a guard of 2 layers"))
    container = whole
    container.metadata["guard.classes"] = nil
    #expect(try reason().contains("no entry guard.classes"))
    container = whole
    container.tensors.removeAll { $0.name == "familiarity.limits" }
    #expect(try reason().contains("the tensor familiarity.limits"))
  }

  @Test("scores and bins equal plain sums; a row's bins depend on nothing else")
  func scores() throws {
    let model = try model(), data = try #require(model.familiarity)
    let d = model.featureCount, j = data.scoreCount, count = 37
    var generator = SeededGenerator(seed: 9)
    let rows = (0..<(count * d)).map { _ in Float.random(in: -2...2, using: &generator) }
    let pass = FamiliarityScores(data, features: d, isSingle: true)
    let scores = pass.scores(of: rows.span, count: count)
    func plain(_ row: Int) -> [Double] {
      let x = (0..<d).map { Double(rows[row * d + $0]) }
      func along(_ list: [Float], _ c: Int) -> Double {
        (0..<d).reduce(0) { $0 + Double(list[c * d + $1]) * x[$1] }
      }
      let leading = (0..<17).map { along(data.leading, $0) },
        minor = (0..<3).map { along(data.minor, $0) }
      func squares(_ list: [Double]) -> Double { list.reduce(0) { $0 + $1 * $1 } }
      return leading + [squares(x), squares(leading), squares(minor)]
    }
    let classes = (0..<count).map { UInt8($0 % 3) }
    var bins = [UInt8](repeating: 255, count: count * j)
    var target = bins.mutableSpan
    pass.bins(
      of: rows.span, leadingDimension: d, count: count, classes: classes.span, into: &target)
    for row in 0..<count {
      for (score, value) in plain(row).enumerated() {
        #expect(abs(Double(scores[row * j + score]) - value) < 1e-4 * max(1, abs(value)))
        let first = (Int(classes[row]) * j + score) * 4
        let below = (0..<4).count { data.edges[first + $0] < scores[row * j + score] }
        #expect(bins[row * j + score] == UInt8(below))
      }
      // Alone in a batch: the same bytes.
      let own = Array(rows[(row * d)..<((row + 1) * d)])
      var alone = [UInt8](repeating: 255, count: j)
      var span = alone.mutableSpan
      pass.bins(
        of: own.span, leadingDimension: d, count: 1, classes: [classes[row]].span, into: &span)
      #expect(alone == Array(bins[(row * j)..<((row + 1) * j)]))
    }
  }

  @Test(
    "the fraction beyond the limits: none for a part of the training data, all for what has no limit"
  )
  func unlike() {
    let data = Model.Familiarity(
      leading: [1, 0], minor: [0, 1], leadingCount: 1, minorCount: 1,
      edges: [0, 0, 0, 0, 0, 0, 0, 0],
      limits: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0],
      edgeCount: 1, warningShare: 0.15)
    func counts(_ low: Int64, _ high: Int64) -> [Int64] {
      [low, high, low, high, low, high, low, high] + [Int64](repeating: 0, count: 8)
    }
    #expect(data.unlikeFraction(counts: counts(500, 500), molecules: 1000) == 0)
    let deviation = (0.25 / 1000.0).squareRoot()
    let found = data.unlikeFraction(counts: counts(800, 200), molecules: 1000)
    #expect(abs(found - (0.3 - deviation)) < 1e-12)
    var foreign = [Int64](repeating: 0, count: 16)
    foreign[15] = 10
    #expect(data.unlikeFraction(counts: foreign, molecules: 10) == 1)
    #expect(data.unlikeFraction(counts: foreign, molecules: 0) == 0)
  }

  @Test("a frame's own fraction moves the limit: few odds of one mean nothing, many mean all")
  func fraction() {
    var counts = [Int64](repeating: 0, count: ForeignFraction.binCount)
    let likely = ForeignFraction.bin(odds: 20), doubtful = ForeignFraction.bin(odds: 1.1),
      unlikely = ForeignFraction.bin(odds: 1e-4)
    #expect(unlikely < doubtful && doubtful < likely)
    #expect(ForeignFraction.bin(odds: 0) == 0)
    #expect(ForeignFraction.bin(odds: .infinity) == ForeignFraction.binCount - 1)
    counts[unlikely] = 970
    counts[doubtful] = 30
    let glass = ForeignFraction(counts: counts, prior: 0.3, threshold: 0.5)
    #expect(glass.fraction == 0.02 && glass.leastOdds > 10)
    counts[unlikely] = 50
    counts[doubtful] = 250
    counts[likely] = 700
    let liquid = ForeignFraction(counts: counts, prior: 0.3, threshold: 0.5)
    #expect(liquid.fraction == 0.9 && liquid.leastOdds < 0.1)
    let none = ForeignFraction(
      counts: [Int64](repeating: 0, count: ForeignFraction.binCount), prior: 0.3, threshold: 0.5)
    #expect(abs(none.leastOdds - 1) < 1e-12)
    #expect(ForeignFraction.odds(subject: .nan) == 0 && ForeignFraction.odds(subject: 0.5) == 1)
  }
}
