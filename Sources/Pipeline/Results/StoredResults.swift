import Geometry
import HDF5
import JobControl
import Models

/// A results.h5 opened for reading, for `interface` and `export`. It is checked when it is opened,
/// so that a foreign or damaged file gives one message and not a chain of library errors.
struct StoredResults: ~Copyable {
  let file: File
  /// The description of the file.
  let outline: ResultsOutline

  /// Opens a file.
  ///
  /// - Throws: `RunError`: missing (66), not HDF5, not of `analyze`, or without a complete frame
  ///   (65).
  static func open(_ path: String) throws -> StoredResults {
    try requireRegularFile(path)
    guard File.isHDF5(path) else {
      throw RunError(
        "\(path): expected a results file of verglas analyze (HDF5), found a file of another kind",
        .badData
      )
    }
    do {
      let file = try File.open(path)
      let outline = try ResultsOutline(file)
      return StoredResults(file: file, outline: outline)
    } catch let error as HDF5Error where !error.isLockRefusal {
      throw RunError("\(path): not a complete results file of verglas analyze: \(error)", .badData)
    }
  }

  /// Opens a file for `body`; HDF5 errors in it are attributed to the file.
  static func reading(_ path: String, _ body: (borrowing StoredResults) throws -> Void) throws {
    let results = try open(path)
    do { try body(results) } catch let error as HDF5Error where !error.isLockRefusal {
      throw RunError("\(path): \(error): the file is damaged; use another copy", .badData)
    }
  }

  private init(file: consuming File, outline: ResultsOutline) {
    self.file = file
    self.outline = outline
  }

  /// Reads rows of a dataset [F, …] whose other dimensions must be `shape`.
  ///
  /// - Throws: `RunError` (bad data) naming the dataset.
  func read<T: HDF5Scalar>(
    _ path: String, row: Int, count: Int = 1, shape: [Int], as type: T.Type = T.self
  ) throws -> [T] {
    do {
      let dataset = try file.dataset(path)
      let expected = [outline.frameCount] + shape
      guard dataset.shape == expected else {
        throw RunError(
          "\(outline.path): \(path): expected shape \(expected), found \(dataset.shape)", .badData)
      }
      return try dataset.read(type, at: [row] + shape.map { _ in 0 }, count: [count] + shape)
    } catch let error as HDF5Error where !error.isLockRefusal {
      throw RunError("\(outline.path): \(error)", .badData)
    }
  }

  /// The cell of a row.
  func cell(row: Int) throws -> Cell {
    let e = try read(
      "/particles/centers/box/edges/value", row: row, shape: [3, 3], as: Double.self)
    let o = try read("/particles/centers/box/origin/value", row: row, shape: [3], as: Double.self)
    let cell: Cell
    do {
      cell = try Cell(
        a: Vector(e[0], e[1], e[2]), b: Vector(e[3], e[4], e[5]), c: Vector(e[6], e[7], e[8]),
        origin: Vector(o[0], o[1], o[2]),
        isPeriodic: (outline.isPeriodic[0], outline.isPeriodic[1], outline.isPeriodic[2]))
    } catch {
      throw RunError("\(outline.path): the cell of frame \(row): \(error)", .badData)
    }
    // `analyze` refuses cells thinner than a fiftieth of an Å.
    let thickness = min(cell.heights.x, cell.heights.y, cell.heights.z)
    guard thickness > 1e-3 else {
      throw RunError(
        "\(outline.path): the cell of frame \(row): it is only \(thickness) Å thick, which analyze "
          + "refuses: the file is damaged",
        .badData)
    }
    return cell
  }

  /// A series over all frames stored by `--thermo` [F]; nil if it is missing.
  func thermo(_ name: String) throws -> [Double]? {
    let place = "/observables/\(name)/value"
    return file.exists(place)
      ? try read(place, row: 0, count: outline.frameCount, shape: [], as: Double.self) : nil
  }

  /// An attribute of /verglas; nil if it is missing.
  func text(_ attribute: String) throws -> String? {
    let group = try file.group("/verglas")
    return group.hasAttribute(attribute) ? try? group.textAttribute(attribute) : nil
  }
}

/// The description of a results file: frames, models, steps.
struct ResultsOutline: Sendable {
  /// The results of one model.
  struct StoredModel: Sendable {
    let name: String
    /// Name of its groups in the file.
    let group: String
    /// Classes in the model's order, without IA.
    let classes: [String]
    let thresholds: [Double]
    /// Whether its guard labelled molecules unfamiliar.
    var hasUnfamiliar = false
    /// The word for a centre: a molecule of water, an atom of other substances.
    var unit = "molecule"
  }

