import Frames
import JobControl
import Options

/// The options of `verglas evaluate`.
public struct EvaluationSettings: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "evaluate",
    """
    Evaluate a classifier on a dataset: accuracy, confusion matrix, feature importance, principal \
    components.
    """,
    discussion: """
      The test part is evaluated unless --part selects another. If the dataset is split by file or \
      parent, the accuracy that a split by environment would have given is measured as well. The \
      importance of a feature is the accuracy lost when its values are permuted among the rows, \
      overall and among the rows of each pair of classes. Tables are printed, and all results are \
      stored in the output; the same command gives the same bytes on any number of ranks.

      Example:
        mpirun -n 4 verglas evaluate M3-OH.safetensors dataset.h5 \\
          -o evaluation.h5
      """)

  /// The rows that are evaluated.
  public enum Part: String, OptionChoice, CaseIterable {
    /// The test part, which was not used in training.
    case test
    /// The validation part, which determined when training ended.
    case validation
    /// The part the network was trained on.
    case train
    /// Environments of the training files that were not used in training, if files are kept
    /// together: the test part of a split by environment.
    case mixed
    /// Every row: for a dataset of other trajectories than the network was trained on.
    case all

    /// Value of the dataset's column; nil for all.
    var index: Int? { self == .all ? nil : DatasetSplit.names.firstIndex(of: rawValue) }
  }

  /// The model.
  @Option(.argument("MODEL", .inputs, "Model to evaluate."))
  public var model = ""

  /// The dataset.
  @Option(
    .argument(
      "DATASET", .inputs, "Dataset made by verglas sample with the model's features and classes."))
  public var dataset = ""

  /// The rows that are evaluated.
  @Option(
    .value(
      "--part", "PART", .evaluation,
      """
      Rows to evaluate: the test part, another part (mixed: environments of the training files \
      that were not used in training), or all rows, for data that the model was not trained on.
      """, record: .attribute("part") { .text($0.rawValue) }))
  public var part = Part.test

  /// Permutations of each feature; 0 omits the importance.
  @Option(
    .value(
      "--repeats", "R", .evaluation, "Permutations of each feature; 0 omits the importance.",
      record: .attribute("repeats")))
  public var repeats = 10

  /// Seed of the permutations.
  @Option(.seed(.evaluation, "Seed of the permutations."))
  public var seed: UInt64 = 1

  /// The file to write.
  @Option(.output("File to write (HDF5)."))
  public var output = ""

  /// Whether an existing output is replaced.
  @Option(.overwrite)
  public var overwrite = false

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line, recorded in the output.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// - Throws: `RunError` (usage) for the option with an invalid value.
  func validate() throws {
    guard (0...10000).contains(repeats) else {
      throw RunError("--repeats is \(repeats); expected 1 to 10000, or 0 for no importance", .usage)
    }
  }
}
