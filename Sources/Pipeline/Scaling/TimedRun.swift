import HDF5
import JobControl

/// The timings that a complete run of `analyze` stored in its results file.
struct TimedRun: Sendable {
  let path: String
  /// Number of ranks.
  let ranks: Int
  /// Seconds from the first frame to the last, of the slowest rank.
  let seconds: Double
  /// Molecules of all frames, and frames.
  let molecules: Int64, frames: Int64
  /// Ranks without molecules.
  let idleRanks: Int
  /// Fraction of the ranks' time spent waiting for the others to finish.
  let waiting: Double
  /// Fraction spent exchanging data, including waiting for each other.
  let exchange: Double
  /// Relative difference between the busiest rank and the mean, without waiting and exchange: 0.05
  /// is 5 %.
  let imbalance: Double
  /// The stage that contributes most to it.
  let worstStage: Stage?
  /// Mean seconds of a rank in each stage, in the order of `Stage`.
  let stages: [Double]
  /// The computation, which must agree between the runs of a study.
  let setting: Setting

  /// Hashes of the trajectories.
  let inputs: [String]

  struct Setting: Equatable, Sendable {
    var models: [String], modelHashes: [String], precision: String, version: String
    /// The values stored for each molecule, and the profile's axis, because both take time.
    var perMolecule: String, profile: String

    /// The difference from another run, in words; nil if there is none.
    func difference(from other: Setting) -> String? {
      if models != other.models {
        return
          "models (\(models.joined(separator: ", ")) and \(other.models.joined(separator: ", ")))"
      }
      if modelHashes != other.modelHashes {
        return
          "models (\(models.joined(separator: ", ")) in both, but with different parameters)"
      }
      if precision != other.precision { return "precision (\(precision) and \(other.precision))" }
      if perMolecule != other.perMolecule {
        let names = [perMolecule, other.perMolecule].map { $0.isEmpty ? "none" : $0 }
        return "data per molecule (\(names[0]) and \(names[1]))"
      }
      if profile != other.profile { return "profile (\(profile) and \(other.profile))" }
      return version == other.version ? nil : "version (\(version) and \(other.version))"
    }
  }

  /// Molecules per second on all ranks.
  var rate: Double { Double(molecules) / seconds }

  /// Reads a file.
  ///
  /// - Throws: `RunError`: not a results file, a run that was stopped or did not end, or one that
  ///   was resumed (its timings are sums over several runs).
  init(_ path: String) throws {
    let results = try StoredResults.open(path)
    do {
      try self.init(results, path: path)
    } catch let error as HDF5Error {
      throw RunError("\(path): its timings cannot be read: \(error)", .badData)
    }
  }

  private init(_ results: borrowing StoredResults, path: String) throws {
    func wrong(_ text: String) -> RunError { RunError("\(path): \(text)", .badData) }
    let group = "/timings"
    guard results.file.kind(of: "\(group)/elapsed") == .dataset else {
      throw wrong(
        "expected the timings of a run (/timings/elapsed), found none; analyze stores them at its "
          + "end"
      )
    }
    if results.file.exists("\(group)/sessions") {
      let sessions = try results.file.dataset("\(group)/sessions").readAll(Int64.self).max() ?? 1
      guard sessions <= 1 else {
        throw wrong(
          "its timings are sums over \(sessions) runs, since it was resumed; use results of an "
            + "uninterrupted run"
        )
      }
    }
    let done = try results.file.dataset(ResultsSchema.done).readAll(UInt8.self)
    let elapsed = try results.file.dataset("\(group)/elapsed").readAll(Double.self)
    let ranks = elapsed.count
    func column<T: HDF5Scalar>(_ name: String, _ type: T.Type) throws -> [T] {
      let values = try results.file.dataset("\(group)/\(name)").readAll(type)
      guard values.count == ranks else {
        throw wrong("/timings/\(name) has \(values.count) rows, /timings/elapsed \(ranks)")
      }
      return values
    }
    let perStage = try Stage.allCases.map { try column($0.name, Double.self) }
    let molecules = try column("molecules", Int64.self), frames = try column("frames", Int64.self)
    let all = elapsed + perStage.flatMap { $0 }
    guard ranks > 0, all.allSatisfy({ $0.isFinite && $0 >= 0 }), molecules.allSatisfy({ $0 >= 0 })
    else {
      throw wrong("its timings hold invalid numbers")
    }
    let wall = elapsed.max() ?? 0
    let total = molecules.reduce(0, +)
    guard wall > 0, total > 0 else {
      throw wrong("its timings are empty: the run has not ended; use results of finished runs")
    }
    let missing = done.count { $0 == 0 }
    guard missing == 0 else {
      throw wrong(
        "\(missing) of its \(done.count) frames are missing: the run was stopped; use results of "
          + "finished runs"
      )
    }
    let available = wall * Double(ranks)
    func sum(_ stage: Stage) -> Double { perStage[stage.rawValue].reduce(0, +) }
    let working = Stage.allCases.filter { $0 != .wait && $0 != .exchange }
    let busy = (0..<ranks).map { r in working.reduce(0) { $0 + perStage[$1.rawValue][r] } }
    let mean = busy.reduce(0, +) / Double(ranks)
    func excess(_ stage: Stage) -> Double {
      (perStage[stage.rawValue].max() ?? 0) - sum(stage) / Double(ranks)
    }
    self.path = path
    self.ranks = ranks
    seconds = wall
    self.molecules = total
    self.frames = frames.reduce(0, +)
    idleRanks = molecules.count { $0 == 0 }
    waiting = min(1, sum(.wait) / available)
    exchange = min(1, sum(.exchange) / available)
    imbalance = mean > 0 ? max(0, (busy.max() ?? 0) / mean - 1) : 0
    worstStage = ranks > 1 ? working.max { excess($0) < excess($1) } : nil
    stages = Stage.allCases.map { sum($0) / Double(ranks) }
    let about = try results.file.group("/verglas")
    inputs = try about.textAttributes("input_hash")
    setting = Setting(
      models: try about.textAttributes("model_name"),
      modelHashes: try about.textAttributes("model_hash"),
      precision: try about.textAttribute("precision"), version: try about.textAttribute("version"),
      perMolecule: try about.textAttribute("per_molecule"),
      profile: try about.textAttribute("profile_axis"))
  }
}
