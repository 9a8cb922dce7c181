import HDF5
import JobControl
import MPI

/// `verglas scaling`: speed-up, efficiency, waiting and imbalance from the timings in results
/// files.
public enum ScalingRun {
  /// Runs on all ranks of `world`; rank 0 works.
  ///
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: ScalingOptions, on world: Communicator) throws -> ExitCode {
    if let csv = options.csv {
      try checkOutput(csv, overwrite: options.overwrite, inputs: options.results, on: world)
    }
    try world.together {
      guard world.isRoot else { return }
      let log = Log(quiet: options.quiet)
      if let csv = options.csv { clearLeftovers(of: csv, log, on: world) }
      var paths: [String] = []
      for path in options.results {
        if paths.contains(path) {
          log.warn("\(path) is given twice; it is used once")
        } else {
          paths.append(path)
        }
      }
      let runs = try paths.map { path in
        try GuardedReads.guarded(reading: path) { try TimedRun(path) }
      }
      let study = try ScalingStudy(runs, kind: options.kind)
      for warning in study.warnings { log.warn(warning) }
      if let csv = options.csv {
        for path in paths { try StoredResults.open(path).refuseInput(asOutput: csv) }
        let file = try OutputText(csv, replacing: options.overwrite)
        for line in study.csv { try file.write(line + "\n") }
        try file.commit()
      }
      if !options.quiet {
        for line in study.lines { print(line) }
        if let csv = options.csv { print("table: \(csv)") }
      }
    }
    return .done
  }
}

/// Runs on different numbers of ranks, compared.
struct ScalingStudy {
  /// Runs by ascending ranks, then seconds.
  let runs: [TimedRun]
  let kind: ScalingKind
  /// The fastest run on each number of ranks.
  let best: [TimedRun]
  let fit: ScalingFit?
  private(set) var warnings: [String] = []

  /// - Throws: `RunError` if the runs do not form a study.
  init(_ runs: [TimedRun], kind wanted: ScalingKind?) throws {
    let sorted = runs.sorted { ($0.ranks, $0.seconds) < ($1.ranks, $1.seconds) }
    guard let first = sorted.first else {
      throw RunError("specify the results files of at least one run", .usage)
    }
    for run in sorted {
      if let difference = run.setting.difference(from: first.setting) {
        throw RunError(
          "\(first.path) and \(run.path) differ in their \(difference); use runs of one study",
          .badData)
      }
    }
    let kind = try wanted ?? Self.kind(of: sorted)
    var best: [TimedRun] = []
    for run in sorted where run.ranks != best.last?.ranks { best.append(run) }
    self.runs = sorted
    self.kind = kind
    self.best = best
    fit = ScalingFit(
      kind, ranks: best.map(\.ranks), values: best.map { kind == .strong ? $0.seconds : $0.rate })
    if kind == .strong, let other = sorted.first(where: { $0.molecules != first.molecules }) {
      warnings.append(
        "\(first.path) has \(first.molecules) molecules in all, \(other.path) \(other.molecules): "
          + "compare their rates, not their times"
      )
    }
    if first.ranks > 1 {
      warnings.append(
        "no run on one rank: speed-ups are relative to \(first.ranks) ranks, assumed to be "
          + "\(first.ranks) times as fast"
      )
    }
    if kind == .strong,
      let other = sorted.first(where: {
        $0.molecules == first.molecules && $0.inputs != first.inputs
      })
    {
      warnings.append(
        "\(first.path) and \(other.path) are of different trajectories with the same number of "
          + "molecules"
      )
    }
    if let idle = sorted.first(where: { $0.idleRanks > 0 }) {
      warnings.append(
        "\(idle.path): \(idle.idleRanks) of its \(idle.ranks) ranks were idle in \(idle.frames) "
          + "frame\(idle.frames == 1 ? "" : "s"); see --ranks-per-frame"
      )
    }
  }

