import HDF5
import MPI
import NeuralNetwork
import SOAP
import Trajectories

/// `verglas analyze`: classifies every molecule of every frame and writes results.h5.
///
/// Frames that are not done yet are dealt to ranks in contiguous blocks; a rank takes its frames in groups of about 8000 molecules, which
/// share batches of the network and writes. Between the plan and the end no rank waits for another. A rank that fails, or is asked to stop,
/// tells the others, who stop at their next group (`StopAgreement`); then all agree on one outcome.
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
    StopSignal.install()
    try checkOutput(
      options.output, overwrite: options.overwrite || options.resume, inputs: options.trajectories + options.models, on: world)
    let plan = try AnalysisPlan(options, on: world)
    let log = Log(quiet: options.quiet)
    if world.isRoot {
      for warning in plan.warnings { log.warn(warning) }
      for line in Report.introduction(plan, ranks: world.size) { log.say(line) }
    }
    let survey = options.resume ? try ResumeSurvey.look(plan, on: world) : nil
    if world.isRoot { for line in Report.resumption(plan, survey) { log.say(line) } }
    if let survey, survey.isComplete { return survey.skipped > 0 ? .skippedFrames : .done }
    let file = try openResults(plan, survey, log, on: world)
    let stops = StopAgreement(on: world, deadline: options.maxHours.map { start + $0 * 3600 })
    var worker = AnalysisWorker(
      plan, rows: survey?.missingRows(of: plan.frameCount) ?? Array(0..<plan.frameCount), world: world, stops: stops, log: log, start: start
    )
    let outcome = worker.run(writingTo: file)
    return try finish(worker, outcome, plan, survey, file, world, log)
  }

  /// The results file of a run: new, that of an earlier run, or a longer one that has the earlier one's rows.
  private static func openResults(
    _ plan: AnalysisPlan, _ survey: ResumeSurvey?, _ log: Log, on world: Communicator
  ) throws -> ResultsFile {
    if world.isRoot {
      for name in File.removeLeftovers(of: plan.options.output) { log.say("removed \(name), which a killed run left behind") }
      for note in survey?.notes ?? [] { log.warn(note) }
    }
    guard let survey else { return try ResultsFile.create(plan, schema: ResultsSchema(plan, ranks: world.size), on: world) }
    if survey.grows { return try ResultsFile.extend(plan, schema: ResultsSchema(plan, ranks: world.size), on: world) }
    return try ResultsFile.reopen(plan, schema: ResultsSchema(plan, ranks: survey.timingRows), on: world)
  }

  /// Agrees on the outcome, stores the timings, closes the file and prints the closing table.
  private static func finish(
    _ worker: AnalysisWorker, _ outcome: RunError?, _ plan: AnalysisPlan, _ survey: ResumeSurvey?, _ file: consuming ResultsFile,
    _ world: Communicator, _ log: Log
  ) throws -> ExitCode {
    var timings = worker.timings
    let elapsed = MPIRuntime.wallTime - worker.firstFrameTime
    timings.begin()
    let reason = try worker.stops.settle(failure: outcome)
    timings.end(.wait)
    try file.settle(outcome, on: world)
    try file.record(timings, elapsed: elapsed, on: world)
    var totals = worker.totals
    try world.together { try totals.addStored(survey?.doneRows ?? [], in: file, plan, on: world) }
    try file.close()
    let skipped = try world.allReduce(Int64(worker.skipped), .sum) + Int64(survey?.skipped ?? 0)
    let finished = try world.allReduce(timings.frames, .sum) + Int64(survey?.doneRows.count ?? 0) + skipped
    let close = try world.allReduce(Int64(worker.closePairs), .sum)
    let closeFrames = try world.allReduce(Int64(worker.framesWithClosePairs), .sum)
    let table = try Report.closing(plan, totals, timings, elapsed: elapsed, on: world)
    if world.isRoot {
      if close > 0 {
        log.warn(
          "\(Log.grouped(Int(close) / 2)) pair(s) of \(plan.sets.species[plan.sets.center]) atoms in \(closeFrames) frame(s) are nearer than "
            + "\(FrameEvaluator.closeDistance) Å: overlapping atoms, or lengths that are not Å")
      }
      if skipped > 0 { log.warn("\(skipped) frame(s) were skipped; /verglas/skip_reason says why") }
      if !plan.options.quiet { for line in table { print(line) } }
    }
    if let reason, finished < Int64(plan.frameCount) {
      if world.isRoot {
        Log.print(
          "verglas: stopped by \(reason.text) after \(finished) of \(plan.frameCount) frames; the same command with --resume goes on")
      }
      return .stopped
    }
    return skipped > 0 ? .skippedFrames : .done
  }
}

/// One rank's share of an analysis.
struct AnalysisWorker {
  private let plan: AnalysisPlan
  /// Rows of the results that all ranks share among them.
  private let rows: [Int]
  private let world: Communicator
  let stops: StopAgreement
  private var log: Log
  private(set) var timings = Timings()
  private(set) var totals: AnalysisTotals
  private(set) var skipped = 0
  private(set) var closePairs = 0
  private(set) var framesWithClosePairs = 0
  private(set) var firstFrameTime = 0.0

