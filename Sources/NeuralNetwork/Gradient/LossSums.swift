import Contracts

/// Sums over rows for losses and accuracies, additive over chunks and ranks.
public struct LossSums: Equatable, Sendable {
  /// Sum of the cross-entropies −ln p(true class), in double.
  public var loss: Double
  /// Rows whose most probable class is the true one.
  public var correct: Int
  /// Number of rows.
  public var count: Int

  /// Sums, zero unless given.
  public init(loss: Double = 0, correct: Int = 0, count: Int = 0) {
    self.loss = loss
    self.correct = correct
    self.count = count
  }

  /// Loss per row; NaN without rows.
  public var meanLoss: Double { loss / Double(count) }
  /// Accuracy; NaN without rows.
  public var accuracy: Double { Double(correct) / Double(count) }

  /// Adds the sums of other rows.
  public static func += (a: inout LossSums, b: LossSums) {
    a.loss += b.loss
    a.correct += b.correct
    a.count += b.count
  }

  /// `[loss, correct, count]`, to be summed over ranks; counts stay exact up to 2⁵³.
  public var flat: [Double] { [loss, Double(correct), Double(count)] }

  /// Sums from the values of `flat`, added over ranks.
  public init(flat: [Double]) {
    require(flat.count == 3, "flat loss sums are [loss, correct, count]")
    self.init(loss: flat[0], correct: Int(flat[1]), count: Int(flat[2]))
  }
}
