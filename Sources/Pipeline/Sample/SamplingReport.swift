import SOAP

/// The lines `sample` prints at its beginning and its end.
enum SamplingReport {
  static func introduction(
    _ plan: SamplingPlan, _ options: SamplingOptions, _ parameters: SOAPParameters
  ) -> [String] {
    var lines = options.classes.enumerated().map { label, group in
      let files = plan.files.filter { $0.label == label }
      let frames = files.reduce(0) { $0 + $1.frames.count },
        capacity = files.reduce(0) { $0 + $1.capacity }
      return
        "class \(group.name): \(files.count) file(s), \(frames) frames, \(Log.grouped(plan.perClass)) of \(Log.grouped(capacity)) environments"
    }
    lines.append(
      "SOAP of \(parameters.species.joined(separator: ",")) around \(parameters.center), n_max \(parameters.radialCount), l_max "
        + "\(parameters.maximumDegree), r_cut \(parameters.cutoffRadius) Å (atoms to \(Log.fixed(parameters.effectiveCutoff, 3)) Å), "
        + "σ \(parameters.sigma) Å, \(parameters.featureCount) features, \(options.precision) precision; split by \(options.splitRule), "
        + "seed \(options.seed)")
    return lines
  }

  static func closing(_ plan: SamplingPlan, _ options: SamplingOptions, elapsed: Double) -> [String]
  {
    var counts = [Int](repeating: 0, count: options.classes.count * 3)
    for share in plan.shares {
      let label = plan.files[share.file].label
      for part in plan.parts(of: share) { counts[label * 3 + Int(part)] += 1 }
    }
    return table(classes: options.classes.map(\.name), counts: counts) + [
      "",
      "\(Log.grouped(plan.rowCount)) environments from \(plan.shares.count) frames in \(Log.duration(elapsed))",
      "dataset: \(options.output)",
    ]
  }

  /// Environments by class and part; `counts` is `[classes, parts]`.
  static func table(classes: [String], counts: [Int]) -> [String] {
    let width = max(13, (classes.map(\.count).max() ?? 0) + 2)
    let head =
      Report.pad("class", width)
      + (DatasetSplit.names + ["all"]).map { Report.pad($0, 13) }.joined()
    return [trimmed(head)]
      + classes.enumerated().map { label, name in
        let row = Array(counts[label * 3..<label * 3 + 3])
        return trimmed(
          Report.pad(name, width)
            + (row + [row.reduce(0, +)]).map { Report.pad(Log.grouped($0), 13) }.joined())
      }
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
