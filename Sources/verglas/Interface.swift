import ArgumentParser
import Pipeline
import Trajectories

/// `verglas interface`.
struct Interface: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Positions, thicknesses, shifts and hysteresis of flat interfaces, from the profiles in results.h5.",
    discussion: """
      Needs results of analyze --profile. The table is printed; with -o it and everything per frame and per block is stored. The results \
      file is never written to.

      The mean profile is made of frames that are first laid over each other by the drift of the slab. Thicknesses are those of the mean \
      profile, with jackknife errors over blocks of consecutive frames. Shifts are counted in fractions of the axis, so an even \
      compression of the cell is none, less the common drift of all interfaces.

      Example:
        verglas analyze slab.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors --profile x -o results.h5
        verglas interface results.h5 -o interface.h5
      """)

  @Argument(help: ArgumentHelp("Results of analyze --profile.", valueName: "RESULTS"))
  var results: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "File to write (HDF5); without it the table is only printed.", valueName: "FILE"))
  var output: String?

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp("Model to look at; repeat it for several. (default: all)", valueName: "NAME")
  )
  var models: [String] = []

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "Class whose mean probability is the profile. (default: the model's last)", valueName: "NAME")
  )
  var className: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Complete frames of the results to take, as a Python slice: 50:, ::2, -10:.",
      valueName: "START:STOP:STEP"),
    transform: parsedFrames)
  var frames: FrameSelection = .all

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of blocks of consecutive frames, for the errors.", valueName: "N"))
  var blocks = 5

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Frames (of those taken) that shifts are counted from, as a Python slice: 0, -1, 0:5. (default: the first)",
      valueName: "START:STOP:STEP"),
    transform: parsedFrames)
  var reference: FrameSelection?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Smallest difference in P between two plateaus with an interface between them.",
      valueName: "P"))
  var contrast = 0.25

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Shortest stretch in Å that has a plateau.", valueName: "Å"))
  var minDomain = 10.0

  @OptionGroup var table: ThermoOptions

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var options = InterfaceOptions()
    options.results = results
    options.output = output
    options.models = models
    options.className = className
    options.frames = frames
    options.blocks = blocks
    options.reference = reference
    options.contrast = contrast
    options.minimumDomain = minDomain
    options.thermo = table.thermo
    options.thermoUnits = table.thermoUnits
    options.overwrite = overwrite
    options.quiet = quiet
    options.commandLine = commandLine
    Program.run { world in try InterfaceRun.run(options, on: world) }
  }
}
