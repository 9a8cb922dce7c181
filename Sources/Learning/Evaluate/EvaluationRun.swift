import JobControl
import MPI
import Models
import NeuralNetwork
import Training

/// `verglas evaluate`: the accuracy of a model on a dataset, and the importance of its features.
public enum EvaluationRun {
  /// Runs on all ranks of `world`.
  ///
  /// - Parameter reserved: names that the model must not have.
  /// - Returns: the exit code of the program.
  /// - Throws: the same `RunError` on all ranks.
  public static func run(
    _ settings: EvaluationSettings, reserved: Set<String>, on world: Communicator
  ) throws -> ExitCode {
    let start = MPIRuntime.wallTime
    try world.together { try settings.validate() }
    try checkOutput(
      settings.output, overwrite: settings.overwrite, inputs: [settings.dataset, settings.model],
      on: world)
    let log = Log(quiet: settings.quiet)
    clearLeftovers(of: settings.output, log, on: world)
    let data = try EvaluationData(settings, reserved: reserved, on: world)
    if world.isRoot {
      log.say(
        "\(settings.model): \(data.model.classes.joined(separator: ", ")), \(data.columns.count) "
          + "features; \(Log.grouped(data.rows.count)) environments of \(settings.dataset)")
    }
    let share = evenShare(of: data.rows.count, part: world.rank, of: world.size)
    let own = try world.together {
      try TrainingRows(
        data.file, data.index, rows: Array(data.rows[share]), columns: data.columns,
        scaler: data.model.scaler)
    }
    let probabilities = Self.probabilities(data.model, own)
    var evaluation = Evaluation(classes: data.model.classCount)
    evaluation.add(probabilities: probabilities.span, labels: own.labels.span)
    try world.allReduce(&evaluation.confusion, .sum)
    let all = try world.gatherVariable(probabilities)
    let mixed = try settings.part == .test ? Self.mixed(data, on: world) : nil
    let components = try EvaluationComponents(data, on: world)
    var importance: EvaluationImportance?
    if settings.repeats > 0 {
      importance = try EvaluationImportance(
        data.model, rows: own.features, share: share, labels: data.index.labels(of: data.rows),
        settings: settings, on: world, log: log)
    }
    try world.together {
      guard let all else { return }
      let file = EvaluationFile(
        data: data, settings: settings, evaluation: evaluation, probabilities: all.values,
        importance: importance, components: components,
        quality: try EvaluationQuality(data, probabilities: all.values, mixed: mixed))
      try file.write()
      guard !settings.quiet else { return }
      for line in EvaluationReport.lines(
        file, elapsed: MPIRuntime.wallTime - start, ranks: world.size)
      { print(line) }
    }
    return .done
  }

  /// Number and correct predictions of the environments of the training files that were not used
  /// in training; nil if the dataset has none. Collective.
  private static func mixed(_ data: EvaluationData, on world: Communicator) throws
    -> (count: Int, correct: Int)?
  {
    let rows = data.index.rows(ofPart: Int(DatasetSplit.mixed))
    guard !rows.isEmpty else { return nil }
    let share = evenShare(of: rows.count, part: world.rank, of: world.size)
    let own = try world.together {
      try TrainingRows(
        data.file, data.index, rows: Array(rows[share]), columns: data.columns,
        scaler: data.model.scaler)
    }
    var evaluation = Evaluation(classes: data.model.classCount)
    let values = probabilities(data.model, own)
    evaluation.add(probabilities: values.span, labels: own.labels.span)
    try world.allReduce(&evaluation.confusion, .sum)
    return (evaluation.count, evaluation.correct)
  }

  /// Class probabilities `[n, K]` of standardised rows.
  private static func probabilities(_ model: Model, _ rows: TrainingRows) -> [Float] {
    var result = [Float](repeating: 0, count: rows.labels.count * model.classCount)
    var target = result.mutableSpan
    Perceptron(model).probabilities(
      of: rows.features.span, leadingDimension: model.featureCount, count: rows.labels.count,
      into: &target)
    return result
  }
}
