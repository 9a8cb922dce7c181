/// Files of xmgrace (`.xvg`) as GROMACS writes them: comments (`#`), settings (`@`) and rows.
///
/// Source: GROMACS manual, “xvg”. The axis of x names the unit of time, that of y the units of all
/// columns together, the legends the columns.
enum ThermoPlot {
  /// The file as lines of a table with a header, in the same places; nil if it is no such file.
  static func table(_ lines: ArraySlice<String>) -> ArraySlice<String>? {
    guard lines.contains(where: { $0.hasPrefix("@") }) else { return nil }
    var table = lines
    var names = ["time"]
    var units: [String] = []
    var legends: [Int: String] = [:]
    var lastSetting = lines.startIndex
    for (k, line) in zip(lines.indices, lines) {
      guard let first = line.first, first == "#" || first == "@" || first == "&" else { continue }
      table[k] = ""
      guard first == "@" else { continue }
      lastSetting = k
      let text = line.dropFirst().drop { $0 == " " }
      let quoted = text.split(separator: "\"", omittingEmptySubsequences: false)
      guard quoted.count >= 2 else { continue }
      let words = quoted[0].split(separator: " ")
      if words.starts(with: ["xaxis", "label"]) {
        names[0] = String(quoted[1].filter { $0 != " " }).lowercased()
      } else if words.starts(with: ["yaxis", "label"]) {
        units = quoted[1].split(separator: ",").map { $0.filter { !"() ".contains($0) } }
      } else if words.count == 2, words[1] == "legend", words[0].first == "s",
        let set = Int(words[0].dropFirst()), (0..<1000).contains(set)
      {
        legends[set] = String(quoted[1])
      }
    }
    for set in 0...max(0, legends.keys.max() ?? 0) {
      let name = legends[set] ?? "s\(set)"
      let unit = units.first { unit in
        ThermoTable.Quantity.allCases.contains {
          name.lowercased() == $0.rawValue && ThermoUnits.factor(unit, of: $0) != nil
        }
      }
      names.append((name + (unit.map { " (\($0))" } ?? "")).replacing("\t", with: " "))
    }
    table[lastSetting] = names.joined(separator: "\t")
    let header = table[lastSetting]
    // Rows stand between blanks: as many tabs, so that names may hold blanks.
    for k in table.indices where table[k] != header {
      table[k] = table[k].split(whereSeparator: \.isWhitespace).joined(separator: "\t")
    }
    return table
  }
}