  let path: String
  /// Rows of the complete frames, ascending.
  let rows: [Int]
  /// All frames of the run, complete or not.
  let frameCount: Int
  /// Number of molecules.
  let moleculeCount: Int
  /// MD step and time in ps of every row [F].
  let steps: [Int64], times: [Double]
  let models: [StoredModel]
  /// Whether each axis is periodic.
  let isPeriodic: [Bool]

  /// Reads and checks it.
  ///
  /// - Throws: `RunError` (bad data) or `HDF5Error`.
  init(_ file: borrowing File) throws {
    let path = file.path
    guard file.kind(of: "/verglas/done") == .dataset else {
      let what =
        file.exists("/dataset")
        ? "a dataset of verglas sample"
        : file.exists("/soap") ? "SOAP vectors of verglas describe" : "another file"
      throw RunError(
        "\(path): expected a results file of verglas analyze (with /verglas/done in it), found "
          + "\(what)",
        .badData)
    }
    let done = try file.dataset("/verglas/done").readAll(UInt8.self)
    let steps = try file.dataset(ResultsSchema.step).readAll(Int64.self)
    let times = try file.dataset(ResultsSchema.time).readAll(Double.self)
    let isPeriodic = try file.group("/particles/centers/box").textAttributes("boundary").map {
      $0 == "periodic"
    }
    guard steps.count == done.count, times.count == done.count, isPeriodic.count == 3 else {
      throw RunError(
        "\(path): \(done.count) frames, but \(steps.count) steps, \(times.count) times and "
          + "\(isPeriodic.count) boundaries",
        .badData)
    }
    self.path = path
    frameCount = done.count
    rows = done.indices.filter { done[$0] == 1 }
    self.steps = steps
    self.times = times
    self.isPeriodic = isPeriodic
    moleculeCount = try file.dataset("/particles/centers/id").shape.first ?? 0
    let units = try Self.units(file)
    models = try file.group("/verglas").textAttributes("model_name").enumerated().map {
      try Self.model($1, unit: units.indices.contains($0) ? units[$0] : units.first, file)
    }
    guard !rows.isEmpty else {
      throw RunError(
        "\(path): none of its \(frameCount) frames is complete; run analyze to its end first",
        .badData)
    }
  }

  /// Where the numbers of unfamiliar molecules of a model's group are.
  static func unfamiliarCountPath(_ group: String) -> String {
    "/observables/\(group)/unfamiliar_count/value"
  }

  /// The words for a centre of the models in a results file; none in files without `model_soap`.
  static func units(_ file: borrowing File) throws -> [String] {
    let group = try file.group("/verglas")
    guard group.hasAttribute("model_soap") else { return [] }
    return try group.textAttributes("model_soap").map {
      SOAPDescription.isOfWater(inJSON: $0) == false ? "atom" : "molecule"
    }
  }

  private static func model(_ name: String, unit: String?, _ file: borrowing File) throws
    -> StoredModel
  {
    let group = ResultsSchema.groupName(name)
    let observables = try file.group("/observables/\(group)")
    let classes = try observables.textAttributes("classes")
    guard classes.count >= 3, classes.last == "IA" else {
      throw RunError(
        "\(file.path): /observables/\(group): expected at least two classes and IA, found "
          + "\(classes.joined(separator: ", "))",
        .badData)
    }
    return StoredModel(
      name: name, group: group, classes: Array(classes.dropLast()),
      thresholds: try observables.attributes("thresholds"),
      hasUnfamiliar: file.exists(unfamiliarCountPath(group)), unit: unit ?? "molecule")
  }

  /// Steps of the complete frames.
  var completeSteps: [Int64] { rows.map { steps[$0] } }

  /// Warnings about a file that is not complete.
  var warning: String? {
    rows.count == frameCount
      ? nil
      : "\(path): \(frameCount - rows.count) of \(frameCount) frames are missing or were skipped; "
        + "they are omitted"
  }

  /// The models with the given names, of this outline or of `others`; all models of the outline if
  /// there are no names.
  ///
  /// - Throws: `RunError` (usage) that lists the names.
  func models(named names: [String], beside others: [StoredModel] = []) throws -> [StoredModel] {
    guard !names.isEmpty else { return models }
    let all = models + others
    return try names.map { name in
      guard let model = all.first(where: { $0.name == name }) else {
        throw RunError(
          "--model: \(path) has no model \(name); it has "
            + "\(all.map(\.name).joined(separator: ", "))",
          .usage)
      }
      return model
    }
  }
}
