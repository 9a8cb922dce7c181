import Frames
import HDF5
import JobControl
import MPI
import Models
import Training

import Glibc

/// `verglas train`: a classifier from a dataset, data-parallel over all ranks.
///
/// Every rank has its share of the rows and the whole network. In each step every rank contributes
/// its share of the minibatch from its own rows, the gradients of all ranks are added, and Adam
/// takes one step. The README describes the effect of the number of ranks.
public enum TrainingRun {
  /// Runs on all ranks of `world`.
  ///
  /// - Parameter reserved: names that a model must not have.
  /// - Returns: the exit code of the program.
  /// - Throws: the same `RunError` on all ranks.
  public static func run(
    _ settings: TrainingSettings, reserved: Set<String>, on world: Communicator
  ) throws -> ExitCode {
    let start = MPIRuntime.wallTime
    try world.together { try settings.validate() }
    StopSignal.install()
    try checkOutput(
      settings.output, overwrite: settings.overwrite || settings.resume,
      inputs: [settings.dataset] + (settings.keptModel.map { [$0] } ?? []), on: world)
    try world.together { if world.isRoot { try checkCheckpoint(settings) } }
    let log = Log(quiet: settings.quiet)
    clearLeftovers(of: settings.output, log, on: world)
    if let kept = settings.keptModel {
      return try addGuard(
        to: try openModels([kept], reserved: reserved, on: world)[0], settings,
        log, on: world)
    }
    let data = try TrainingData(settings, on: world)
    let blank = Model(
      name: settings.modelName, classes: data.classes, soap: data.soap, layers: [],
      scaler: data.scaler)
    let sources = try GuardSources(settings, model: blank, on: world)
    let facts = Self.facts(data, settings, ranks: world.size) + sources.facts
    let isFinished = try world.together { world.isRoot ? try isComplete(settings, facts) : false }
    if try world.broadcast(isFinished ? 1 : 0 as UInt8) == 1 {
      if world.isRoot { log.say("\(settings.output) is complete; nothing to do") }
      return .done
    }
    if world.isRoot {
      for line in TrainingReport.introduction(data, settings, ranks: world.size) { log.say(line) }
      for warning in TrainingReport.warnings(data, path: settings.dataset) + sources.warnings {
        log.warn(warning)
      }
    }
    let state = try initialState(data, settings, facts, on: world)
    if world.isRoot && state.epoch > 0 { log.say("continuing after epoch \(state.epoch)") }
    let loop = try TrainingLoop(state, data, world: world)
    var seconds = 0.0, epochs = 0
    while !loop.trainer.state.isFinished {
      let begin = MPIRuntime.wallTime
      try loop.runEpoch()
      let last = MPIRuntime.wallTime - begin
      seconds += last
      epochs += 1
      try loop.completeState()
      try world.together {
        guard world.isRoot else { return }
        log.say(
          TrainingReport.line(loop.trainer.state, seconds: last, mean: seconds / Double(epochs)))
        if !loop.trainer.state.isFinished {
          try write(settings.checkpoint) {
            try TrainingCheckpoint(run: facts, state: loop.trainer.state).write(
              to: settings.checkpoint, temporary: $0)
          }
        }
      }
      if let reason = try stopReason(settings, since: start, on: world),
        !loop.trainer.state.isFinished
      {
        if world.isRoot {
          Log.print(
            "verglas: stopped by \(reason.text) after epoch \(loop.trainer.state.epoch); continue "
              + "with the same command and --resume"
          )
        }
        return .stopped
      }
    }
    let guards = try finish(loop, data, sources, settings, facts, on: world)
    let elapsed = MPIRuntime.wallTime - start
    if world.isRoot { for warning in guards.warnings { log.warn(warning) } }
    if world.isRoot && !settings.quiet, let components = data.components {
      for line in TrainingReport.closing(
        guards,
        loop.trainer.state, data, settings,
        componentsFor95Percent: components.count(explaining: 0.95),
        seconds: seconds / Double(max(epochs, 1)),
        exchange: loop.exchangeSeconds / Double(max(epochs, 1)), elapsed: elapsed,
        ranks: world.size)
      {
        print(line)
      }
    }
    return .done
  }

  /// The reason why training ends after this epoch, the same on all ranks: a signal received by any
  /// of them, or the time limit.
  private static func stopReason(
    _ settings: TrainingSettings, since start: Double, on world: Communicator
  ) throws -> StopReason? {
    let isLate = settings.maximumHours.map { (MPIRuntime.wallTime - start) / 3600 >= $0 } ?? false
    let own = StopSignal.reason ?? (isLate ? .timeLimit : nil)
    return StopReason(
      rawValue: UInt8(clamping: try world.allReduce(Int64(own?.rawValue ?? 0), .maximum)))
  }

