import ArgumentParser
import Pipeline

/// `verglas scaling`.
struct Scaling: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Speed-up, efficiency, waiting and imbalance from the timings stored in results files.",
    discussion: """
      Give the results of the same analysis on different numbers of ranks: of the same frames (strong scaling; Amdahl's serial share is fitted) \
      or of frames in proportion to the ranks (weak scaling; Gustafson's). Of several runs on one number of ranks the fastest enters the fit. \
      Speed-up is that of molecules per second, counted from the run on the fewest ranks.

      Timings with more ranks than cores show nothing about scaling.

      Example:
        verglas scaling results-1.h5 results-2.h5 results-4.h5 \\
          --csv strong.csv
      """)

  @Argument(help: ArgumentHelp("Results of finished runs of analyze.", valueName: "RESULTS"))
  var results: [String]

  @Option(help: "strong or weak. (default: by the molecules of the runs)")
  var kind: ScalingKind?

  @Option(
    help: ArgumentHelp(
      "Also write the table, with the seconds of each stage, as CSV.", valueName: "FILE"))
  var csv: String?

  @Flag(help: "Replace the table if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var options = ScalingOptions()
    options.results = results
    options.kind = kind
    options.csv = csv
    options.overwrite = overwrite
    options.quiet = quiet
    Program.run { world in try ScalingRun.run(options, on: world) }
  }
}

extension ScalingKind: ExpressibleByArgument {}
