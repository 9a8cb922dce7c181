import TestSupport
import Testing

@testable import Training

@Suite("Evaluation", .tags(.fast))
struct EvaluationTests {
  @Test("an evaluation counts, rates and has a binomial error")
  func evaluation() {
    var evaluation = Evaluation(classes: 3)
    let p: [Float] = [0.8, 0.1, 0.1, 0.4, 0.4, 0.2, 0.1, 0.2, 0.7, 0.2, 0.5, 0.3]
    let labels: [UInt8] = [0, 1, 2, 1]
    evaluation.add(probabilities: p.span, labels: labels.span)
    #expect(evaluation.confusion == [1, 0, 0, 1, 1, 0, 0, 0, 1])
    #expect(evaluation.count == 4 && evaluation.correct == 3 && evaluation.accuracy == 0.75)
    #expect(evaluation.standardError == (0.75 * 0.25 / 4).squareRoot())
    #expect(
      evaluation.rates == [1, 0, 0, 0.5, 0.5, 0, 0, 0, 1] && evaluation.recall == [1, 0.5, 1])
    #expect(evaluation.precision == [0.5, 1, 1])
    #expect(Evaluation(classes: 2).accuracy.isNaN)
  }
}
