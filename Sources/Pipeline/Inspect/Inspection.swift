import Frames
import Geometry
import H5MD
import HDF5
import JobControl
import MPI
import Models
import Training
import Trajectories

import Glibc

/// `verglas inspect`: shows the contents of files. It only reads, and only headers and the first
/// frame of trajectories.
public enum Inspection {
  /// The contents of an HDF5 file that another module writes; nil if the file is none of its.
  public typealias Summary = @Sendable (borrowing File) throws -> [String]?

  /// Runs on all ranks; rank 0 prints.
  ///
  /// - Parameter others: describes the files that `Learning` writes.
  public static func run(
    _ options: InspectionOptions, others: Summary, on world: Communicator
  ) throws -> ExitCode {
    try world.together { try options.validate() }
    if options.follows {
      try world.together {
        guard world.isRoot else { return }
        try FollowedRun(path: options.files[0], interval: options.interval).run { line in
          print(line)
          fflush(nil)
        }
      }
    }
    var trajectories: [String] = [], lines: [String] = []
    for path in options.files {
      switch kind(of: path) {
      case .results:
        lines += try world.together { world.isRoot ? try contents(ofHDF5: path, others) : [] }
      case .model:
        lines += describe(
          try openModels([path], reserved: ObservableKinds.reservedNames, on: world)[0], path: path)
      case .trajectory: trajectories.append(path)
      }
    }
    let models = try openModels(options.models, reserved: ObservableKinds.reservedNames, on: world)
    for (model, path) in zip(models, options.models) { lines += describe(model, path: path) }
    if !trajectories.isEmpty {
      let trajectory = try openTrajectory(
        trajectories, topologies: options.topologies, selection: options.frames,
        strict: options.strict, boundary: options.boundary, on: world)
      var warnings = trajectory.warnings
      lines += try world.together {
        world.isRoot ? try describe(trajectory, options, models, &warnings) : []
      }
      if world.isRoot { for warning in warnings { Log.print("verglas: warning: \(warning)") } }
    }
    if world.isRoot, !options.quiet { for line in lines { print(line) } }
    return .done
  }

  private enum Kind { case trajectory, model, results }

  /// Distinguished by content; a pattern is a trajectory.
  private static func kind(of path: String) -> Kind {
    // A pipe must not block: the trajectory reader refuses everything that is not a regular file.
    var status = stat()
    if stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFREG { return .trajectory }
    if File.isHDF5(path) { return H5MDStore.isTrajectory(path) ? .trajectory : .results }
    if [".safetensors", ".pt", ".pth", ".ckpt", ".pkl"].contains(where: path.hasSuffix)
      || ModelFile.isModel(path: path)
    {
      return .model
    }
    return .trajectory
  }

  private static func describe(_ model: Model, path: String) -> [String] {
    let soap = model.soap
    let shape = ([model.featureCount] + model.layers.map(\.outputs)).map(String.init).joined(
      separator: " → ")
    var lines = [
      "\(path): model \(model.name)",
      "  classes      \(model.classes.joined(separator: ", "))",
      "  network      \(shape), tanh, softmax",
      "  SOAP         species \(soap.species.joined(separator: ",")), centre \(soap.center), r_cut "
        + "\(soap.r_cut) Å, n_max \(soap.n_max), l_max \(soap.l_max), sigma \(soap.sigma) Å, rbf "
        + "\(soap.rbf), blocks \(soap.blocks?.joined(separator: ",") ?? "all")",
    ]
    if let parameters = try? model.soapParameters(path: path) {
      lines.append(
        "  reach        atoms contribute up to \(Log.fixed(parameters.effectiveCutoff, 4)) Å from "
          + "the centre"
      )
    }
    if let distance = model.neighborCutoff {
      lines.append("  neighbours   centres within \(Log.fixed(distance, 3)) Å")
    }
    if let temperature = model.temperature {
      lines.append(
        "  temperature  \(Log.fixed(temperature, 4)): logits are divided by it (train --calibrate)")
    }
    if let pca = model.principalComponents {
      lines.append("  PCA          \(pca.count) components")
    }
    lines.append(
      "  guard        "
        + (model.guardHead.map { "recognises \($0.classes.dropFirst().joined(separator: ", "))" }
          ?? "none: environments that belong to no class are labelled like all others"))
    lines.append(
      "  familiarity  "
        + (model.familiarity.map {
          "\($0.scoreCount) scores; a warning if \(Log.fixed($0.warningShare * 100, 0)) % of a "
            + "frame's environments are unlike the training data"
        } ?? "none: no warning about frames that are unlike the training data"))
    if let check = model.check {
      let rows = check.features.count / model.featureCount
      lines.append("  check        \(rows) row(s) of known probabilities agree")
    }
    if let training = model.training {
      lines.append(
        "  training     \(TrainingRecord.summary(ofJSON: training) ?? String(training.prefix(400)))"
      )
    }
    lines.append("  hash         \(model.hash)")
    return lines
  }

