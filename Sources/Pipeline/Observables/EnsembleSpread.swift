import Frames
import JobControl
import Phases

/// The spread over the networks of an ensemble: of the probabilities of every molecule, and of the
/// fraction of each phase.
struct EnsembleSpread: Observable {
  static let declarations: [ObservableDataset] = [
    .molecule(
      "probability", "/particles/centers/MODEL/probability_spread", .float32, [.classes],
      skipped: .notANumber,
      "standard deviation of the class probabilities over the networks (`--ensemble`)"),
    .frame(
      "count", "/observables/MODEL/member_phase_count", .int64, [.members, .phases],
      "molecules of each class, then IA, by each network alone at the primary threshold"),
    .frame(
      "error", "/observables/MODEL/phase_fraction_error", .float64, [.phases],
      table: "phase_fraction_error",
      "standard deviation over the networks of the fraction of each class, then IA"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.members.isEmpty ? [] : [EnsembleSpread(plan)]
  }

  let rule: PhaseRule
  let members: Int
  let name: String
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan) {
    rule = plan.rules[0]
    members = plan.members.count
    name = plan.models[0].name
    var binding = ObservableBinding(plan.models[0])
    binding.sizes[.members] = members
    if !plan.options.perMolecule.contains(.probability) { binding.omitted.insert("probability") }
    self.binding = binding
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) {
    var counts: [Int64] = []
    for values in frame.memberProbabilities {
      var labels = PhaseLabels(probabilities: values.span, rule: rule)
      if let marks = frame.unfamiliar[0] { labels = labels.marking(unfamiliar: marks) }
      counts += labels.counts.prefix(rule.phaseCount)
    }
    share.sum("count", counts)
    guard !binding.omitted.contains("probability") else { return }
    let all = frame.memberProbabilities
    share.store(
      "probability",
      .singles(
        (all.first ?? []).indices.map { k in Float(Ensemble.deviation(all.map { $0[k] })) }))
  }

  func finish(_ sums: ObservableSums, _ frame: FrameContext, _ share: inout ObservableShare) {
    share.store("error", .reals(errors(sums["count"])))
  }

  /// Standard deviations of the fractions from counts `[members, phases]`; `[phases]`.
  private func errors(_ counts: [Int64]) -> [Double] {
    let width = rule.phaseCount
    let totals = (0..<members).map { m in
      Double(max(counts[m * width..<(m + 1) * width].reduce(0, +), 1))
    }
    return (0..<width).map { phase in
      Ensemble.deviation((0..<members).map { Double(counts[$0 * width + phase]) / totals[$0] })
    }
  }

  var section: String { name }

  var totals: [ObservableTotal] { [.sum("count", first: members * rule.phaseCount)] }

  func lines(_ totals: ClosingTotals) -> [String] {
    let errors = errors(totals[path("count")])
    let list = zip(binding.phases, errors).map { "\($0) ± \(Log.fixed($1, 4))" }
    return ["  over \(members) networks: \(list.joined(separator: ", ")) (standard deviation)"]
  }
}
