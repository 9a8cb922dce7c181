import ArgumentParser
import Pipeline

/// `verglas inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what trajectories, models, datasets and results files hold; touches nothing.",
    discussion: """
      Example:
        verglas inspect water.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors
      """)

  @OptionGroup var input: TrajectoryOptions

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp("Model for which time and memory are estimated.", valueName: "FILE"))
  var models: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --model: show how an analysis on so many ranks would share the frames, how long it would take and how much memory.",
      valueName: "P[,P…]"), transform: parsedRanks)
  var ranks: [Int] = []

  @Flag(
    help: "Print warnings and errors only: the exit code says whether everything could be read.")
  var quiet = false

  func validate() throws {
    if !ranks.isEmpty, models.isEmpty {
      throw ValidationError("--ranks plans an analysis: name its models with --model")
    }
  }

  func run() throws {
    var options = InspectionOptions()
    options.ranks = ranks
    options.files = input.trajectories
    options.types = input.types
    options.boundary = input.boundary
    options.frames = input.frames
    options.topologies = input.topologies
    options.strict = input.strict
    options.models = models
    options.quiet = quiet
    Program.run { world in try Inspection.run(options, on: world) }
  }
}

@Sendable private func parsedRanks(_ text: String) throws -> [Int] {
  try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
    guard let number = Int(word), number >= 1, number <= 1_000_000 else {
      throw ValidationError("expected numbers of ranks set apart by commas, found '\(text)'")
    }
    return number
  }
}
