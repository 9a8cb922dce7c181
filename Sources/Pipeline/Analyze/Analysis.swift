import CMemory
import Frames
import HDF5
import JobControl
import MPI
import NeuralNetwork
import SOAP
import Trajectories

/// `verglas analyze`: classifies every molecule of every frame and writes results.h5.
///
/// Frames that are not complete yet are distributed over teams of ranks in contiguous blocks; a
/// team processes its frames in groups of about 1000 molecules per rank, which share batches of the
/// network, and writes about 8000 molecules together. Between the plan and the end no team waits
/// for another. A team that fails, or is asked to stop, notifies the others, which stop before
/// their next group (`StopAgreement`); then all agree on one outcome.
public enum Analysis {
  /// Molecules that are analysed together, at least one frame. Their grids are all in memory.
  static let groupSize = 1024
  /// Molecules that are written together, at least.
  static let writtenSize = 8192

  /// Runs an analysis on all ranks of `world`.
  ///
  /// - Returns: the exit code of the program.
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: AnalysisOptions, on world: Communicator) throws -> ExitCode {
    let start = MPIRuntime.wallTime
    try world.together { try options.validate() }
    StopSignal.install()
    try checkOutput(
      options.output, overwrite: options.overwrite || options.resume,
      inputs: options.trajectories + options.models + (options.thermo.map { [$0] } ?? []), on: world
    )
    var plan = try AnalysisPlan(options, kinds: ObservableKinds.all, on: world)
    let log = Log(quiet: options.quiet)
    let begun = options.resume ? try ResumeSurvey.begun(plan, on: world) : nil
    if let begun { omitNewer(&plan, begun, log, on: world) }
    let network = try NetworkAgreement.settle(plan, recorded: begun?.network, on: world)
    plan.network = network.arithmetic
    if world.isRoot {
      for warning in plan.warnings { log.warn(warning) }
      for note in network.notes { log.warn(note) }
      for line in Report.introduction(plan, ranks: world.size) { log.say(line) }
    }
    let survey = options.resume ? try ResumeSurvey.look(plan, on: world) : nil
    if world.isRoot { for line in Report.resumption(plan, survey) { log.say(line) } }
    if let survey, survey.isComplete { return survey.skipped > 0 ? .skippedFrames : .done }
    let rows = survey?.missingRows(of: plan.frameCount) ?? Array(0..<plan.frameCount)
    let layout = plan.layout(frames: rows.count, ranks: world.size)
    if world.isRoot { for line in Report.teams(layout) { log.say(line) } }
    let file = try openResults(plan, survey, log, on: world)
    // Freed by all ranks together, after they have agreed on the outcome.
    let weights = try NodeWeights(plan, on: world)
    if !weights.networks.isEmpty {
      plan.releaseWeights()
      vg_return_freed_memory()
    }
    defer { withExtendedLifetime(weights) {} }
    let stops = StopAgreement(on: world, deadline: options.maxHours.map { start + $0 * 3600 })
    var worker = AnalysisWorker(
      plan, weights: weights.networks, rows: rows, team: try FrameTeam(layout, on: world),
      world: world, stops: stops, log: log)
    let outcome = worker.run(writingTo: file)
    return try finish(worker, outcome, plan, survey, file, world, log)
  }

  /// Removes from a plan what the results that are to be completed do not have, because they were
  /// begun by an older version: structures by CHILL+, guards and familiarity, observables that may
  /// be absent.
  private static func omitNewer(
    _ plan: inout AnalysisPlan, _ begun: BegunResults, _ log: Log, on world: Communicator
  ) {
    let path = plan.options.output
    if plan.options.structure == .automatic, plan.findsStructures, !begun.hasStructures {
      plan.omitStructures()
      if world.isRoot { log.say("\(path) was begun without CHILL+ and is finished without it") }
    }
    if !begun.absentKinds.isEmpty { plan.omit(kinds: begun.absentKinds) }
    guard plan.options.usesGuard, !begun.hasGuards else { return }
    let hasGuards = plan.models.contains { $0.guardHead != nil || $0.familiarity != nil }
    plan.omitGuards()
    if world.isRoot, hasGuards {
      log.warn(
        "\(path) was begun by a version without guards: it is finished without them, as with "
          + "--no-guard")
    }
  }

  /// The results file of a run: new, that of an earlier run, or a longer one with the rows of the
  /// earlier one.
  private static func openResults(
    _ plan: AnalysisPlan, _ survey: ResumeSurvey?, _ log: Log, on world: Communicator
  ) throws -> ResultsFile {
    clearLeftovers(of: plan.options.output, log, on: world)
    if world.isRoot { for note in survey?.notes ?? [] { log.warn(note) } }
    guard let survey else {
      return try ResultsFile.create(plan, schema: ResultsSchema(plan, ranks: world.size), on: world)
    }
    if survey.grows {
      return try ResultsFile.extend(plan, schema: ResultsSchema(plan, ranks: world.size), on: world)
    }
    return try ResultsFile.reopen(
      plan, schema: ResultsSchema(plan, ranks: survey.timingRows), on: world)
  }

  /// Agrees on the outcome, stores the timings, closes the file and prints the closing table.
  private static func finish(
    _ worker: AnalysisWorker, _ outcome: RunError?, _ plan: AnalysisPlan, _ survey: ResumeSurvey?,
    _ file: consuming ResultsFile,
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
    try world.together { try totals.addStored(survey?.doneRows ?? [], in: file, on: world) }
    try file.close()
    let closing = try totals.reduced(
      counts: [timings.frames, timings.molecules, Int64(worker.skipped)], seconds: timings.seconds,
      elapsed: elapsed, on: world)
    let skipped = closing.counts[2] + Int64(survey?.skipped ?? 0)
    let finished = closing.counts[0] + Int64(survey?.doneRows.count ?? 0) + skipped
    if world.isRoot {
      for observable in plan.observables.members {
        for warning in observable.warnings(closing) { log.warn(warning) }
      }
      if skipped > 0 { log.warn(Log.skipped(Int(skipped), reasons: "/verglas/skip_reason")) }
      if !plan.options.quiet {
        for line in Report.closing(plan, closing, ranks: world.size) { print(line) }
      }
    }
    if let reason, finished < Int64(plan.frameCount) {
      if world.isRoot {
        Log.print(
          "verglas: stopped by \(reason.text) after \(finished) of \(plan.frameCount) frames; "
            + "continue with the same command and --resume"
        )
      }
      return .stopped
    }
    return skipped > 0 ? .skippedFrames : .done
  }
}

