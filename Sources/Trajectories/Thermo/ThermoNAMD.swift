/// Energies in the output of NAMD: `ETITLE:` names the columns of the `ENERGY:` lines.
///
/// Source: NAMD user guide, “NAMD standard output”: TS, TEMP in K and PRESSURE in bar.
enum ThermoNAMD {
  static func isOutput(_ lines: [String]) -> Bool { lines.contains { $0.hasPrefix("ETITLE:") } }

  /// The lines of every run: steps that do not rise start another one.
  static func rows(
    _ lines: ArraySlice<String>, path: String, choices: [ThermoTable.Quantity: String]
  ) throws(TrajectoryError) -> [ThermoRows] {
    var names: [String] = []
    var runs: [ThermoRows] = []
    for (k, line) in zip(lines.indices, lines) {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      func fail(_ reason: String) -> TrajectoryError {
        TrajectoryError(path: path, line: k + 1, reason: reason)
      }
      if words.first == "ETITLE:" {
        names = Array(words.dropFirst())
        if runs.isEmpty { runs.append(ThermoRows(headerLine: k + 1, header: names)) }
      }
      guard words.first == "ENERGY:", !names.isEmpty else { continue }
      let numbers = Array(words.dropFirst())
      guard numbers.count == names.count, let column = names.firstIndex(of: "TS") else {
        throw fail("expected \(names.count) columns with TS (ETITLE:), found \(numbers.count)")
      }
      guard let step = ThermoRows.step(numbers[column]) else {
        throw fail("expected a step, found '\(numbers[column])'")
      }
      if let before = runs[runs.count - 1].rows.last?.step, before >= step {
        runs.append(ThermoRows(headerLine: k + 1, header: names))
      }
      var row = ThermoRows.Row(line: k + 1, step: step)
      for (quantity, usual, factor) in columns {
        let name = choices[quantity] ?? usual
        guard let place = names.firstIndex(of: name) else { continue }
        guard let value = ThermoRows.number(numbers[place]) else {
          throw fail("expected a number for \(name), found '\(numbers[place])'")
        }
        row.values[quantity] = value * factor
        runs[runs.count - 1].names[quantity] = name
      }
      runs[runs.count - 1].rows.append(row)
    }
    return runs
  }

  private static let columns: [(ThermoTable.Quantity, String, Double)] = [
    (.pressure, "PRESSURE", 1e-4), (.temperature, "TEMP", 1),
  ]
}
