import HDF5

/// What regions and the neighbour-count labelling add to results.h5.
extension ResultsSchema {
  /// A dataset that changes with time.
  typealias Element = (path: String, type: Datatype, shape: [Int], unit: String?, text: String)

  /// Elements of all regions and of the neighbour-count labelling.
  static func extras(_ plan: AnalysisPlan) -> [Element] {
    let f = plan.frameCount, n = plan.centerCount
    var elements: [Element] = []
    for region in plan.options.regions {
      elements.append(
        (
          region.particles, .uint8, [f, n], nil,
          "1: the molecule lies in \(region.slab.description) Å"
        ))
      for model in plan.models {
        let base = region.observables(observables(model)), k = model.classCount
        elements.append(
          (
            "\(base)/phase_count", .int64, [f, k + 1], nil,
            "molecules of each class, then IA, in the region"
          ))
        elements.append(
          ("\(base)/probability", .float64, [f, k], nil, "mean class probabilities in the region"))
      }
    }
    if let rule = plan.options.neighborCount {
      let base = "/observables/\(NeighborCountRule.group)",
        particles = "/particles/centers/\(NeighborCountRule.group)"
      let names = [rule.low, rule.high, "IA"]
      if plan.options.perMolecule.contains(.phase) {
        elements.append(
          (
            "\(particles)/phase", .enumeration(names), [f, n], nil,
            "\(rule.high) with at least \(rule.minimum) neighbours"
          ))
      }
      if plan.options.perMolecule.contains(.cluster) {
        elements.append(
          (
            "\(particles)/cluster", .int64, [f, n], nil,
            "smallest centre id in the molecule's cluster of its own phase"
          ))
      }
      elements.append(
        ("\(base)/phase_count", .int64, [f, 1, 3], nil, "molecules of each phase; IA is empty"))
      elements.append(
        (
          "\(base)/cluster_count", .int64, [f, 3], nil,
          "clusters of each phase with at least the minimum size"
        ))
      elements.append(
        (
          "\(base)/largest_cluster", .int64, [f, 3], nil,
          "molecules in the largest cluster of each phase"
        ))
      elements.append(
        (
          "\(base)/largest_spans", .uint8, [f, 3, 3], nil,
          "1 where the largest cluster reaches its own image along the axis"
        ))
    }
    return elements
  }

  /// Attributes of the groups.
  static func describeExtras(_ plan: AnalysisPlan, in file: borrowing File) throws {
    for region in plan.options.regions {
      for model in plan.models {
        try file.group(region.observables(observables(model))).setAttribute(
          "slab", to: region.slab.description)
      }
    }
    guard let rule = plan.options.neighborCount else { return }
    let group = try file.group("/observables/\(NeighborCountRule.group)")
    try group.setAttribute("classes", to: [rule.low, rule.high, "IA"])
    try group.setAttribute("thresholds", to: [Double(rule.minimum)])
    try group.setAttribute("radius", to: rule.radius)
  }
}

extension ResultsWriter {
  /// Adds what regions and neighbour-count labels are one row a frame.
  func addExtras(_ frame: LoadedFrame, _ outcome: FrameEvaluator.Outcome, _ plan: AnalysisPlan) {
    for (r, region) in plan.options.regions.enumerated() {
      for (m, model) in plan.models.enumerated() {
        let base = region.observables(ResultsSchema.observables(model)),
          table = outcome.results[m].regions[r]
        append(table.regionCounts, to: "\(base)/phase_count/value")
        append(table.probability, to: "\(base)/probability/value")
      }
    }
    guard let count = outcome.neighborCount else { return }
    let base = "/observables/\(NeighborCountRule.group)"
    append(count.counts, to: "\(base)/phase_count/value")
    append(count.statistics.atLeastMinimum, to: "\(base)/cluster_count/value")
    append(count.statistics.largestSize, to: "\(base)/largest_cluster/value")
    append(count.statistics.largestSpans, to: "\(base)/largest_spans/value")
  }
}
