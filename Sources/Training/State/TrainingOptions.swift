/// All parameters of a training run. The defaults are those of the method.
public struct TrainingOptions: Equatable, Sendable {
  /// Widths of the hidden layers, each followed by tanh and dropout.
  public var hidden: [Int]
  /// Probability with which a hidden unit is set to 0 in training, 0 ≤ p < 1.
  public var dropout: Double
  /// Adam's learning rate.
  public var learningRate: Double
  /// Samples per step, over all ranks together.
  public var batch: Int
  /// Epochs without a lower validation loss after which training ends.
  public var patience: Int
  /// Amount by which the validation loss must fall to count as lower, in units of the loss; ≥ 0.
  public var minimumDelta: Double
  /// Epochs after which training ends in any case.
  public var maximumEpochs: Int
  /// Determines initial weights, order of the samples and dropout.
  public var seed: UInt64

  /// The method's options, each of which may be changed.
  public init(
    hidden: [Int] = [600, 600], dropout: Double = 0.2, learningRate: Double = 0.001,
    batch: Int = 256, patience: Int = 10, minimumDelta: Double = 0,
    maximumEpochs: Int = 500, seed: UInt64 = 1
  ) {
    self.hidden = hidden
    self.dropout = dropout
    self.learningRate = learningRate
    self.batch = batch
    self.patience = patience
    self.minimumDelta = minimumDelta
    self.maximumEpochs = maximumEpochs
    self.seed = seed
  }

  /// A sentence that describes what is wrong with the options; nil if they are valid.
  public var problem: String? {
    if let width = hidden.first(where: { $0 < 1 || $0 > 65536 }) {
      return "a hidden layer of \(width) units: expected 1 to 65536"
    }
    if !(dropout >= 0 && dropout < 1) {
      return "a dropout of \(dropout): expected at least 0 and less than 1"
    }
    if !(learningRate > 0 && learningRate.isFinite) {
      return "a learning rate of \(learningRate): expected a number above 0"
    }
    if batch < 1 { return "a batch of \(batch) samples: expected at least 1" }
    if patience < 1 { return "a patience of \(patience) epochs: expected at least 1" }
    if !(minimumDelta >= 0 && minimumDelta.isFinite) {
      return "a smallest improvement of \(minimumDelta): expected a number from 0"
    }
    if maximumEpochs < 1 { return "\(maximumEpochs) epochs at most: expected at least 1" }
    return nil
  }
}
