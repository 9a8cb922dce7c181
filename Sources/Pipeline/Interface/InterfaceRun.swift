import Frames
import HDF5
import JobControl
import MPI
import Profiles
import Trajectories

/// `verglas interface`: flat interfaces from the profiles stored by `analyze`.
///
/// The profiles of a run are small, so rank 0 does all the work. The results file is only read; the
/// output is another file.
public enum InterfaceRun {
  /// Runs on all ranks of `world`; rank 0 works.
  ///
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: InterfaceOptions, on world: Communicator) throws -> ExitCode {
    try GuardedReads.guarded(reading: options.results) { try measure(options, on: world) }
  }

  private static func measure(_ options: InterfaceOptions, on world: Communicator) throws
    -> ExitCode
  {
    try world.together { try options.validate() }
    if let output = options.output {
      try checkOutput(
        output, overwrite: options.overwrite,
        inputs: [options.results] + (options.thermo.map { [$0] } ?? []), on: world)
    }
    let thermo = try ThermoJoin(
      options.thermo, units: options.thermoUnits, columns: options.thermoColumns,
      framesOf: options.results, on: world)
    try world.together {
      guard world.isRoot else { return }
      let log = Log(quiet: options.quiet)
      if let output = options.output { clearLeftovers(of: output, log, on: world) }
      let results = try StoredResults.open(options.results)
      if let output = options.output { try results.refuseInput(asOutput: output) }
      if let warning = results.outline.warning { log.warn(warning) }
      for warning in thermo.warnings { log.warn(warning) }
      let measured = try measure(results, options, pressure: try thermo.pressure(of: results))
      for item in measured where item.series.count == 0 { log.warn(nothing(item)) }
      for warning in measured.compactMap(InterfaceReport.unresolved) { log.warn(warning) }
      if let warning = measured.first.flatMap(InterfaceReport.sparse) { log.warn(warning) }
      if let output = options.output {
        try InterfaceFile.write(measured, options, results, to: output)
      }
      if !options.quiet { for line in measured.flatMap(InterfaceReport.lines) { print(line) } }
      if let output = options.output, !options.quiet { print("interfaces: \(output)") }
    }
    return .done
  }

  /// Every model's interfaces.
  private static func measure(
    _ results: borrowing StoredResults, _ options: InterfaceOptions, pressure: [Double]?
  ) throws -> [MeasuredInterfaces] {
    let path = options.results
    let outline = results.outline
    guard
      let axis = try results.text("profile_axis").flatMap({ ["x", "y", "z"].firstIndex(of: $0) })
    else {
      throw RunError(
        "\(path): holds no profile; run analyze with --profile x (or y, z: the axis across the "
          + "interfaces)",
        .badData)
    }
    let rows = options.frames.positions(count: outline.rows.count).map { outline.rows[$0] }
    guard !rows.isEmpty else {
      throw RunError("--frames: selects none of the \(outline.rows.count) complete frames", .usage)
    }
    let reference = options.reference.map { $0.positions(count: rows.count) } ?? [0]
    guard !reference.isEmpty else {
      throw RunError("--reference: selects none of the \(rows.count) frames", .usage)
    }
    return try outline.models(named: options.models).map { model in
      let index = try classIndex(options.className, model)
      let sums = try rows.map { try layerSums(results, model, classIndex: index, row: $0) }
      return MeasuredInterfaces(
        of: model, classIndex: index, axis: axis, isPeriodic: outline.isPeriodic[axis], sums: sums,
        rows: rows, steps: rows.map { outline.steps[$0] }, times: rows.map { outline.times[$0] },
        reference: reference, pressure: pressure.map { values in rows.map { values[$0] } },
        unfamiliar: try unfamiliar(results, model, rows: rows), options)
    }
  }

  /// Molecules in each of some frames that the model's guard recognised; nil if it has not labelled
  /// them.
  private static func unfamiliar(
    _ results: borrowing StoredResults, _ model: ResultsOutline.StoredModel, rows: [Int]
  ) throws -> [Int64]? {
    guard model.hasUnfamiliar else { return nil }
    return try rows.map {
      try results.read(
        ResultsOutline.unfamiliarCountPath(model.group), row: $0, shape: [], as: Int64.self)[0]
    }
  }

  private static func classIndex(_ name: String?, _ model: ResultsOutline.StoredModel) throws -> Int
  {
    guard let name else { return model.classes.count - 1 }
    guard let index = model.classes.firstIndex(of: name) else {
      throw RunError(
        "--class: model \(model.name) has no class \(name); it has "
          + "\(model.classes.joined(separator: ", "))",
        .usage)
    }
    return index
  }

  /// One frame's profile of one class.
  private static func layerSums(
    _ results: borrowing StoredResults, _ model: ResultsOutline.StoredModel, classIndex: Int,
    row: Int
  ) throws -> LayerSums {
    let profile = "/observables/\(model.group)/profile"
    let path = results.outline.path
    guard results.file.kind(of: "\(profile)/molecules") == .dataset else {
      throw RunError(
        "\(path): holds no profile of model \(model.name); run analyze with --profile x (or y, z)",
        .badData)
    }
    let layers = try results.file.dataset("\(profile)/molecules").shape.last ?? 0
    let k = model.classes.count
    let molecules = try results.read(
      "\(profile)/molecules", row: row, shape: [layers], as: Int64.self
    ).map(Double.init)
    let p = try results.read(
      "\(profile)/probability", row: row, shape: [layers, k], as: Double.self)
    let edges = try results.read("\(profile)/edges", row: row, shape: [layers + 1], as: Double.self)
    guard layers >= 4, edges.allSatisfy({ abs($0) < 1e9 }), edges[layers] - edges[0] > 1e-6,
      molecules.allSatisfy({ $0 >= 0 })
    else {
      throw RunError(
        "\(path): \(profile), frame \(row): expected at least four layers with ascending edges, found "
          + "\(layers)",
        .badData)
    }
    // Files from before uncertain molecules were counted.
    let uncertain =
      results.file.exists("\(profile)/uncertain")
      ? try results.read("\(profile)/uncertain", row: row, shape: [layers], as: Int64.self).map(
        Double.init)
      : [Double](repeating: .nan, count: layers)
    guard
      let sums = layerSums(
        edges: edges, molecules: molecules, probability: p, uncertain: uncertain,
        classIndex: classIndex, of: k)
    else {
      throw RunError(
        "\(path): \(profile)/probability, frame \(row): expected numbers in layers that are not empty, "
          + "found NaN",
        .badData)
    }
    return sums
  }

  /// One frame's sums of one class from the rows of its profile; nil if it has fewer than four
  /// layers, or no number where there are molecules.
  static func layerSums(
    edges: [Double], molecules: [Double], probability p: [Double], uncertain: [Double],
    classIndex: Int, of k: Int
  ) -> LayerSums? {
    let layers = molecules.count
    let sums = (0..<layers).map { molecules[$0] > 0 ? molecules[$0] * p[$0 * k + classIndex] : 0 }
    guard layers >= 4, sums.allSatisfy(\.isFinite) else { return nil }
    return LayerSums(
      low: edges[0], length: edges[layers] - edges[0], molecules: molecules, probability: sums,
      uncertain: uncertain)
  }

  private static func nothing(_ item: MeasuredInterfaces) -> String {
    let known = item.series.meanProfile.mean.filter { !$0.isNaN }
    return
      "model \(item.model.name): no interface of \(item.className) along \(item.axis): its mean P "
      + "lies between \(Log.fixed(known.min() ?? .nan, 3)) and "
      + "\(Log.fixed(known.max() ?? .nan, 3)) in the layers"
  }
}

