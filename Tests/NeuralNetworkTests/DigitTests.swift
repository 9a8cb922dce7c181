import CTileEmulator
import ModelSupport
import TestSupport
import Testing

@testable import Models
@testable import NeuralNetwork

/// The int8 path: equal to its definition bit by bit, and near double precision.
@Suite("Digits", .tags(.fast)) struct DigitTests {
  /// Engines that run here; all must agree. Where the processor has no AMX, its instructions are
  /// emulated.
  static let engines: [DigitPerceptron.Engine] = {
    let own: [DigitPerceptron.Engine] =
      switch DigitPerceptron.Engine.native {
      case .tiles: [.tiles, .dots, .plain]
      case .dots: [.dots, .plain]
      case .plain: [.plain]
      }
    return own[0] == .tiles || te_install() == 0 ? own : [.tiles] + own
  }()

  private func run(_ model: Model, _ engine: DigitPerceptron.Engine, _ rows: [Float], _ count: Int)
    -> [Float]
  {
    Perceptron(model, tile: .native, engine: engine).probabilities(rows, count: count)
  }

  @Test(
    "every engine has the bits of the definition",
    arguments: [[5, 3, 2], [64, 32, 3], [84, 24, 20, 2], [130, 70, 33, 65, 4]])
  func definition(widths: [Int]) {
    let model = Model.random(widths, seed: 5)
    let count = 70
    var rows = randomRows(count, widths[0])
    // Rows with outliers, of zeros, and one beside the limit.
    rows[3 * widths[0]] = 190
    rows[40 * widths[0] + 1] = -6000
    for k in 0..<widths[0] { rows[7 * widths[0] + k] = 0 }
    rows[9 * widths[0]] = DigitFormat.outlier
    let plain = PlainDigitPerceptron(model: model)
    let expected = (0..<count).flatMap {
      plain.probabilities(of: Array(rows[($0 * widths[0])..<(($0 + 1) * widths[0])]))
    }
    for engine in Self.engines {
      let before = te_executed()
      #expect(run(model, engine, rows, count) == expected, "\(engine)")
      let isEmulated = engine == .tiles && DigitPerceptron.Engine.native != .tiles
      #expect((te_executed() > before) == isEmulated, "\(engine)")
    }
  }

  @Test("a row's bits do not depend on its place or on the number of rows")
  func places() {
    let model = Model.random([84, 40, 30, 2], seed: 6)
    let rows = randomRows(700, 84)
    let engine = DigitPerceptron.Engine.native
    let all = run(model, engine, rows, 700)
    for (first, count) in [(0, 1), (5, 33), (31, 320), (100, 321), (699, 1)] {
      let part = run(model, engine, Array(rows[(first * 84)..<((first + count) * 84)]), count)
      #expect(part == Array(all[(2 * first)..<(2 * (first + count))]))
    }
  }

  @Test("NaN and infinity give NaN in their row only")
  func undefined() {
    let model = Model.random([20, 17, 2])
    var rows = randomRows(40, 20)
    let before = run(model, .native, rows, 40)
    rows[20 * 5 + 19] = .nan
    rows[20 * 33] = -.infinity
    let after = run(model, .native, rows, 40)
    for r in 0..<40 {
      if r == 5 || r == 33 {
        #expect(after[2 * r].isNaN && after[2 * r + 1].isNaN)
      } else {
        #expect(after[2 * r] == before[2 * r])
      }
    }
  }

  @Test(
    "within 2e-6 of double precision, with outliers too",
    arguments: [1, 8, 60, 400, 6000] as [Float])
  func accuracy(outlier: Float) {
    let model = Model.random([546, 600, 600, 2], seed: 7)
    let count = 64
    var rows = randomRows(count, 546)
    if outlier > 1 { for r in 0..<count { rows[546 * r + r] = outlier } }
    let exact = PerceptronDouble(model).probabilities(rows.map { Double($0) }, count: count)
    #expect(largestDifference(run(model, .native, rows, count), exact) < 2e-6)
  }
}
