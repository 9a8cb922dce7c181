import JobControl
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
        + "precision; split by \(plan.splitRule), seed \(options.seed)")
    if plan.mixedPerClass > 0 {
      lines.append(
        "no \(plan.splitRule) of the test part is used in training; "
          + "\(Log.grouped(plan.mixedPerClass)) more environments of each class, from the training "
          + "files, give the accuracy that a split by environment would have given (evaluate)")
    } else if !plan.splitRule.keepsFiles {
      lines.append(
        "the test part has environments of the same files as the training part: it overestimates "
          + "the accuracy on other data (--split-by file needs 3 files of each class)")
    }
    return lines
  }

  static func closing(
    _ plan: SamplingPlan, _ options: SamplingOptions, neighborCutoff: Double, elapsed: Double
  ) -> [String] {
    let width = DatasetSplit.names.count
    var counts = [Int](repeating: 0, count: options.classes.count * width)
    for share in plan.shares {
      let label = plan.files[share.file].label
      for part in plan.parts(of: share) { counts[label * width + Int(part)] += 1 }
    }
    return DatasetCounts.lines(classes: options.classes.map(\.name), counts: counts) + [
      "",
      neighborCutoff.isNaN
        ? "g(r) of the centres has no minimum within r_cut: give --neighbor-cutoff to store one"
        : "centres are neighbours within \(Log.fixed(neighborCutoff, 3)) Å, "
          + (options.neighborCutoff == nil
            ? "the first minimum of g(r)" : "as specified by --neighbor-cutoff"),
      "\(Log.grouped(plan.rowCount)) environments from "
        + "\(Log.counted(plan.shares.count, "frame")) in \(Log.duration(elapsed))",
      "dataset: \(options.output)",
    ]
  }
}
