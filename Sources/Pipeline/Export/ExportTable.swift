import HDF5
import JobControl
import Phases

/// All observables of results.h5 as one tidy table: one value per line, so that any program can
/// filter, group and plot it.
///
/// `observable,model,frame,step,time_ps,pressure_GPa,threshold,phase,item,x_A,value`. Columns that
/// do not apply are empty. `item` further specifies the value: the axis (x y z) of `largest_spans`,
/// the kind of `intermediate_count`, the sizes `8-15` of `cluster_size`, the layer of a profile,
/// the region, the second model's phase of `cross_phase` and `cross_label`; `x_A` is the middle of
/// the layer. Sizes without clusters are omitted. Which datasets there are, and what their
/// dimensions count, the observables declare (`ObservableKinds`).
struct ExportTable {
  static let header =
    "observable,model,frame,step,time_ps,pressure_GPa,threshold,phase,item,x_A,value"

  /// All available names.
  static var names: [String] {
    var names: [String] = []
    for name in ObservableKinds.declarations.compactMap(\.table) where !names.contains(name) {
      names.append(name)
    }
    return names
  }

  let wanted: [String]

  /// - Throws: `RunError` (usage) for an unknown name.
  init(wanted: [String]) throws {
    if let unknown = wanted.first(where: { !Self.names.contains($0) }) {
      throw RunError(
        "--observable: expected any of \(Self.names.joined(separator: ", ")); found '\(unknown)'",
        .usage)
    }
    self.wanted = wanted
  }

  private func isWanted(_ name: String) -> Bool { wanted.isEmpty || wanted.contains(name) }

  /// The lines of some rows.
  func write(
    rows: [Int], models: [ResultsOutline.StoredModel], pressure: [Double]?,
    from results: borrowing StoredResults, to text: OutputText
  ) throws {
    try text.write(Self.header + "\n")
    let outline = results.outline
    func prefix(_ name: String, _ model: String, _ row: Int) -> String {
      func number(_ x: Double) -> String { x.isNaN ? "" : "\(x)" }
      let pressure = pressure.map { number($0[row]) } ?? ""
      return "\(name),\(Self.field(model)),\(row),\(outline.steps[row]),"
        + "\(number(outline.times[row])),\(pressure)"
    }
    // First what the frames have, then what each labelling has.
    for kind in ObservableKinds.all where kind.labelling == nil {
      for dataset in kind.declarations where !dataset.path.contains("/MODEL/") {
        var model: ResultsOutline.StoredModel?, second: ResultsOutline.StoredModel?
        if dataset.dimensions.contains(where: { [.secondPhases, .secondLabelled].contains($0) }) {
          guard outline.models.count >= 2 else { continue }
          (model, second) = (outline.models[0], outline.models[1])
        }
        let name = [model, second].compactMap { $0?.name }.joined(separator: " × ")
        try write(dataset, rows, name, model, second, prefix, from: results, to: text)
      }
    }
    for model in models {
      let isModel = outline.models.contains { $0.group == model.group }
      for kind in ObservableKinds.all {
        for dataset in kind.declarations
        where isModel ? dataset.path.contains("/MODEL/") : kind.labelling == model.group {
          try write(dataset, rows, model.name, model, nil, prefix, from: results, to: text)
        }
      }
    }
  }

  /// The lines of a declared dataset: of every region, if it is one for each.
  private func write(
    _ dataset: ObservableDataset, _ rows: [Int], _ modelName: String,
    _ model: ResultsOutline.StoredModel?, _ second: ResultsOutline.StoredModel?,
    _ prefix: (String, String, Int) -> String, from results: borrowing StoredResults,
    to text: OutputText
  ) throws {
    guard let name = dataset.table, isWanted(name) else { return }
    var binding = ObservableBinding()
    binding.model = model?.group ?? ""
    var regions = [""]
    let parts = dataset.path.split(separator: "/")
    if let place = parts.firstIndex(of: "NAME") {
      let group = binding.path("/" + parts[..<place].joined(separator: "/"))
      regions =
        results.file.exists(group)
        ? try results.file.group(group).children().filter {
          results.file.kind(of: "\(group)/\($0)") == .group
        } : []
    }
    for region in regions {
      binding.region = region
      let path = binding.path(dataset.valuePath)
      guard results.file.exists(path) else { continue }
      var shape = Array(try results.file.dataset(path).shape.dropFirst())
      guard shape.count == dataset.dimensions.count else {
        throw RunError(
          "\(results.outline.path): \(path): expected \(dataset.dimensions.count + 1) dimensions, "
            + "found \(shape.count + 1)",
          .badData)
      }
      for (d, dimension) in dataset.dimensions.enumerated() {
        switch dimension {
        case .phases: shape[d] = (model?.classes.count ?? 0) + 1
        case .classes: shape[d] = model?.classes.count ?? 0
        case .secondPhases: shape[d] = (second?.classes.count ?? 0) + 1
        default: break
        }
      }
      for row in rows {
        let values = try read(path, row, shape, results)
        let middles =
          dataset.dimensions.first == .layers
          ? try layerMiddles(model, row, shape[0], results)
          : dataset.dimensions.last == .distances
            ? try distances(beside: path, shape.last ?? 0, results) : []
        try write(
          values, prefix(name, modelName, row), dataset.dimensions, shape, model, second, middles,
          item: region, to: text)
      }
    }
  }

