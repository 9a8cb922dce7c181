import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import Models
@testable import NeuralNetwork
@testable import Training

/// Temperature, reliability and intervals.
@Suite("Calibration", .tags(.fast))
struct CalibrationTests {
  @Test("Wilson's interval has the values of statsmodels' proportion_confint")
  func wilson() {
    for (correct, count, lower, upper) in [
      (10, 10, 0.7224672001371, 1.0), (0, 10, 0.0, 0.2775327998629),
      (5, 10, 0.2365930905126, 0.7634069094874),
      (7200, 7200, 0.9994667485615, 1.0), (95, 100, 0.8882495307681, 0.9784563208456),
    ] {
      let interval = WilsonInterval(correct: correct, count: count)
      #expect(abs(interval.lower - lower) < 1e-9, "\(correct) of \(count): \(interval)")
      #expect(abs(interval.upper - upper) < 1e-9, "\(correct) of \(count): \(interval)")
    }
    #expect(WilsonInterval(correct: 0, count: 0).lower.isNaN)
  }

  @Test("reliability by hand: bins, calibration error, Brier score, cross-entropy")
  func reliability() {
    let p: [Float] = [0.75, 0.25, 0.25, 0.75, 0.5, 0.5, 1, 0]
    let labels: [UInt8] = [0, 0, 0, 0]
    let found = Reliability(probabilities: p.span, labels: labels.span, classes: 2)
    let filled = [10, 15, 20]
    #expect(filled.map { found.counts[$0] } == [1, 2, 1])
    #expect(filled.map { found.correct[$0] } == [1, 1, 1])
    #expect(found.count == 4 && found.confidences[15] == 0.75)
    #expect(found.confident.count == 1 && found.confident.correct == 1)
    let error = 0.25, brier = 1.75 / 4
    #expect(abs(found.expectedCalibrationError - error) < 1e-15)
    #expect(abs(found.brierScore - brier) < 1e-15)
    let entropy = -(log(0.75) + log(0.25) + log(0.5)) / 4
    #expect(abs(found.crossEntropy - entropy) < 1e-15)
  }

  /// Labels drawn from softmax(z/T), and the probabilities of the uncalibrated softmax(z).
  private func drawn(temperature: Double, rows: Int) -> (p: [Float], labels: [UInt8]) {
    var generator = SeededGenerator(seed: 3)
    var p: [Float] = [], labels: [UInt8] = []
    for _ in 0..<rows {
      let z = (0..<3).map { _ in Double.random(in: -6...6, using: &generator) }
      func softmax(_ t: Double) -> [Double] {
        let e = z.map { exp($0 / t) }
        return e.map { $0 / e.reduce(0, +) }
      }
      let truth = softmax(temperature)
      let draw = Double.random(in: 0..<1, using: &generator)
      labels.append(draw < truth[0] ? 0 : draw < truth[0] + truth[1] ? 1 : 2)
      p += softmax(1).map { Float($0) }
    }
    return (p, labels)
  }

