import Frames
import HDF5
import JobControl
import MPI
import Serialization

/// Every dataset of results.h5, with path, type, shape, unit and meaning, derived from the plan.
struct ResultsSchema {
  struct Entry {
    let path: String
    let type: Datatype
    let shape: [Int]
    var unit: String? = nil
    var text: String? = nil
    var fill: Fill = .none

    /// Whether the first dimension is the frame.
    var isPerFrame: Bool { !path.hasPrefix("/timings/") && path != "/particles/centers/id" }
  }

  private(set) var entries: [Entry] = []
  private var elements: [String] = []
  private let plan: AnalysisPlan
  private let ranks: Int

  /// Name of a model's groups.
  static func groupName(_ name: String) -> String {
    name.map { $0 == "/" ? "_" : String($0) }.joined()
  }

  static let done = "/verglas/done"
  static let reasons = "/verglas/skip_reason"
  static let step = "/particles/centers/box/edges/step"
  static let time = "/particles/centers/box/edges/time"
  static let sessions = "/timings/sessions"
  static let reasonBytes = 256
  /// Ids per write.
  static let idBlock = 1 << 20
  /// Increased when the contents of the file change.
  static let format: Int64 = 1

  init(_ plan: AnalysisPlan, ranks: Int) {
    self.plan = plan
    self.ranks = ranks
    let f = plan.frameCount, n = plan.centerCount
    entries.append(
      Entry(
        path: Self.done, type: .uint8, shape: [f],
        text: "1: the frame's data are complete; 2: skipped; 0: neither", fill: .integer(0)))
    if plan.options.skipsBadFrames {
      entries.append(
        Entry(
          path: Self.reasons, type: .text(bytes: Self.reasonBytes), shape: [f],
          text: "why a frame was skipped"))
    }
    entries.append(
      Entry(
        path: "/particles/centers/id", type: .int64, shape: [n],
        text: "atom ids of the centres, ascending"))
    entries.append(
      Entry(
        path: Self.step, type: .int64, shape: [f], text: "MD step; −1 in frames that are not done",
        fill: .integer(-1)))
    entries.append(
      Entry(
        path: Self.time, type: .float64, shape: [f], unit: "ps",
        text: "time; NaN where it is not known", fill: .real(.nan))
    )
    for dataset in plan.observables.datasets where dataset.declaration.isStored {
      let head = dataset.declaration.scope == .molecule ? [f, n] : [f]
      if let element = dataset.element { elements.append(element) }
      entries.append(
        Entry(
          path: dataset.path, type: dataset.type, shape: head + dataset.shape, unit: dataset.unit,
          text: dataset.text))
    }
    for stage in Stage.allCases {
      entries.append(
        Entry(
          path: "/timings/\(stage.name)", type: .float64, shape: [ranks], unit: "s",
          text: "seconds of each rank", fill: .real(0)))
    }
    for (name, text) in Timings.countNames {
      entries.append(
        Entry(path: "/timings/\(name)", type: .int64, shape: [ranks], text: text, fill: .integer(0))
      )
    }
    entries.append(
      Entry(
        path: "/timings/elapsed", type: .float64, shape: [ranks], unit: "s",
        text: "wall time of each rank, first frame to last",
        fill: .real(0)))
    entries.append(
      Entry(
        path: Self.sessions, type: .int64, shape: [1],
        text:
          "sessions that wrote to this file and ended; after several, the other timings are "
          + "sums over sessions, rank r in row r mod rows",
        fill: .integer(0)))
  }

  /// Bytes of all datasets.
  var size: Int { entries.reduce(0) { $0 + $1.shape.reduce($1.type.byteCount, *) } }

  /// The values of a dataset in frames that are not complete: NaN, −1. Per-molecule values, which
  /// are nearly all of the file, are not filled, because one rank would write them all; they read
  /// as zeros, and probabilities that add up to zero are invalid.
  private func fill(of entry: Entry) -> Fill {
    let isSmall =
      entry.path.hasPrefix("/observables/") || entry.path.hasPrefix("/particles/centers/box/")
    guard entry.fill == .none, isSmall else { return entry.fill }
    switch entry.type {
    case .real: return .real(.nan)
    case .integer(bits: 64, isSigned: true): return .integer(-1)
    default: return .none
    }
  }

  /// Groups of datasets below /observables/MODEL that are made elements too, and the dataset that
  /// their `value` is: MDAnalysis reads `value` of everything at this depth, and refuses the file
  /// otherwise.
  private var outerElements: [(group: String, value: String)] {
    var found: [(String, String)] = []
    for (name, leaf) in [
      ("profile", "probability"), ("profile", "phase_fraction"), ("region", "phase_count/value"),
    ] {
      for entry in entries where entry.path.hasPrefix("/observables/") {
        let words = entry.path.split(separator: "/").map(String.init)
        guard words.count >= 4, words[2] == name, entry.path.hasSuffix("/\(leaf)") else {
          continue
        }
        let group = "/" + words.prefix(3).joined(separator: "/")
        if !found.contains(where: { $0.0 == group }) { found.append((group, entry.path)) }
      }
    }
    return found
  }

