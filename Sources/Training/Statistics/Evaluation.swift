import Contracts

/// Results of a classifier on labelled rows: counts of correct and wrong predictions, additive over
/// ranks, which sum `confusion`.
public struct Evaluation: Equatable, Sendable {
  /// Number of classes K.
  public let classes: Int
  /// Rows by true and predicted class, `[K, K]` row-major: row = true class, column = most probable
  /// class.
  public var confusion: [Int]

  /// An evaluation of no rows.
  public init(classes: Int) {
    require(classes >= 2, "an evaluation needs at least 2 classes")
    self.classes = classes
    confusion = [Int](repeating: 0, count: classes * classes)
  }

  /// Adds rows with probabilities `[count, K]` and labels `[count]`; the predicted class is the
  /// first of the most probable ones.
  public mutating func add(probabilities: Span<Float>, labels: Span<UInt8>) {
    require(
      probabilities.count == labels.count * classes, "probabilities must be [labels, classes]")
    for r in labels.indices {
      var top = 0
      for k in 1..<classes where probabilities[r * classes + k] > probabilities[r * classes + top] {
        top = k
      }
      require(Int(labels[r]) < classes, "a label is not one of the classes")
      confusion[Int(labels[r]) * classes + top] += 1
    }
  }

  /// Number of rows.
  public var count: Int { confusion.reduce(0, +) }
  /// Correctly predicted rows.
  public var correct: Int { (0..<classes).reduce(0) { $0 + confusion[$1 * classes + $1] } }
  /// Accuracy; NaN without rows.
  public var accuracy: Double { Double(correct) / Double(count) }
  /// Wilson's 95 % interval of the accuracy, as if rows were independent; NaN without rows.
  public var interval: WilsonInterval { WilsonInterval(correct: correct, count: count) }
  /// Binomial standard error of the accuracy, √(a(1 − a)/n). Rows of one frame are correlated, so
  /// it is a lower bound.
  public var standardError: Double { (accuracy * (1 - accuracy) / Double(count)).squareRoot() }

  /// Fraction of each true class's rows with each predicted class, `[K, K]`; rows sum to 1, NaN for
  /// a class without rows.
  public var rates: [Double] {
    (0..<(classes * classes)).map { place in
      let row = place / classes * classes
      return Double(confusion[place]) / Double(confusion[row..<(row + classes)].reduce(0, +))
    }
  }

  /// Fraction of each class's rows that were predicted correctly (recall), `[K]`: the diagonal of
  /// the rates.
  public var recall: [Double] { (0..<classes).map { rates[$0 * classes + $0] } }

  /// Fraction of the predictions of each class that are correct (precision), `[K]`; NaN for a class
  /// that was never predicted.
  public var precision: [Double] {
    (0..<classes).map { k in
      let answered = stride(from: k, to: confusion.count, by: classes).reduce(0) {
        $0 + confusion[$1]
      }
      return Double(confusion[k * classes + k]) / Double(answered)
    }
  }
}
