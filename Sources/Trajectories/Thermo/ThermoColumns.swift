/// Tables of thermodynamic values with a header line, such as CSV. See `ThermoTable`.
enum ThermoColumns {
  static func rows(_ lines: ArraySlice<String>, path: String, notes: inout [String])
    throws(TrajectoryError) -> [ThermoRows]
  {
    guard let (headerIndex, names, separator) = header(lines) else {
      throw TrajectoryError(
        path: path, line: 1,
        reason: "expected a header line with names such as timestep,pressure_GPa, found none")
    }
    func fail(_ line: Int, _ reason: String) -> TrajectoryError {
      TrajectoryError(path: path, line: line + 1, reason: reason)
    }
    let known = names.map(Self.known)
    let stepNames = ["timestep", "step", "time_step"]
    guard
      let stepColumn = stepNames.lazy.compactMap({ wanted in
        names.firstIndex { $0.lowercased() == wanted }
      }).first
    else {
      throw fail(
        headerIndex, "expected a column timestep or step, found \(names.joined(separator: ", "))")
    }
    var table = ThermoRows(headerLine: headerIndex + 1, header: names)
    var chosen: [(quantity: ThermoTable.Quantity, column: Int, factor: Double)] = []
    for quantity in ThermoTable.Quantity.allCases {
      let candidates = known.indices.filter { known[$0]?.quantity == quantity }
      guard let best = candidates.min(by: { known[$0]!.rank < known[$1]!.rank }) else { continue }
      let equals = candidates.filter { $0 != best && known[$0]!.rank == known[best]!.rank }
      if !equals.isEmpty {
        notes.append(
          "\(path) line \(headerIndex + 1): \(quantity.rawValue) is taken from \(names[best]), not from \(equals.map { names[$0] }.joined(separator: ", "))"
        )
      }
      chosen.append((quantity, best, known[best]!.factor))
      table.columns[quantity] = (names[best], [])
    }
    var lineOfStep: [Int64: Int] = [:]
    for (k, line) in zip(lines.indices, lines).dropFirst(headerIndex + 1) {
      let words = split(line, separator)
      if words.allSatisfy(\.isEmpty) || words[0].hasPrefix("#") { continue }
      guard words.count == names.count else {
        throw fail(
          k,
          "expected \(names.count) columns (\(names.joined(separator: " "))), found \(words.count)")
      }
      guard let step = ThermoRows.step(words[stepColumn]) else {
        throw fail(k, "expected a step, found '\(words[stepColumn])'")
      }
      if let before = lineOfStep[step] {
        throw fail(k, "step \(step) stands in line \(before + 1) already; expected each step once")
      }
      lineOfStep[step] = k
      table.steps.append(step)
      for (quantity, column, factor) in chosen {
        guard let value = ThermoRows.number(words[column]) else {
          throw fail(k, "expected a number for \(names[column]), found '\(words[column])'")
        }
        table.columns[quantity]!.values.append(value * factor)
      }
    }
    return [table]
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
      // A comment is the header only if it names a step: `# Time-averaged data for fix 1` does not.
      if isComment, !names.contains(where: { $0.lowercased().hasSuffix("step") }) { continue }
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

  private static let names: [(quantity: ThermoTable.Quantity, names: [String])] = [
    (.pressure, ["pressure_set", "pressure", "press", "p"]),
    (.temperature, ["temperature", "temp", "t"]), (.density, ["density", "rho"]),
  ]
  private static let units: [ThermoTable.Quantity: [(names: [String], factor: Double)]] = [
    .pressure: [
      (["", "gpa"], 1), (["mpa"], 1e-3), (["kbar"], 0.1), (["bar"], 1e-4), (["atm"], 1.013_25e-4),
      (["pa"], 1e-9),
    ],
    .temperature: [(["", "k"], 1)],
    .density: [
      (["", "gcm3", "g/cm3", "gcm-3", "g/cm^3", "g/cc", "gcc"], 1),
      (["kgm3", "kg/m3", "kgm-3", "kg/m^3"], 1e-3),
    ],
  ]

  /// The quantity of a column, its priority (0 is highest) and the factor to its quantity's unit;
  /// nil for any other column.
  private static func known(_ name: String) -> (
    quantity: ThermoTable.Quantity, rank: Int, factor: Double
  )? {
    let lower = name.lowercased()
    for (quantity, names) in names {
      for (rank, word) in names.enumerated() where lower.hasPrefix(word) {
        let rest = lower.dropFirst(word.count)
        // The name is followed by a separator and the unit, or by nothing.
        if let border = rest.first, !"_ ([/".contains(border) { continue }
        let unit = String(rest.filter { !" _()[]".contains($0) })
        if let factor = units[quantity]!.first(where: { $0.names.contains(unit) })?.factor {
          return (quantity, rank, factor)
        }
      }
    }
    return nil
  }
}
