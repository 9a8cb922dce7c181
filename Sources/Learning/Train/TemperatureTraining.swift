import JobControl
import MPI
import Models
import NeuralNetwork
import Training

/// What `train --calibrate` adds to a network: the temperature that makes its probabilities agree
/// with the fractions of correct predictions in the validation part; or, if the network was not
/// trained on the dataset, in the training part too, because all of it but the test part is then
/// free for the fit.
struct TemperatureTraining {
  /// The network, whose own temperature is ignored.
  let model: Model
  let data: TrainingData
  let settings: TrainingSettings
  let world: Communicator

  /// Whether a finished model is calibrated on a dataset other than that of its training.
  private var isOfOtherData: Bool {
    guard settings.keptModel != nil else { return false }
    let run = model.training.flatMap(TrainingRecord.run(ofJSON:)) ?? []
    return run.first { $0.name == "content" }?.value != data.fingerprint
  }

  /// What was found, and lines about it.
  struct Outcome {
    /// Nil if the validation part does not determine it.
    var temperature: Double?
    /// How it was fitted, as JSON.
    var record = ""
    var lines: [String] = []
    var warnings: [String] = []
  }

  /// Fits the temperature. Collective; complete on rank 0.
  ///
  /// The rows of all ranks are brought into the order of the dataset, and a row's probabilities do
  /// not depend on the rank: the same bits for any number of ranks.
  func run() throws -> Outcome {
    var plain = model
    plain.temperature = nil
    let network = Perceptron(plain)
    var p: [Float] = [], labels: [UInt8] = []
    for part in isOfOtherData ? [data.training, data.validation] : [data.validation] {
      guard let rows = try gathered(part, network) else { continue }
      p += rows.p
      labels += rows.labels
    }
    return world.isRoot ? outcome(p, labels) : Outcome()
  }

  /// Probabilities `[rows, K]` and labels of a part in the order of the dataset, on rank 0.
  private func gathered(_ rows: TrainingRows, _ network: Perceptron) throws -> (
    p: [Float], labels: [UInt8]
  )? {
    let k = model.classCount
    var own = [Float](repeating: 0, count: rows.labels.count * k)
    var target = own.mutableSpan
    network.probabilities(
      of: rows.features.span, leadingDimension: model.featureCount, count: rows.labels.count,
      into: &target)
    let all = try world.gatherVariable(own), allLabels = try world.gatherVariable(rows.labels)
    guard let all, let allLabels else { return nil }
    let count = allLabels.values.count
    let places = (0..<world.size).flatMap {
      DatasetRows.dealt(Array(0..<count), to: $0, of: world.size)
    }
    var p = [Float](repeating: 0, count: count * k), labels = [UInt8](repeating: 0, count: count)
    for (from, place) in places.enumerated() {
      labels[place] = allLabels.values[from]
      for c in 0..<k { p[place * k + c] = all.values[from * k + c] }
    }
    return (p, labels)
  }

  private func outcome(_ p: [Float], _ labels: [UInt8]) -> Outcome {
    var outcome = Outcome()
    let k = model.classCount
    let parts =
      isOfOtherData ? "training and validation parts do" : "validation part does"
    outcome.temperature = TemperatureFit.temperature(
      probabilities: p, labels: labels, classes: k)
    guard let temperature = outcome.temperature else {
      outcome.warnings.append(
        "\(settings.dataset): its \(parts) not determine a temperature (for example because "
          + "every environment is predicted correctly); the probabilities are not changed")
      return outcome
    }
    let before = Reliability(probabilities: p.span, labels: labels.span, classes: k)
    let after = Reliability(
      probabilities: p.span, labels: labels.span, classes: k, undoing: 1 / temperature)
    let error = TemperatureFit.standardError(
      ofTemperature: temperature, probabilities: p, classes: k)
    outcome.record =
      JSON.object([
        JSON.Member(key: "dataset", value: .string(settings.datasetName)),
        JSON.Member(
          key: "parts", value: .string(isOfOtherData ? "training, validation" : "validation")),
        JSON.Member(key: "standard_error", value: .number("\(error)")),
        JSON.Member(key: "rows", value: .number("\(labels.count)")),
        JSON.Member(key: "split_by", value: .string(data.splitRule)),
      ]).serialised
    outcome.lines = [
      TextTable.pad("temperature", 22)
        + "\(Log.fixed(temperature, 4)) ± \(Log.fixed(error, 4)) (as if "
        + "environments were independent), fitted to \(Log.grouped(labels.count)) "
        + "\(isOfOtherData ? "training and validation" : "validation") environments; expected "
        + "calibration error there "
        + "\(Log.fixed(before.expectedCalibrationError, 4)) before, "
        + "\(Log.fixed(after.expectedCalibrationError, 4)) after"
    ]
    if !isOfOtherData, ["environment", "frame"].contains(data.splitRule) {
      outcome.warnings.append(
        "\(settings.dataset): the temperature is fitted to environments of the files that the "
          + "network was trained on (split by \(data.splitRule)); on other data its probabilities "
          + "remain too high: sample with --split-by file, or calibrate on other trajectories "
          + "with --model")
    }
    return outcome
  }
}

extension Model {
  /// Takes a fitted temperature; the known probabilities of `check` become those at it.
  mutating func calibrate(_ fit: TemperatureTraining.Outcome) {
    temperature = fit.temperature
    metadata["temperature_fit"] = fit.temperature == nil ? nil : fit.record
    if let rows = check?.features {
      check = Check(features: rows, probabilities: probabilities(ofFeatures: rows))
    }
  }
}
