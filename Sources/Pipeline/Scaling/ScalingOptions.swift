import Frames
import Options

/// The options of `verglas scaling`.
public struct ScalingOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "scaling",
    "Speed-up, efficiency, waiting and imbalance from the timings stored in results files.",
    discussion: """
      Give the results of the same analysis on different numbers of ranks: of the same frames \
      (strong scaling; Amdahl's serial fraction is fitted) or of frames in proportion to the ranks \
      (weak scaling; Gustafson's). Of several runs on the same number of ranks the fastest is \
      fitted. Speed-up is that of molecules per second, relative to the run on the fewest ranks.

      Timings with more ranks than cores show nothing about scaling.

      Example:
        verglas scaling results-1.h5 results-2.h5 results-4.h5 \\
          --csv strong.csv
      """)

  /// The results files, one of each run.
  @Option(.arguments("RESULTS", .inputs, "Results of finished runs of analyze."))
  public var results: [String] = []

  /// The kind of study; nil: determined from the work of the runs.
  @Option(
    .value(
      "--kind", "KIND", .evaluation, "Kind of scaling.",
      otherwise: "from the number of molecules of the runs"))
  public var kind: ScalingKind? = nil

  /// The table to write as CSV; nil: it is only printed.
  @Option(
    .value(
      "--csv", "FILE", .output, "Also write the table, with the seconds of each stage, as CSV."))
  public var csv: String? = nil

  /// Whether an existing table is replaced.
  @Option(.overwrite)
  public var overwrite = false

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line.
  public var commandLine = ""

  /// The defaults.
  public init() {}
}