/// The results for one model.
struct MeasuredInterfaces {
  let model: ResultsOutline.StoredModel
  let className: String
  let axis: String
  let isPeriodic: Bool
  /// Rows of the results file, their steps and times [F].
  let rows: [Int], steps: [Int64], times: [Double]
  let sums: [LayerSums]
  let series: InterfaceSeries
  let reference: [Int]
  let shift: InterfaceShift
  /// Pressure in GPa [F]; nil if unknown.
  let pressure: [Double]?
  /// Molecules that the model's guard recognised [F]; nil if it has not labelled them.
  let unfamiliar: [Int64]?
  /// Hysteresis of the shift less drift [I]; nil without a return path.
  let hysteresis: [Hysteresis?]

  /// Finds them.
  ///
  /// - Parameters:
  ///   - sums: the profiles of the frames.
  ///   - rows: rows of the results that they are.
  ///   - reference: which of the frames shifts are counted from.
  ///   - pressure: in GPa, of each frame.
  ///   - unfamiliar: molecules of each frame that the model's guard recognised.
  init(
    of model: ResultsOutline.StoredModel, classIndex: Int, axis: Int, isPeriodic: Bool,
    sums: [LayerSums], rows: [Int], steps: [Int64] = [], times: [Double] = [],
    reference: [Int] = [0], pressure: [Double]? = nil, unfamiliar: [Int64]? = nil,
    _ options: InterfaceOptions
  ) {
    var finder = InterfaceFinder()
    finder.minimumContrast = options.contrast
    finder.minimumDomain = options.minimumDomain
    let series = InterfaceSeries(
      sums, blocks: options.blocks, finder: finder, isPeriodic: isPeriodic)
    let shift = InterfaceShift(
      series, reference: reference, lengths: sums.map(\.length), isPeriodic: isPeriodic)
    self.model = model
    className = model.classes[classIndex]
    self.axis = ["x", "y", "z"][axis]
    self.isPeriodic = isPeriodic
    self.rows = rows
    self.steps = steps
    self.times = times
    self.sums = sums
    self.series = series
    self.reference = reference
    self.shift = shift
    self.pressure = pressure
    self.unfamiliar = unfamiliar
    hysteresis = (0..<series.count).map { i in
      pressure.flatMap { Hysteresis(of: shift.lessDrift.map { $0[i] }, drive: $0) }
    }
  }
}
