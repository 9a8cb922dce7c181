import Geometry
import HDF5
import MPI
import NeuralNetwork
import SOAP
import Trajectories

/// What `verglas describe` was asked to do.
public struct DescriptionOptions: Sendable {
  /// Trajectory files or shell patterns.
  public var trajectories: [String] = []
  /// The file to write.
  public var output = ""
  /// Species by atom type; empty if the files name elements.
  public var types: [Int: String] = [:]
  /// Which of the chained frames are taken.
  public var frames = FrameSelection.all
  /// The descriptor.
  public var soap = SOAPChoice()
  /// Precision of SOAP and network.
  public var precision = Descriptor.Precision.double
  /// Structure files that name the atoms of trajectories that do not.
  public var topologies: [String] = []
  /// Whether warnings about damaged input are errors.
  public var strict = false
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false
  /// The command line, kept in the output.
  public var commandLine = ""

  /// The defaults.
  public init() {}
}

/// `verglas describe`: SOAP vectors of all centres by id, `/soap/value [F, N, D]`.
public enum Description {
  /// Runs on all ranks of `world`; frames are dealt in contiguous blocks.
  ///
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: DescriptionOptions, on world: Communicator) throws -> ExitCode {
    let inputs = options.trajectories + (options.soap.model.map { [$0] } ?? [])
    try checkOutput(options.output, overwrite: options.overwrite, inputs: inputs, on: world)
    let parameters = try options.soap.parameters(on: world)
    let sets = try DescriptorSets([(name: "", parameters: parameters)])
    var analysis = AnalysisOptions()
    analysis.types = options.types
    analysis.strict = options.strict
    analysis.neighborCutoff = parameters.effectiveCutoff
    analysis.clusterCutoff = parameters.effectiveCutoff
    analysis.ranksPerFrame = 1
    let map = try world.together { try SpeciesMap(names: sets.species, types: options.types) }
    let trajectory = try openTrajectory(
      options.trajectories, topologies: options.topologies, selection: options.frames, strict: options.strict, on: world)
    let plan = try AnalysisPlan(
      analysis, models: [], sets: sets, speciesMap: map, trajectory: trajectory, on: world)
    let log = Log(quiet: options.quiet)
    clearLeftovers(of: options.output, log, on: world)
    if world.isRoot {
      for warning in plan.warnings { log.warn(warning) }
      log.say(
        "\(plan.frameCount) frames, \(Log.grouped(plan.centerCount)) centres, \(parameters.featureCount) features, \(options.precision) precision"
      )
    }
    try fillHidden(options.output, replacing: options.overwrite, kind: "file of SOAP vectors", on: world) {
      try layOut($0, options, plan, parameters)
    } fill: { file in
      try world.together { try writeFrames(options, plan, sets, file, on: world) }
    }
    if world.isRoot { log.say("results: \(options.output)") }
    return .done
  }

  private static func layOut(
    _ file: borrowing File, _ options: DescriptionOptions, _ plan: AnalysisPlan, _ parameters: SOAPParameters
  ) throws {
    let f = plan.frameCount, n = plan.centerCount, d = parameters.featureCount
    let values = try file.createDataset("/soap/value", options.precision == .single ? .float32 : .float64, shape: [f, n, d])
    try values.setAttribute("description", to: "SOAP power spectrum of each centre; frames, centres by id, features")
    let names = parameters.featureNames
    let features = try file.createDataset(
      "/soap/features", .text(bytes: names.map { $0.utf8.count }.max() ?? 1), shape: [d])
    try features.writeTexts(names)
    let ids = try file.createDataset("/soap/id", .int64, shape: [n])
    try ids.write(plan.centerIDs.all)
    let steps = try file.createDataset("/soap/step", .int64, shape: [f])
    try steps.setAttribute("description", to: "MD step")
    let soap = try file.group("/soap")
    try parameters.record(in: soap)
    try soap.setAttribute("command_line", to: options.commandLine)
    try soap.setAttribute("version", to: VerglasVersion.number)
  }

  private static func writeFrames(
    _ options: DescriptionOptions, _ plan: AnalysisPlan, _ sets: DescriptorSets, _ file: borrowing File, on world: Communicator
  ) throws {
    let values = try file.dataset("/soap/value")
    let steps = try file.dataset("/soap/step")
    let n = plan.centerCount
    let f = plan.frameCount
    let rows = evenShare(of: f, part: world.rank, of: world.size)
    let loader = FrameLoader(plan, team: FrameTeam(alone: rows))
    let describer = FrameDescriber(sets: sets, precision: options.precision)
    let constants = describer.descriptors[0].ownConstants
    let d = constants.count
    var timings = Timings()
    for row in rows {
      let frame = try loader.load(row: row, timings: &timings)
      var single = [Float](repeating: 0, count: options.precision == .single ? n * d : 0)
      var double = [Double](repeating: 0, count: options.precision == .double ? n * d : 0)
      describer.describe(frame.domain, timings: &timings) { center, singleRows, doubleRows, _ in
        if options.precision == .single {
          for k in 0..<d { single[center * d + k] = Float(Double(singleRows[0][k]) + constants[k]) }
        } else {
          for k in 0..<d { double[center * d + k] = doubleRows[0][k] + constants[k] }
        }
      }
      if options.precision == .single {
        try values.write(single, at: [row, 0, 0], count: [1, n, d])
      } else {
        try values.write(double, at: [row, 0, 0], count: [1, n, d])
      }
      try steps.write([frame.step], at: [row], count: [1])
    }
  }
}
