import HDF5
import JobControl
import Profiles

/// The closing table of a results file, from the rows of its complete frames.
///
/// Reads observables of frames only, in blocks of rows; files that are still written can be
/// summarised too.
final class ResultsSummary {
  let results: StoredResults
  private let outline: ResultsOutline
  /// Rows, and numbers, that are read at once.
  private static let block = 4096, most = 1 << 22

  /// The complete frames that are summarised.
  private let rows: [Int]

  /// - Parameter rows: complete frames; nil: all.
  /// - Throws: `RunError` if the file holds no complete frame.
  init(_ path: String, rows: [Int]? = nil) throws {
    let results = try StoredResults.open(path)
    outline = results.outline
    self.rows = rows ?? results.outline.rows
    self.results = results
  }

  /// All lines.
  func lines() throws -> [String] {
    var lines: [String] = []
    for model in outline.models {
      lines += try phases(of: model)
      lines += try familiarity(of: model)
      lines += try interfaces(of: model)
      lines += try order(of: model)
    }
    lines += try neighborCount()
    return lines + (try structures())
  }

  /// The totals as a CSV table: molecules of each phase in all frames, their fraction, and the
  /// largest cluster in any frame; the kinds of IA molecules by their number.
  func table() throws -> [String] {
    var lines = ["model,phase,molecules,fraction,largest_cluster"]
    func field(_ text: String) -> String {
      text.contains { ",\"\n\r".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
    for model in outline.models where hasCounts(model) {
      let (names, counts) = try counts(of: model), largest = try largest(of: model)
      let total = Double(max(counts.reduce(0, +), 1)), name = field(model.name)
      for (k, phase) in names.enumerated() {
        lines.append(
          "\(name),\(field(phase)),\(counts[k]),\(Double(counts[k]) / total),\(largest[k])")
      }
      let kinds = try sums("/observables/\(model.group)/intermediate_count/value", first: 3)
      for (kind, count) in zip(["interfacial", "isolated", "other"], kinds) {
        lines.append("\(name),IA \(kind),\(count),\(Double(count) / total),")
      }
    }
    return lines
  }

  /// `M2-OH: LDA 0.514, HDA 0.465, IA 0.021` for each model, and a warning if frames were marked
  /// as unlike its training data.
  func fractions() throws -> [String] {
    try outline.models.filter { hasCounts($0) }.flatMap { model in
      let (names, counts) = try counts(of: model)
      let total = Double(max(counts.reduce(0, +), 1))
      let shares = zip(names, counts).map { "\($0) \(Log.fixed(Double($1) / total, 3))" }
      let warnings = "/observables/\(model.group)/familiarity_warning/value"
      let warned = results.file.exists(warnings) ? try sums(warnings, first: 1)[0] : 0
      let frames = Log.counted(rows.count, "frame")
      return ["\(model.name): \(shares.joined(separator: ", "))"]
        + (warned == 0 ? [] : ["warning: \(warned) of \(frames) unlike its training data"])
    }
  }

  private func hasCounts(_ model: ResultsOutline.StoredModel) -> Bool {
    ["phase_count", "largest_cluster", "intermediate_count"].allSatisfy {
      results.file.exists("/observables/\(model.group)/\($0)/value")
    }
  }

  /// Molecules of all complete frames by label at the primary threshold.
  private func counts(of model: ResultsOutline.StoredModel) throws -> (
    names: [String], counts: [Int64]
  ) {
    let k = model.classes.count + 1, path = "/observables/\(model.group)"
    var names = model.classes + ["IA"]
    var counts = try sums("\(path)/phase_count/value", first: k)
    if model.hasUnfamiliar {
      names.append(ModelFamiliarity.label)
      counts += try sums(ResultsOutline.unfamiliarCountPath(model.group), first: 1)
    }
    return (names, counts)
  }

  private func phases(of model: ResultsOutline.StoredModel) throws -> [String] {
    guard hasCounts(model) else { return [] }
    let (names, counts) = try counts(of: model)
    var lines = TextTable.fractions(
      of: model.name, names, counts, largest: try largest(of: model))
    let kinds = try sums("/observables/\(model.group)/intermediate_count/value", first: 3)
    let all = kinds.reduce(0, +)
    if all > 0 {
      let shares = kinds.map { Log.fixed(Double($0) / Double(all), 3) }
      lines.append(
        "  of IA: interfacial \(shares[0]), isolated \(shares[1]), other \(shares[2])   "
          + "(p > \(model.thresholds.first ?? 0))")
    }
    return lines
  }

  /// Molecules in the largest cluster of each label in any frame.
  private func largest(of model: ResultsOutline.StoredModel) throws -> [Int64] {
    let phases = try maxima(
      ModelClusters.largestPath(model.group), first: model.classes.count + 1)
    guard model.hasUnfamiliar else { return phases }
    return phases + (try maxima(ModelClusters.largestUnfamiliarPath(model.group), first: 1))
  }

  private func familiarity(of model: ResultsOutline.StoredModel) throws -> [String] {
    let path = "/observables/\(model.group)/familiarity"
    guard results.file.exists("\(path)/value") else { return [] }
    var least = (value: Double.infinity, row: 0)
    try forEachRow("\(path)/value", Double.self) { row, values in
      if values[0] < least.value { least = (values[0], row) }
    }
    let warned = try sums("\(path)_warning/value", first: 1)[0]
    return [
      "  familiarity: at least \(Log.fixed(least.value, 3)) (step \(outline.steps[least.row])); "
        + "\(warned) of \(rows.count) frames unlike the training data"
    ]
  }

  /// The interfaces as the run's closing table has them.
  private func interfaces(of model: ResultsOutline.StoredModel) throws -> [String] {
    let profile = "/observables/\(model.group)/profile"
    guard results.file.exists("\(profile)/probability"),
      results.file.exists("\(profile)/uncertain"),
      let axis = try results.text("profile_axis").flatMap({ AxisName.all.firstIndex(of: $0) })
    else { return [] }
    let step = max(
      1, (outline.frameCount + ObservableTotal.mostRows - 1) / ObservableTotal.mostRows)
    let kept = rows.filter { $0 % step == 0 }
    let layers = try results.file.dataset("\(profile)/molecules").shape.last ?? 0
    let k = model.classes.count
    var sums: [LayerSums] = []
    for row in kept {
      func numbers(_ name: String, _ shape: [Int]) throws -> [Double] {
        try results.read("\(profile)/\(name)", row: row, shape: shape, as: Double.self)
      }
      func integers(_ name: String) throws -> [Double] {
        try results.read("\(profile)/\(name)", row: row, shape: [layers], as: Int64.self).map {
          Double($0)
        }
      }
      guard
        let layer = InterfaceRun.layerSums(
          edges: try numbers("edges", [layers + 1]), molecules: try integers("molecules"),
          probability: try numbers("probability", [layers, k]),
          uncertain: try integers("uncertain"), classIndex: k - 1, of: k)
      else { return [] }
      sums.append(layer)
    }
    guard !sums.isEmpty else { return [] }
    return InterfaceReport.summary(
      MeasuredInterfaces(
        of: model, classIndex: k - 1, axis: axis, isPeriodic: outline.isPeriodic[axis], sums: sums,
        rows: kept, InterfaceOptions()))
  }

  private func order(of model: ResultsOutline.StoredModel) throws -> [String] {
    let path = "/observables/\(model.group)/order_"
    guard results.file.exists("\(path)molecules/value") else { return [] }
    var molecules: [[Double]] = []
    try forEachRow("\(path)molecules/value", Int64.self) { _, row in
      molecules.append(row.map { Double($0) })
    }
    var means: [(OrderQuantity, [[Double]])] = []
    for quantity in OrderQuantity.allCases
    where results.file.exists("\(path)\(quantity.rawValue)/value") {
      var rows: [[Double]] = []
      try forEachRow("\(path)\(quantity.rawValue)/value", Double.self) { rows.append($1) }
      means.append((quantity, rows))
    }
    return PhaseOrder.lines(
      labels: model.classes + ["IA", ModelFamiliarity.label], molecules: molecules, means: means)
  }

  private func neighborCount() throws -> [String] {
    let path = "/observables/\(NeighborCountRule.group)"
    guard results.file.exists(path) else { return [] }
    let group = try results.file.group(path)
    let names = Array(try group.textAttributes("classes").prefix(2))
    let minimum = try group.attributes("thresholds", as: Double.self).first ?? 0
    let radius: Double = try group.attribute("radius")
    guard names.count == 2 else { return [] }
    return TextTable.fractions(
      of: "≥ \(Int(minimum)) in \(radius) Å", names,
      try sums("\(path)/phase_count/value", first: 2),
      largest: try maxima("\(path)/largest_cluster/value", first: 2))
  }

  private func structures() throws -> [String] {
    let path = "/observables/\(ChillPlusStructures.group)"
    guard results.file.exists("\(path)/count/value") else { return [] }
    return ChillPlusStructures.lines(
      counts: try sums("\(path)/count/value", first: 6),
      largest: try maxima("\(path)/largest_ice/value", first: 1)[0])
  }

  // Reductions over the complete frames.

  private func sums(_ path: String, first count: Int) throws -> [Int64] {
    var sums = [Int64](repeating: 0, count: count)
    try reduce(path, first: count) { sums[$0] &+= $1 }
    return sums
  }

  private func maxima(_ path: String, first count: Int) throws -> [Int64] {
    var maxima = [Int64](repeating: 0, count: count)
    try reduce(path, first: count) { maxima[$0] = max(maxima[$0], $1) }
    return maxima
  }

  private func reduce(_ path: String, first count: Int, _ body: (Int, Int64) -> Void) throws {
    let isByte: Bool
    if case .integer(bits: 8, isSigned: false) = try results.file.dataset(path).datatype {
      isByte = true
    } else {
      isByte = false
    }
    func take(_ row: [some BinaryInteger]) throws {
      guard row.count >= count else {
        throw RunError(
          "\(outline.path): \(path): expected at least \(count) numbers per frame, found "
            + "\(row.count)",
          .badData)
      }
      for k in 0..<count { body(k, Int64(row[k])) }
    }
    if isByte {
      try forEachRow(path, UInt8.self) { try take($1) }
    } else {
      try forEachRow(path, Int64.self) { try take($1) }
    }
  }

  /// Calls `body(row, values)` for the complete frames.
  private func forEachRow<T: HDF5Scalar>(
    _ path: String, _ type: T.Type, _ body: (Int, [T]) throws -> Void
  ) throws {
    let shape = Array(try results.file.dataset(path).shape.dropFirst())
    let width = shape.reduce(1, *)
    guard width > 0, width <= Self.most else {
      throw RunError(
        "\(outline.path): \(path): expected at most \(Self.most) numbers per frame, found \(width)",
        .badData)
    }
    let block = min(Self.block, max(1, Self.most / width))
    var next = 0
    while next < rows.count {
      let first = rows[next]
      let count = min(block, outline.frameCount - first)
      let values = try results.read(path, row: first, count: count, shape: shape, as: type)
      while next < rows.count, rows[next] < first + count {
        let place = (rows[next] - first) * width
        try body(rows[next], Array(values[place..<place + width]))
        next += 1
      }
    }
  }
}
