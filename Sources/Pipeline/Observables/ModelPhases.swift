import Frames
import HDF5
import JobControl
import Models
import Phases

/// Predictions of a model for every molecule, and the number of molecules in each phase.
struct ModelPhases: Observable {
  /// Kinds of intermediate molecules, in the order of `IntermediateKind`.
  static let kinds = ResultsDimension.labels(["interfacial", "isolated", "other"], isPhase: false)

  static let declarations: [ObservableDataset] = [
    .molecule(
      "probability", "/particles/centers/MODEL/probability", .float32, [.classes],
      skipped: .notANumber, "class probabilities"),
    .molecule(
      "phase", "/particles/centers/MODEL/phase", .phase, skipped: .intermediate,
      "class whose probability exceeds the first threshold, else IA (K); K+1: unfamiliar, the guard "
        + "recognises it as none of the classes"),
    .molecule(
      "pca", "/particles/centers/MODEL/pca", .float32, [.components], skipped: .notANumber,
      "projections on the model's principal components (`--per-molecule pca`)"),
    .frame(
      "phase_count", "/observables/MODEL/phase_count", .int64, [.thresholds, .phases],
      table: "phase_count", "molecules of each class, then IA, for each threshold"),
    .frame(
      "argmax_count", "/observables/MODEL/argmax_count", .int64, [.classes], table: "argmax_count",
      "molecules by most probable class"),
    .frame(
      "intermediate_count", "/observables/MODEL/intermediate_count", .int64, [.thresholds, kinds],
      table: "intermediate_count", "interfacial, isolated, other IA molecules for each threshold"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.models.indices.map { ModelPhases(plan, model: $0) }
  }

  let model: Int
  let name: String
  let rule: PhaseRule
  let neighborCutoff: Double
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan, model m: Int) {
    let model = plan.models[m], wanted = plan.options.perMolecule
    self.model = m
    name = model.name
    rule = plan.rules[m]
    neighborCutoff = plan.neighborCutoff
    var binding = ObservableBinding(model, thresholds: plan.options.thresholds.count)
    if !wanted.contains(.probability) { binding.omitted.insert("probability") }
    if !wanted.contains(.phase) { binding.omitted.insert("phase") }
    if let components = model.principalComponents, wanted.contains(.pca) {
      binding.sizes[.components] = components.count
    } else {
      binding.omitted.insert("pca")
    }
    if plan.recognises(m) {
      binding.marks = [ModelFamiliarity.label]
      binding.texts["phase"] =
        "unfamiliar if the guard recognises it as none of the classes, "
        + "else the class whose probability exceeds the primary threshold, else IA"
    } else {
      binding.texts["phase"] = "class whose probability exceeds the first threshold, else IA"
    }
    self.binding = binding
  }

  var pairCutoff: Double { neighborCutoff }

  func describe(in file: borrowing File) throws {
    let group = try file.group("/observables/\(binding.model)")
    try group.setAttribute("classes", to: binding.phases)
    try group.setAttribute("thresholds", to: rule.thresholds)
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let labels = frame.labels(of: model)
    let split = IntermediateSplit(
      neighbors: frame.pairs(within: neighborCutoff), codes: try frame.codes(of: model), rule: rule)
    share.sum("phase_count", labels.counts)
    share.sum("argmax_count", labels.argmaxCounts)
    share.sum("intermediate_count", split.counts)
    if !binding.omitted.contains("probability") {
      share.store("probability", .singles(frame.probabilities[model].map { Float($0) }))
    }
    share.store("phase", .bytes(frame.phases(of: model)))
    if !binding.omitted.contains("pca") {
      share.store("pca", .singles(Array(frame.projections[model])))
    }
  }

  var section: String { name }

  var totals: [ObservableTotal] {
    [.sum("phase_count", first: rule.phaseCount), .sum("intermediate_count", first: 3)]
  }

  func lines(_ totals: ClosingTotals) -> [String] {
    let kinds = totals[path("intermediate_count")]
    let unfamiliar = totals[ResultsOutline.unfamiliarCountPath(binding.model)]
    var lines = TextTable.fractions(
      of: name, binding.phases + binding.marks, totals[path("phase_count")] + unfamiliar,
      largest: totals[ModelClusters.largestPath(binding.model)]
        + totals[ModelClusters.largestUnfamiliarPath(binding.model)])
    let all = kinds.reduce(0, +)
    if all > 0 {
      let shares = kinds.map { Log.fixed(Double($0) / Double(all), 3) }
      lines.append(
        "  of IA: interfacial \(shares[0]), isolated \(shares[1]), other \(shares[2])   "
          + "(p > \(rule.thresholds[0]))")
    }
    return lines
  }
}

extension ObservableBinding {
  /// The binding of a model's observables.
  init(_ model: Model, thresholds: Int = 1) {
    self.init()
    self.model = ResultsSchema.groupName(model.name)
    phases = model.classes + ["IA"]
    sizes[.thresholds] = thresholds
  }
}
