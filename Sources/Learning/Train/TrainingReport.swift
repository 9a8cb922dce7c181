import JobControl
import MPI
import Training

/// The lines `train` prints.
enum TrainingReport {
  static func introduction(_ data: TrainingData, _ settings: TrainingSettings, ranks: Int)
    -> [String]
  {
    let widths = [data.scaler.mean.count] + settings.hidden + [data.classes.count]
    let rows = (0..<3).map { part in
      data.classes.indices.reduce(0) { $0 + data.counts[$1 * DatasetSplit.names.count + part] }
    }
    let soap = data.soap
    return [
      "\(settings.dataset): \(data.classes.joined(separator: ", ")); \(Log.grouped(rows[0])) "
        + "training, \(Log.grouped(rows[1])) validation and \(Log.grouped(rows[2])) test "
        + "environments",
      "SOAP of \(soap.species.joined(separator: ",")) around \(soap.center), n_max \(soap.n_max), "
        + "l_max \(soap.l_max), r_cut \(soap.r_cut) Å, σ \(soap.sigma) Å, blocks "
        + "\(soap.blocks?.joined(separator: ",") ?? "all")",
      "network \(widths.map(String.init).joined(separator: " → ")), tanh, dropout "
        + "\(settings.dropout); Adam, learning rate \(settings.learningRate), batch "
        + "\(settings.batch), patience \(settings.patience), seed \(settings.seed), on \(ranks) "
        + "rank\(ranks == 1 ? "" : "s")",
    ]
  }

  static func warnings(_ data: TrainingData, path: String) -> [String] {
    var lines: [String] = []
    let perClass = data.classes.indices.map { data.counts[$0 * DatasetSplit.names.count] }
    if Set(perClass).count > 1 {
      let counts = zip(data.classes, perClass).map { "\($0) \(Log.grouped($1))" }.joined(
        separator: ", ")
      lines.append(
        "\(path): classes differ in training environments (\(counts)): the network will favour the "
          + "larger ones"
      )
    }
    let environments = perClass.reduce(0, +), features = data.featureNames.count
    if environments < 2 * features {
      lines.append(
        "\(path): \(Log.grouped(environments)) training environments for \(features) features: with "
          + "fewer than twice as many, familiarity data describe these environments rather than "
          + "their phases, and too many molecules will be marked as unlike them; sample more "
          + "(--per-class)")
    }
    if !data.constantFeatures.isEmpty {
      let names = data.constantFeatures.prefix(3).map { data.featureNames[$0] }.joined(
        separator: ", ")
      lines.append(
        "\(Log.counted(data.constantFeatures.count, "feature")) without variation in the training "
          + "part (\(names)\(data.constantFeatures.count > 3 ? ", …" : "")): their scale is 1 and "
          + "they carry no information")
    }
    return lines
  }

  /// One epoch: losses, accuracy, seconds, and when the training may end.
  static func line(_ state: TrainingState, seconds: Double, mean: Double) -> String {
    let epoch = state.epoch
    let record = state.history[epoch - 1]
    let best = (state.bestEpoch ?? -1) + 1
    let patience = max(0, best + state.options.patience - epoch),
      rest = max(0, state.options.maximumEpochs - epoch)
    var line =
      "epoch \(padded(epoch, 3))  loss \(Log.fixed(record.trainingLoss, 5))  accuracy "
      + "\(Log.fixed(record.trainingAccuracy, 4))  validation "
      + "\(Log.fixed(record.validationLoss, 5))  "
      + "\(Log.fixed(record.validationAccuracy, 4))\(best == epoch ? " *" : "  ")  "
      + "\(Log.fixed(seconds, 2)) s"
    if state.isFinished {
      return line
        + "  end: "
        + (rest == 0 ? "last epoch" : "no improvement for \(state.options.patience) epochs")
    }
    line +=
      "  time left: \(Log.duration(Double(min(patience, rest)) * mean)) without improvement, at "
      + "most \(Log.duration(Double(rest) * mean))"
    return line
  }

  static func closing(
    _ guards: GuardTraining.Outcome, _ state: TrainingState, _ data: TrainingData,
    _ settings: TrainingSettings,
    componentsFor95Percent: Int, seconds: Double,
    exchange: Double, elapsed: Double, ranks: Int
  ) -> [String] {
    guard let best = state.bestEpoch else { return [] }
    let record = state.history[best]
    func row(_ name: String, _ text: String) -> String { TextTable.pad(name, 22) + text }
    return [
      "",
      row("best epoch", "\(best + 1) of \(state.epoch)"),
      row(
        "training",
        "loss \(Log.fixed(record.trainingLoss, 5)), accuracy "
          + "\(Log.fixed(record.trainingAccuracy, 4)) (with dropout)"
      ),
      row(
        "validation",
        "loss \(Log.fixed(record.validationLoss, 5)), accuracy "
          + "\(Log.fixed(record.validationAccuracy, 4))"
      ),
      row(
        "principal components",
        "\(componentsFor95Percent) explain 95 % of the variance; "
          + "\(min(settings.components, data.featureNames.count)) kept"),
    ] + guards.lines + [
      row(
        "time",
        "\(Log.duration(elapsed)); \(Log.fixed(seconds, 3)) s per epoch on \(ranks) "
          + "rank\(ranks == 1 ? "" : "s"), of which exchange "
          + "\(Log.fixed(100 * exchange / max(seconds, 1e-9), 1)) %"),
      "model: \(settings.output)",
    ]
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: " ", count: max(0, width - digits.count)) + digits
  }
}
