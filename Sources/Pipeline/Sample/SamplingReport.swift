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
        "class \(group.name): \(Log.counted(files.count, "file")), "
        + "\(Log.counted(frames, "frame")), \(Log.grouped(plan.perClass)) of "
        + "\(Log.grouped(capacity)) environments"
    }
    lines.append(
      "SOAP of \(parameters.species.joined(separator: ",")) around \(parameters.center), n_max "
        + "\(parameters.radialCount), l_max \(parameters.maximumDegree), r_cut "
        + "\(parameters.cutoffRadius) Å (atoms to \(Log.fixed(parameters.effectiveCutoff, 3)) Å), "
        + "σ \(parameters.sigma) Å, \(parameters.featureCount) features, \(options.precision) "
        + "precision; split by \(options.splitRule), seed \(options.seed)")
    return lines
  }

  static func closing(_ plan: SamplingPlan, _ options: SamplingOptions, elapsed: Double) -> [String]
  {
    var counts = [Int](repeating: 0, count: options.classes.count * 3)
    for share in plan.shares {
      let label = plan.files[share.file].label
      for part in plan.parts(of: share) { counts[label * 3 + Int(part)] += 1 }
    }
    return DatasetCounts.lines(classes: options.classes.map(\.name), counts: counts) + [
      "",
      "\(Log.grouped(plan.rowCount)) environments from \(plan.shares.count) frames in "
        + "\(Log.duration(elapsed))",
      "dataset: \(options.output)",
    ]
  }
}