/// One rank's share of an analysis.
struct AnalysisWorker {
  private let plan: AnalysisPlan
  /// Packed weights of each network; empty if this rank packs its own.
  private let weights: [PackedWeights]
  private let team: FrameTeam
  /// Rows of the results that are distributed over all teams.
  private let rows: [Int]
  private let world: Communicator
  let stops: StopAgreement
  private var log: Log
  private(set) var timings = Timings()
  private(set) var totals: AnalysisTotals
  private var warnings: EarlyWarnings
  private(set) var skipped = 0
  /// Frames that are evaluated but not written: the last row, and their molecules.
  private var unwritten: (lastRow: Int, molecules: Int)?
  private(set) var firstFrameTime = 0.0

  init(
    _ plan: AnalysisPlan, weights: [PackedWeights], rows: [Int], team: FrameTeam,
    world: Communicator, stops: StopAgreement, log: Log
  ) {
    self.plan = plan
    self.weights = weights
    self.rows = rows
    self.team = team
    self.world = world
    self.stops = stops
    self.log = log
    totals = AnalysisTotals(plan)
    warnings = EarlyWarnings(plan.observables)
  }

  /// Analyses this rank's frames; returns the error that stopped it, if one did.
  mutating func run(writingTo file: borrowing ResultsFile) -> RunError? {
    firstFrameTime = MPIRuntime.wallTime
    var failure: RunError?
    defer {
      (timings.messages, timings.bytesSent) = (
        Int64(team.traffic.messages), Int64(team.traffic.bytes)
      )
    }
    do { try runFrames(file) } catch { failure = RunError(error) }
    // Written frames are marked even if a later frame failed, but ranks that did not fail together
    // must not wait for each other.
    if team.size == 1 || failure?.isAgreed != false {
      do { try file.commit(together: team) } catch { failure = failure ?? RunError(error) }
    }
    // The other ranks receive the message before their next group of frames; this rank does not
    // wait for them.
    if failure != nil { try? stops.ask(.failure) }
    return failure
  }

  private mutating func runFrames(_ file: borrowing ResultsFile) throws {
    let rows = self.rows[team.frames]
    guard !rows.isEmpty else { return }
    let loader = FrameLoader(plan.frames, team: team)
    let describer = FrameDescriber(sets: plan.sets, precision: plan.options.precision)
    let queues = plan.networks.enumerated().map { m, model in
      ModelQueue(
        model, ownConstants: describer.descriptors[plan.sets.setOfModel[m]].ownConstants,
        precision: plan.options.precision, network: plan.network,
        packed: weights.isEmpty ? nil : weights[m],
        projects: plan.options.perMolecule.contains(.pca),
        recognises: plan.options.usesGuard && (m == 0 || plan.members.isEmpty))
    }
    let writer = ResultsWriter(plan)
    let groupFrames = max(1, Analysis.groupSize * team.size / max(plan.centerCount, 1))
    var next = rows.startIndex
    while next < rows.endIndex {
      if try team.any(try stops.shouldStop()) { break }
      let end = min(next + groupFrames, rows.endIndex)
      do {
        try runGroup(rows[next..<end], loader, describer, queues, writer, file)
      } catch {
        // What was evaluated before is complete. A team might not agree on writing it.
        if team.size == 1, !writer.hasFailed { try? writer.flush(to: file) }
        throw error
      }
      // What the start left between blocks in use; the frames to come reuse their own memory.
      if next == rows.startIndex { vg_return_freed_memory() }
      next = end
      if world.isRoot {
        // At the end, the closing warnings replace them.
        let early = warnings.take()
        if next < rows.endIndex { for warning in early { log.interrupt(warning: warning) } }
        let seconds = MPIRuntime.wallTime - firstFrameTime
        log.progress(
          done: next - rows.startIndex, total: rows.count, seconds: seconds,
          moleculesPerSecond: Double(timings.molecules) * Double(world.size) / seconds,
          unit: plan.unit)
      }
    }
    try write(writer, file)
  }

