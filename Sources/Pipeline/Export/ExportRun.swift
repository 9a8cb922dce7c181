import Frames
import Geometry
import HDF5
import JobControl
import MPI
import Trajectories

/// `verglas export`: writes results for other programs.
///
/// Rank 0 reads and writes; if positions have to be read from trajectories, all ranks open these
/// together.
public enum ExportRun {
  /// Runs on all ranks of `world`.
  ///
  /// - Throws: the same `RunError` on all ranks.
  public static func run(_ options: ExportOptions, on world: Communicator) throws -> ExitCode {
    try GuardedReads.guarded(reading: options.results) { try write(options, on: world) }
  }

  private static func write(_ options: ExportOptions, on world: Communicator) throws -> ExitCode {
    let format = try world.together { try options.format() }
    try checkOutput(
      options.output, overwrite: options.overwrite,
      inputs: [options.results] + options.trajectories + (options.thermo.map { [$0] } ?? []),
      on: world)
    let thermo = try ThermoJoin(
      options.thermo, units: options.thermoUnits, columns: options.thermoColumns,
      framesOf: options.results, on: world)
    let positions = format == .csv ? nil : try ExportPositions(options, on: world)
    try world.together {
      guard world.isRoot else { return }
      let log = Log(quiet: options.quiet)
      clearLeftovers(of: options.output, log, on: world)
      try StoredResults.reading(options.results) { results in
        try results.refuseInput(asOutput: options.output)
        if let warning = results.outline.warning { log.warn(warning) }
        for warning in thermo.warnings { log.warn(warning) }
        let pressure = try thermo.pressure(of: results)
        let rows = try chosenRows(results.outline, options, pressure: pressure, log)
        let text = try OutputText(options.output, replacing: options.overwrite)
        if let positions {
          try writeAtoms(rows, options, format, positions, pressure, results, to: text, log)
        } else if options.totals {
          for line in try ResultsSummary(options.results, rows: rows).table() {
            try text.write(line + "\n")
          }
          log.say("totals of \(Log.counted(rows.count, "frame")): \(options.output)")
        } else {
          let table = try ExportTable(wanted: options.observables)
          try table.write(
            rows: rows, models: models(results, options, format), pressure: pressure, from: results,
            to: text)
          log.say("\(rows.count) frame\(rows.count == 1 ? "" : "s"): \(options.output)")
        }
        try text.commit()
      }
    }
    return .done
  }

  /// The wanted models; for a table without names all of them and the labellings that are not
  /// models', which have observables as a model has.
  static func models(
    _ results: borrowing StoredResults, _ options: ExportOptions, _ format: ExportOptions.Format
  ) throws -> [ResultsOutline.StoredModel] {
    let labellings = try labellings(results)
    let wanted = try results.outline.models(named: options.models, beside: labellings)
    return options.models.isEmpty && format == .csv ? wanted + labellings : wanted
  }

  /// The labellings that are not models', as models.
  private static func labellings(_ results: borrowing StoredResults) throws -> [ResultsOutline
    .StoredModel]
  {
    var found: [ResultsOutline.StoredModel] = []
    for name in ObservableKinds.labellings where results.file.exists("/observables/\(name)") {
      let classes = try results.file.group("/observables/\(name)").textAttributes("classes")
      found.append(
        ResultsOutline.StoredModel(
          name: name, group: name, classes: classes.last == "IA" ? classes.dropLast() : classes,
          thresholds: []))
    }
    return found
  }

  /// Rows of the selected frames, ascending.
  private static func chosenRows(
    _ outline: ResultsOutline, _ options: ExportOptions, pressure: [Double]?, _ log: Log
  ) throws -> [Int] {
    let rows = options.frames.positions(count: outline.rows.count).map { outline.rows[$0] }
    guard !rows.isEmpty else {
      throw RunError("--frames: selects none of the \(outline.rows.count) complete frames", .usage)
    }
    guard !options.pressures.isEmpty else { return rows }
    guard let pressure else {
      throw RunError(
        "--at-pressure: \(outline.path) holds no pressures; give the table with --thermo here, or "
          + "run analyze with it",
        .usage)
    }
    let known = rows.map { pressure[$0] }.filter { !$0.isNaN }
    var chosen: Set<Int> = []
    for wanted in options.pressures {
      guard
        let row = rows.filter({ !pressure[$0].isNaN }).min(by: {
          abs(pressure[$0] - wanted) < abs(pressure[$1] - wanted)
        })
      else {
        throw RunError(
          "--at-pressure: none of the \(rows.count) selected frames of \(outline.path) has a "
            + "pressure (all are NaN in \(options.thermo ?? "the results")); select "
            + "others with --frames or give the table with --thermo", .badData)
      }
      log.say(
        "\(wanted) GPa: frame \(row), step \(outline.steps[row]), at "
          + "\(Log.fixed(pressure[row], 4)) GPa"
      )
      if let low = known.min(), let high = known.max(), !(low...high).contains(wanted) {
        log.warn(
          "--at-pressure \(wanted): the pressures of the frames range from \(Log.fixed(low, 4)) to "
            + "\(Log.fixed(high, 4)) GPa; the nearest frame is used")
      }
      chosen.insert(row)
    }
    return chosen.sorted()
  }

  private static func writeAtoms(
    _ rows: [Int], _ options: ExportOptions, _ format: ExportOptions.Format,
    _ positions: ExportPositions, _ pressure: [Double]?,
    _ results: borrowing StoredResults, to text: OutputText, _ log: Log
  ) throws {
    let model = try models(results, options, format)[0]
    let cutoff: Double
    let ids: [Int64]
    do {
      cutoff = try results.file.group("/verglas").attribute("neighbor_cutoff")
      ids = try results.file.dataset("/particles/centers/id").readAll(Int64.self)
    } catch let error as HDF5Error {
      throw RunError("\(options.results): \(error)", .badData)
    }
    let writer = ExportAtoms(species: positions.species, model: model)
    var reader: TrajectoryReader?
    var atoms = 0
    var outside: [Slab] = []
    for row in rows {
      let cell = try results.cell(row: row)
      for slab in options.slices where !outside.contains(slab) && !slab.middleLies(in: cell) {
        log.warn(
          "--slice \(slab.centered): its middle lies outside the cell, which extends from "
            + "\(slab.reach(of: cell)) Å in frame \(row)"
        )
        outside.append(slab)
      }
      let table = try positions.positions(
        of: row, ids: ids, cell: cell, in: results, reader: &reader)
      let frame = try ExportFrame(
        row: row, model: model, atoms: table, cell: cell, pressure: pressure?[row] ?? .nan,
        neighborCutoff: cutoff, slices: options.slices,
        in: results)
      atoms += frame.chosen.count
      try text.write(format == .extxyz ? writer.extendedXYZ(frame) : writer.dump(frame))
    }
    let unit = results.outline.models.first?.unit ?? "molecule"
    if atoms == 0 { log.warn("no \(unit) is in the slice in any of the \(rows.count) frames") }
    log.say(
      "\(rows.count) frame\(rows.count == 1 ? "" : "s"), \(Log.grouped(atoms)) \(unit)s, phases "
        + "of \(model.name): \(options.output)"
    )
  }
}
