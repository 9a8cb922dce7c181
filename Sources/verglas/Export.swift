import ArgumentParser
import Pipeline
import Trajectories

/// `verglas export`.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Frames or slices coloured by phase for OVITO and VMD; tables of every observable for plotting.",
    discussion: """
      The output's ending decides: .extxyz and .lammpstrj hold the centres with phase, p_class, cluster and ia_kind (0 not IA, 1 \
      interfacial, 2 isolated, 3 other) and the phase's colour, which OVITO shows at once; .csv holds every observable, one value a line.

      Positions are taken from the results (analyze --per-molecule …,position), else from the trajectory that was analysed.

      Examples:
        verglas export results.h5 -o frames.extxyz
        verglas export results.h5 -o slice.lammpstrj \\
          --slice z=22:3 --at-pressure 0.38,0.59
        verglas export results.h5 -o all.csv
      """)

  @Argument(help: ArgumentHelp("Results of analyze.", valueName: "RESULTS"))
  var results: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File to write: .extxyz, .lammpstrj or .csv.", valueName: "FILE"))
  var output: String

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      "Model whose phases are written, or neighbor_count (default: the first model); for .csv repeat it for several (default: all).",
      valueName: "NAME"))
  var models: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Complete frames of the results to take, as a Python slice: 50:, ::10, -1:.",
      valueName: "START:STOP:STEP"),
    transform: parsedFrames)
  var frames: FrameSelection = .all

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take the frames nearest to these pressures in GPa.", valueName: "GPA[,GPA…]"),
    transform: parsedNumbers)
  var atPressure: [Double] = []

  @Option(
    name: .customLong("slice"),
    help: ArgumentHelp(
      "Only molecules in a slab: z=22:3 is 3 Å thick with its middle at 22 Å (20.5 ≤ z < 23.5), through the cell's border too. Repeat it to "
        + "cut along several axes.", valueName: "AXIS=MIDDLE:THICKNESS"),
    transform: parsedSlice)
  var slices: [Slab] = []

  @Option(
    name: .customLong("observable"),
    help: ArgumentHelp(
      "Observable to write to a .csv; repeat it for several. (default: all)", valueName: "NAME"))
  var observables: [String] = []

  @Option(
    name: .customLong("trajectory"),
    help: ArgumentHelp(
      "Where the positions are, if the analysed file has moved; repeat it for several files.",
      valueName: "TRAJ"))
  var trajectories: [String] = []

  @Option(
    name: .customLong("topology"),
    help: ArgumentHelp(
      "What names the atoms of an XTC, TRR or DCD trajectory, if it has moved.", valueName: "FILE"))
  var topologies: [String] = []

  @OptionGroup var table: ThermoOptions

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var options = ExportOptions()
    options.results = results
    options.output = output
    options.models = models
    options.frames = frames
    options.pressures = atPressure
    options.slices = slices
    options.observables = observables
    options.trajectories = trajectories
    options.topologies = topologies
    options.thermo = table.thermo
    options.thermoUnits = table.thermoUnits
    options.overwrite = overwrite
    options.quiet = quiet
    options.commandLine = commandLine
    Program.run { world in try ExportRun.run(options, on: world) }
  }
}

@Sendable private func parsedSlice(_ text: String) throws -> Slab {
  guard let slab = Slab(centered: text) else {
    throw ValidationError("expected AXIS=MIDDLE:THICKNESS in Å as in z=22:3, found '\(text)'")
  }
  return slab
}
