import Contracts
import Models
import NeuralNetwork
import Randomness

/// A network in training: its parameters, Adam's moments, and its history.
///
/// Every rank holds the same state. `TrainingState.bytes` and `init(bytes:path:)` store it between
/// runs.
public struct TrainingState: Equatable, Sendable {
  /// One epoch of the history.
  public struct Epoch: Equatable, Sendable {
    /// Mean cross-entropy over the training part, with dropout, each batch before its step.
    public var trainingLoss: Double
    /// Accuracy in the same passes.
    public var trainingAccuracy: Double
    /// Mean cross-entropy over the validation part after the epoch.
    public var validationLoss: Double
    /// Accuracy over the validation part.
    public var validationAccuracy: Double

    /// An epoch from the sums over all ranks.
    public init(training: LossSums, validation: LossSums) {
      trainingLoss = training.meanLoss
      trainingAccuracy = training.accuracy
      validationLoss = validation.meanLoss
      validationAccuracy = validation.accuracy
    }

    init(_ values: [Double]) {
      (trainingLoss, trainingAccuracy, validationLoss, validationAccuracy) = (
        values[0], values[1], values[2], values[3]
      )
    }
  }

  /// Layer widths.
  public let shape: NetworkShape
  /// The options of the training.
  public let options: TrainingOptions
  /// Weights and biases, flat (see `NetworkShape`).
  public internal(set) var parameters: [Float]
  /// Adam's mean of the gradient, flat.
  public internal(set) var firstMoment: [Float]
  /// Adam's mean of the squared gradient, flat.
  public internal(set) var secondMoment: [Float]
  /// Steps taken.
  public internal(set) var step = 0
  /// Parameters with the lowest validation loss so far; the initial ones before the first epoch
  /// ends.
  public internal(set) var bestParameters: [Float]
  /// The epoch (from 0) of these parameters; nil before the first epoch ends.
  public internal(set) var bestEpoch: Int?
  /// Finished epochs.
  public internal(set) var history: [Epoch] = []

  /// An untrained network: weights and biases uniform in ±1/√inputs, as PyTorch's `nn.Linear` draws
  /// them.
  ///
  /// - Precondition: the options are valid (`TrainingOptions.problem`), at least 2 classes.
  public init(features: Int, classes: Int, options: TrainingOptions) {
    let shape = NetworkShape(widths: [features] + options.hidden + [classes])
    var parameters: [Float] = []
    parameters.reserveCapacity(shape.parameterCount)
    for layer in 0..<shape.layerCount {
      var random = RandomStream(seed: options.seed, .initialisation, layer)
      let bound = 1 / Float(shape.widths[layer]).squareRoot()
      for _ in 0..<((shape.widths[layer] + 1) * shape.widths[layer + 1]) {
        parameters.append(bound * random.signedFloat())
      }
    }
    self.init(shape: shape, options: options, parameters: parameters)
  }

  /// A network that starts from given layers, such as another model's.
  public init(layers: [Model.Layer], options: TrainingOptions) {
    let shape = NetworkShape(layers: layers)
    self.init(shape: shape, options: options, parameters: shape.flatten(layers))
  }

  init(shape: NetworkShape, options: TrainingOptions, parameters: [Float]) {
    require(options.problem == nil, options.problem ?? "")
    require(shape.classes >= 2, "a classifier needs at least 2 classes")
    self.shape = shape
    self.options = options
    self.parameters = parameters
    firstMoment = [Float](repeating: 0, count: parameters.count)
    secondMoment = firstMoment
    bestParameters = parameters
  }

  /// The epoch being trained, from 0: the number of finished ones.
  public var epoch: Int { history.count }

  /// Validation loss of the best epoch; infinite before the first epoch ends.
  public var bestLoss: Double { bestEpoch.map { history[$0].validationLoss } ?? .infinity }

  /// Whether training has ended: patience exhausted, or at the last epoch.
  public var isFinished: Bool {
    epoch >= options.maximumEpochs
      || (epoch > 0 && epoch - 1 - (bestEpoch ?? -1) >= options.patience)
  }

  /// Ends an epoch: keeps the parameters if the validation loss is the lowest so far, by more than
  /// the options' `minimumDelta`. A loss of NaN is never the best.
  ///
  /// - Returns: whether this epoch is the best.
  @discardableResult
  public mutating func finishEpoch(_ record: Epoch) -> Bool {
    let isBest = record.validationLoss < bestLoss - options.minimumDelta
    history.append(record)
    if isBest {
      bestEpoch = history.count - 1
      bestParameters = parameters
    }
    return isBest
  }

  /// The layers of the best epoch, as a `Model` holds them: which early stopping restores.
  public var bestLayers: [Model.Layer] { shape.layers(bestParameters) }
}
