import JobControl
import MPI
import Models
import NeuralNetwork
import Training

/// What `train` adds to a network: the guard of `--guard`, and always the familiarity data.
///
/// Both are made from the dataset's training and validation part and from the environments of
/// `--guard`; the test part is not used.
struct GuardTraining {
  /// The network they belong to.
  let model: Model
  let data: TrainingData
  let sources: GuardSources
  let settings: TrainingSettings
  let world: Communicator

  /// What was made, and lines about it.
  struct Outcome {
    var head: Model.Guard?
    var familiarity: Model.Familiarity?
    var lines: [String] = []
    var warnings: [String] = []
  }

  /// Makes both. Collective; complete on rank 0.
  ///
  /// - Throws: the same `RunError` on all ranks.
  func run() throws -> Outcome {
    var outcome = Outcome()
    func rows(_ files: GuardFiles) throws -> GuardRows {
      try GuardRows(files, scaler: model.scaler, on: world)
    }
    let subject = try sources.subject.map(rows), foreign = try sources.foreign.map(rows)
    outcome.familiarity = try familiarity(subject)
    if !foreign.isEmpty {
      try trainHead(subject, foreign, into: &outcome)
    }
    return outcome
  }

  /// The familiarity data of the dataset's environments and those of the subject. On rank 0.
  private func familiarity(_ subject: GuardRows?) throws -> Model.Familiarity? {
    var components = data.components.map(FamiliarityFit.components)
    let flat = try world.broadcast(
      components.map { [Float($0.leadingCount)] + $0.leading + $0.minor } ?? [])
    if !world.isRoot {
      let d = model.featureCount, l = Int(flat[0])
      let rest = (flat.count - 1) / d - l
      components = Model.Familiarity(
        leading: Array(flat[1..<(1 + l * d)]), minor: Array(flat[(1 + l * d)...]),
        leadingCount: l, minorCount: rest, edges: [], limits: [], edgeCount: 0, warningShare: 0.5)
    }
    guard let components else { return nil }
    let pass = FamiliarityScores(components, features: model.featureCount, isSingle: true)
    let network = Perceptron(model)
    var scores: [Float] = [], classes: [UInt8] = [], origins: [Int64] = []
    func add(_ features: [Float], _ from: [Int64]) {
      scores += pass.scores(of: features.span, count: from.count)
      classes += network.classes(of: features, count: from.count)
      origins += from
    }
    add(data.training.features, data.training.origins)
    add(data.validation.features, data.validation.origins)
    if let subject { add(subject.features, subject.origins) }
    let allScores = try world.gatherVariable(scores),
      allClasses = try world.gatherVariable(classes),
      allOrigins = try world.gatherVariable(origins)
    guard let allScores, let allClasses, let allOrigins else { return nil }
    return FamiliarityFit.completed(
      components, scores: allScores.values, classes: allClasses.values,
      origins: allOrigins.values, classCount: model.classCount)
  }

  /// Trains the guard: subject against everything else.
  private func trainHead(
    _ subject: GuardRows?, _ foreign: [GuardRows], into outcome: inout Outcome
  ) throws {
    func rows(_ part: UInt8, _ own: TrainingRows) -> TrainingRows {
      var all = TrainingRows(
        features: own.features, labels: [UInt8](repeating: 0, count: own.labels.count))
      for (label, group) in ([subject] + foreign).enumerated() {
        guard let (features, count) = group?.rows(ofPart: part) else { continue }
        all.features += features
        all.labels += [UInt8](repeating: UInt8(label), count: count)
      }
      return all
    }
    let training = rows(0, data.training), validation = rows(1, data.validation)
    let counts = try world.allGather(training.labels.count)
    let names = [Model.Guard.subject] + settings.guards.foreign.map(\.name)
    let guardData = TrainingData(
      classes: names, like: data, training: training, validation: validation,
      trainingCounts: counts)
    let options = TrainingOptions(
      hidden: [settings.guards.hidden], dropout: 0.1, patience: 6, maximumEpochs: 60,
      seed: settings.seed)
    let state = TrainingState(
      features: model.featureCount, classes: names.count, options: options)
    let loop = try TrainingLoop(state, guardData, world: world)
    while !loop.trainer.state.isFinished {
      try loop.runEpoch()
      try loop.completeState()
    }
    var sums = [
      Int64(training.labels.count), Int64(training.labels.count { $0 > 0 }),
    ]
    try world.allReduce(&sums, .sum)
    guard let best = loop.trainer.state.bestEpoch else {
      throw RunError(
        "the guard's validation loss was NaN in every epoch: its training diverged", .badData)
    }
    let record = loop.trainer.state.history[best]
    outcome.head = Model.Guard(
      classes: names, layers: loop.trainer.state.bestLayers, threshold: 0.5,
      prior: Double(sums[1]) / Double(sums[0]), training: description(foreign, subject, record))
    let all = foreign.reduce(0) { $0 + $1.total }
    outcome.lines = [
      TextTable.pad("guard", 22)
        + "\(names.dropFirst().joined(separator: ", ")); \(Log.grouped(all)) foreign environments; "
        + "validation accuracy \(Log.fixed(record.validationAccuracy, 4))"
    ]
  }

  /// What the guard was trained on, as one line of JSON.
  private func description(
    _ foreign: [GuardRows], _ subject: GuardRows?, _ record: TrainingState.Epoch
  ) -> String {
    var facts = settings.guards.description.map { TrainingRecord.Fact($0.name, $0.value) }
    facts += sources.facts
    for (group, rows) in zip(settings.guards.foreign, foreign) {
      facts.append(TrainingRecord.Fact("environments \(group.name)", "\(rows.total)"))
    }
    if let subject { facts.append(TrainingRecord.Fact("environments subject", "\(subject.total)")) }
    facts.append(
      TrainingRecord.Fact("validation accuracy", Log.fixed(record.validationAccuracy, 4)))
    return TrainingRecord.text(of: facts)
  }
}

extension Perceptron {
  /// The most probable class of dense rows `[count, D]`, the first of equals.
  func classes(of rows: [Float], count: Int) -> [UInt8] {
    let k = classCount
    var values = [Float](repeating: 0, count: count * k)
    var span = values.mutableSpan
    probabilities(of: rows.span, leadingDimension: featureCount, count: count, into: &span)
    return (0..<count).map { row in
      let own = values[(row * k)..<((row + 1) * k)]
      var best = 0
      for c in 1..<k where own[row * k + c] > own[row * k + best] { best = c }
      return UInt8(best)
    }
  }
}
