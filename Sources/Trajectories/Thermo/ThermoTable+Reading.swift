extension ThermoTable {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - units: LAMMPS unit style of a log without a `units` command; nil: such a log is an error.
  ///   - choices: names of the columns that hold a quantity, where the user gives them.
  /// - Throws: `TrajectoryError` naming file and line.
  public static func read(
    _ path: String, units: UnitStyle? = nil, choices: [Quantity: String] = [:]
  ) throws(TrajectoryError) -> ThermoTable {
    let file = try PlainFile(path: path)
    guard file.size > 0 else {
      throw TrajectoryError(
        path: path, reason: "the file is empty; expected a LAMMPS log or a table with a header")
    }
    guard file.size <= limit else {
      throw TrajectoryError(
        path: path,
        reason: "\(file.size) bytes are too many for thermodynamic output; expected at most 1 GiB"
      )
    }
    let packing = Compression(magic: try file.bytes(at: 0, count: 4))
    guard packing != .none else {
      return try parse(
        try file.bytes(at: 0, count: Int(file.size)), path: path, units: units, choices: choices)
    }
    let stream = try packing.stream(over: file, recording: false)
    let buffer = RawBuffer(capacity: 1 << 20)
    var bytes: [UInt8] = []
    while true {
      let count = try stream.next(into: buffer.bytes)
      bytes += buffer.bytes[..<count]
      guard bytes.count <= limit else {
        throw TrajectoryError(
          path: path,
          reason: "is too long for thermodynamic output; expected at most 1 GiB decompressed")
      }
      if count < buffer.bytes.count { break }
    }
    if let damage = stream.damage {
      throw TrajectoryError(path: path, reason: "\(damage.reason): compress the table again")
    }
    return try parse(bytes, path: path, units: units, choices: choices)
  }

  /// Bytes of a table.
  private static let limit = 1 << 30

  /// Reads a file's bytes; pure.
  ///
  /// - Throws: `TrajectoryError` (data) with the line, what was found and what was expected.
  public static func parse(
    _ bytes: [UInt8], path: String, units: UnitStyle? = nil, choices: [Quantity: String] = [:]
  ) throws(TrajectoryError) -> ThermoTable {
    // A byte-order mark is read over.
    if !bytes.starts(with: [0xEF, 0xBB, 0xBF]), let reason = foreignText(Array(bytes.prefix(4096)))
    {
      throw TrajectoryError(path: path, reason: reason)
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      line in
      String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
    let isLog = ThermoLog.isLog(lines)
    let isOfProgram = isLog || ThermoNAMD.isOutput(lines)
    // The text after the last newline, empty in a complete file.
    let whole = lines.dropLast()
    var notes: [String] = []
    let rest = lines.last ?? ""
    let isWhole = !isOfProgram && hasAllDecimals(rest, like: whole)
    if !isWhole, !rest.allSatisfy(\.isWhitespace) {
      notes.append(
        "\(path) line \(lines.count) ends without a newline and may be truncated "
          + "('\(rest.suffix(40))'): it is ignored; add the newline if it is complete"
      )
    }
    let used = isWhole ? lines[...] : whole
    let runs: [ThermoRows]
    if isLog {
      runs = try ThermoLog.rows(whole, path: path, units: units, choices: choices, notes: &notes)
    } else if isOfProgram {
      runs = try ThermoNAMD.rows(whole, path: path, choices: choices)
    } else if let plot = ThermoPlot.table(used) {
      runs = try ThermoColumns.rows(plot, path: path, choices: choices, notes: &notes)
    } else {
      runs = try ThermoColumns.rows(used, path: path, choices: choices, notes: &notes)
    }
    for (quantity, name) in choices.sorted(by: { $0.value < $1.value })
    where !runs.contains(where: { $0.names[quantity] == name }) {
      let names = runs.first { !$0.header.isEmpty }?.header ?? []
      throw TrajectoryError(
        path: path,
        reason:
          "has no column \(name) (--thermo-column), found \(names.joined(separator: ", "))",
        kind: .usage)
    }
    return try ThermoTable(runs, path: path, notes: notes)
  }

  /// Joins the runs of a file.
  private init(_ runs: [ThermoRows], path: String, notes given: [String]) throws(TrajectoryError) {
    var notes = given
    guard runs.contains(where: { !$0.rows.isEmpty }) else {
      throw TrajectoryError(path: path, reason: "no line of numbers; expected at least one step")
    }
    var columns: [Quantity: Column] = [:]
    var timed: [Quantity: [Double: Double]] = [:]
    var steps: Set<Int64> = [], times: Set<Double> = []
    var dropped: (rows: Int, step: Int64, line: Int)?
    var latest = Int64.min
    var repeated = 0
    for run in runs {
      // Steps that start again are another run (a minimisation or equilibration before it, as a
      // rule, or a restart): what was printed from there on belongs to what is overwritten.
      if let first = run.rows.first, let step = first.step, step < latest {
        let again = steps.filter { $0 >= step }
        dropped = ((dropped?.rows ?? 0) + again.count, step, first.line)
        steps.subtract(again)
        latest = step
        for quantity in columns.keys { again.forEach { columns[quantity]?.values[$0] = nil } }
        if let time = first.time {
          times = times.filter { $0 < time }
          for quantity in timed.keys { timed[quantity] = timed[quantity]?.filter { $0.key < time } }
        } else {
          timed = [:]
        }
      }
      for row in run.rows {
        if let step = row.step {
          steps.insert(step)
          latest = max(latest, step)
        }
        if let time = row.time, !times.insert(time).inserted, row.step == nil { repeated += 1 }
        for (quantity, value) in row.values {
          columns[quantity, default: Column(name: run.names[quantity] ?? "")].name =
            run.names[quantity] ?? ""
          if let step = row.step { columns[quantity]?.values[step] = value }
          if let time = row.time { timed[quantity, default: [:]][time] = value }
        }
      }
    }
    for (quantity, values) in timed {
      columns[quantity]?.timed = values.map { TimedValue(time: $0.key, value: $0.value) }.sorted {
        $0.time < $1.time
      }
    }
    columns = columns.filter { !$0.value.values.isEmpty || !$0.value.timed.isEmpty }
    guard !columns.isEmpty else {
      let header = runs[0].header
      throw TrajectoryError(
        path: path, line: runs[0].headerLine,
        reason:
          "expected a column for pressure, temperature or density, found "
          + "\(header.isEmpty ? "none" : header.joined(separator: ", "))"
          + (given.isEmpty ? "" : " (\(given.joined(separator: "; ")))")
          + "; --thermo-column names a column of pressures, temperature=… or density=… others")
    }
    if repeated > 0 {
      notes.append(
        "\(path): \(repeated) row(s) repeat the time of an earlier row; the earlier row is ignored")
    }
    if let dropped {
      notes.append(
        "\(path): steps start again at \(dropped.step) in line \(dropped.line): \(dropped.rows) "
          + "row(s) of earlier runs from that step on are ignored"
      )
    }
    self.init(
      path: path, stepCount: steps.isEmpty ? times.count : steps.count, columns: columns,
      notes: notes)
  }
}

/// Whether a line ends with the same number of decimals, at least one, as all other lines of
/// numbers; it is then complete.
private func hasAllDecimals(_ line: String, like others: ArraySlice<String>) -> Bool {
  func decimals(_ line: String) -> Int? {
    let digits = line.reversed().prefix { $0.isWholeNumber }.count
    return digits > 0 && line.dropLast(digits).last == "." ? digits : nil
  }
  guard let count = decimals(line) else { return false }
  let rows = others.filter {
    $0.first(where: { !$0.isWhitespace && $0 != "\"" })?.isWholeNumber == true
  }
  return !rows.isEmpty && rows.allSatisfy { decimals($0) == count }
}
