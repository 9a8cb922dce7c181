import ArgumentParser
import Pipeline
import Trajectories

/// `verglas sample`.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Draw a balanced, labelled set of SOAP vectors from trajectories of known phases, for training.",
    discussion: """
      Environments (one centre in one frame) are drawn without replacement, each file of a class giving an equal share and each frame of a \
      file an equal share of that. Files are trajectories of their own: they are not chained. Every class is split 60:20:20 into training, \
      validation and test part with the same counts.

      --split-by environment mixes the molecules of one frame over all parts. That leaks: neighbours share most of their surroundings, so \
      the test part is easier than new data. --split-by frame keeps all molecules of one frame in one part, --split-by file all of one file.

      Rows are ordered by class, file, frame and centre id; the same command gives the same bytes on any number of ranks.

      Example:
        mpirun -n 4 verglas sample --class 'LDA=lda*.lammpstrj.gz' --class 'HDA=hda-77K.lammpstrj,hda-100K.lammpstrj' --types 1=O,2=H \
      --per-class 12000 --seed 1 -o dataset.h5
      """)

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "A class and the files or patterns of its trajectories; repeat it for each class. The order is that of the labels.",
      valueName: "NAME=FILE,FILE…"),
    transform: parsedClass)
  var classes: [SamplingOptions.LabelledFiles]

  @Option(name: .shortAndLong, help: ArgumentHelp("Dataset to write (HDF5).", valueName: "FILE"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Elements of the atom types, e.g. 1=O,2=H. Not needed if the files have an element column.",
      valueName: "1=O,2=H"),
    transform: parsedTypes)
  var types: TypeNames = [:]

  @Option(
    help: ArgumentHelp(
      "Frames to take of each file, as a Python slice: 10:, ::2, -1:.", valueName: "START:STOP:STEP"
    ),
    transform: parsedFrames)
  var frames: FrameSelection = .all

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Environments of each class.", valueName: "N"))
  var perClass = 12000

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of every choice.", valueName: "N"))
  var seed: UInt64 = 1

  @Option(
    help:
      "What stays in one part of the split: nothing but the environment itself (leaks, see above), a frame, or a file."
  )
  var splitBy = SamplingOptions.SplitRule.environment

  @OptionGroup(title: "SOAP") var soap: SOAPOptions

  @Option(
    help: """
      Precision: double is the reference and stores 64-bit features; single is the fast path of analyze and stores 32-bit ones, which lose \
      digits where a feature varies little about a large mean.
      """)
  var precision = PrecisionName.double

  @Option(
    name: .customLong("topology"),
    help: ArgumentHelp(
      "What names the atoms of XTC, TRR, DCD and H5MD files: a GRO, PDB, PSF or LAMMPS data file. Repeat it for trajectories with other numbers of atoms.",
      valueName: "FILE"))
  var topologies: [String] = []

  @Flag(
    help:
      "Treat a cut last frame, a damaged archive or water that is not H2O as an error, not a warning."
  )
  var strict = false

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var options = SamplingOptions()
    options.classes = classes
    options.output = output
    options.types = types
    options.frames = frames
    options.perClass = perClass
    options.seed = seed
    options.splitRule = splitBy
    options.soap = soap.choice
    options.precision = precision.value
    options.topologies = topologies
    options.strict = strict
    options.overwrite = overwrite
    options.quiet = quiet
    options.commandLine = commandLine
    Program.run { world in try Sampling.run(options, on: world) }
  }
}

extension SamplingOptions.SplitRule: ExpressibleByArgument {}

@Sendable private func parsedClass(_ text: String) throws -> SamplingOptions.LabelledFiles {
  guard let sign = text.firstIndex(of: "=") else {
    throw ValidationError("expected NAME=FILE,FILE… as in LDA=lda-77K.lammpstrj, found '\(text)'")
  }
  let list = text[text.index(after: sign)...]
  let patterns =
    list.isEmpty
    ? [] : list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  return SamplingOptions.LabelledFiles(name: String(text[..<sign]), patterns: patterns)
}
