import Frames
import HDF5
import JobControl
import Serialization
import Trajectories

/// Checks that a results file is one that this run would have made, so that it can be completed:
/// inputs, models, every parameter, the layout.
///
/// Only reads, on one rank. All differences are reported together.
struct ResumeCheck {
  private let plan: AnalysisPlan
  private let path: String
  private var differences: [String] = []
  private var code = ExitCode.usage
  private var survey = ResumeSurvey()

  /// Attributes that may differ: those about user, time and host, and those that are compared
  /// separately. Options say themselves whether they are compared. The classes of guards follow
  /// from the models' hashes and --no-guard.
  private static let exempt: Set = [
    "command_line", "version", "libraries", "ranks", "results_format", "input_path", "input_size",
    "input_frames", "input_hash", "definitions", "guard",
  ]
  /// What an attribute means that a file does not have, because it was begun before there was the
  /// option.
  private static let absent: [String: RunDescription.Value] = [
    "structure": .text("none"), "no_guard": .text("yes"), "boundary": .text(""),
    "ensemble": .text("no"),
    "thermo_columns": .text(""), "order": .text(""), "rdf": .text("no"),
    "rdf_cutoff": .real(AnalysisOptions().pairRange),
    "network": .text("fp32"),
  ]
  /// Attributes that are data rather than options, and what messages call them.
  private static let data = [
    "model_name": "the models' names", "model_hash": "the models' hashes",
    "model_soap": "the models' SOAP parameters", "effective_cutoff": "the models' cutoffs",
    "mass_per_center": "the mass of a centre",
    "topology_hash": "the hashes of the atoms of --topology",
  ]

  /// Attributes that follow from options and data.
  private static let derived = [
    "layers": "the number of layers", "structure": "--structure", "network": "--network",
  ]

  init(_ plan: AnalysisPlan) {
    self.plan = plan
    path = plan.options.output
  }

  /// The state of the file.
  /// - Throws: `RunError` if it is not a results file, or not of this run: 64 if options differ, 65
  ///   if the file or the data do.
  mutating func run() throws -> ResumeSurvey {
    guard File.isHDF5(path) else { throw refusal("it is not an HDF5 file", .badData) }
    do {
      let file = try File.open(path)
      guard file.kind(of: "/verglas") == .group, file.kind(of: ResultsSchema.done) == .dataset
      else {
        throw refusal("it holds no results of verglas analyze", .badData)
      }
      let verglas = try file.group("/verglas")
      try checkVersion(verglas)
      try checkParameters(verglas)
      try checkInputs(verglas)
      if differences.isEmpty { try checkLayout(file) }
      if differences.isEmpty { try checkSteps(file) }
    } catch let error as HDF5Error where !error.isLockRefusal {
      throw refusal("it is damaged (\(error))", .badData)
    }
    if !differences.isEmpty { throw refusal(differences.joined(separator: "; "), code) }
    return survey
  }

  private func refusal(_ reason: String, _ code: ExitCode) -> RunError {
    RunError(
      "\(path) cannot be resumed: \(reason); repeat the command that started it, or use "
        + "--overwrite to start over",
      code)
  }

  private mutating func differ(_ what: String, found: String, expected: String, isData: Bool) {
    differences.append("\(what): it has \(found), this run \(expected)")
    if isData { code = .badData }
  }

  private func checkVersion(_ verglas: borrowing Group) throws {
    let format: Int64 =
      verglas.hasAttribute("results_format") ? try verglas.attribute("results_format") : 0
    let version = verglas.hasAttribute("version") ? try verglas.textAttribute("version") : "unknown"
    guard format == ResultsSchema.format, version == VerglasVersion.number else {
      throw refusal(
        "it was written by verglas \(version) (results format \(format)); this is "
          + "\(VerglasVersion.number) (format \(ResultsSchema.format)), whose results "
          + "may differ", .badData)
    }
  }

  private mutating func checkParameters(_ verglas: borrowing Group) throws {
    let options = Dictionary(
      plan.options.declared.compactMap(\.recorded).map { ($0.attribute, $0) },
      uniquingKeysWith: { first, _ in first })
    for (name, value) in ResultsSchema.description(of: plan, ranks: 1).values {
      if name == "libraries", let found = try RunDescription.read(name, like: value, from: verglas),
        found != value
      {
        survey.notes.append(
          "\(path) was started with other library versions (\(found.description)): last digits may "
            + "differ"
        )
      }
      guard !Self.exempt.contains(name), options[name]?.isCompared ?? true else { continue }
      let found =
        try RunDescription.read(name, like: value, from: verglas) ?? Self.absent[name]
      guard found != value else { continue }
      differ(
        options[name]?.option ?? Self.data[name] ?? Self.derived[name] ?? name,
        found: found?.description ?? "none", expected: value.description,
        isData: Self.data[name] != nil)
    }
  }

