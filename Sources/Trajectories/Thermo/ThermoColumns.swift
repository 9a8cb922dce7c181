/// Tables of thermodynamic values with a header line, such as CSV. See `ThermoTable`.
enum ThermoColumns {
  static func rows(
    _ lines: ArraySlice<String>, path: String, choices: [ThermoTable.Quantity: String],
    notes: inout [String]
  ) throws(TrajectoryError) -> [ThermoRows] {
    guard let (headerIndex, names, separator) = header(lines) else {
      throw TrajectoryError(
        path: path, line: 1,
        reason: "expected a header line with names such as timestep,pressure_GPa, found none")
    }
    func fail(_ line: Int, _ reason: String) -> TrajectoryError {
      TrajectoryError(path: path, line: line + 1, reason: reason)
    }
    let stepColumn = ["timestep", "step", "time_step"].lazy.compactMap { wanted in
      names.firstIndex { $0.lowercased() == wanted }
    }.first
    let timeColumn = names.indices.lazy.compactMap { k in
      timeScale(names[k]).map { (column: k, scale: $0) }
    }.first
    guard stepColumn != nil || timeColumn != nil else {
      let times = names.first { $0.lowercased().hasPrefix("time") }
      throw fail(
        headerIndex,
        "expected a column timestep or step, found \(names.joined(separator: ", "))"
          + (times.map { " (for a join by time, \($0) must state its unit, as in time_ps)" } ?? ""))
    }
    let chosen = try choose(names, choices, path: path, line: headerIndex, notes: &notes)
    var table = ThermoRows(headerLine: headerIndex + 1, header: names)
    for column in chosen { table.names[column.quantity] = names[column.index] }
    var tables: [ThermoRows] = []
    var lineOfStep: [Int64: Int] = [:]
    for (k, line) in zip(lines.indices, lines).dropFirst(headerIndex + 1) {
      // The table of another run, appended.
      if !line.isEmpty, line == lines[headerIndex] {
        tables.append(table)
        table.rows = []
        table.headerLine = k + 1
        lineOfStep = [:]
        continue
      }
      let words = split(line, separator)
      if words.allSatisfy(\.isEmpty) || words[0].hasPrefix("#") { continue }
      guard words.count == names.count else {
        throw fail(
          k,
          "expected \(names.count) columns (\(names.joined(separator: " "))), found \(words.count)")
      }
      var row = ThermoRows.Row(line: k + 1)
      if let stepColumn {
        guard let step = ThermoRows.step(words[stepColumn]) else {
          throw fail(k, "expected a step, found '\(words[stepColumn])'")
        }
        if let before = lineOfStep[step] {
          throw fail(
            k, "step \(step) is already in line \(before + 1); expected each step once")
        }
        lineOfStep[step] = k
        row.step = step
      }
      if let timeColumn {
        guard let time = ThermoRows.number(words[timeColumn.column]) else {
          throw fail(
            k,
            "expected a number for \(names[timeColumn.column]), found '\(words[timeColumn.column])'"
          )
        }
        row.time = time * timeColumn.scale
      }
      for column in chosen {
        guard let value = ThermoRows.number(words[column.index]) else {
          throw fail(
            k, "expected a number for \(names[column.index]), found '\(words[column.index])'")
        }
        row.values[column.quantity] = value * column.factor
      }
      table.rows.append(row)
    }
    return tables + [table]
  }

  private typealias Choice = (quantity: ThermoTable.Quantity, index: Int, factor: Double)

  /// The column of each quantity: the one that the user names, else the first known name.
  private static func choose(
    _ names: [String], _ choices: [ThermoTable.Quantity: String], path: String, line: Int,
    notes: inout [String]
  ) throws(TrajectoryError) -> [Choice] {
    let known = names.map { name in ThermoTable.Quantity.allCases.map { Self.known(name, $0) } }
    var chosen: [Choice] = []
    for (q, quantity) in ThermoTable.Quantity.allCases.enumerated() {
      if let wanted = choices[quantity] {
        guard let index = names.firstIndex(of: wanted) else {
          throw TrajectoryError(
            path: path, line: line + 1,
            reason:
              "has no column \(wanted) (--thermo-column), found \(names.joined(separator: ", "))",
            kind: .usage)
        }
        chosen.append(
          (quantity, index, ThermoUnits.factor(unit(behind: wanted), of: quantity) ?? 1))
        continue
      }
      let candidates = names.indices.filter { known[$0][q].factor != nil }
      guard let best = candidates.min(by: { known[$0][q].rank < known[$1][q].rank }) else {
        continue
      }
      let equals = candidates.filter { $0 != best && known[$0][q].rank == known[best][q].rank }
      if !equals.isEmpty {
        notes.append(
          "\(path) line \(line + 1): \(quantity.rawValue) is taken from \(names[best]), not from "
            + "\(equals.map { names[$0] }.joined(separator: ", "))"
        )
      }
      chosen.append((quantity, best, known[best][q].factor ?? 1))
    }
    // Assumed units are reported.
    for column in chosen {
      let name = names[column.index]
      let isBare =
        choices[column.quantity] == nil
        ? Self.names[column.quantity]?.contains(name.lowercased()) == true
        : unit(behind: name).isEmpty
          || ThermoUnits.factor(unit(behind: name), of: column.quantity) == nil
      guard isBare else { continue }
      notes.append("\(path): \(name) has no unit and is assumed to be in \(column.quantity.unit)")
    }
    let strange = names.indices.filter { k in
      known[k].contains { $0.rank < .max && $0.factor == nil }
        && !chosen.contains { $0.index == k }
        && !known[k].contains { $0.factor != nil }
    }
    if !strange.isEmpty {
      notes.append(
        "\(path) line \(line + 1): \(strange.map { names[$0] }.joined(separator: ", ")) ignored: "
          + "no known unit follows the quantity (expected names as in pressure_GPa, "
          + "temperature_K, density_g_cm3)"
      )
    }
    return chosen
  }

