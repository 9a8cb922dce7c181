import Frames
import Geometry
import HDF5
import JobControl
import MPI
import SOAP
import Trajectories

/// `verglas describe`: SOAP vectors of all centres by id, `/soap/value [F, N, D]`.
public enum Description {
  /// Runs on all ranks of `world`; frames are distributed in contiguous blocks.
  ///
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: DescriptionOptions, on world: Communicator) throws -> ExitCode {
    let inputs = options.trajectories + (options.soap.model.map { [$0] } ?? [])
    try checkOutput(options.output, overwrite: options.overwrite, inputs: inputs, on: world)
    let parameters = try options.soap.parameters(
      reserved: ObservableKinds.reservedNames, on: world)
    let sets = try DescriptorSets([(name: "", parameters: parameters)])
    let map = try world.together { try SpeciesMap(names: sets.species, types: options.types) }
    let trajectory = try openTrajectory(
      options.trajectories, topologies: options.topologies, selection: options.frames,
      strict: options.strict, boundary: options.boundary, on: world)
    if !options.skipsBadFrames { try FramePlan.check(trajectory, on: world) }
    let first = try FirstFrame(
      trajectory, map, sets, strict: options.strict, skipsBadFrames: options.skipsBadFrames,
      countsOverlaps: true, on: world)
    let plan = FramePlan(trajectory, map, sets, first: first)
    let log = Log(quiet: options.quiet)
    clearLeftovers(of: options.output, log, on: world)
    if world.isRoot {
      for warning in sets.warnings + trajectory.warnings + first.warnings { log.warn(warning) }
      log.say(
        "\(Log.counted(plan.trajectory.frames.count, "frame")), "
          + "\(Log.grouped(plan.centerCount)) centres, \(parameters.featureCount) features, "
          + "\(options.precision) precision")
    }
    var skipped: Int64 = 0
    try fillHidden(
      options.output, replacing: options.overwrite, kind: "file of SOAP vectors", on: world
    ) {
      try layOut($0, options, plan, first.centerIDs, parameters)
    } fill: { file in
      skipped = Int64(
        try world.togetherOrEnd { try writeFrames(options, plan, sets, file, on: world) })
      skipped = try world.allReduce(skipped, .sum)
    }
    if world.isRoot {
      if skipped > 0 {
        log.warn(
          Log.skipped(Int(skipped), reasons: "/soap/skip_reason") + "; their vectors are NaN")
      }
      log.say("results: \(options.output)")
    }
    return skipped > 0 ? .skippedFrames : .done
  }

  private static func layOut(
    _ file: borrowing File, _ options: DescriptionOptions, _ plan: FramePlan,
    _ centerIDs: CenterIDs, _ parameters: SOAPParameters
  ) throws {
    let f = plan.trajectory.frames.count, n = plan.centerCount, d = parameters.featureCount
    let values = try file.createDataset(
      "/soap/value", options.precision == .single ? .float32 : .float64, shape: [f, n, d])
    try values.setAttribute(
      "description", to: "SOAP power spectrum of each centre; frames, centres by id, features")
    let names = parameters.featureNames
    let features = try file.createDataset(
      "/soap/features", .text(bytes: names.map { $0.utf8.count }.max() ?? 1), shape: [d])
    try features.writeTexts(names)
    let ids = try file.createDataset("/soap/id", .int64, shape: [n])
    try ids.write(centerIDs.all)
    let steps = try file.createDataset("/soap/step", .int64, shape: [f])
    try steps.setAttribute("description", to: "MD step")
    if options.skipsBadFrames {
      let done = try file.createDataset("/soap/done", .uint8, shape: [f])
      try done.setAttribute(
        "description", to: "1: the frame's vectors are complete; 2: skipped")
      let reasons = try file.createDataset(
        "/soap/skip_reason", .text(bytes: ResultsSchema.reasonBytes), shape: [f])
      try reasons.setAttribute("description", to: "why a frame was skipped")
    }
    let soap = try file.group("/soap")
    try parameters.record(in: soap)
    try soap.setAttribute("command_line", to: options.commandLine)
    try soap.setAttribute("version", to: VerglasVersion.number)
  }

  /// Describes this rank's frames; returns the number of skipped frames.
  private static func writeFrames(
    _ options: DescriptionOptions, _ plan: FramePlan, _ sets: DescriptorSets,
    _ file: borrowing File, on world: Communicator
  ) throws -> Int {
    let steps = try file.dataset("/soap/step")
    let rows = evenShare(of: plan.trajectory.frames.count, part: world.rank, of: world.size)
    let loader = FrameLoader(plan, team: FrameTeam(alone: rows))
    let describer = FrameDescriber(sets: sets, precision: options.precision)
    var timings = Timings()
    var skipped = 0
    for row in rows {
      var frame: LoadedFrame?
      do {
        frame = try loader.load(row: row, timings: &timings)
      } catch let error where options.skipsBadFrames && RunError(error).code == .badData {
        Log.print("verglas: warning: skipped: \(error)")
        try file.dataset("/soap/skip_reason").writeText("\(error)", at: row)
        skipped += 1
      }
      try write(
        frame, row: row, describer, options.precision, centerCount: plan.centerCount, to: file,
        &timings)
      try steps.write([frame?.step ?? plan.trajectory.frames[row].step], at: [row], count: [1])
      if options.skipsBadFrames {
        try file.dataset("/soap/done").write([UInt8(frame == nil ? 2 : 1)], at: [row], count: [1])
      }
    }
    return skipped
  }

  /// Writes the vectors of a frame, NaN for one that could not be read.
  private static func write(
    _ frame: LoadedFrame?, row: Int, _ describer: FrameDescriber, _ precision: Descriptor.Precision,
    centerCount n: Int,
    to file: borrowing File, _ timings: inout Timings
  ) throws {
    let values = try file.dataset("/soap/value")
    let d = describer.descriptors[0].featureCount
    if precision == .single {
      var vectors = [Float](repeating: .nan, count: n * d)
      if let frame { describer.features(of: frame.domain, into: &vectors, timings: &timings) }
      try values.write(vectors, at: [row, 0, 0], count: [1, n, d])
    } else {
      var vectors = [Double](repeating: .nan, count: n * d)
      if let frame { describer.features(of: frame.domain, into: &vectors, timings: &timings) }
      try values.write(vectors, at: [row, 0, 0], count: [1, n, d])
    }
  }
}
