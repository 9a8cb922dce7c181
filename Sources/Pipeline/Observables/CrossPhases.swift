import Phases

/// Molecules by their phases of the first two models.
struct CrossPhases: Observable {
  static let declarations: [ObservableDataset] = [
    .frame(
      "cross_phase", "/observables/cross_phase", .int64, [.phases, .secondPhases],
      table: "cross_phase", "molecules by phase of the first model × phase of the second")
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
    self.binding = binding
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    share.sum(
      "cross_phase",
      CrossTable(frame.phases(of: 0), frame.phases(of: 1), rows: rows, columns: columns).counts)
  }
}
