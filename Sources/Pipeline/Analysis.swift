import HDF5
import MPI
import NeuralNetwork
import SOAP
import Trajectories

/// `verglas analyze`: classifies every molecule of every frame and writes results.h5.
///
/// Frames are dealt to teams of ranks in contiguous blocks; a team takes its frames in groups of about 8000 molecules a rank, which share
/// batches of the network and writes. Between the plan and the end no team waits for another. A team that fails tells the others, who stop
/// at their next group; then all agree on one error.
public enum Analysis {
  /// Molecules that are analysed and written together, at least one frame.
  static let groupSize = 8192

  /// Runs an analysis on all ranks of `world`.
  ///
  /// - Returns: how to leave the program.
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: AnalysisOptions, on world: Communicator) throws -> ExitCode {
    let start = MPIRuntime.wallTime
    try world.together { try options.validate() }
    try checkOutput(
      options.output, overwrite: options.overwrite, inputs: options.trajectories + options.models + (options.thermo.map { [$0] } ?? []),
      on: world)
    let plan = try AnalysisPlan(options, on: world)
    let log = Log(quiet: options.quiet)
    if world.isRoot {
      for warning in plan.warnings { log.warn(warning) }
      for line in Report.introduction(plan, ranks: world.size) { log.say(line) }
    }
    let schema = ResultsSchema(plan, ranks: world.size)
    let file = try ResultsFile.create(plan, schema: schema, on: world)
    var worker = AnalysisWorker(plan, team: try FrameTeam(plan.layout, on: world), world: world, log: log, start: start)
    let outcome = worker.run(writingTo: file)
    return try finish(worker, outcome, plan, file, world, log, start)
  }

  /// Agrees on the outcome, stores the timings, closes the file and prints the closing table.
  private static func finish(
    _ worker: AnalysisWorker, _ outcome: RunError?, _ plan: AnalysisPlan, _ file: consuming ResultsFile, _ world: Communicator, _ log: Log,
    _ start: Double
  ) throws -> ExitCode {
    var timings = worker.timings
    let elapsed = MPIRuntime.wallTime - worker.firstFrameTime
    timings.begin()
    try world.barrier()
    timings.end(.wait)
    try world.together {
      if let outcome { throw outcome }
      let seconds = timings.seconds
      for stage in Stage.allCases { try file.write("/timings/\(stage.name)", [seconds[stage.rawValue]], fromRow: world.rank) }
      try file.write("/timings/frames", [timings.frames], fromRow: world.rank)
      try file.write("/timings/molecules", [timings.molecules], fromRow: world.rank)
      try file.write("/timings/bytes", [timings.bytes], fromRow: world.rank)
      try file.write("/timings/elapsed", [elapsed], fromRow: world.rank)
    }
    try file.close()
    let skipped = try world.allReduce(Int64(worker.skipped), .sum)
    let close = try world.allReduce(Int64(worker.closePairs), .sum)
    let closeFrames = try world.allReduce(Int64(worker.framesWithClosePairs), .sum)
    let table = try Report.closing(plan, worker.totals, timings, elapsed: elapsed, on: world)
    if world.isRoot {
      if close > 0 {
        log.warn(
          "\(Log.grouped(Int(close) / 2)) pair(s) of \(plan.sets.species[plan.sets.center]) atoms in \(closeFrames) frame(s) are nearer than "
            + "\(FrameEvaluator.closeDistance) Å: overlapping atoms, or lengths that are not Å")
      }
      if skipped > 0 { log.warn("\(skipped) frame(s) were skipped; /verglas/skip_reason says why") }
      if !plan.options.quiet { for line in table { print(line) } }
    }
    return skipped > 0 ? .skippedFrames : .done
  }
}

/// One rank's share of an analysis.
struct AnalysisWorker {
  private let plan: AnalysisPlan
  private let team: FrameTeam
  private let world: Communicator
  private var log: Log
  private(set) var timings = Timings()
  private(set) var totals: AnalysisTotals
  private(set) var skipped = 0
  private(set) var closePairs = 0
  private(set) var framesWithClosePairs = 0
  private(set) var firstFrameTime = 0.0
  /// Tag of the message that a failed team sends to all others.
  private static let stopTag = 75

  init(_ plan: AnalysisPlan, team: FrameTeam, world: Communicator, log: Log, start: Double) {
    self.plan = plan
    self.team = team
    self.world = world
    self.log = log
    totals = AnalysisTotals(plan)
    firstFrameTime = start
  }

  /// Analyses this rank's frames; returns the error that stopped it, if one did.
  mutating func run(writingTo file: borrowing ResultsFile) -> RunError? {
    firstFrameTime = MPIRuntime.wallTime
    do {
      try runFrames(file)
      return nil
    } catch {
      // All ranks of the team have met the same error. The others learn of it at their next group of frames; nobody waits for them.
      guard team.isRoot else { return RunError(error) }
      let messages = MessageBatch(on: world)
      for rank in 0..<world.size where rank != world.rank { try? messages.send([1], to: rank, tag: Self.stopTag) }
      return RunError(error)
    }
  }