  init(_ plan: AnalysisPlan, rows: [Int], world: Communicator, stops: StopAgreement, log: Log, start: Double) {
    self.plan = plan
    self.rows = rows
    self.world = world
    self.stops = stops
    self.log = log
    totals = AnalysisTotals(plan)
    firstFrameTime = start
  }

  /// Analyses this rank's frames; returns the error that stopped it, if one did.
  mutating func run(writingTo file: borrowing ResultsFile) -> RunError? {
    firstFrameTime = MPIRuntime.wallTime
    var failure: RunError?
    do { try runFrames(file) } catch { failure = RunError(error) }
    // What is written is marked, also when a later frame failed.
    do { try file.commit() } catch { failure = failure ?? RunError(error) }
    // The others learn of it at their next group of frames; nobody waits for them.
    if failure != nil { try? stops.ask(.failure) }
    return failure
  }

  private mutating func runFrames(_ file: borrowing ResultsFile) throws {
    let rows = self.rows[(rows.count * world.rank / world.size)..<(rows.count * (world.rank + 1) / world.size)]
    guard !rows.isEmpty else { return }
    let loader = FrameLoader(plan)
    let describer = FrameDescriber(sets: plan.sets, precision: plan.options.precision)
    let queues = plan.models.enumerated().map { m, model in
      ModelQueue(
        model, ownConstants: describer.descriptors[plan.sets.setOfModel[m]].ownConstants, precision: plan.options.precision,
        projects: plan.options.perMolecule.contains(.pca))
    }
    let writer = ResultsWriter(plan)
    let groupFrames = max(1, Analysis.groupSize / max(plan.centerCount, 1))
    var next = rows.startIndex
    while next < rows.endIndex {
      if try stops.shouldStop() { return }
      let end = min(next + groupFrames, rows.endIndex)
      try runGroup(rows[next..<end], loader, describer, queues, writer, file)
      next = end
      if world.isRoot {
        let seconds = MPIRuntime.wallTime - firstFrameTime
        log.progress(
          done: next - rows.startIndex, total: rows.count, seconds: seconds,
          moleculesPerSecond: Double(timings.molecules) * Double(world.size) / seconds)
      }
    }
  }

  /// Loads, describes, classifies, evaluates and writes a group of frames.
  private mutating func runGroup(
    _ rows: ArraySlice<Int>, _ loader: FrameLoader, _ describer: FrameDescriber, _ queues: [ModelQueue], _ writer: ResultsWriter,
    _ file: borrowing ResultsFile
  ) throws {
    var frames: [LoadedFrame] = []
    for row in rows {
      do {
        frames.append(try loader.load(row: row, timings: &timings))
      } catch let error where plan.options.skipsBadFrames && RunError(error).code == .badData {
        Log.print("verglas: warning: skipped: \(error)")
        try writer.skip(row: row, step: plan.trajectory.frames[row].step, reason: "\(error)", in: file)
        skipped += 1
      }
    }
    let n = plan.centerCount
    for queue in queues { queue.begin(count: frames.count * n) }
    timings.begin()
    for (slot, frame) in frames.enumerated() {
      describer.describe(frame.domain, timings: &timings) { center, single, double, timings in
        for (m, queue) in queues.enumerated() {
          let set = plan.sets.setOfModel[m]
          if plan.options.precision == .single {
            queue.push(single[set], to: slot * n + center)
          } else {
            queue.push(double[set], to: slot * n + center)
          }
          if queue.isFull { queue.flush() }
        }
        timings.end(.network)
      }
    }
    for queue in queues { queue.flush() }
    timings.end(.network)
    try evaluate(frames, queues, writer, file)
  }

  private mutating func evaluate(
    _ frames: [LoadedFrame], _ queues: [ModelQueue], _ writer: ResultsWriter, _ file: borrowing ResultsFile
  ) throws {
    let evaluator = FrameEvaluator(plan: plan)
    let n = plan.centerCount
    var previous = -1
    for (slot, frame) in frames.enumerated() {
      let probabilities = queues.map { queue in
        let k = queue.model.classCount
        return queue.probabilities[(slot * n * k)..<((slot + 1) * n * k)]
      }
      let projections = queues.map { queue in
        queue.projections[(slot * n * queue.componentCount)..<((slot + 1) * n * queue.componentCount)]
      }
      let (results, close) = evaluator.evaluate(frame, probabilities: probabilities, timings: &timings)
      if close > 0 {
        closePairs += close
        framesWithClosePairs += 1
      }
      if previous >= 0 && frame.row != previous + 1 { try writer.flush(to: file) }
      previous = frame.row
      writer.add(frame, results, probabilities: probabilities, projections: projections)
      totals.add(results)
      timings.end(.write)
    }
    try writer.flush(to: file)
    timings.end(.write)
    timings.frames += Int64(frames.count)
    timings.molecules += Int64(frames.count * n)
  }
}
