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

  @Option(name: .customLong("model"), help: ArgumentHelp("Model for which time and memory are estimated.", valueName: "FILE"))
  var models: [String] = []

  func run() throws {
    var options = InspectionOptions()
    options.files = input.trajectories
    options.types = input.types
    options.frames = input.frames
    options.topologies = input.topologies
    options.strict = input.strict
    options.models = models
    Program.run { world in try Inspection.run(options, on: world) }
  }
}