  private mutating func runFrames(_ file: borrowing ResultsFile) throws {
    let rows = team.frames
    guard !rows.isEmpty else { return }
    let loader = FrameLoader(plan, team: team)
    let describer = FrameDescriber(sets: plan.sets, precision: plan.options.precision)
    let queues = plan.models.enumerated().map { m, model in
      ModelQueue(
        model, ownConstants: describer.descriptors[plan.sets.setOfModel[m]].ownConstants, precision: plan.options.precision,
        projects: plan.options.perMolecule.contains(.pca))
    }
    let writer = ResultsWriter(plan)
    let groupFrames = max(1, Analysis.groupSize * team.size / max(plan.centerCount, 1))
    var row = rows.lowerBound
    while row < rows.upperBound {
      if try team.any(try world.probe(tag: Self.stopTag) != nil) { return }
      let end = min(row + groupFrames, rows.upperBound)
      try runGroup(row..<end, loader, describer, queues, writer, file)
      row = end
      if world.isRoot {
        let seconds = MPIRuntime.wallTime - firstFrameTime
        log.progress(
          done: row - rows.lowerBound, total: rows.count, seconds: seconds,
          moleculesPerSecond: Double(timings.molecules) * Double(world.size) / seconds)
      }
    }
  }

  /// Loads, describes, classifies, evaluates and writes a group of consecutive frames.
  private mutating func runGroup(
    _ rows: Range<Int>, _ loader: FrameLoader, _ describer: FrameDescriber, _ queues: [ModelQueue], _ writer: ResultsWriter,
    _ file: borrowing ResultsFile
  ) throws {
    var frames: [LoadedFrame] = []
    for row in rows {
      do {
        frames.append(try loader.load(row: row, timings: &timings))
      } catch let error where plan.options.skipsBadFrames && RunError(error).code == .badData {
        if team.isRoot {
          Log.print("verglas: warning: skipped: \(error)")
          skipped += 1
        }
        try writer.skip(row: row, step: plan.trajectory.frames[row].step, reason: "\(error)", team: team, in: file)
      }
    }
    // Where each frame's centres begin among those of the group.
    var starts = [0]
    for frame in frames { starts.append(starts.last! + frame.domain.centerCount) }
    for queue in queues { queue.begin(count: starts.last!) }
    timings.begin()
    for (slot, frame) in frames.enumerated() {
      describer.describe(frame.domain, timings: &timings) { center, single, double, timings in
        for (m, queue) in queues.enumerated() {
          let set = plan.sets.setOfModel[m]
          if plan.options.precision == .single {
            queue.push(single[set], to: starts[slot] + center)
          } else {
            queue.push(double[set], to: starts[slot] + center)
          }
          if queue.isFull { queue.flush() }
        }
        timings.end(.network)
      }
    }
    for queue in queues { queue.flush() }
    timings.end(.network)
    try evaluate(frames, starts, queues, writer, file)
  }

  private mutating func evaluate(
    _ frames: [LoadedFrame], _ starts: [Int], _ queues: [ModelQueue], _ writer: ResultsWriter, _ file: borrowing ResultsFile
  ) throws {
    let evaluator = FrameEvaluator(plan: plan, team: team)
    var previous = -1
    for (slot, frame) in frames.enumerated() {
      let centers = starts[slot]..<starts[slot + 1]
      let probabilities = queues.map { queue in
        let k = queue.model.classCount
        return queue.probabilities[centers.lowerBound * k..<centers.upperBound * k]
      }
      let projections = queues.map { queue in
        queue.projections[centers.lowerBound * queue.componentCount..<centers.upperBound * queue.componentCount]
      }
      let outcome = try evaluator.evaluate(frame, probabilities: probabilities, timings: &timings)
      if team.size > 1 {
        try ResultsWriter.writeMolecules(
          frame, outcome, probabilities: probabilities, projections: projections, plan: plan, team: team, to: file, timings: &timings)
      }
      if team.isRoot {
        if outcome.closePairs > 0 {
          closePairs += outcome.closePairs
          framesWithClosePairs += 1
        }
        if previous >= 0 && frame.row != previous + 1 { try writer.flush(to: file) }
        if team.size > 1 {
          writer.addObservables(frame, outcome)
        } else {
          writer.add(frame, outcome, probabilities: probabilities, projections: projections)
        }
        totals.add(outcome.results)
        timings.frames += 1
      }
      previous = frame.row
      timings.molecules += Int64(centers.count)
      timings.end(.write)
    }
    // Every rank has written its rows when the root marks the frames.
    try team.together { if team.isRoot { try writer.flush(to: file) } }
    timings.end(.write)
  }
}
