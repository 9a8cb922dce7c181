import ArgumentParser
import Pipeline

/// `verglas describe`.
struct Describe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the SOAP vectors of all centres to an HDF5 file.",
    discussion: """
      /soap/value holds [frames, centres by id, features]; /soap/features the names, /soap/id the ids. The vectors are those of \
      DScribe 2.1 (rbf="gto"), in double precision unless told otherwise.

      Example:
        verglas describe water.lammpstrj --types 1=O,2=H \\
          --species O --n-max 8 --l-max 8 -o soap.h5
      """)

  @OptionGroup var input: TrajectoryOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("File to write (HDF5).", valueName: "FILE"))
  var output: String

  @OptionGroup(title: "SOAP") var soap: SOAPOptions

  @Option(
    help: ArgumentHelp(
      "Precision: double is the reference, single the fast path of analyze.", valueName: "NAME"))
  var precision = PrecisionName.double

  @Option(
    help: ArgumentHelp(
      "What to do about a frame that cannot be read: stop, or skip it (its vectors are NaN), record why and leave with code 1.",
      valueName: "WHAT"))
  var onBadFrame = BadFrame.stop

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var options = DescriptionOptions()
    options.trajectories = input.trajectories
    options.types = input.types
    options.boundary = input.boundary
    options.frames = input.frames
    options.topologies = input.topologies
    options.strict = input.strict
    options.output = output
    options.soap = soap.choice
    options.precision = precision.value
    options.skipsBadFrames = onBadFrame == .skip
    options.overwrite = overwrite
    options.quiet = quiet
    options.commandLine = commandLine
    Program.run { world in try Description.run(options, on: world) }
  }
}
