import Training

/// What `verglas train` was asked to do.
public struct TrainingSettings: Sendable {
  /// The dataset.
  public var dataset = ""
  /// The model to write.
  public var output = ""
  /// Name of the model; nil takes the output's name without its suffix.
  public var name: String? = nil
  /// Species pairs to keep of the dataset's; nil keeps all.
  public var blocks: [String]? = nil
  /// Widths of the hidden layers.
  public var hidden = [600, 600]
  /// Probability with which a hidden unit is left out in training.
  public var dropout = 0.2
  /// Adam's step length.
  public var learningRate = 0.001
  /// Samples of a step, over all ranks.
  public var batch = 256
  /// Epochs without a lower validation loss after which training ends.
  public var patience = 10
  /// Epochs after which training ends in any case.
  public var maximumEpochs = 500
  /// Decides initial weights, order and dropout.
  public var seed: UInt64 = 1
  /// Principal components to keep in the model.
  public var components = 10
  /// Hours after which training stops, to be resumed; nil for none.
  public var maximumHours: Double? = nil
  /// Whether to go on from the last epoch of an interrupted training.
  public var resume = false
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false
  /// The defaults.
  public init() {}

  /// What the network room wants to know.
  var network: TrainingOptions {
    TrainingOptions(
      hidden: hidden, dropout: dropout, learningRate: learningRate, batch: batch,
      patience: patience, maximumEpochs: maximumEpochs,
      seed: seed)
  }

  /// The model's name.
  var modelName: String {
    if let name { return name }
    let file = output.split(separator: "/").last.map(String.init) ?? ""
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return file }
    return String(file[..<dot])
  }

  /// Where the state of an unfinished training is kept.
  var checkpoint: String { output + ".checkpoint" }

  /// - Throws: `RunError` (usage) naming the option that cannot be used.
  func validate() throws {
    if let problem = network.problem { throw RunError("found \(problem)", .usage) }
    guard components >= 1 else {
      throw RunError("--components is \(components); expected at least 1", .usage)
    }
    guard !modelName.isEmpty, !modelName.contains("/"),
      !modelName.unicodeScalars.contains(where: { $0.value < 0x20 })
    else {
      throw RunError(
        "--name is '\(modelName)'; expected a text without slashes and control characters", .usage)
    }
    if let maximumHours, !(maximumHours > 0) {
      throw RunError("--max-hours is \(maximumHours); expected a number above 0", .usage)
    }
    guard !(resume && overwrite) else {
      throw RunError(
        "--resume goes on with what is there, --overwrite starts anew: give one of them", .usage)
    }
  }
}
