import Frames
import JobControl
import NeuralNetwork

/// The lines a run prints at its beginning and its end.
enum Report {
  static func introduction(_ plan: AnalysisPlan, ranks: Int) -> [String] {
    let first = plan.trajectory.sources[0].path
    let files =
      plan.trajectory.sources.count == 1
      ? first : "\(first) and \(plan.trajectory.sources.count - 1) more"
    var lines = [
      "\(files): \(plan.frameCount) of "
        + "\(Log.counted(plan.trajectory.availableFrameCount, "frame")), "
        + "\(Log.grouped(plan.centerCount)) \(plan.unit)s each, on \(Log.counted(ranks, "rank"))"
    ]
    if !plan.members.isEmpty {
      lines.append(
        "ensemble of \(plan.members.count) networks: "
          + plan.members.map(\.name).joined(separator: ", "))
    }
    for (m, model) in plan.models.enumerated() {
      let set = plan.sets.parameters[plan.sets.setOfModel[m]]
      lines.append(
        "model \(model.name): \(model.classes.joined(separator: ", ")); SOAP of "
          + "\(set.species.reversed().joined(separator: ",")) around \(set.center), n_max "
          + "\(set.radialCount), l_max \(set.maximumDegree), r_cut \(set.cutoffRadius) Å (atoms "
          + "to \(Log.fixed(set.effectiveCutoff, 3)) Å), σ \(set.sigma) Å, \(set.featureCount) "
          + "features, \(plan.options.precision) precision")
      if model.guardHead == nil && model.familiarity == nil {
        lines.append(
          "  without a guard and familiarity data: environments that belong to no class are labelled "
            + "like all others")
      }
    }
    if plan.options.timeStep == nil, !plan.first.hasTime {
      lines.append(
        "the trajectory has no times; specify --time-step PS to store them, e.g. --time-step 0.002 "
          + "for steps of 2 fs")
    }
    if plan.network == .int8 {
      lines.append("network in int8 (\(NetworkArithmetic.int8Instructions))")
    }
    return lines
  }

  /// The state of the file of a resumed run.
  static func resumption(_ plan: AnalysisPlan, _ survey: ResumeSurvey?) -> [String] {
    let path = plan.options.output
    guard let survey else {
      return plan.options.resume ? ["\(path) does not exist yet: creating it"] : []
    }
    let done = survey.doneRows.count + survey.skipped
    if survey.isComplete {
      return ["\(path) is complete: \(Log.counted(done, "frame")); nothing to do"]
    }
    return ["\(path) has \(done) of \(plan.frameCount) frames; analysing the others"]
  }

  /// The distribution of frames over ranks, if it is not one block of frames per rank.
  static func teams(_ layout: TeamLayout) -> [String] {
    let idle = (0..<layout.teamCount).filter { layout.frames(ofTeam: $0).isEmpty }.reduce(0) {
      $0 + layout.ranks(ofTeam: $1).count
    }
    var lines: [String] = []
    if layout.largestTeam > 1 {
      lines.append(
        "each frame is shared by \(layout.teamSizes(between: " to ")) ranks, in "
          + "\(layout.teamCount) team\(layout.teamCount == 1 ? "" : "s")"
      )
    }
    if idle > 0 {
      lines.append("\(Log.counted(idle, "rank")) \(idle == 1 ? "has" : "have") no frame to analyse")
    }
    return lines
  }

  /// The closing table: the observables' lines, section by section, then the run's.
  static func closing(_ plan: AnalysisPlan, _ totals: ClosingTotals, ranks: Int) -> [String] {
    var lines: [String] = [""], sections: [String] = []
    for member in plan.observables.members where !sections.contains(member.section) {
      sections.append(member.section)
    }
    for section in sections {
      for member in plan.observables.members where member.section == section {
        lines += member.lines(totals)
      }
    }
    let frames = Int(totals.counts[0]), count = Int(totals.counts[1])
    let wall = totals.elapsed, busy = totals.seconds.reduce(0, +)
    let molecules = Double(max(count, 1))
    lines.append("")
    lines.append(
      "\(Log.counted(frames, "frame")), \(Log.grouped(count)) \(plan.unit)s in "
        + "\(Log.duration(wall)): \(Log.thousands(molecules / max(wall, 1e-9))) \(plan.unit)s/s on "
        + "\(Log.counted(ranks, "rank")), "
        + "\(Log.fixed(wall * Double(ranks) / molecules * 1e6, 2)) rank-µs per \(plan.unit)")
    lines.append(TextTable.pad("time spent", 24) + TextTable.pad("µs/\(plan.unit)", 14) + "share")
    for stage in Stage.allCases where totals.seconds[stage.rawValue] > 0 {
      let value = totals.seconds[stage.rawValue]
      lines.append(
        TextTable.pad("  \(stage.name)", 24)
          + TextTable.pad(Log.fixed(value / molecules * 1e6, 3), 14)
          + "\(Log.fixed(value / busy * 100, 1)) %")
    }
    lines.append("results: \(plan.options.output)")
    return lines
  }
}
