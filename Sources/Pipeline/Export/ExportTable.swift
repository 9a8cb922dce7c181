import HDF5
import Phases

/// All observables of results.h5 as one tidy table: one value a line, so that any program filters,
/// groups and plots it.
///
/// `observable,model,frame,step,time_ps,pressure_GPa,threshold,phase,item,x_A,value`. Empty where a
/// column does not apply. `item` says what else the value is of: the axis (x y z) of
/// `largest_spans`, the kind of `intermediate_count`, the sizes `8-15` of `cluster_size`, the layer
/// of a profile, the second model's phase of `cross_phase`; `x_A` is the middle of the layer. Sizes
/// without clusters are left out.
struct ExportTable {
  static let header =
    "observable,model,frame,step,time_ps,pressure_GPa,threshold,phase,item,x_A,value"

  /// What a dimension of an observable counts.
  private enum Dimension {
    case threshold, phase, classes, kind, axis, size, layer, secondPhase
  }

  private static let ofModels: [(name: String, place: String, dimensions: [Dimension])] = [
    ("phase_count", "phase_count/value", [.threshold, .phase]),
    ("argmax_count", "argmax_count/value", [.classes]),
    ("intermediate_count", "intermediate_count/value", [.threshold, .kind]),
    ("cluster_count", "cluster_count/value", [.phase]),
    ("largest_cluster", "largest_cluster/value", [.phase]),
    ("largest_spans", "largest_spans/value", [.phase, .axis]),
    ("cluster_size", "cluster_size/value", [.phase, .size]),
    ("profile_molecules", "profile/molecules", [.layer]),
    ("profile_uncertain", "profile/uncertain", [.layer]),
    ("profile_probability", "profile/probability", [.layer, .classes]),
    ("profile_standard_error", "profile/standard_error", [.layer, .classes]),
    ("profile_phase_fraction", "profile/phase_fraction", [.layer, .phase]),
    ("profile_density", "profile/density", [.layer]),
  ]
  private static let ofFrames = ["pressure", "temperature", "density"]
  /// Every name that can be asked for.
  static let names =
    ofModels.map(\.name) + ["region_phase_count", "region_probability", "cross_phase"] + ofFrames

  let wanted: [String]

  /// - Throws: `RunError` (usage) for a name that is none.
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
      return
        "\(name),\(Self.field(model)),\(row),\(outline.steps[row]),\(number(outline.times[row])),\(pressure.map { number($0[row]) } ?? "")"
    }
    for name in Self.ofFrames where isWanted(name) {
      guard let values = try results.thermo(name) else { continue }
      for row in rows { try text.write("\(prefix(name, "", row)),,,,,\(values[row])\n") }
    }
    for model in models {
      for (name, place, dimensions) in Self.ofModels where isWanted(name) {
        let path = "/observables/\(model.group)/\(place)"
        guard results.file.exists(path) else { continue }
        let shape = Array(try results.file.dataset(path).shape.dropFirst())
        guard shape.count == dimensions.count else {
          throw RunError(
            "\(outline.path): \(path): expected \(dimensions.count + 1) dimensions, found \(shape.count + 1)",
            .badData)
        }
        for row in rows {
          let values = try read(path, row, shape, results)
          let middles =
            dimensions.first == .layer ? try layerMiddles(model, row, shape[0], results) : []
          try write(
            values, prefix(name, model.name, row), dimensions, shape, model, nil, middles, to: text)
        }
      }
    }
    try writeRegions(rows: rows, models: models, prefix: prefix, from: results, to: text)
    if isWanted("cross_phase"), outline.models.count >= 2,
      results.file.exists("/observables/cross_phase/value")
    {
      let (first, second) = (outline.models[0], outline.models[1])
      let shape = [first.classes.count + 1, second.classes.count + 1]
      for row in rows {
        let values = try read("/observables/cross_phase/value", row, shape, results)
        try write(
          values, prefix("cross_phase", "\(first.name) × \(second.name)", row),
          [.phase, .secondPhase], shape, first, second, [], to: text)
      }
    }
  }

  /// `region_phase_count` and `region_probability`, with the region's name as the item.
  private func writeRegions(
    rows: [Int], models: [ResultsOutline.StoredModel], prefix: (String, String, Int) -> String,
    from results: borrowing StoredResults,
    to text: OutputText
  ) throws {
    for model in models {
      let base = "/observables/\(model.group)/region"
      guard results.file.exists(base) else { continue }
      for region in try results.file.group(base).children() {
        for (name, place, extra) in [
          ("region_phase_count", "phase_count", 1), ("region_probability", "probability", 0),
        ]
        where isWanted(name) {
          let names = model.classes + (extra == 1 ? ["IA"] : [])
          for row in rows {
            let values = try read("\(base)/\(region)/\(place)/value", row, [names.count], results)
            for (phase, value) in zip(names, values) {
              try text.write(
                "\(prefix(name, model.name, row)),,\(Self.field(phase)),\(Self.field(region)),,\(value)\n"
              )
            }
          }
        }
      }
    }
  }

  private func read(_ path: String, _ row: Int, _ shape: [Int], _ results: borrowing StoredResults)
    throws -> [String]
  {
    switch try results.file.dataset(path).datatype {
    case .real: try results.read(path, row: row, shape: shape, as: Double.self).map { "\($0)" }
    case .integer(bits: 8, isSigned: false):
      try results.read(path, row: row, shape: shape, as: UInt8.self).map { "\($0)" }
    default: try results.read(path, row: row, shape: shape, as: Int64.self).map { "\($0)" }
    }
  }

  private func layerMiddles(
    _ model: ResultsOutline.StoredModel, _ row: Int, _ layers: Int,
    _ results: borrowing StoredResults
  ) throws -> [Double] {
    let edges = try results.read(
      "/observables/\(model.group)/profile/edges", row: row, shape: [layers + 1], as: Double.self)
    return (0..<layers).map { (edges[$0] + edges[$0 + 1]) / 2 }
  }

  private func write(
    _ values: [String], _ prefix: String, _ dimensions: [Dimension], _ shape: [Int],
    _ model: ResultsOutline.StoredModel,
    _ second: ResultsOutline.StoredModel?, _ middles: [Double], to text: OutputText
  ) throws {
    for (index, value) in values.enumerated() {
      var threshold = "", phase = "", item = "", x = ""
      var rest = index
      for d in dimensions.indices.reversed() {
        let k = rest % shape[d]
        rest /= shape[d]
        switch dimensions[d] {
        case .threshold: threshold = k < model.thresholds.count ? "\(model.thresholds[k])" : ""
        case .phase, .classes: phase = Self.field(k < model.classes.count ? model.classes[k] : "IA")
        case .kind: item = k < 3 ? ["interfacial", "isolated", "other"][k] : ""
        case .axis: item = k < 3 ? ["x", "y", "z"][k] : ""
        case .size:
          item =
            k == ClusterStatistics.binCount - 1
            ? "\(Int64(1) << k)-" : "\(Int64(1) << k)-\((Int64(1) << (k + 1)) - 1)"
        case .layer: (item, x) = ("\(k)", "\(middles[k])")
        case .secondPhase:
          item = second.map { Self.field(k < $0.classes.count ? $0.classes[k] : "IA") } ?? ""
        }
      }
      if dimensions.contains(where: { $0 == .size }), value == "0" { continue }
      try text.write("\(prefix),\(threshold),\(phase),\(item),\(x),\(value)\n")
    }
  }

  /// A text as a field of a CSV line (RFC 4180).
  private static func field(_ text: String) -> String {
    text.contains { ",\"\n\r".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
