import TestSupport
import Testing

@testable import Pipeline

@Suite(.tags(.fast)) struct ScalingFitTests {
  @Test("the serial share that the numbers were made with", arguments: [0, 1e-4, 0.02, 0.3, 1])
  func exact(share: Double) throws {
    let ranks = [1, 2, 3, 8, 64, 1000]
    let seconds = ranks.map { 70 * (share + (1 - share) / Double($0)) }
    let strong = try #require(ScalingFit(.strong, ranks: ranks, values: seconds))
    #expect(abs(strong.serialShare - share) < 1e-9 && strong.largestDeviation < 1e-9)
    let rates = ranks.map { 3e5 * (share + (1 - share) * Double($0)) }
    let weak = try #require(ScalingFit(.weak, ranks: ranks, values: rates))
    #expect(abs(weak.serialShare - share) < 1e-9 && weak.largestDeviation < 1e-9)
  }

  @Test("without a run on one rank") func fromFour() throws {
    let fit = try #require(
      ScalingFit(.strong, ranks: [4, 16], values: [0.1 + 0.9 / 4, 0.1 + 0.9 / 16]))
    #expect(abs(fit.serialShare - 0.1) < 1e-9)
    #expect(abs(fit.halfEfficiencyRanks - 11) < 1e-6)
  }

  @Test("better than ideal is no negative share, slower with ranks no share above one") func edges()
    throws
  {
    let fast = try #require(ScalingFit(.strong, ranks: [1, 2, 4], values: [10, 4.5, 2]))
    #expect(
      fast.serialShare == 0 && fast.largestDeviation > 0.05 && fast.halfEfficiencyRanks == .infinity
    )
    let slow = try #require(ScalingFit(.strong, ranks: [1, 2, 4], values: [10, 11, 13]))
    #expect(slow.serialShare == 1)
    let weak = try #require(ScalingFit(.weak, ranks: [1, 2, 4], values: [10, 9, 8]))
    #expect(weak.serialShare == 1)
    #expect(ScalingFit(.weak, ranks: [3], values: [1]) == nil)
  }

  @Test("the best line for relative deviations") func leastSquares() throws {
    let ranks = [1, 2, 4, 8], seconds = [10.2, 5.1, 2.9, 1.6]
    let fit = try #require(ScalingFit(.strong, ranks: ranks, values: seconds))
    func cost(_ a: Double, _ b: Double) -> Double {
      zip(ranks, seconds).reduce(0) { sum, run in
        let d = (a + b / Double(run.0)) / run.1 - 1
        return sum + d * d
      }
    }
    // By a search over all lines.
    var best = (cost: Double.infinity, share: 0.0)
    for i in 0...400 {
      for j in 0...400 {
        let total = 9.5 + 0.005 * Double(j), share = 0.0005 * Double(i)
        let c = cost(total * share, total * (1 - share))
        if c < best.cost { best = (c, share) }
      }
    }
    #expect(abs(fit.serialShare - best.share) < 1e-3)
  }
}
