import Geometry
import HDF5
import Phases

/// The classifier used before networks: a molecule with at least a given number of centres within a
/// radius is in the dense phase.
///
/// For Fig. 6 of the method: ≥ 11 oxygens within a radius (Garkul & Stegailov 2022). The radius is
/// the user's: 4.2 Å separates LDA from HDA best in the training data of the bundled models (0.90
/// of the molecules correct; 0.85 at 4.1 Å, 0.86 at 4.3 Å).
public struct NeighborCountRule: Sendable, Equatable {
  /// Names of the phase with fewer and with at least `minimum` neighbours.
  public let low: String, high: String
  /// Smallest number of neighbours in the dense phase.
  public let minimum: Int
  /// Distance in Å within which centres are counted, inclusive, with every periodic image.
  public let radius: Double

  /// Group of the labels in the results.
  static let group = "neighbor_count"

  /// Reads `LDA,HDA=11:4.2`; nil if it has another form.
  public init?(parsing text: String) {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2 else { return nil }
    let names = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let numbers = sides[1].split(separator: ":", omittingEmptySubsequences: false)
    guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != names[1],
      !names.contains("IA"), numbers.count == 2,
      let minimum = Int(numbers[0]), minimum >= 1, let radius = Double(numbers[1]), radius > 0,
      radius <= 50
    else { return nil }
    (low, high, self.minimum, self.radius) = (names[0], names[1], minimum, radius)
  }

  /// In the form of the command line.
  var text: String { "\(low),\(high)=\(minimum):\(radius)" }
}

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
      table: "phase_count", "molecules of each phase; IA is empty"),
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
    clusterCutoff = plan.options.clusterCutoff
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
    Report.fractions(
      of: "≥ \(rule.minimum) in \(rule.radius) Å", [rule.low, rule.high],
      totals[path("phase_count")], largest: totals[path("largest_cluster")])
  }
}