  /// Writes a file under a hidden name and renames it; the next run removes the hidden file if this
  /// one is killed.
  private static func write(_ path: String, _ body: (_ temporary: String) throws -> Void) throws {
    do { try body(File.hiddenName(for: path, ending: "partial")) } catch let error as ModelError {
      throw RunError(error.description, .inputOutput)
    }
  }

  /// Everything that the bytes of the model depend on.
  private static func facts(_ data: TrainingData, _ settings: TrainingSettings, ranks: Int)
    -> [TrainingRecord.Fact]
  {
    let rows = data.counts.reduce(0, +)
    return [
      TrainingRecord.Fact(
        "dataset", settings.datasetName),
      TrainingRecord.Fact("rows", "\(rows)"), TrainingRecord.Fact("content", data.fingerprint),
      TrainingRecord.Fact("blocks", settings.blocks?.joined(separator: ",") ?? "all"),
      TrainingRecord.Fact("hidden", settings.hidden.map(String.init).joined(separator: ",")),
      TrainingRecord.Fact("dropout", "\(settings.dropout)"),
      TrainingRecord.Fact("learning-rate", "\(settings.learningRate)"),
      TrainingRecord.Fact("batch", "\(settings.batch)"),
      TrainingRecord.Fact("patience", "\(settings.patience)"),
      TrainingRecord.Fact("max-epochs", "\(settings.maximumEpochs)"),
      TrainingRecord.Fact("seed", "\(settings.seed)"),
      TrainingRecord.Fact("components", "\(settings.components)"),
      TrainingRecord.Fact("name", settings.modelName),
      TrainingRecord.Fact("ranks", "\(ranks)"),
      TrainingRecord.Fact("version", VerglasVersion.number),
    ] + settings.guards.description.map { TrainingRecord.Fact($0.name, $0.value) }
      + settings.additions.map { TrainingRecord.Fact($0.name, $0.value) }
  }

  /// A checkpoint is unfinished work, so it is neither overwritten nor resumed unless requested.
  private static func checkCheckpoint(_ settings: TrainingSettings) throws {
    guard access(settings.checkpoint, F_OK) == 0, !settings.resume, !settings.overwrite else {
      return
    }
    throw RunError(
      "\(settings.checkpoint) of an interrupted training run exists; --resume continues it, "
        + "--overwrite starts over",
      .cannotCreate)
  }

  /// Whether `--resume` has nothing to do because the model is complete.
  ///
  /// - Throws: `RunError` if the existing model or checkpoint belongs to another training.
  private static func isComplete(_ settings: TrainingSettings, _ facts: [TrainingRecord.Fact])
    throws -> Bool
  {
    guard settings.resume, access(settings.output, F_OK) == 0 else { return false }
    let model = try ModelFile.read(path: settings.output)
    guard let before = model.training.flatMap(TrainingRecord.run(ofJSON:)) else {
      throw RunError(
        "\(settings.output) exists and was not made by verglas train; choose another -o, or use "
          + "--overwrite",
        .cannotCreate)
    }
    try refuse(TrainingRecord.differences(now: facts, before: before), settings.output)
    return true
  }

  private static func refuse(_ differences: [String], _ path: String) throws {
    guard !differences.isEmpty else { return }
    throw RunError(
      "\(path) belongs to another training: \(differences.joined(separator: "; ")); use the same "
        + "dataset, options and number of ranks, or use --overwrite to start over", .cannotCreate)
  }

  /// The state after the last complete epoch, read by one rank, or an untrained network.
  private static func initialState(
    _ data: TrainingData, _ settings: TrainingSettings, _ facts: [TrainingRecord.Fact],
    on world: Communicator
  ) throws -> TrainingState {
    let bytes = try world.together { () throws -> [UInt8] in
      guard world.isRoot, settings.resume, access(settings.checkpoint, F_OK) == 0 else { return [] }
      let checkpoint = try TrainingCheckpoint(path: settings.checkpoint)
      try refuse(
        TrainingRecord.differences(now: facts, before: checkpoint.run), settings.checkpoint)
      return checkpoint.state.bytes
    }
    let all = try world.broadcast(bytes)
    let untrained = TrainingState(
      features: data.scaler.mean.count, classes: data.classes.count, options: settings.network)
    guard !all.isEmpty else { return untrained }
    return try world.together {
      let state = try TrainingState(bytes: all, path: settings.checkpoint)
      guard state.shape == untrained.shape else {
        throw RunError(
          "\(settings.checkpoint): expected a network of layers \(untrained.shape.widths), found "
            + "layers \(state.shape.widths); remove it to start the training over", .badData)
      }
      guard state.options == settings.network else {
        throw RunError(
          "\(settings.checkpoint): the options of its state differ from those of its header "
            + "(\(words(state.options)); expected \(words(settings.network))); remove "
            + "it to start the training over", .badData)
      }
      return state
    }
  }

