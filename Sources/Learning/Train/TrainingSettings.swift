import Frames
import JobControl
import Options
import Training

/// The options of `verglas train`.
public struct TrainingSettings: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "train", "Train a classifier on a dataset of verglas sample.",
    discussion: """
      A perceptron with tanh and dropout is trained by Adam on minibatches of the training part. \
      Training ends when the validation loss has not fallen for --patience epochs, and the \
      weights of the best epoch are kept. The model also holds the scaler, the principal \
      components of the training part and the history of the losses. The test part is reserved \
      for evaluate.

      Minibatches are distributed over the ranks, each of which holds its share of the rows. The \
      same seed, number of ranks and layout over nodes give the same bytes. After each epoch the \
      state is saved in FILE.checkpoint, from which --resume continues to the same bytes.

      Example:
        mpirun -n 4 verglas train dataset.h5 -o M3-OH.safetensors --seed 1
      """)

  /// The method's values.
  private static let standard = TrainingOptions()

  /// The dataset.
  @Option(.argument("DATASET", .inputs, "Dataset made by verglas sample."))
  public var dataset = ""

  /// Species pairs of the dataset to keep; nil keeps all.
  @Option(
    .blocks(
      .inputs, "Species pairs of the dataset to train on, e.g. OH,HH; all keeps every pair."))
  public var blocks: [String]? = nil

  /// Widths of the hidden layers.
  @Option(
    .value(
      "--hidden", "LIST", .network, "Units of the hidden layers; none for no hidden layer.",
      show: { $0.isEmpty ? "none" : $0.map(String.init).joined(separator: ",") }, read: widths))
  public var hidden = standard.hidden

  /// Probability with which a hidden unit is dropped in training.
  @Option(
    .value(
      "--dropout", "P", .network, "Probability that a hidden unit is dropped in training."))
  public var dropout = standard.dropout

  /// Adam's learning rate.
  @Option(.value("--learning-rate", "RATE", .network, "Learning rate of Adam."))
  public var learningRate = standard.learningRate

  /// Samples of a step, over all ranks.
  @Option(
    .value("--batch", "N", .network, "Environments in a minibatch, over all ranks."))
  public var batch = standard.batch

  /// Epochs without a lower validation loss after which training ends.
  @Option(
    .value(
      "--patience", "N", .network,
      "Epochs without a lower validation loss after which training ends."))
  public var patience = standard.patience

  /// Amount by which the validation loss must fall to count as lower.
  @Option(
    .value(
      "--min-delta", "LOSS", .network,
      """
      Amount by which the validation loss must fall to count as lower; a value above 0 ends the \
      training when improvements become negligible.
      """))
  public var minimumDelta = standard.minimumDelta

  /// Epochs after which training ends in any case.
  @Option(.value("--max-epochs", "N", .network, "Largest number of epochs."))
  public var maximumEpochs = standard.maximumEpochs

  /// Determines initial weights, order and dropout.
  @Option(.seed(.network, "Seed of the initial weights, the order of the rows and dropout."))
  public var seed = standard.seed

  /// Whether a temperature is fitted to the validation part.
  @Option(
    .flag(
      "--calibrate", .network,
      """
      Fit a temperature, by which the logits are divided, to the validation part, so that about \
      95 % of the predictions with a probability of 0.95 are correct. It needs a dataset that is \
      split by file or parent. With --model and a dataset on which that model was not trained, \
      any split will do, and the training part is used for the fit too. The most probable classes \
      do not change, labels at a threshold do.
      """))
  public var calibrates = false

  /// Principal components to keep in the model.
  @Option(
    .value("--components", "N", .network, "Principal components to keep in the model."))
  public var components = 10

  /// Trained model whose network is kept; nil trains one.
  @Option(
    .value(
      "--model", "FILE", .guards,
      """
      Trained model to which only a guard and familiarity data are added, or with --calibrate a \
      temperature; its network is kept. The dataset must have its classes and SOAP parameters.
      """))
  public var keptModel: String? = nil

  /// What is added to recognise foreign environments.
  public var guards = GuardSettings()

  /// The model to write.
  @Option(.output("Model to write (safetensors)."))
  public var output = ""

  /// Name of the model; nil for the output's name without its suffix.
  @Option(
    .value(
      "--name", "NAME", .output, "Name of the model.",
      otherwise: "the output's name without its suffix"))
  public var name: String? = nil

  /// Whether to continue an interrupted training run from its last epoch.
  @Option(.flag("--resume", .output, "Continue an interrupted training run from its last epoch."))
  public var resume = false

  /// Whether an existing output is replaced.
  @Option(
    .overwrite.explained("Replace the model, or an interrupted training run, if it exists."))
  public var overwrite = false

  /// Hours after which training stops, to be resumed; nil for none.
  @Option(
    .value(
      "--max-hours", "HOURS", .running,
      """
      Stop at the end of an epoch after this time, with exit code 75; continue with --resume.
      """))
  public var maximumHours: Double? = nil

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// The part that the network's training needs.
  var network: TrainingOptions {
    TrainingOptions(
      hidden: hidden, dropout: dropout, learningRate: learningRate, batch: batch,
      patience: patience, minimumDelta: minimumDelta, maximumEpochs: maximumEpochs,
      seed: seed)
  }

  /// The dataset's file without its folder.
  var datasetName: String { dataset.split(separator: "/").last.map(String.init) ?? dataset }

  /// What the model depends on beside the method's options, where it is used.
  var additions: [(name: String, value: String)] {
    (minimumDelta == 0 ? [] : [("min-delta", "\(minimumDelta)")])
      + (calibrates ? [("calibrate", "temperature")] : [])
  }

  /// The model's name.
  var modelName: String {
    if let name { return name }
    let file = output.split(separator: "/").last.map(String.init) ?? ""
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return file }
    return String(file[..<dot])
  }

  /// The checkpoint file of an unfinished training.
  var checkpoint: String { output + ".checkpoint" }

  /// - Throws: `RunError` (usage) for the option with an invalid value.
  func validate() throws {
    try guards.validate()
    if let problem = network.problem { throw RunError("found \(problem)", .usage) }
    guard components >= 1 else {
      throw RunError("--components is \(components); expected at least 1", .usage)
    }
    guard !modelName.isEmpty, !modelName.contains("/"),
      !modelName.unicodeScalars.contains(where: { $0.value < 0x20 })
    else {
      throw RunError(
        "--name is '\(modelName)'; expected a string without slashes or control characters", .usage)
    }
    if let maximumHours, !(maximumHours > 0) {
      throw RunError("--max-hours is \(maximumHours); expected a number above 0", .usage)
    }
    guard !(resume && overwrite) else {
      throw RunError(
        "--resume continues the training, --overwrite starts over: use only one of them", .usage)
    }
  }

  @Sendable private static func widths(_ text: String) throws -> [Int] {
    if text == "none" { return [] }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let width = Int(word) else {
        throw InvalidValue(
          "expected numbers of units separated by commas, or none; found '\(text)'")
      }
      return width
    }
  }
}
