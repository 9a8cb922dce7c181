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

  @Option(help: ArgumentHelp("Take the SOAP parameters from this model file instead of the options below.", valueName: "FILE"))
  var model: String?

  @OptionGroup(title: "SOAP") var soap: SOAPOptions

  @Option(help: ArgumentHelp("Precision: double is the reference, single the fast path of analyze.", valueName: "NAME"))
  var precision = PrecisionName.double

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var options = DescriptionOptions()
    options.trajectories = input.trajectories
    options.types = input.types
    options.frames = input.frames
    options.topologies = input.topologies
    options.strict = input.strict
    options.output = output
    options.model = model
    options.species = soap.species.split(separator: ",").map(String.init)
    options.center = soap.center
    options.cutoffRadius = soap.rCut
    options.radialCount = soap.nMax
    options.maximumDegree = soap.lMax
    options.sigma = soap.sigma
    options.blocks = soap.blocks == "all" ? nil : soap.blocks.split(separator: ",").map(String.init)
    options.precision = precision.value
    options.overwrite = overwrite
    options.quiet = quiet
    options.commandLine = commandLine
    Program.run { world in try Description.run(options, on: world) }
  }
}

/// The parameters of a descriptor.
struct SOAPOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Chemical symbols of the species.", valueName: "LIST"))
  var species = "O,H"
  @Option(help: ArgumentHelp("Species of the centres.", valueName: "SYMBOL"))
  var center = "O"
  @Option(help: ArgumentHelp("Radius r_cut of the radial basis in Å; atoms count to r_cut + 3.717 σ.", valueName: "Å"))
  var rCut = 6.0
  @Option(help: ArgumentHelp("Number of radial functions n_max.", valueName: "N"))
  var nMax = 6
  @Option(help: ArgumentHelp("Highest degree l_max of the spherical harmonics.", valueName: "L"))
  var lMax = 6
  @Option(help: ArgumentHelp("Width σ of the Gaussians in Å.", valueName: "Å"))
  var sigma = 0.5
  @Option(help: ArgumentHelp("Species pairs to keep, e.g. OH,HH; all keeps every pair.", valueName: "LIST"))
  var blocks = "all"
}