  private static func describe(
    _ trajectory: Trajectory, _ options: InspectionOptions, _ models: [Model],
    _ warnings: inout [String]
  ) throws -> [String] {
    var lines: [String] = []
    for (source, index) in zip(trajectory.sources, trajectory.indexes) {
      let steps =
        index.frames.first.map { first in
          let last = index.frames.last?.step ?? first.step
          return last == first.step ? "step \(last)" : "steps \(first.step) to \(last)"
        } ?? "no frame"
      lines.append(
        "\(source.path): \(source.format.name), "
          + (source.compression == .none ? "plain" : "\(source.compression)")
          + ", \(Log.grouped(Int(source.size))) bytes, "
          + "\(Log.counted(index.frames.count, "frame")), \(steps)")
    }
    let counts = Set(trajectory.frames.map(\.atomCount))
    if counts.count > 1 {
      lines.append(
        "  note         frames have different numbers of atoms "
          + "(\(counts.sorted().map(String.init).joined(separator: ", "))): analyze requires the "
          + "same number in all"
      )
    }
    let map = try SpeciesMap(names: ["O"], types: options.types)
    let reader = TrajectoryReader(trajectory, species: map)
    guard let first = trajectory.frames.first else { return lines }
    let header = try reader.header(of: first)
    let census = try reader.census(of: first, header: header)
    let damaged = trajectory.frames.enumerated().filter { !$1.isSound }
    let heights = header.cell.heights
    lines.append(
      "  frames       \(trajectory.frames.count) of \(trajectory.availableFrameCount) selected")
    if !damaged.isEmpty {
      let places =
        damaged.prefix(10).map { "\($0.offset)" }.joined(separator: ", ")
        + (damaged.count > 10 ? ", …" : "")
      lines.append(
        "  damaged      \(damaged.count) of them (\(places) of the selected): analyze stops at "
          + "them, or skips them with --on-bad-frame skip"
      )
    }
    lines.append(
      "  first frame  step \(header.step)\(header.time.map { ", time \($0) ps" } ?? ""), "
        + "\(Log.grouped(header.atomCount)) atoms"
    )
    lines.append("  cell         " + describe(header.cell))
    lines.append(
      "  thickness    \(Log.fixed(heights.x, 3)) × \(Log.fixed(heights.y, 3)) × "
        + "\(Log.fixed(heights.z, 3)) Å"
    )
    if let columns = header.columns {
      lines.append(
        "  columns      \(columns.names.joined(separator: " ")) (positions: "
          + "\(columns.coordinates.rawValue))"
      )
    }
    let species = census.sorted { $0.key < $1.key }.map { key, count in
      let symbol = map.types.species(of: key).map { _ in map.countedName(key) }
      return "\(symbol.map { "\(key)=\($0)" } ?? key): \(Log.grouped(count))"
    }
    lines.append(
      "  atoms        "
        + (species.isEmpty
          ? "not named in the file: add --topology FILE" : species.joined(separator: ", ")))
    for note in header.notes { lines.append("  note         \(note)") }
    warnings += try frameWarnings(first, of: trajectory, options, models, census: census)
    if !models.isEmpty {
      lines += try Estimate(trajectory, options, models).lines(ranks: options.ranks)
    }
    return lines
  }

  private static func describe(_ cell: Cell) -> String {
    func text(_ v: Vector) -> String {
      "(\(Log.fixed(v.x, 4)) \(Log.fixed(v.y, 4)) \(Log.fixed(v.z, 4)))"
    }
    let periodic = (0..<3).map { cell.repeats(along: $0) ? "p" : "f" }.joined(separator: " ")
    return
      "a \(text(cell.a)) b \(text(cell.b)) c \(text(cell.c)) Å, origin \(text(cell.origin)), "
      + "boundaries \(periodic)"
  }

  /// The contents of an HDF5 file that is not a trajectory; one that the library cannot read is a
  /// data error.
  private static func contents(ofHDF5 path: String, _ others: Summary) throws -> [String] {
    do { return try GuardedReads.guarded(reading: path) { try results(path, others) } } catch let
      error
      as HDF5Error where !error.isLockRefusal
    {
      throw RunError(
        "\(path): the file is truncated or damaged, or was not written by verglas: \(error)",
        .badData)
    }
  }

