import Foundation
import Models
import NeuralNetwork
import TestSupport

/// Files in Fixtures and their contents.
package enum Fixture {
  package static func path(_ name: String) -> String {
    Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)?.path ?? name
  }

  package static func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  package static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try data(name)) }

  /// PyTorch's results, see make_fixtures.py.
  package struct Reference: Decodable {
    package let features: Int
    package let classes: Int
    package let rows: Int
    package let x: [Float]
    package let single: [Float]
    package let double: [Double]
    package let mean: [Double]
  }

  package static func reference() throws -> Reference {
    try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: URL(fileURLWithPath: path("tiny.json"))))
  }

  /// Models trained in PyTorch, if they are available next to the checkout.
  package static var sharedModels: [String] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.deletingLastPathComponent().appendingPathComponent("shared/models")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.sorted().map {
      folder.appendingPathComponent($0).path
    }
  }
}

extension Model {
  /// A network with random weights; `widths` from features to classes.
  package static func random(_ widths: [Int], seed: UInt64 = 1) -> Model {
    var generator = SeededGenerator(seed: seed)
    let layers = (1..<widths.count).map { n in
      let bound = 1.7 / Float(widths[n - 1]).squareRoot()
      return Layer(
        weight: (0..<(widths[n] * widths[n - 1])).map { _ in
          Float.random(in: -bound...bound, using: &generator)
        },
        bias: (0..<widths[n]).map { _ in Float.random(in: -0.3...0.3, using: &generator) },
        inputs: widths[n - 1])
    }
    let soap = SOAPDescription(
      species: ["O"], center: "O", r_cut: 6, n_max: 2, l_max: 2, sigma: 0.5)
    return Model(
      name: "random", classes: (0..<widths.last!).map { "class \($0)" }, soap: soap, layers: layers,
      scaler: Scaler(
        mean: [Double](repeating: 0, count: widths[0]),
        scale: [Double](repeating: 1, count: widths[0])))
  }

  /// The fixture tiny.safetensors (40 features, 3 classes) with a guard and familiarity data of
  /// random numbers.
  package static func guarded(seed: UInt64 = 3) throws -> Model {
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
}

/// Features around 0 with a deviation of about 1, `[rows, width]`.
package func randomRows(_ rows: Int, _ width: Int, seed: UInt64 = 2) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  return (0..<(rows * width)).map { _ in Float.random(in: -1.7...1.7, using: &generator) }
}

extension Perceptron {
  /// Probabilities as an array.
  package func probabilities(_ rows: [Float], leadingDimension: Int? = nil, count: Int) -> [Float] {
    var result = [Float](repeating: -1, count: count * classCount)
    var span = result.mutableSpan
    probabilities(
      of: rows.span, leadingDimension: leadingDimension ?? featureCount, count: count, into: &span)
    return result
  }
}

extension PerceptronDouble {
  /// Probabilities as an array.
  package func probabilities(_ rows: [Double], leadingDimension: Int? = nil, count: Int) -> [Double]
  {
    var result = [Double](repeating: -1, count: count * classCount)
    var span = result.mutableSpan
    probabilities(
      of: rows.span, leadingDimension: leadingDimension ?? featureCount, count: count, into: &span)
    return result
  }
}

/// Largest |a − b|; NaN if one is NaN or the lengths differ.
package func largestDifference<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(_ a: [A], _ b: [B])
  -> Double
{
  guard a.count == b.count else { return .nan }
  var largest = 0.0
  for (x, y) in zip(a, b) {
    let difference = abs(Double(x) - Double(y))
    if difference.isNaN { return .nan }
    largest = max(largest, difference)
  }
  return largest
}