  private func read(_ path: String, _ row: Int, _ shape: [Int], _ results: borrowing StoredResults)
    throws -> [String]
  {
    switch try results.file.dataset(path).datatype {
    case .real:
      try results.read(path, row: row, shape: shape, as: Double.self).map {
        // The sign of a NaN from 0/0 depends on the processor.
        $0.isNaN ? "nan" : "\($0)"
      }
    case .integer(bits: 8, isSigned: false):
      try results.read(path, row: row, shape: shape, as: UInt8.self).map { "\($0)" }
    default: try results.read(path, row: row, shape: shape, as: Int64.self).map { "\($0)" }
    }
  }

  /// Middles of the bins of a histogram of distances, whose edges are beside it.
  private func distances(beside path: String, _ bins: Int, _ results: borrowing StoredResults)
    throws -> [Double]
  {
    let group = path.split(separator: "/").dropLast().joined(separator: "/")
    let edges = try results.file.dataset("/\(group)/edges").readAll(Double.self)
    guard edges.count == bins + 1 else {
      throw RunError(
        "\(results.outline.path): /\(group)/edges: expected \(bins + 1) numbers, found "
          + "\(edges.count)",
        .badData)
    }
    return Self.middles(edges)
  }

  private func layerMiddles(
    _ model: ResultsOutline.StoredModel?, _ row: Int, _ layers: Int,
    _ results: borrowing StoredResults
  ) throws -> [Double] {
    let edges = try results.read(
      "/observables/\(model?.group ?? "")/profile/edges", row: row, shape: [layers + 1],
      as: Double.self)
    return Self.middles(edges)
  }

  private static func middles(_ edges: [Double]) -> [Double] {
    zip(edges, edges.dropFirst()).map { low, high -> Double in (low + high) / 2 }
  }

  private func write(
    _ values: [String], _ prefix: String, _ dimensions: [ResultsDimension], _ shape: [Int],
    _ model: ResultsOutline.StoredModel?, _ second: ResultsOutline.StoredModel?,
    _ middles: [Double], item wholeItem: String, to text: OutputText
  ) throws {
    func phase(_ model: ResultsOutline.StoredModel?, _ k: Int) -> String {
      let classes = model?.classes ?? []
      return Self.field(
        k < classes.count ? classes[k] : k == classes.count ? "IA" : ModelFamiliarity.label)
    }
    for (index, value) in values.enumerated() {
      var threshold = "", phaseName = "", item = Self.field(wholeItem), x = ""
      var rest = index
      for d in dimensions.indices.reversed() {
        let k = rest % shape[d]
        rest /= shape[d]
        switch dimensions[d] {
        case .thresholds:
          let thresholds = model?.thresholds ?? []
          threshold = k < thresholds.count ? "\(thresholds[k])" : ""
        case .phases, .classes, .labelled: phaseName = phase(model, k)
        case .neighborLabelled: item = phase(model, k)
        case .secondPhases, .secondLabelled: item = phase(second, k)
        case .labels(let names, let isPhase):
          let label = k < names.count ? Self.field(names[k]) : ""
          if isPhase { phaseName = label } else { item = label }
        case .sizes:
          item =
            k == ClusterStatistics.binCount - 1
            ? "\(Int64(1) << k)-" : "\(Int64(1) << k)-\((Int64(1) << (k + 1)) - 1)"
        case .layers, .distances: (item, x) = ("\(k)", "\(middles[k])")
        case .edges, .components, .members, .numbers: item = "\(k)"
        }
      }
      if dimensions.contains(.sizes), value == "0" { continue }
      try text.write("\(prefix),\(threshold),\(phaseName),\(item),\(x),\(value)\n")
    }
  }

  /// A text as a field of a CSV line (RFC 4180).
  private static func field(_ text: String) -> String {
    text.contains { ",\"\n\r".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
