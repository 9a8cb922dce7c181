import MPI
import Phases
import Profiles

/// Sums over a rank's frames for the closing table.
struct AnalysisTotals {
  /// For each model: molecules of each phase at the primary threshold, IA kinds, and the largest
  /// cluster of each phase in any frame.
  private(set) var counts: [[Int64]]
  private(set) var kinds: [[Int64]]
  private(set) var largest: [[Int64]]
  /// For each model and region: molecules of each phase.
  private(set) var regions: [[[Int64]]]
  /// Of the labelling by neighbour count: molecules of each phase, and the largest cluster of each.
  private(set) var neighborCounts: [Int64], neighborLargest: [Int64]

  init(_ plan: AnalysisPlan) {
    counts = plan.models.map { [Int64](repeating: 0, count: $0.classCount + 1) }
    kinds = plan.models.map { _ in [0, 0, 0] }
    largest = counts
    regions = counts.map { zeros in plan.options.regions.map { _ in zeros } }
    neighborCounts = [Int64](repeating: 0, count: NeighborCountResult.phaseCount)
    neighborLargest = neighborCounts
  }

  mutating func add(_ outcome: FrameEvaluator.Outcome) {
    for (m, result) in outcome.results.enumerated() {
      add(
        model: m, counts: result.counts, kinds: result.intermediateCounts,
        largest: result.statistics.largestSize)
      for (r, table) in result.regions.enumerated() {
        add(model: m, region: r, counts: table.regionCounts)
      }
    }
    if let found = outcome.neighborCount {
      addNeighborCount(found.counts, largest: found.statistics.largestSize)
    }
  }

  /// Adds this rank's share of the frames that an earlier run finished, from the results file.
  mutating func addStored(
    _ rows: [Int], in file: borrowing ResultsFile, _ plan: AnalysisPlan, on world: Communicator
  ) throws {
    for row in rows[evenShare(of: rows.count, part: world.rank, of: world.size)] {
      for (m, model) in plan.models.enumerated() {
        let group = ResultsSchema.observables(model)
        add(
          model: m, counts: try file.read("\(group)/phase_count/value", row: row),
          kinds: try file.read("\(group)/intermediate_count/value", row: row),
          largest: try file.read("\(group)/largest_cluster/value", row: row))
        for (r, region) in plan.options.regions.enumerated() {
          add(
            model: m, region: r,
            counts: try file.read("\(region.observables(group))/phase_count/value", row: row))
        }
      }
      if plan.options.neighborCount != nil {
        let group = "/observables/\(NeighborCountRule.group)"
        addNeighborCount(
          try file.read("\(group)/phase_count/value", row: row),
          largest: try file.read("\(group)/largest_cluster/value", row: row))
      }
    }
  }
}

extension AnalysisTotals {
  /// Adds a frame of one model; of several thresholds the first counts.
  private mutating func add(model m: Int, counts: [Int64], kinds: [Int64], largest: [Int64]) {
    for k in self.counts[m].indices {
      self.counts[m][k] += counts[k]
      self.largest[m][k] = max(self.largest[m][k], largest[k])
    }
    for k in 0..<3 { self.kinds[m][k] += kinds[k] }
  }

  private mutating func add(model m: Int, region r: Int, counts: [Int64]) {
    for k in regions[m][r].indices { regions[m][r][k] += counts[k] }
  }

  private mutating func addNeighborCount(_ counts: [Int64], largest: [Int64]) {
    for k in neighborCounts.indices {
      neighborCounts[k] += counts[k]
      neighborLargest[k] = max(neighborLargest[k], largest[k])
    }
  }
}

extension ProfileTable {
  /// Molecules of each phase in the table of a region, which is one layer: shares times molecules,
  /// whole numbers again.
  var regionCounts: [Int64] {
    phaseFraction.map { molecules[0] == 0 ? 0 : Int64(($0 * Double(molecules[0])).rounded()) }
  }
}

/// The lines a run prints at its beginning and its end.
enum Report {
  static func introduction(_ plan: AnalysisPlan, ranks: Int) -> [String] {
    let first = plan.trajectory.sources[0].path
    let files =
      plan.trajectory.sources.count == 1
      ? first : "\(first) and \(plan.trajectory.sources.count - 1) more"
    var lines = [
      "\(files): \(plan.frameCount) of \(plan.trajectory.availableFrameCount) frames, \(Log.grouped(plan.centerCount)) molecules each, "
        + "on \(ranks) rank\(ranks == 1 ? "" : "s")"
    ]
    for (m, model) in plan.models.enumerated() {
      let set = plan.sets.parameters[plan.sets.setOfModel[m]]
      lines.append(
        "model \(model.name): \(model.classes.joined(separator: ", ")); SOAP of \(set.species.reversed().joined(separator: ",")) around \(set.center), "
          + "n_max \(set.radialCount), l_max \(set.maximumDegree), r_cut \(set.cutoffRadius) Å (atoms to \(Log.fixed(set.effectiveCutoff, 3)) Å), "
          + "σ \(set.sigma) Å, \(set.featureCount) features, \(plan.options.precision) precision")
    }
    return lines
  }

