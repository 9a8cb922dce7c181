import Frames
import HDF5
import JobControl
import Models
import NeuralNetwork
import Phases

/// How far a frame is like what a model was trained on: molecules that its guard recognises as none
/// of the classes, and the frame as a distribution of environments.
struct ModelFamiliarity: Observable {
  /// Name of the label K + 1.
  static let label = Model.Guard.label
  /// A frame of which the guard recognises more than this fraction is warned of. In glasses that
  /// were not in the training data it recognises less than 0.02.
  static let warningShare = 0.05

  static let declarations: [ObservableDataset] = [
    .frame(
      "unfamiliar_count", "/observables/MODEL/unfamiliar_count", .int64, table: "unfamiliar_count",
      "molecules that the guard flags as foreign"),
    .frame(
      "familiarity", "/observables/MODEL/familiarity", .float64, table: "familiarity",
      "fraction of the molecules that the training data explain, 0 to 1"),
    .frame(
      "familiarity_warning", "/observables/MODEL/familiarity_warning", .uint8,
      table: "familiarity_warning", "1 if the frame is unlike the training data"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.models.indices.compactMap { ModelFamiliarity(plan, model: $0) }
  }

  let model: Int
  let name: String
  let classCount: Int
  let hasGuard: Bool
  let data: Model.Familiarity?
  let molecules: Int
  /// The word for a centre.
  let unit: String
  let steps: [Int64]
  let binding: ObservableBinding

  /// Nil if the model has neither guard nor familiarity data, or with --no-guard.
  init?(_ plan: AnalysisPlan, model m: Int) {
    let model = plan.models[m]
    guard plan.options.usesGuard, model.guardHead != nil || model.familiarity != nil else {
      return nil
    }
    self.model = m
    name = model.name
    classCount = model.classCount
    hasGuard = plan.recognises(m)
    data = model.familiarity
    molecules = plan.centerCount
    unit = plan.unit
    steps = plan.trajectory.frames.map(\.step)
    var binding = ObservableBinding(model)
    if !hasGuard { binding.omitted.insert("unfamiliar_count") }
    self.binding = binding
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    if let marks = frame.unfamiliar[model] {
      share.sum("unfamiliar_count", [Int64(marks.count { $0 == 1 })])
    }
    guard let data, let bins = frame.takeBins(of: model) else { return }
    let j = data.scoreCount, width = data.binCount, p = frame.probabilities[model]
    var counts = [Int64](repeating: 0, count: classCount * j * width)
    for (i, first) in stride(from: bins.startIndex, to: bins.endIndex, by: j).enumerated() {
      var best = 0
      for c in 1..<classCount where p[i * classCount + c] > p[i * classCount + best] { best = c }
      for score in 0..<j { counts[(best * j + score) * width + Int(bins[first + score])] += 1 }
    }
    share.sum("bins", counts)
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    let unlike = data.map {
      $0.unlikeFraction(counts: sums["bins"], molecules: Int64(molecules))
    }
    let recognised =
      hasGuard ? Double(sums["unfamiliar_count"][0]) / Double(max(molecules, 1)) : 0
    let warns = recognised > Self.warningShare || unlike.map { $0 > data!.warningShare } ?? false
    share.store("familiarity", .reals([1 - max(recognised, unlike ?? 0)]))
    share.store("familiarity_warning", .bytes([warns ? 1 : 0]))
  }

  var section: String { name }

  var totals: [ObservableTotal] {
    [.rows("familiarity", of: 1)]
      + (hasGuard ? [.sum("unfamiliar_count", first: 1), .rows("unfamiliar_count", of: 1)] : [])
  }

  func lines(_ totals: ClosingTotals) -> [String] {
    guard let worst = worst(totals) else { return [] }
    let warned = warned(totals).count
    return [
      "  familiarity: at least \(Log.fixed(worst.familiarity, 3)) (step \(worst.step)); "
        + "\(warned) of \(totals.keptRows.count) frames unlike the training data"
    ]
  }

  func warnings(_ totals: ClosingTotals) -> [String] {
    let rows = warned(totals)
    guard !rows.isEmpty, let worst = worst(totals) else { return [] }
    let percent = Log.fixed((1 - worst.familiarity) * 100, 0)
    return [
      "step \(worst.step): \(percent) % of \(unit)s unlike the training data of \(name); "
        + "\(rows.count) of \(totals.keptRows.count) frames are marked in familiarity_warning "
        + "(docs/when-not-to-trust.md)"
    ]
  }

  func warning(frame: Int, _ values: (_ key: String) -> ResultValues?) -> String? {
    guard case .bytes([1])? = values("familiarity_warning"),
      case .reals(let familiarity)? = values("familiarity")
    else { return nil }
    return "step \(steps[frame]): \(Log.fixed((1 - familiarity[0]) * 100, 0)) % of \(unit)s unlike "
      + "the training data of \(name), the first such frame of rank 0; all of them are counted at "
      + "the end"
  }

  /// The least familiar of the kept frames.
  private func worst(_ totals: ClosingTotals) -> (step: Int64, familiarity: Double)? {
    let values = (totals.rows[path("familiarity")] ?? []).map { $0[0] }
    guard let least = values.min(), let place = values.firstIndex(of: least) else { return nil }
    return (steps[totals.keptRows[place]], least)
  }

  /// Kept frames that were warned of.
  private func warned(_ totals: ClosingTotals) -> [Int] {
    let values = (totals.rows[path("familiarity")] ?? []).map { $0[0] }
    let counts = hasGuard ? totals.rows[path("unfamiliar_count")] ?? [] : []
    let limit = data?.warningShare ?? 1
    return values.indices.filter { k in
      let recognised = counts.isEmpty ? 0 : counts[k][0] / Double(max(molecules, 1))
      return 1 - values[k] > limit || recognised > Self.warningShare
    }
  }

  /// The line of `inspect` about a model's results; empty without guard and familiarity data.
  ///
  /// - Parameters:
  ///   - unit: the word for a centre.
  ///   - done: marks of the frames, 1 for complete ones.
  static func summary(
    of file: borrowing File, _ group: String, unit: String, done: [UInt8]
  ) throws -> [String] {
    let path = "/observables/\(group)"
    guard file.exists("\(path)/familiarity/value") else { return [] }
    let values = try file.dataset("\(path)/familiarity/value").readAll(Double.self)
    let marks = try file.dataset("\(path)/familiarity_warning/value").readAll(UInt8.self)
    let rows = done.indices.filter { done[$0] == 1 }
    guard let least = rows.map({ values[$0] }).min() else { return [] }
    var line =
      "               familiarity at least \(Log.fixed(least, 3)); "
      + "\(rows.count { marks[$0] == 1 }) of \(rows.count) frames unlike the training data"
    if file.exists(ResultsOutline.unfamiliarCountPath(group)) {
      let counts = try file.dataset(ResultsOutline.unfamiliarCountPath(group)).readAll(Int64.self)
      let most = rows.map { counts[$0] }.max() ?? 0
      line += "; at most \(Log.grouped(Int(most))) \(unit)s unfamiliar"
    }
    return [line]
  }
}

extension ObservableBinding {
  /// The binding of a model's observables that have a row for each label.
  init(labelsOf m: Int, _ plan: AnalysisPlan) {
    self.init(plan.models[m])
    if plan.recognises(m) { marks = [ModelFamiliarity.label] }
  }
}
