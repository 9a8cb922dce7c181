import Foundation

@testable import Models
@testable import NeuralNetwork

/// A seeded generator (SplitMix64): the same numbers in every run.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Files in Fixtures and their contents.
enum Fixture {
  static func path(_ name: String) -> String {
    Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)?.path ?? name
  }

  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try data(name)) }

  /// PyTorch's results, see make_fixtures.py.
  struct Reference: Decodable {
    let features: Int
    let classes: Int
    let rows: Int
    let x: [Float]
    let single: [Float]
    let double: [Double]
    let mean: [Double]
  }

  static func reference() throws -> Reference {
    try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: URL(fileURLWithPath: path("tiny.json"))))
  }

  /// Models trained in PyTorch, if they are available next to the checkout.
  static var sharedModels: [String] {
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
  static func random(_ widths: [Int], seed: UInt64 = 1) -> Model {
    var generator = Seeded(seed)
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
}

/// Features around 0 with a deviation of about 1, `[rows, width]`.
func randomRows(_ rows: Int, _ width: Int, seed: UInt64 = 2) -> [Float] {
  var generator = Seeded(seed)
  return (0..<(rows * width)).map { _ in Float.random(in: -1.7...1.7, using: &generator) }
}

extension Perceptron {
  /// Probabilities as an array.
  func probabilities(_ rows: [Float], leadingDimension: Int? = nil, count: Int) -> [Float] {
    var result = [Float](repeating: -1, count: count * classCount)
    var span = result.mutableSpan
    probabilities(
      of: rows.span, leadingDimension: leadingDimension ?? featureCount, count: count, into: &span)
    return result
  }
}

extension PerceptronDouble {
  /// Probabilities as an array.
  func probabilities(_ rows: [Double], leadingDimension: Int? = nil, count: Int) -> [Double] {
    var result = [Double](repeating: -1, count: count * classCount)
    var span = result.mutableSpan
    probabilities(
      of: rows.span, leadingDimension: leadingDimension ?? featureCount, count: count, into: &span)
    return result
  }
}

/// Largest |a − b|; NaN if one is NaN or the lengths differ.
func largestDifference<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(_ a: [A], _ b: [B]) -> Double
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