  /// Writes what is evaluated. Collective over the team.
  private mutating func write(_ writer: ResultsWriter, _ file: borrowing ResultsFile) throws {
    unwritten = nil
    try team.together { if team.isRoot { try writer.flush(to: file) } }
    try file.commitIfDue(together: team)
    timings.end(.write)
  }

  /// Loads, describes, classifies, evaluates and writes a group of frames.
  private mutating func runGroup(
    _ rows: ArraySlice<Int>, _ loader: FrameLoader, _ describer: FrameDescriber,
    _ queues: [ModelQueue], _ writer: ResultsWriter,
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
        try writer.skip(
          row: row, step: plan.trajectory.frames[row].step, reason: "\(error)", team: team, in: file
        )
      }
    }
    // Index of each frame's first centre among those of the group.
    var starts = [0]
    for frame in frames { starts.append(starts.last! + frame.domain.centerCount) }
    for queue in queues { queue.begin(count: starts.last!) }
    timings.begin()
    let models = ModelQueues(
      queues, setOfModel: plan.sets.setOfModel, precision: plan.options.precision)
    for (slot, frame) in frames.enumerated() {
      describer.describe(frame.domain, for: models, from: starts[slot], timings: &timings)
      if plan.observables.searchedImages < .all { frame.domain.extended.keepOnlyCenters() }
    }
    for queue in queues { queue.flush() }
    timings.end(.network)
    try evaluate(frames, starts, queues, writer, file)
  }

  private mutating func evaluate(
    _ frames: [LoadedFrame], _ starts: [Int], _ queues: [ModelQueue], _ writer: ResultsWriter,
    _ file: borrowing ResultsFile
  ) throws {
    let evaluator = FrameEvaluator(set: plan.observables)
    for (slot, frame) in frames.enumerated() {
      let centers = starts[slot]..<starts[slot + 1]
      let isOnly = frames.count == 1
      let probabilities = queues.map { $0.takeProbabilities(of: centers, isWholeGroup: isOnly) }
      let isEnsemble = !plan.members.isEmpty
      // An ensemble has the guard, familiarity data and components of its first network.
      let owners = isEnsemble ? Array(queues.prefix(1)) : queues
      let context = FrameContext(
        frame,
        probabilities: isEnsemble ? [Ensemble.mean(probabilities)] : probabilities,
        memberProbabilities: isEnsemble ? probabilities : [],
        projections: owners.map { queue in
          let c = queue.componentCount
          return queue.projections[centers.lowerBound * c..<centers.upperBound * c]
        },
        recognised: owners.map {
          $0.recognition?.takeResults(of: centers, isWholeGroup: isOnly)
        },
        models: plan.models, rules: plan.rules, exchangeCutoff: plan.observables.exchangeCutoff,
        pairCutoffs: plan.observables.listCutoffs,
        freesImages: plan.observables.searchedImages == .none, team: team, timings: timings)
      defer { timings = context.timings }
      let record = try evaluator.evaluate(context)
      if team.size > 1 {
        try ResultsWriter.writeMolecules(context, record, plan: plan, to: file)
      }
      if let unwritten, frame.row != unwritten.lastRow + 1 {
        try team.together { if team.isRoot { try writer.flush(to: file) } }
        self.unwritten = nil
      }
      if team.isRoot {
        writer.add(frame, record, withMolecules: team.size == 1)
        totals.add(record, row: frame.row)
        if world.isRoot { warnings.examine(record, frame: frame.row) }
        context.timings.frames += 1
      }
      unwritten = (frame.row, (unwritten?.molecules ?? 0) + plan.centerCount)
      context.timings.molecules += Int64(centers.count)
      context.timings.end(.write)
    }
    if unwritten?.molecules ?? 0 >= Analysis.writtenSize * team.size {
      try write(writer, file)
    }
  }
}
