import ArgumentParser
import Pipeline

/// `verglas evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Judge a classifier on a dataset: accuracy, confusion, importance of features, principal components.",
    discussion: """
      The test part is judged unless --part says otherwise. Importance is the accuracy lost when one feature's values are shuffled among the \
      rows, overall and among the rows of each pair of classes. Tables are printed, everything is stored in the output; the same command \
      gives the same bytes on any number of ranks.

      Example:
        mpirun -n 4 verglas evaluate M3-OH.safetensors dataset.h5 -o evaluation.h5
      """)

  @Argument(help: ArgumentHelp("Model to judge.", valueName: "MODEL"))
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Dataset of verglas sample with the model's features and classes.", valueName: "DATASET"))
  var dataset: String

  @Option(name: .shortAndLong, help: ArgumentHelp("File to write (HDF5).", valueName: "FILE"))
  var output: String

  @Option(
    help:
      "Rows that are judged: the test part, another part, or all of them, for data that the model was not trained on."
  )
  var part = EvaluationSettings.Part.test

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Permutations of each feature; 0 leaves the importance out.", valueName: "R")
  )
  var repeats = 10

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the permutations.", valueName: "N"))
  var seed: UInt64 = 1

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var settings = EvaluationSettings()
    settings.model = model
    settings.dataset = dataset
    settings.output = output
    settings.part = part
    settings.repeats = repeats
    settings.seed = seed
    settings.overwrite = overwrite
    settings.quiet = quiet
    settings.commandLine = commandLine
    Program.run { world in try EvaluationRun.run(settings, on: world) }
  }
}

extension EvaluationSettings.Part: ExpressibleByArgument {}
