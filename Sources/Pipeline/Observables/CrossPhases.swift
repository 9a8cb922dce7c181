import Frames
import Phases

/// Molecules by their phases of the first two models.
struct CrossPhases: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "cross_phase", "/observables/cross_phase", .int64, [.phases, .secondPhases],
      table: "cross_phase",
      "molecules by phase of the first model × phase of the second, without those that a guard "
        + "flags as foreign (`cross_label` has them)")
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.models.count >= 2 ? [CrossPhases(plan)] : []
  }

  let rows: Int, columns: Int
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan) {
    let (first, second) = (plan.models[0], plan.models[1])
    rows = first.classCount + 1
    columns = second.classCount + 1
    var binding = ObservableBinding()
    binding.phases = first.classes + ["IA"]
    binding.sizes[.secondPhases] = columns
    binding.texts["cross_phase"] =
      "molecules by phase of \(first.name) (rows) and of \(second.name) (columns)"
      + (plan.recognises(0) || plan.recognises(1)
        ? ", without those that a guard flags as foreign (cross_label has them)" : "")
    self.binding = binding
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    share.sum(
      "cross_phase",
      CrossTable(frame.phases(of: 0), frame.phases(of: 1), rows: rows, columns: columns).counts)
  }
}

/// Molecules by their labels of the first two models, `unfamiliar` included, if one of them has a
/// guard.
struct CrossLabels: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "cross_label", "/observables/cross_label", .int64, [.labelled, .secondLabelled],
      table: "cross_label",
      "molecules by label of the first model × label of the second, `unfamiliar` included")
  ]

  /// Results that were begun without it have `cross_phase` only.
  static let mayBeAbsent = true

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.models.count >= 2 && (plan.recognises(0) || plan.recognises(1)) ? [CrossLabels(plan)] : []
  }

  let rows: Int, columns: Int
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan) {
    let (first, second) = (plan.models[0], plan.models[1])
    var binding = ObservableBinding(labelsOf: 0, plan)
    rows = binding.phases.count + binding.marks.count
    columns = second.classCount + (plan.recognises(1) ? 2 : 1)
    binding.sizes[.secondLabelled] = columns
    binding.texts["cross_label"] =
      "molecules by label of \(first.name) (rows) and of \(second.name) (columns), unfamiliar last"
    self.binding = binding
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    share.sum(
      "cross_label",
      CrossTable(frame.phases(of: 0), frame.phases(of: 1), rows: rows, columns: columns).counts)
  }
}