  /// Creates all groups, datasets, links and attributes, and writes the constant values; on one
  /// rank.
  func layOut(in file: borrowing File) throws {
    do {
      let h5md = try file.createGroup("/h5md")
      try h5md.setAttribute("version", to: [Int32(1), Int32(1)])
      let author = try file.createGroup("/h5md/author")
      try author.setAttribute("name", to: Program.userName)
      let creator = try file.createGroup("/h5md/creator")
      try creator.setAttribute("name", to: "verglas")
      try creator.setAttribute("version", to: VerglasVersion.number)
    }
    for entry in entries {
      let dataset = try file.createDataset(
        entry.path, entry.type, shape: entry.shape, fill: fill(of: entry))
      if let unit = entry.unit { try dataset.setAttribute("unit", to: unit) }
      if let text = entry.text { try dataset.setAttribute("description", to: text) }
    }
    for element in elements {
      for name in ["step", "time"] where !file.exists("\(element)/\(name)") {
        try file.link(from: "\(element)/\(name)", to: name == "step" ? Self.step : Self.time)
      }
    }
    for (group, path) in outerElements { try file.link(from: "\(group)/value", to: path) }
    do {
      let ids = try file.dataset("/particles/centers/id")
      for first in stride(from: 0, to: plan.centerCount, by: Self.idBlock) {
        let rows = first..<min(first + Self.idBlock, plan.centerCount)
        try ids.write(plan.centerIDs.ids(rows), at: [rows.lowerBound], count: [rows.count])
      }
      let box = try file.group("/particles/centers/box")
      try box.setAttribute("dimension", to: Int32(3))
      try box.setAttribute("boundary", to: plan.boundary)
    }
    for observable in plan.observables.members { try observable.describe(in: file) }
    let verglas = try file.group("/verglas")
    try Self.description(of: plan, ranks: ranks).write(to: verglas)
  }

  /// Everything that the results depend on, as attributes of /verglas.
  static func description(of plan: AnalysisPlan, ranks: Int) -> RunDescription {
    let options = plan.options
    var group = RunDescription()
    group.setAttribute("results_format", to: format)
    group.setAttribute("command_line", to: options.commandLine)
    group.setAttribute("version", to: VerglasVersion.number)
    group.setAttribute("libraries", to: VerglasVersion.libraries)
    group.setAttribute("ranks", to: Int64(ranks))
    let sources = plan.trajectory.sources
    group.setAttribute("input_path", to: sources.map(\.path))
    group.setAttribute("input_size", to: sources.map(\.size))
    group.setAttribute("input_frames", to: plan.trajectory.indexes.map { Int64($0.frames.count) })
    group.setAttribute("input_hash", to: plan.fingerprints.map { hexadecimal($0) })
    let topologies = plan.trajectory.topologies.map { hexadecimal($0.fingerprint) }
    group.setAttribute("topology_hash", to: topologies.isEmpty ? [""] : topologies)
    group.setAttribute("model_name", to: plan.models.map(\.name))
    group.setAttribute("model_hash", to: plan.networks.map(\.hash))
    group.setAttribute("model_soap", to: plan.models.map(\.soapJSON))
    group.setAttribute(
      "effective_cutoff",
      to: plan.sets.setOfModel.prefix(plan.models.count).map {
        plan.sets.parameters[$0].effectiveCutoff
      })
    group.setAttribute("layers", to: Int64(plan.layers?.count ?? 0))
    group.setAttribute("mass_per_center", to: plan.massPerCenter ?? 0)
    group.setAttribute("structure", to: plan.findsStructures ? "chill+" : "none")
    if options.precision == .single {
      group.setAttribute("network", to: plan.network.rawValue)
    }
    if options.usesGuard,
      plan.models.contains(where: { $0.guardHead != nil || $0.familiarity != nil })
    {
      group.setAttribute(
        "guard",
        to: plan.models.map { $0.guardHead?.classes.joined(separator: ",") ?? "none" })
    }
    group.add(options)
    group.setAttribute(
      "definitions",
      to: """
        label: the class whose probability exceeds the threshold, else IA; interfacial: IA with \
        neighbours of at least two confident phases; isolated: IA whose neighbours, at least one, \
        are all of one confident phase; other: the rest; cluster: connected component of one \
        phase, named by its smallest id; positions, lengths in Angstrom, time in ps
        """)
    return group
  }
}

extension AnalysisPlan {
  /// H5MD boundary words, from the first frame's cell.
  var boundary: [String] { periodic.map { $0 ? "periodic" : "none" } }
}