  /// Inputs are identified by content, because they may have moved. A file that has grown must
  /// begin with its earlier content.
  private mutating func checkInputs(_ verglas: borrowing Group) throws {
    let paths = try verglas.textAttributes("input_path")
    let sizes: [Int64] = try verglas.attributes("input_size")
    let frames: [Int64] = try verglas.attributes("input_frames")
    let hashes = try verglas.textAttributes("input_hash")
    guard paths.count == sizes.count, paths.count == frames.count, paths.count == hashes.count
    else {
      throw refusal(
        "it is damaged: its lists of inputs differ in length (\(paths.count) paths, \(sizes.count) "
          + "sizes, \(frames.count) numbers of frames, \(hashes.count) hashes)",
        .badData)
    }
    let sources = plan.trajectory.sources
    for (k, source) in sources.enumerated() where k < paths.count {
      let isLonger = source.size > sizes[k]
      let hash = isLonger ? try source.fingerprint(ofFirst: sizes[k]) : plan.fingerprints[k]
      if source.size < sizes[k] || hexadecimal(hash) != hashes[k] {
        differ(
          "input \(source.path)", found: "\(paths[k]) of \(sizes[k]) bytes with hash \(hashes[k])",
          expected:
            "one of \(source.size) bytes with "
            + "\(isLonger ? "different content" : "hash \(hexadecimal(hash))")",
          isData: true)
      } else if isLonger {
        survey.grows = true
        if !plan.options.extend {
          differ(
            "input \(source.path) has grown (--extend also analyses its new frames)",
            found: "\(sizes[k]) bytes",
            expected: "\(source.size)", isData: true)
        }
      }
    }
    if sources.count > paths.count { survey.grows = true }
    if sources.count < paths.count || sources.count > paths.count && !plan.options.extend {
      differ(
        "inputs", found: "\(paths.count) (\(paths.joined(separator: ", ")))",
        expected: "\(sources.count)", isData: true)
    }
    guard survey.grows, differences.isEmpty else { return }
    // Rows of the file must remain the rows of the run: the frames that existed before.
    let count = try Dataset.rows(of: ResultsSchema.done, in: verglas)
    for (row, frame) in plan.trajectory.frames.prefix(count).enumerated() {
      guard frame.file < paths.count, frame.ordinal < Int(frames[frame.file]) else {
        differ(
          "row \(row)", found: "an older frame",
          expected: "a new frame (step \(frame.step)) before it, which would shift its rows",
          isData: true)
        return
      }
    }
  }

  private mutating func checkLayout(_ file: borrowing File) throws {
    let count = try file.dataset(ResultsSchema.done).shape.first ?? 0
    guard survey.grows ? count <= plan.frameCount : count == plan.frameCount else {
      return differ("frames", found: "\(count)", expected: "\(plan.frameCount)", isData: true)
    }
    // New bytes without a new frame (a truncated last one): there is nothing to add.
    survey.grows = count < plan.frameCount
    survey.timingRows = try file.dataset("/timings/elapsed").shape.first ?? 0
    for entry in ResultsSchema(plan, ranks: survey.timingRows).entries {
      guard file.kind(of: entry.path) == .dataset else {
        // The name exists, but the object cannot be read.
        if file.exists(entry.path) {
          throw refusal("it is damaged: \(entry.path) is not a readable dataset", .badData)
        }
        differ("dataset \(entry.path)", found: "none", expected: "one", isData: true)
        continue
      }
      let dataset = try file.dataset(entry.path)
      var shape = entry.shape
      if entry.isPerFrame { shape[0] = count }
      if dataset.shape != shape || dataset.datatype != entry.type || !dataset.isContiguous {
        differ(
          "dataset \(entry.path)", found: "\(dataset.datatype) \(dataset.shape)",
          expected: "\(entry.type) \(shape)", isData: true)
      }
    }
    guard differences.isEmpty else { return }
    // In blocks, because the ids of ten million centres are never stored in full.
    let ids = try file.dataset("/particles/centers/id")
    let agrees = try stride(from: 0, to: plan.centerCount, by: ResultsSchema.idBlock).allSatisfy {
      first in
      let rows = first..<min(first + ResultsSchema.idBlock, plan.centerCount)
      return try ids.read(Int64.self, at: [first], count: [rows.count]) == plan.centerIDs.ids(rows)
    }
    guard agrees else {
      return differ(
        "centres", found: "other ids", expected: "those of the first frame", isData: true)
    }
    survey.marks = try file.dataset(ResultsSchema.done).readAll(UInt8.self)
    if let mark = survey.marks.first(where: { $0 > 2 }) {
      throw refusal("it is damaged: a frame is marked \(mark)", .badData)
    }
  }

  private mutating func checkSteps(_ file: borrowing File) throws {
    let steps = try file.dataset(ResultsSchema.step).readAll(Int64.self)
    for (row, frame) in plan.trajectory.frames.prefix(steps.count).enumerated()
    where survey.marks[row] == 1 && steps[row] != frame.step {
      return differ(
        "row \(row)", found: "step \(steps[row])", expected: "step \(frame.step)", isData: true)
    }
  }
}

extension Dataset {
  /// Length along the first dimension.
  fileprivate static func rows(of path: String, in group: borrowing Group) throws -> Int {
    try group.dataset(path).shape.first ?? 0
  }
}
