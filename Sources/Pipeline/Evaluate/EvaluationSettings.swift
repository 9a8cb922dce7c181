/// What `verglas evaluate` was asked to do.
public struct EvaluationSettings: Sendable {
  /// The rows that are judged.
  public enum Part: String, Sendable, CaseIterable {
    /// The test part, which training has not seen.
    case test
    /// The validation part, which decided when training ended.
    case validation
    /// The part the network was trained on.
    case train
    /// Every row: for a dataset of other trajectories than the network was trained on.
    case all

    /// Value of the dataset's column; nil for all.
    var index: Int? { self == .all ? nil : DatasetSplit.names.firstIndex(of: rawValue) }
  }

  /// The model.
  public var model = ""
  /// The dataset.
  public var dataset = ""
  /// The file to write.
  public var output = ""
  /// The rows that are judged.
  public var part = Part.test
  /// Permutations of each feature; 0 leaves the importance out.
  public var repeats = 10
  /// Seed of the permutations.
  public var seed: UInt64 = 1
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false
  /// The command line, kept in the output.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// - Throws: `RunError` (usage) naming the option that cannot be used.
  func validate() throws {
    guard (0...10000).contains(repeats) else {
      throw RunError("--repeats is \(repeats); expected 1 to 10000, or 0 for no importance", .usage)
    }
  }
}