  /// Runs with the same work are a strong-scaling study, runs with the same work per rank a
  /// weak-scaling one.
  private static func kind(of runs: [TimedRun]) throws -> ScalingKind {
    let first = runs[0]
    if runs.allSatisfy({ $0.molecules == first.molecules }) { return .strong }
    let share = Double(first.molecules) / Double(first.ranks)
    if runs.allSatisfy({ abs(Double($0.molecules) / Double($0.ranks) / share - 1) < 0.25 }) {
      return .weak
    }
    let list = runs.map { "\($0.path): \($0.molecules) on \($0.ranks)" }.joined(separator: "; ")
    throw RunError(
      "expected the same molecules in all runs (strong) or on each rank (weak), found \(list); use "
        + "runs of one study, or specify --kind",
      .badData)
  }

  /// Speed-up in work done in a unit of time, from the run on the fewest ranks.
  func speedUp(_ run: TimedRun) -> Double { Double(best[0].ranks) * run.rate / best[0].rate }

  /// Parallel efficiency: speed-up divided by ranks.
  func efficiency(_ run: TimedRun) -> Double { speedUp(run) / Double(run.ranks) }

  /// The table and the fit, to print.
  var lines: [String] {
    let titles = [
      "ranks", "seconds", "speed-up", "efficiency", "molecules/s", "waiting", "exchange",
      "imbalance",
    ]
    let widths = [8, 12, 10, 12, 14, 10, 10, 12]
    var lines = [zip(titles, widths).map { TextTable.pad($0, $1) }.joined() + "file"]
    for run in runs {
      let cells = [
        "\(run.ranks)", Log.fixed(run.seconds, 3), Log.fixed(speedUp(run), 2),
        Log.fixed(efficiency(run), 3), Log.thousands(run.rate),
        percent(run.waiting), percent(run.exchange), percent(run.imbalance),
      ]
      lines.append(zip(cells, widths).map { TextTable.pad($0, $1) }.joined() + run.path)
    }
    if let worst = runs.max(by: { $0.imbalance < $1.imbalance }), let stage = worst.worstStage {
      lines.append(
        "largest imbalance: \(percent(worst.imbalance)) on \(worst.ranks) ranks, most of it in "
          + "\(stage.name) (the busiest rank over the mean)"
      )
    }
    guard let fit else {
      return lines + [
        "\(kind.rawValue) scaling: a single number of ranks does not determine the serial fraction"
      ]
    }
    let law =
      kind == .strong ? "Amdahl, T = T1 (s + (1 - s)/p)" : "Gustafson, V = V1 (s + (1 - s) p)"
    var text =
      "\(kind.rawValue) scaling: serial fraction s = \(Log.fixed(fit.serialShare * 100, 2)) % "
      + "(\(law); runs within \(percent(fit.largestDeviation)) of it)"
    if kind == .strong, fit.halfEfficiencyRanks.isFinite {
      text += "; efficiency 0.5 at \(Log.thousands(fit.halfEfficiencyRanks)) ranks"
    }
    lines.append(text)
    if best.count == 2 {
      lines.append(
        "two numbers of ranks always fit: more are needed to test the law")
    }
    return lines
  }

  private func percent(_ share: Double) -> String { "\(Log.fixed(share * 100, 1)) %" }

  /// The table as CSV: a header, then one line for each run.
  var csv: [String] {
    let stages = Stage.allCases.map { "\($0.name)_seconds" }
    var lines = [
      ([
        "file", "kind", "ranks", "frames", "molecules", "seconds", "speedup", "efficiency",
        "molecules_per_second", "waiting", "exchange",
        "imbalance",
        "worst_stage", "serial_share",
      ] + stages).joined(separator: ",")
    ]
    for run in runs {
      var cells = [
        quoted(run.path), kind.rawValue, "\(run.ranks)", "\(run.frames)", "\(run.molecules)",
      ]
      cells += [
        run.seconds, speedUp(run), efficiency(run), run.rate, run.waiting, run.exchange,
        run.imbalance,
      ].map { "\($0)" }
      cells +=
        [run.worstStage?.name ?? "", fit.map { "\($0.serialShare)" } ?? ""]
        + run.stages.map { "\($0)" }
      lines.append(cells.joined(separator: ","))
    }
    return lines
  }

  private func quoted(_ text: String) -> String {
    text.contains { ",\"\n".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