  private static func results(_ path: String, _ others: Summary) throws -> [String] {
    let file = try File.open(path)
    if file.exists("/interface") { return try interfaces(file) }
    guard file.exists("/verglas") else {
      if let summary = try others(file) { return summary }
      if file.exists("/soap/value") {
        let shape = try file.dataset("/soap/value").shape
        return [
          "\(path): SOAP vectors, \(Log.counted(shape[0], "frame")), \(shape[1]) centres, "
            + "\(shape[2]) features"
        ] + (try soap(file))
      }
      throw RunError(
        "\(path): an HDF5 file that verglas did not write (no group /verglas)", .badData)
    }
    let done = try file.dataset("/verglas/done").readAll(UInt8.self)
    let group = try file.group("/verglas")
    let complete = done.filter { $0 == 1 }.count, skipped = done.filter { $0 == 2 }.count
    let ids = try file.dataset("/particles/centers/id").shape[0]
    let unit = try ResultsOutline.units(file).first ?? "molecule"
    var lines = [
      "\(path): results of verglas \(try group.textAttribute("version"))",
      "  command      \(try group.textAttribute("command_line"))",
      "  frames       \(done.count): \(complete) done, \(skipped) skipped, "
        + "\(done.count - complete - skipped) missing",
      "  \(TextTable.pad("\(unit)s", 13))\(Log.grouped(ids))",
    ]
    let steps = zip(try file.dataset("/particles/centers/box/edges/step").readAll(Int64.self), done)
      .filter { $1 == 1 }.map(\.0)
    if let first = steps.min(), let last = steps.max() {
      lines.append("  steps        \(first)" + (last == first ? "" : " to \(last)"))
    }
    for name in try group.textAttributes("model_name") {
      let observables = try file.group(
        "/observables/\(ResultsSchema.groupName(name))")
      lines.append(
        "  model        \(name): "
          + "\(try observables.textAttributes("classes").joined(separator: ", "))"
      )
      lines += try ModelFamiliarity.summary(
        of: file, ResultsSchema.groupName(name), unit: unit, done: done)
    }
    lines.append("  inputs       \(try group.textAttributes("input_path").joined(separator: ", "))")
    let thresholds = try group.attributes("thresholds", as: Double.self).map { "\($0)" }
    lines.append("  thresholds   \(thresholds.joined(separator: ", "))")
    let axis = try group.textAttribute("profile_axis")
    if axis != "none" {
      let layers = try group.attribute("layers", as: Int64.self),
        width = try group.attribute("layer_width", as: Double.self)
      lines.append("  profile      along \(axis), \(layers) layers of about \(width) Å")
    }
    for (label, name) in [
      ("regions", "regions"), ("neighbours", "neighbor_count"), ("thermo", "thermo"),
      ("stored", "per_molecule"),
    ] {
      let text = try group.textAttribute(name)
      if !text.isEmpty {
        let what = name == "per_molecule" ? "for each \(unit): " : ""
        lines.append("  \(TextTable.pad(label, 13))\(what)\(text)")
      }
    }
    lines += try observables(file)
    guard complete > 0 else { return lines }
    let summary = try ResultsSummary(path)
    return lines + [""] + (try summary.lines())
  }

  /// The names of the file's observables in the CSV table.
  private static func observables(_ file: borrowing File) throws -> [String] {
    let groups = try file.group("/verglas").textAttributes("model_name").map {
      ResultsSchema.groupName($0)
    }
    var names: [String] = []
    for dataset in ObservableKinds.declarations {
      guard let name = dataset.table, !names.contains(name) else { continue }
      let isThere = (groups.isEmpty ? [""] : groups).contains { group in
        var binding = ObservableBinding()
        binding.model = group
        let steps = dataset.path.split(separator: "/")
        let known = steps.prefix { $0 != "NAME" }.map { "/" + $0 }.joined()
        return file.exists(binding.path(steps.contains("NAME") ? known : dataset.valuePath))
      }
      if isThere { names.append(name) }
    }
    return names.isEmpty ? [] : ["  observables  \(names.joined(separator: ", "))"]
  }

  /// The parameters of SOAP vectors.
  private static func soap(_ file: borrowing File) throws -> [String] {
    let group = try file.group("/soap")
    return [
      "  SOAP         species \(try group.textAttributes("species").joined(separator: ",")), "
        + "centre \(try group.textAttribute("center")), r_cut "
        + "\(try group.attribute("r_cut", as: Double.self)) Å, n_max "
        + "\(try group.attribute("n_max", as: Int64.self)), l_max "
        + "\(try group.attribute("l_max", as: Int64.self)), sigma "
        + "\(try group.attribute("sigma", as: Double.self)) Å",
      "  command      \(try group.textAttribute("command_line"))",
    ]
  }

  /// The contents of an interface.h5.
  private static func interfaces(_ file: borrowing File) throws -> [String] {
    let about = try file.group("/verglas")
    var lines = [
      "\(file.path): interfaces found by verglas \(try about.textAttribute("version")) in "
        + "\(try about.textAttribute("results"))",
      "  command      \(try about.textAttribute("command_line"))",
    ]
    for name in try file.group("/interface").children() {
      let group = try file.group("/interface/\(name)")
      let count = try file.dataset("/interface/\(name)/rises").shape.first ?? 0
      let frames = try file.dataset("/interface/\(name)/frame/row").shape.first ?? 0
      lines.append(
        "  model        \(try group.textAttribute("model")): \(Log.counted(count, "interface")) of "
          + "\(try group.textAttribute("class")) along "
          + "\(try group.textAttribute("axis")), \(Log.counted(frames, "frame"))")
    }
    return lines
  }
}
