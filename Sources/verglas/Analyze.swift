import ArgumentParser
import Pipeline
import SOAP

/// `verglas analyze`.
struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Classify every molecule of every frame; phases, clusters and profiles into results.h5.",
    discussion: """
      Examples:
        verglas analyze water.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors -o results.h5
        mpirun -n 16 verglas analyze 'run*.lammpstrj.gz' --types 1=O,2=H \\
          --model M2-OH.safetensors --model M3-OH.safetensors \\
          --threshold 0.95,0.9,0.8 --profile x -o results.h5

      Exit codes: 0 done, 1 done but frames were skipped, 64 usage, 65 bad data, 66 no input, 73 cannot create the output, 74 input/output, 75 stopped early: \
      --resume goes on.
      """)

  @OptionGroup var input: TrajectoryOptions

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      "Model file (safetensors). Repeat it to run several models at once; two give the cross-table of their phases.",
      valueName: "FILE"))
  var models: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Results file to write (HDF5, H5MD 1.1).", valueName: "FILE"))
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Confidence thresholds; the first is the primary one. (default: 0.95)", valueName: "P[,P…]"),
    transform: parsedNumbers)
  var threshold: [Double] = [0.95]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Distance in Å within which centres are neighbours (split of IA).", valueName: "Å"))
  var neighborCutoff = 3.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Distance in Å within which centres of one phase belong to one cluster.", valueName: "Å"))
  var clusterCutoff = 3.0

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Smallest cluster that is counted.", valueName: "N")
  )
  var minCluster = 1

  @Option(help: ArgumentHelp("Axis of the layer profile: x, y, z or none.", valueName: "AXIS"))
  var profile = Axis.none

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Thickness of the layers in Å; their number is that of the first frame.", valueName: "Å"))
  var layerWidth = 2.0

  @OptionGroup var table: ThermoOptions

  @Option(
    name: .customLong("region"),
    help: ArgumentHelp(
      "Slab whose molecules are also counted by themselves, from ≤ x < to in Å: bulk=x:10:20. Repeat it for several.",
      valueName: "NAME=AXIS:FROM:TO"),
    transform: parsedRegion)
  var regions: [Region] = []

  @Option(
    help: ArgumentHelp(
      "Second labelling without a network: LDA,HDA=11:4.2 calls molecules with at least 11 centres within 4.2 Å HDA, others LDA.",
      valueName: "LOW,HIGH=N:Å"),
    transform: parsedNeighborCount)
  var neighborCount: NeighborCountRule?

  @Option(
    help: ArgumentHelp(
      "Structures of ice and hydrate beside the models' phases: chill+ or none. (default: chill+ for water)",
      valueName: "NAME"))
  var structure: StructureName?

  @Option(
    help: ArgumentHelp(
      "What to store for each molecule: any of probability,phase,cluster,position,pca, or all, or none. (default: probability,phase,cluster)",
      valueName: "LIST"),
    transform: parsedPerMolecule)
  var perMolecule: AnalysisOptions.PerMolecule = .standard

  @Option(
    help: ArgumentHelp(
      "Precision of SOAP and network: single is the tested fast path, double the reference.",
      valueName: "NAME"))
  var precision = PrecisionName.single

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Time of one MD step in ps, instead of the times in the file.", valueName: "PS"))
  var timeStep: Double?

  @Option(
    help: ArgumentHelp(
      "What to do about a frame that cannot be read: stop, or skip it, record why and leave with code 1.",
      valueName: "WHAT"))
  var onBadFrame = BadFrame.stop

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Ranks that share a frame: auto (what should finish first within the memory there is) or a number. (default: auto)",
      valueName: "N"),
    transform: parsedRanksPerFrame)
  var ranksPerFrame: Int? = nil

  @Flag(help: "Replace the results file if it exists.")
  var overwrite = false

  @Flag(
    help:
      "Finish a results file that was not finished: same inputs, models and options, any number of ranks. Begins it if there is none."
  )
  var resume = false

  @Flag(help: "With --resume: go on with frames that the trajectory has gained since.")
  var extend = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Stop with code 75 before this time is over, as SIGUSR1 and SIGTERM do at once; --resume goes on.",
      valueName: "HOURS"))
  var maxHours: Double?

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func run() throws {
    var options = AnalysisOptions()
    options.trajectories = input.trajectories
    options.types = input.types
    options.boundary = input.boundary
    options.frames = input.frames
    options.topologies = input.topologies
    options.strict = input.strict
    options.models = models
    options.output = output
    options.thresholds = threshold
    options.neighborCutoff = neighborCutoff
    options.clusterCutoff = clusterCutoff
    options.minimumCluster = minCluster
    options.profileAxis = profile.index
    options.layerWidth = layerWidth
    options.regions = regions
    options.neighborCount = neighborCount
    options.thermo = table.thermo
    options.thermoUnits = table.thermoUnits
    options.structure = structure?.value ?? .automatic
    options.perMolecule = perMolecule
    options.precision = precision.value
    options.timeStep = timeStep
    options.skipsBadFrames = onBadFrame == .skip
    options.ranksPerFrame = ranksPerFrame
    options.overwrite = overwrite
    options.resume = resume
    options.extend = extend
    options.maxHours = maxHours
    options.quiet = quiet
    options.commandLine = commandLine
    Program.run { world in try Analysis.run(options, on: world) }
  }
}