  /// The first line of words: its position, the names in it, and the separator of the columns (nil:
  /// spaces).
  private static func header(_ lines: ArraySlice<String>) -> (
    index: Int, names: [String], separator: Character?
  )? {
    for (k, line) in zip(lines.indices, lines) {
      var text = Substring(line)
      if k == 0, text.hasPrefix("\u{FEFF}") { text = text.dropFirst() }
      let isComment = text.hasPrefix("#")
      if isComment { text = text.drop { $0 == "#" || $0 == " " } }
      let separator = [",", ";", "\t"].map(Character.init).first { text.contains($0) }
      let names = split(text, separator)
      if names.allSatisfy(\.isEmpty) { continue }
      if decimalNumber(names[0]) != nil { return nil }
      // A comment is the header only if it names steps or times: `# Time-averaged data for fix 1`
      // does not.
      if isComment,
        !names.contains(where: { $0.lowercased().hasSuffix("step") || timeScale($0) != nil })
      {
        continue
      }
      return (k, names, separator)
    }
    return nil
  }

  private static func split(_ line: some StringProtocol, _ separator: Character?) -> [String] {
    func trimmed(_ word: some StringProtocol) -> String {
      var word = Substring(word)
      while let c = word.first, c.isWhitespace || c == "\"" { word.removeFirst() }
      while let c = word.last, c.isWhitespace || c == "\"" { word.removeLast() }
      return String(word)
    }
    guard let separator else { return line.split(whereSeparator: \.isWhitespace).map(trimmed) }
    return line.split(separator: separator, omittingEmptySubsequences: false).map(trimmed)
  }

  private static let names: [ThermoTable.Quantity: [String]] = [
    .pressure: ["pressure_set", "pressure", "press", "p"],
    .temperature: ["temperature", "temp", "t"], .density: ["density", "rho"],
  ]

  /// The text after a name and a separator: its unit.
  private static func unit(behind name: String) -> Substring {
    guard let border = name.firstIndex(where: { "_ ([/".contains($0) }) else { return "" }
    return name[border...].dropFirst()
  }

  /// How much a column is wanted for a quantity (0 most, `max` not at all), and the factor to the
  /// quantity's unit; no factor if the unit is not known.
  private static func known(_ name: String, _ quantity: ThermoTable.Quantity) -> (
    rank: Int, factor: Double?
  ) {
    let lower = name.lowercased()
    var best = (rank: Int.max, factor: Double?.none)
    for (rank, word) in (names[quantity] ?? []).enumerated() where lower.hasPrefix(word) {
      let rest = name.dropFirst(word.count)
      // The name is followed by a separator and the unit, or by nothing.
      if let border = rest.first, !"_ ([/".contains(border) { continue }
      if let factor = ThermoUnits.factor(rest, of: quantity) { return (rank, factor) }
      // One letter and something else is anybody's name, except with degrees.
      let isDegrees = quantity == .temperature && ThermoUnits.isDegrees(rest)
      if word.count > 1 || isDegrees { best = (min(best.rank, rank), nil) }
    }
    return best
  }

  /// ps per unit of a column of times; nil if it is none, or names no unit.
  private static func timeScale(_ name: String) -> Double? {
    let lower = name.lowercased()
    guard let word = ["time", "t"].first(where: { lower.hasPrefix($0) }),
      let border = lower.dropFirst(word.count).first, "_ ([/".contains(border)
    else { return nil }
    return ThermoUnits.picoseconds(lower.dropFirst(word.count))
  }
}