  /// What a resumed run finds.
  static func resumption(_ plan: AnalysisPlan, _ survey: ResumeSurvey?) -> [String] {
    let path = plan.options.output
    guard let survey else {
      return plan.options.resume ? ["there is no \(path) yet: it is begun"] : []
    }
    let done = survey.doneRows.count + survey.skipped
    if survey.isComplete { return ["\(path) is complete: \(done) frames; nothing to do"] }
    return ["\(path) has \(done) of \(plan.frameCount) frames; the others follow"]
  }

  /// How the ranks share the frames, where that is not a block of frames for each of them.
  static func teams(_ layout: TeamLayout) -> [String] {
    let idle = (0..<layout.teamCount).filter { layout.frames(ofTeam: $0).isEmpty }.reduce(0) {
      $0 + layout.ranks(ofTeam: $1).count
    }
    var lines: [String] = []
    if layout.largestTeam > 1 {
      lines.append(
        "frames are shared by \(layout.teamSizes(between: " to ")) ranks each, in \(layout.teamCount) team\(layout.teamCount == 1 ? "" : "s")"
      )
    }
    if idle > 0 { lines.append("\(idle) of the ranks have no frame to work on") }
    return lines
  }

  /// The closing table; collective, complete on rank 0.
  ///
  /// - Parameter interfaces: lines about each model's interfaces, by its name.
  static func closing(
    _ plan: AnalysisPlan, _ totals: AnalysisTotals, _ timings: Timings,
    interfaces: [String: [String]], elapsed: Double,
    on world: Communicator
  ) throws -> [String] {
    var lines: [String] = [""]
    for (m, model) in plan.models.enumerated() {
      var counts = totals.counts[m], kinds = totals.kinds[m], largest = totals.largest[m]
      try world.allReduce(&counts, .sum)
      try world.allReduce(&kinds, .sum)
      try world.allReduce(&largest, .maximum)
      lines += fractions(of: model.name, model.classes + ["IA"], counts, largest: largest)
      let ia = Double(max(kinds.reduce(0, +), 1))
      if kinds.reduce(0, +) > 0 {
        lines.append(
          "  of IA: interfacial \(Log.fixed(Double(kinds[0]) / ia, 3)), isolated \(Log.fixed(Double(kinds[1]) / ia, 3)), "
            + "other \(Log.fixed(Double(kinds[2]) / ia, 3))   (p > \(plan.options.thresholds[0]))")
      }
      for (r, region) in plan.options.regions.enumerated() {
        var counts = totals.regions[m][r]
        try world.allReduce(&counts, .sum)
        lines.append(share(of: region, model.classes + ["IA"], counts))
      }
      lines += interfaces[model.name] ?? []
    }
    if let rule = plan.options.neighborCount {
      var counts = totals.neighborCounts, largest = totals.neighborLargest
      try world.allReduce(&counts, .sum)
      try world.allReduce(&largest, .maximum)
      let title = "≥ \(rule.minimum) in \(rule.radius) Å"
      lines += fractions(
        of: title, [rule.low, rule.high], Array(counts.prefix(2)), largest: largest)
    }
    var seconds = timings.seconds
    try world.allReduce(&seconds, .sum)
    var sums = [timings.frames, timings.molecules, timings.bytes]
    try world.allReduce(&sums, .sum)
    let wall = try world.allReduce(elapsed, .maximum)
    let busy = seconds.reduce(0, +)
    let molecules = Double(max(sums[1], 1))
    lines.append("")
    lines.append(
      "\(Log.grouped(Int(sums[0]))) frames, \(Log.grouped(Int(sums[1]))) molecules in \(Log.duration(wall)): "
        + "\(Log.thousands(molecules / max(wall, 1e-9))) molecules/s on \(world.size) rank\(world.size == 1 ? "" : "s"), "
        + "\(Log.fixed(wall * Double(world.size) / molecules * 1e6, 2)) µs of a rank per molecule")
    lines.append(pad("where the time went", 24) + pad("µs/molecule", 14) + "share")
    for stage in Stage.allCases where seconds[stage.rawValue] > 0 {
      let value = seconds[stage.rawValue]
      lines.append(
        pad("  \(stage.name)", 24) + pad(Log.fixed(value / molecules * 1e6, 3), 14)
          + "\(Log.fixed(value / busy * 100, 1)) %")
    }
    lines.append("results: \(plan.options.output)")
    return lines
  }

  /// A classifier's phases, a line each.
  private static func fractions(
    of name: String, _ phases: [String], _ counts: [Int64], largest: [Int64]
  ) -> [String] {
    let total = Double(max(counts.reduce(0, +), 1))
    let head = pad(name, 16) + pad("fraction", 16) + "largest cluster of any frame"
    return [head]
      + phases.indices.map { k in
        pad("  \(phases[k])", 16) + pad(Log.fixed(Double(counts[k]) / total, 4), 16)
          + Log.grouped(Int(largest[k]))
      }
  }

  /// A region's phases in one line.
  private static func share(of region: Region, _ phases: [String], _ counts: [Int64]) -> String {
    let total = counts.reduce(0, +)
    guard total > 0 else { return "  in \(region.name): no molecules" }
    let shares = phases.indices.map {
      "\(phases[$0]) \(Log.fixed(Double(counts[$0]) / Double(total), 4))"
    }
    return "  in \(region.name) (\(region.slab.description) Å): \(shares.joined(separator: ", "))"
  }

  static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
