import MPI
import Phases

/// Sums over a rank's frames for the closing table.
struct AnalysisTotals {
  /// For each model: molecules of each phase at the primary threshold, IA kinds, and the largest cluster of each phase in any frame.
  private(set) var counts: [[Int64]]
  private(set) var kinds: [[Int64]]
  private(set) var largest: [[Int64]]

  init(_ plan: AnalysisPlan) {
    counts = plan.models.map { [Int64](repeating: 0, count: $0.classCount + 1) }
    kinds = plan.models.map { _ in [0, 0, 0] }
    largest = counts
  }

  mutating func add(_ results: [FrameResult]) {
    for (m, result) in results.enumerated() {
      add(model: m, counts: result.counts, kinds: result.intermediateCounts, largest: result.statistics.largestSize)
    }
  }

  /// Adds this rank's share of the frames that an earlier run finished, from the results file.
  mutating func addStored(_ rows: [Int], in file: borrowing ResultsFile, _ plan: AnalysisPlan, on world: Communicator) throws {
    for row in rows[evenShare(of: rows.count, part: world.rank, of: world.size)] {
      for (m, model) in plan.models.enumerated() {
        let group = ResultsSchema.observables(model)
        add(
          model: m, counts: try file.read("\(group)/phase_count/value", row: row),
          kinds: try file.read("\(group)/intermediate_count/value", row: row),
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
}

/// The lines a run prints at its beginning and its end.
enum Report {
  static func introduction(_ plan: AnalysisPlan, ranks: Int) -> [String] {
    let first = plan.trajectory.sources[0].path
    let files = plan.trajectory.sources.count == 1 ? first : "\(first) and \(plan.trajectory.sources.count - 1) more"
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
    guard let survey else { return plan.options.resume ? ["there is no \(path) yet: it is begun"] : [] }
    let done = survey.doneRows.count + survey.skipped
    if survey.isComplete { return ["\(path) is complete: \(done) frames; nothing to do"] }
    return ["\(path) has \(done) of \(plan.frameCount) frames; the others follow"]
  }

  /// How the ranks share the frames, where that is not a block of frames for each of them.
  static func teams(_ layout: TeamLayout) -> [String] {
    let idle = (0..<layout.teamCount).filter { layout.frames(ofTeam: $0).isEmpty }.reduce(0) { $0 + layout.ranks(ofTeam: $1).count }
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
    _ plan: AnalysisPlan, _ totals: AnalysisTotals, _ timings: Timings, interfaces: [String: [String]], elapsed: Double,
    on world: Communicator
  ) throws -> [String] {
    var lines: [String] = [""]
    for (m, model) in plan.models.enumerated() {
      var counts = totals.counts[m], kinds = totals.kinds[m], largest = totals.largest[m]
      try world.allReduce(&counts, .sum)
      try world.allReduce(&kinds, .sum)
      try world.allReduce(&largest, .maximum)
      let total = Double(max(counts.reduce(0, +), 1))
      var row = ["\(model.name)", "fraction", "largest cluster of any frame"].map { pad($0, 16) }.joined()
      lines.append(row)
      for (k, name) in (model.classes + ["IA"]).enumerated() {
        row = pad("  \(name)", 16) + pad(Log.fixed(Double(counts[k]) / total, 4), 16) + Log.grouped(Int(largest[k]))
        lines.append(row)
      }
      let ia = Double(max(kinds.reduce(0, +), 1))
      if kinds.reduce(0, +) > 0 {
        lines.append(
          "  of IA: interfacial \(Log.fixed(Double(kinds[0]) / ia, 3)), isolated \(Log.fixed(Double(kinds[1]) / ia, 3)), "
            + "other \(Log.fixed(Double(kinds[2]) / ia, 3))   (p > \(plan.options.thresholds[0]))")
      }
      lines += interfaces[model.name] ?? []
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
      lines.append(pad("  \(stage.name)", 24) + pad(Log.fixed(value / molecules * 1e6, 3), 14) + "\(Log.fixed(value / busy * 100, 1)) %")
    }
    lines.append("results: \(plan.options.output)")
    return lines
  }

  static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