enum Axis: String, ExpressibleByArgument, CaseIterable {
  case x, y, z, none
  var index: Int? { self == .none ? nil : self == .x ? 0 : self == .y ? 1 : 2 }
}

enum StructureName: String, ExpressibleByArgument, CaseIterable {
  case chillPlus = "chill+"
  case none
  var value: AnalysisOptions.Structure { self == .chillPlus ? .chillPlus : .none }
}

enum BadFrame: String, ExpressibleByArgument, CaseIterable { case stop, skip }

enum PrecisionName: String, ExpressibleByArgument, CaseIterable {
  case single, double
  var value: Descriptor.Precision { self == .single ? .single : .double }
}

@Sendable func parsedNumbers(_ text: String) throws -> [Double] {
  try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
    guard let value = Double(word) else {
      throw ValidationError("expected numbers set apart by commas, found '\(text)'")
    }
    return value
  }
}

@Sendable private func parsedRanksPerFrame(_ text: String) throws -> Int? {
  if text == "auto" { return nil }
  guard let number = Int(text), number >= 1 else {
    throw ValidationError("expected auto or a number from 1, found '\(text)'")
  }
  return number
}

@Sendable private func parsedRegion(_ text: String) throws -> Region {
  guard let region = Region(parsing: text) else {
    throw ValidationError(
      "expected NAME=AXIS:FROM:TO in Å with FROM < TO as in bulk=x:10:20, found '\(text)'")
  }
  return region
}

@Sendable private func parsedNeighborCount(_ text: String) throws -> NeighborCountRule {
  guard let rule = NeighborCountRule(parsing: text) else {
    throw ValidationError("expected LOW,HIGH=N:RADIUS in Å as in LDA,HDA=11:4.2, found '\(text)'")
  }
  return rule
}

@Sendable private func parsedPerMolecule(_ text: String) throws -> AnalysisOptions.PerMolecule {
  var result: AnalysisOptions.PerMolecule = []
  for word in text.split(separator: ",", omittingEmptySubsequences: false) {
    switch word {
    case "probability": result.insert(.probability)
    case "phase": result.insert(.phase)
    case "cluster": result.insert(.cluster)
    case "position": result.insert(.position)
    case "pca": result.insert(.pca)
    case "all": result.formUnion(.all)
    case "none": break
    default:
      throw ValidationError(
        "expected any of probability, phase, cluster, position, pca, all, none; found '\(word)'")
    }
  }
  return result
}
