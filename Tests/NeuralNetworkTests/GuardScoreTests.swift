import ModelSupport
import Models
import TestSupport
import Testing

@testable import NeuralNetwork

/// The scores of familiarity data and the foreign fraction of a frame.
@Suite("Guard and familiarity", .tags(.fast)) struct GuardScoreTests {
  @Test("scores and bins equal plain sums; a row's bins depend on nothing else")
  func scores() throws {
    let model = try Model.guarded(), data = try #require(model.familiarity)
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
    // In two steps, to rows of any order.
    let order = (0..<count).map { ($0 * 11 + 3) % (count + 2) }
    var placed = [UInt8](repeating: 255, count: (count + 2) * j)
    pass.project(rows.span, leadingDimension: d, count: count)
    pass.bins(ofProjected: classes.span, to: order, into: &placed)
    for row in 0..<(count + 2) {
      let source = order.firstIndex(of: row)
      let expected = source.map { Array(bins[($0 * j)..<(($0 + 1) * j)]) }
      #expect(
        Array(placed[(row * j)..<((row + 1) * j)])
          == expected ?? [UInt8](repeating: 255, count: j))
    }
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