  private static func words(_ o: TrainingOptions) -> String {
    "dropout \(o.dropout), learning rate \(o.learningRate), batch \(o.batch), patience "
      + "\(o.patience), \(o.maximumEpochs) epochs, seed \(o.seed)"
  }

  /// Writes the model with the best epoch's weights and removes the checkpoint. Collective.
  private static func finish(
    _ loop: TrainingLoop, _ data: TrainingData, _ sources: GuardSources,
    _ settings: TrainingSettings, _ facts: [TrainingRecord.Fact], on world: Communicator
  ) throws -> GuardTraining.Outcome {
    let state = loop.trainer.state
    guard state.bestEpoch != nil else {
      throw RunError(
        "the validation loss was NaN in every epoch: the training diverged; try a smaller "
          + "--learning-rate than \(settings.learningRate)",
        .badData)
    }
    var model = Model(
      name: settings.modelName, classes: data.classes, soap: data.soap, layers: state.bestLayers,
      scaler: data.scaler)
    model.neighborCutoff = data.neighborCutoff
    var guards = try GuardTraining(
      model: model, data: data, sources: sources, settings: settings, world: world
    ).run()
    let calibration =
      settings.calibrates
      ? try TemperatureTraining(model: model, data: data, settings: settings, world: world).run()
      : nil
    if let calibration {
      guards.lines = calibration.lines + guards.lines
      guards.warnings += calibration.warnings
    }
    try world.together {
      guard world.isRoot, let components = data.components, let best = state.bestEpoch else {
        return
      }
      model.principalComponents = components.leading(min(settings.components, components.features))
      model.training =
        TrainingRecord(
          run: facts, bestEpoch: best, history: state.history,
          componentsFor95Percent: components.count(explaining: 0.95)
        ).json
      model.guardHead = guards.head
      model.familiarity = guards.familiarity
      if let calibration { model.calibrate(calibration) }
      model.check = data.check(of: model)
      try write(settings.output) {
        try ModelFile.write(
          model, to: settings.output, overwrite: settings.overwrite, temporary: $0)
      }
      unlink(settings.checkpoint)
    }
    return guards
  }

  /// Gives a trained model a guard and familiarity data, or a temperature; all else of it is kept.
  /// Collective.
  private static func addGuard(
    to kept: Model, _ settings: TrainingSettings, _ log: Log, on world: Communicator
  ) throws -> ExitCode {
    let data = try TrainingData(settings, kept: kept, on: world)
    // Data for a calibration alone say nothing about what the network was trained on.
    var guards = GuardTraining.Outcome(familiarity: kept.familiarity)
    if !settings.calibrates || !settings.guards.groups.isEmpty {
      let sources = try GuardSources(settings, model: kept, on: world)
      if world.isRoot { for warning in sources.warnings { log.warn(warning) } }
      guards = try GuardTraining(
        model: kept, data: data, sources: sources, settings: settings, world: world
      ).run()
    }
    let calibration =
      settings.calibrates
      ? try TemperatureTraining(model: kept, data: data, settings: settings, world: world).run()
      : nil
    if let calibration {
      guards.lines = calibration.lines + guards.lines
      guards.warnings += calibration.warnings
    }
    try world.together {
      guard world.isRoot else { return }
      var model = kept
      if let name = settings.name { model.name = name }
      model.guardHead = guards.head ?? kept.guardHead
      model.familiarity = guards.familiarity
      if let calibration { model.calibrate(calibration) }
      try write(settings.output) {
        try ModelFile.write(
          model, to: settings.output, overwrite: settings.overwrite, temporary: $0)
      }
      for warning in guards.warnings { log.warn(warning) }
      if !settings.quiet {
        for line in guards.lines + ["model: \(settings.output)"] { print(line) }
      }
    }
    return .done
  }
}