  @Test(
    "the fitted temperature is the one that labels were drawn with", arguments: [0.6, 1.0, 2.5])
  func recovered(temperature: Double) throws {
    let (p, labels) = drawn(temperature: temperature, rows: 20_000)
    let found = try #require(
      TemperatureFit.temperature(probabilities: p, labels: labels, classes: 3))
    #expect(abs(found / temperature - 1) < 0.04, "\(found)")
    func entropy(_ t: Double) -> Double {
      Reliability(probabilities: p.span, labels: labels.span, classes: 3, undoing: 1 / t)
        .crossEntropy
    }
    #expect(entropy(found) <= entropy(found * 1.01) && entropy(found) <= entropy(found / 1.01))
    // The error is that of the curvature by 1/T, and covers the deviation.
    let error = TemperatureFit.standardError(ofTemperature: found, probabilities: p, classes: 3)
    let b = 1 / found, step = 0.02 * b
    let curvature =
      20_000 * (entropy(1 / (b + step)) + entropy(1 / (b - step)) - 2 * entropy(found))
      / (step * step)
    #expect(abs(error / (found * found / curvature.squareRoot()) - 1) < 0.02, "\(error)")
    #expect(abs(found - temperature) < 4 * error)
    let after = Reliability(
      probabilities: p.span, labels: labels.span, classes: 3, undoing: 1 / found)
    #expect(after.expectedCalibrationError < 0.015)
  }

  @Test("no temperature if every row is predicted correctly") func separable() {
    #expect(
      TemperatureFit.temperature(probabilities: [0.9, 0.1, 0.2, 0.8], labels: [0, 1], classes: 2)
        == nil)
  }

  @Test("the network divides its logits by the temperature, in both precisions")
  func network() {
    var model = Model.random([40, 24, 3])
    let x = randomRows(23, 40)
    let plain = PerceptronDouble(model).probabilities(x.map { Double($0) }, count: 23)
    let single = Perceptron(model).probabilities(x, count: 23)
    model.temperature = 1
    #expect(Perceptron(model).probabilities(x, count: 23) == single)
    model.temperature = 1.7
    let found = PerceptronDouble(model).probabilities(x.map { Double($0) }, count: 23)
    var expected: [Double] = []
    for row in 0..<23 {
      let powers = plain[(3 * row)..<(3 * row + 3)].map { pow($0, 1 / 1.7) }
      expected += powers.map { $0 / powers.reduce(0, +) }
    }
    #expect(largestDifference(found, expected) < 1e-14)
    let fast = Perceptron(model).probabilities(x, count: 23)
    #expect(largestDifference(fast, expected) < 2e-6)
    let loops = PlainPerceptron(model: model)
    var plainly: [Float] = []
    for row in 0..<23 { plainly += loops.probabilities(of: Array(x[(row * 40)..<(row * 40 + 40)])) }
    #expect(fast == plainly)
    let features: [Double] = x.map { Double($0) }
    #expect(largestDifference(model.probabilities(ofFeatures: features), expected) < 1e-6)
  }

  @Test(
    "a file keeps temperature and neighbour distance, and one without them has its old bytes")
  func file() throws {
    var model = Model.random([40, 24, 3])
    let bytes = try ModelFile.bytes(of: model)
    #expect(!String(decoding: bytes.prefix(2000), as: UTF8.self).contains("temperature"))
    model.temperature = 1.25
    model.neighborCutoff = 3.4
    let read = try ModelFile.parse(bytes: try ModelFile.bytes(of: model), path: "m")
    #expect(read.temperature == 1.25 && read.neighborCutoff == 3.4)
    var again = read
    again.temperature = nil
    again.neighborCutoff = nil
    #expect(try ModelFile.bytes(of: again) == bytes)
    for (key, text) in [
      ("temperature", "0"), ("temperature", "nan"), ("temperature", "warm"),
      ("neighbor_cutoff", "-3"), ("neighbor_cutoff", "1e9"),
    ] {
      var container = try SafeTensors(bytes: bytes)
      container.metadata[key] = text
      let error = #expect(throws: ModelError.self) {
        try ModelFile.parse(bytes: container.serialised, path: "m")
      }
      let words = "the metadata entry \(key) is \"\(text)\", expected a number from"
      #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
    }
  }

  @Test("an epoch is better only if its loss is lower by the smallest improvement; states keep it")
  func minimumDelta() throws {
    func epoch(_ loss: Double) -> TrainingState.Epoch { TrainingState.Epoch([loss, 0, loss, 0]) }
    var options = TrainingOptions(hidden: [4], patience: 2, minimumDelta: 0.1)
    var state = TrainingState(features: 3, classes: 2, options: options)
    for loss in [1.0, 0.95, 0.91] { state.finishEpoch(epoch(loss)) }
    #expect(state.bestEpoch == 0 && state.isFinished)
    #expect(try TrainingState(bytes: state.bytes, path: "c") == state)
    options.minimumDelta = 0
    var old = TrainingState(features: 3, classes: 2, options: options)
    for loss in [1.0, 0.95, 0.91] { old.finishEpoch(epoch(loss)) }
    #expect(old.bestEpoch == 2 && !old.isFinished)
    #expect(try TrainingState(bytes: old.bytes, path: "c") == old)
    #expect(state.bytes.count == old.bytes.count + 8)
    options.minimumDelta = -1
    #expect(options.problem?.contains("smallest improvement") == true)
  }
}
