import ArgumentParser
import Pipeline

/// `verglas train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a classifier on a dataset of verglas sample.",
    discussion: """
      A perceptron with tanh and dropout is trained by Adam on minibatches of the training part; training ends when the validation loss has \
      not fallen for --patience epochs, and the best epoch's weights are kept. The model holds the scaler, the principal components of the \
      training part and the history of the losses beside them. The test part is not touched: that is for evaluate.

      Minibatches are shared by the ranks, each of which holds its share of the rows. The same seed and number of ranks give the same \
      bytes. After each epoch the state is kept in FILE.checkpoint, from which --resume goes on to the same bytes.

      Example:
        mpirun -n 4 verglas train dataset.h5 -o M3-OH.safetensors --seed 1
      """)

  @Argument(help: ArgumentHelp("Dataset made by verglas sample.", valueName: "DATASET"))
  var dataset: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Model to write.", valueName: "FILE"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Name of the model; the output's without suffix unless given.", valueName: "NAME"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Species pairs of the dataset to learn from, e.g. OH,HH; all keeps every pair.",
      valueName: "LIST"))
  var blocks = "all"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Units of the hidden layers; none for a network without any. (default: 600,600)",
      valueName: "LIST"),
    transform: parsedWidths)
  var hidden = [600, 600]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability with which a hidden unit is left out in training.", valueName: "P"))
  var dropout = 0.2

  @Option(parsing: .unconditional, help: ArgumentHelp("Adam's step length.", valueName: "RATE"))
  var learningRate = 0.001

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Environments of a minibatch, over all ranks.", valueName: "N"))
  var batch = 256

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Epochs without a lower validation loss after which training ends.", valueName: "N"))
  var patience = 10

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Epochs after which training ends in any case.", valueName: "N"))
  var maxEpochs = 500

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of initial weights, order and dropout.", valueName: "N"))
  var seed: UInt64 = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Principal components to keep in the model.", valueName: "N"))
  var components = 10

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stop after this many hours at the end of an epoch, with code 75, to be resumed.",
      valueName: "H"))
  var maxHours: Double?

  @Flag(help: "Go on with an interrupted training from its last epoch.")
  var resume = false

  @Flag(help: "Replace the model, or an interrupted training of it, if there is one.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var settings = TrainingSettings()
    settings.dataset = dataset
    settings.output = output
    settings.name = name
    settings.blocks = blocks == "all" ? nil : blocks.split(separator: ",").map(String.init)
    settings.hidden = hidden
    settings.dropout = dropout
    settings.learningRate = learningRate
    settings.batch = batch
    settings.patience = patience
    settings.maximumEpochs = maxEpochs
    settings.seed = seed
    settings.components = components
    settings.maximumHours = maxHours
    settings.resume = resume
    settings.overwrite = overwrite
    settings.quiet = quiet
    Program.run { world in try TrainingRun.run(settings, on: world) }
  }
}

@Sendable private func parsedWidths(_ text: String) throws -> [Int] {
  if text == "none" { return [] }
  return try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
    guard let width = Int(word) else {
      throw ValidationError(
        "expected numbers of units set apart by commas, or none; found '\(text)'")
    }
    return width
  }
}
