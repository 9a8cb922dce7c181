import Frames
import Geometry
import HDF5
import JobControl
import Phases

/// Labels by the number of neighbours, beside those of the models; the third phase, IA, stays
/// empty.
struct NeighborCount: Observable {
  static let labelling: String? = NeighborCountRule.group

  static let declarations: [ObservableDataset] = [
    .molecule(
      "phase", "/particles/centers/neighbor_count/phase", .phase, skipped: .unwritten,
      "phase by the number of neighbours (`--neighbor-count`)"),
    .molecule(
      "cluster", "/particles/centers/neighbor_count/cluster", .int64, skipped: .unwritten,
      "smallest id in the molecule's cluster of its own phase"),
    .frame(
      "phase_count", "/observables/neighbor_count/phase_count", .int64, [.thresholds, .phases],
      table: "phase_count", "molecules of each phase; IA is always 0"),
    .frame(
      "cluster_count", "/observables/neighbor_count/cluster_count", .int64, [.phases],
      table: "cluster_count", "clusters of each phase with at least the minimum size"),
    .frame(
      "largest_cluster", "/observables/neighbor_count/largest_cluster", .int64, [.phases],
      table: "largest_cluster", "molecules in the largest cluster of each phase"),
    .frame(
      "largest_spans", "/observables/neighbor_count/largest_spans", .uint8, [.phases, .axes],
      table: "largest_spans",
      "1 if the largest cluster is connected to its own image along a, b, c"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.options.neighborCount.map { [NeighborCount(plan, rule: $0)] } ?? []
  }

  private static let phaseCount = 3

  let rule: NeighborCountRule
  let clusterCutoff: Double
  let minimum: Int64
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan, rule: NeighborCountRule) {
    self.rule = rule
    clusterCutoff = plan.clusterCutoff
    minimum = Int64(plan.options.minimumCluster)
    var binding = ObservableBinding()
    binding.phases = [rule.low, rule.high, "IA"]
    binding.texts["phase"] = "\(rule.high) with at least \(rule.minimum) neighbours"
    if !plan.options.perMolecule.contains(.phase) { binding.omitted.insert("phase") }
    if !plan.options.perMolecule.contains(.cluster) { binding.omitted.insert("cluster") }
    self.binding = binding
  }

  var pairCutoff: Double { max(rule.radius, clusterCutoff) }
  var exchangeCutoff: Double { clusterCutoff }
  var searchedImages: SearchedImages { .centers }

  func describe(in file: borrowing File) throws {
    let group = try file.group("/observables/\(NeighborCountRule.group)")
    try group.setAttribute("classes", to: binding.phases)
    try group.setAttribute("thresholds", to: [Double(rule.minimum)])
    try group.setAttribute("radius", to: rule.radius)
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let domain = frame.domain
    let near = frame.pairs(within: rule.radius)
    var phases = [UInt8](repeating: 0, count: domain.centerCount)
    for row in 0..<near.rowCount where near.offsets[row + 1] - near.offsets[row] >= rule.minimum {
      phases[Int(domain.ownedOrdinal[Int(near.centers[row])])] = 1
    }
    let codes = try frame.localCodes(phases.map { PhaseCode(top: $0, level: 1) })
    let found = try FoundClusters(
      of: codes.map(\.top), phaseCount: Self.phaseCount,
      neighbors: frame.pairs(within: clusterCutoff), minimum: minimum, in: frame)
    let high = Int64(phases.lazy.filter { $0 == 1 }.count)
    share.sum("phase_count", [Int64(phases.count) - high, high, 0])
    share.store("phase", .bytes(phases))
    found.store(in: &share)
  }

  var section: String { NeighborCountRule.group }

  var totals: [ObservableTotal] {
    [.sum("phase_count", first: 2), .maximum("largest_cluster", first: 2)]
  }

  func lines(_ totals: ClosingTotals) -> [String] {
    TextTable.fractions(
      of: "≥ \(rule.minimum) in \(rule.radius) Å", [rule.low, rule.high],
      totals[path("phase_count")], largest: totals[path("largest_cluster")])
  }
}
