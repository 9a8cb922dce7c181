import Models
import NeuralNetwork
import SOAP

/// Guard and familiarity scores of one model for the batches of its `ModelQueue`.
///
/// They see the rows that the network sees, in the same batches, and neither depends on a row's
/// place in one.
public final class RecognitionQueue {
  /// Odds of the guard's foreign classes, [centers]; empty without a guard.
  private(set) var odds: [Float] = []
  /// Bins of the familiarity scores, [centers, J]; empty without familiarity data.
  private(set) var bins: [UInt8] = []
  /// Number of familiarity scores J.
  let scoreCount: Int

  private let guardSingle: Perceptron?
  private let guardDouble: PerceptronDouble?
  private let guardClasses: Int
  private let scores: FamiliarityScores?
  private let classCount: Int
  private var singles: [Float], doubles: [Double], classes: [UInt8]

  /// Nil if the model has neither; `batch` is the largest number of rows that is added at once.
  init?(_ model: Model, precision: Descriptor.Precision, batch: Int) {
    guard model.guardHead != nil || model.familiarity != nil else { return nil }
    let isSingle = precision == .single, d = model.featureCount
    guardSingle = isSingle ? model.guardHead.map { Perceptron($0, features: d) } : nil
    guardDouble = isSingle ? nil : model.guardHead.map { PerceptronDouble($0, features: d) }
    guardClasses = model.guardHead?.classes.count ?? 0
    scores = model.familiarity.map {
      FamiliarityScores($0, features: d, isSingle: isSingle, batch: batch)
    }
    scoreCount = model.familiarity?.scoreCount ?? 0
    classCount = model.classCount
    singles = [Float](repeating: 0, count: isSingle ? batch * guardClasses : 0)
    doubles = [Double](repeating: 0, count: isSingle ? 0 : batch * guardClasses)
    classes = [UInt8](repeating: 0, count: batch)
  }

  /// Prepares for a group of frames with `count` centres in total.
  func begin(count: Int) {
    odds = [Float](repeating: 0, count: guardClasses > 0 ? count : 0)
    bins = [UInt8](repeating: 0, count: count * scoreCount)
  }

  /// The results of some centres of the group; those of the whole group are moved out instead of
  /// shared.
  public func takeResults(of centers: Range<Int>, isWholeGroup: Bool) -> FrameContext.Recognised {
    let found = FrameContext.Recognised(
      odds: odds.isEmpty ? [] : odds[centers],
      bins: bins[centers.lowerBound * scoreCount..<centers.upperBound * scoreCount])
    if isWholeGroup { (odds, bins) = ([], []) }
    return found
  }

  /// Takes a batch of standardised rows, before the network replaces them in the cache.
  func take(_ rows: Span<Float>, stride: Int, destinations: [Int]) {
    let count = destinations.count
    if let guardSingle {
      var target = singles.mutableSpan
      guardSingle.probabilities(of: rows, leadingDimension: stride, count: count, into: &target)
      for k in 0..<count {
        odds[destinations[k]] = ForeignFraction.odds(subject: singles[k * guardClasses])
      }
    }
    scores?.project(rows, leadingDimension: stride, count: count)
  }

  /// As above, in double precision.
  func take(_ rows: Span<Double>, stride: Int, destinations: [Int]) {
    let count = destinations.count
    if let guardDouble {
      var target = doubles.mutableSpan
      guardDouble.probabilities(of: rows, leadingDimension: stride, count: count, into: &target)
      for k in 0..<count {
        odds[destinations[k]] = ForeignFraction.odds(subject: Float(doubles[k * guardClasses]))
      }
    }
    scores?.project(rows, leadingDimension: stride, count: count)
  }

  /// Completes the batch that was taken with what the network says of it: the most probable class
  /// of each row, the first of equals.
  func complete<Scalar: FloatingPoint>(probabilities: [Scalar], destinations: [Int]) {
    guard let scores else { return }
    for k in 0..<destinations.count {
      var best = 0
      for c in 1..<classCount
      where probabilities[k * classCount + c] > probabilities[k * classCount + best] { best = c }
      classes[k] = UInt8(best)
    }
    let predicted = classes
    scores.bins(ofProjected: predicted.span, to: destinations, into: &bins)
  }
}
