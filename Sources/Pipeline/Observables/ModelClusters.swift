import Frames
import HDF5
import Phases

/// Clusters of molecules of one phase by a model.
struct ModelClusters: Observable {
  static let declarations: [ObservableDataset] = [
    .molecule(
      "cluster", "/particles/centers/MODEL/cluster", .int64, skipped: .minusOne,
      "smallest id in the molecule's cluster of its own phase"),
    .frame(
      "cluster_count", "/observables/MODEL/cluster_count", .int64, [.phases],
      table: "cluster_count", "clusters of each phase with at least the minimum size"),
    .frame(
      "largest_cluster", "/observables/MODEL/largest_cluster", .int64, [.phases],
      table: "largest_cluster", "molecules in the largest cluster of each phase"),
    .frame(
      "largest_spans", "/observables/MODEL/largest_spans", .uint8, [.phases, .axes],
      table: "largest_spans",
      "1 if the largest cluster is connected to its own image along a, b, c"),
    .frame(
      "cluster_size", "/observables/MODEL/cluster_size", .int64, [.phases, .sizes],
      table: "cluster_size",
      "histogram, bin b: clusters with 2^b ≤ size < 2^(b+1); limits in `edges` beside it"),
    .frame(
      "largest_unfamiliar", "/observables/MODEL/largest_unfamiliar", .int64,
      table: "largest_unfamiliar",
      "molecules in the largest cluster of those that the guard flags as foreign"),
  ]

  static func instances(_ plan: AnalysisPlan) -> [any Observable] {
    plan.models.indices.map { ModelClusters(plan, model: $0) }
  }

  /// Path of the sizes of a model's largest clusters.
  static func largestPath(_ group: String) -> String {
    "/observables/\(group)/largest_cluster/value"
  }

  /// Where the sizes of the largest clusters of unfamiliar molecules are.
  static func largestUnfamiliarPath(_ group: String) -> String {
    "/observables/\(group)/largest_unfamiliar/value"
  }

  let model: Int
  let name: String
  let rule: PhaseRule
  /// Whether the model's guard is used.
  let recognises: Bool
  let cutoff: Double
  let minimum: Int64
  let binding: ObservableBinding

  init(_ plan: AnalysisPlan, model m: Int) {
    model = m
    name = plan.models[m].name
    rule = plan.rules[m]
    cutoff = plan.clusterCutoff
    minimum = Int64(plan.options.minimumCluster)
    var binding = ObservableBinding(plan.models[m])
    binding.sizes[.sizes] = ClusterStatistics.binCount
    recognises = plan.recognises(m)
    if !recognises { binding.omitted.insert("largest_unfamiliar") }
    if !plan.options.perMolecule.contains(.cluster) { binding.omitted.insert("cluster") }
    self.binding = binding
  }

  var pairCutoff: Double { cutoff }

  func describe(in file: borrowing File) throws {
    let sizes = try file.createDataset(
      "/observables/\(binding.model)/cluster_size/edges", .int64,
      shape: [ClusterStatistics.binCount + 1])
    try sizes.write((0...ClusterStatistics.binCount).map { Int64(1) << Int64($0) })
  }

  func measure(_ frame: FrameContext, _ share: inout ObservableShare) throws {
    let phases = PhaseLabels.phases(of: try frame.codes(of: model), rule: rule)
    let found = try FoundClusters(
      of: phases, phaseCount: rule.phaseCount + (recognises ? 1 : 0),
      neighbors: frame.pairs(within: cutoff),
      minimum: minimum, in: frame)
    // Unfamiliar molecules have clusters, but are no phase: the last row is apart.
    let statistics = found.statistics, k = rule.phaseCount
    share.store("cluster", .integers(found.names))
    share.store("cluster_count", .integers(Array(statistics.atLeastMinimum.prefix(k))))
    share.store("largest_cluster", .integers(Array(statistics.largestSize.prefix(k))))
    share.store("largest_spans", .bytes(Array(statistics.largestSpans.prefix(3 * k))))
    share.store(
      "cluster_size", .integers(Array(statistics.histogram.prefix(k * ClusterStatistics.binCount))))
    if recognises { share.store("largest_unfamiliar", .integers([statistics.largestSize[k]])) }
  }

  var section: String { name }
  var totals: [ObservableTotal] {
    [.maximum("largest_cluster", first: rule.phaseCount)]
      + (recognises ? [.maximum("largest_unfamiliar", first: 1)] : [])
  }
}
