/// Thermodynamic output in LAMMPS logs: styles `one`, `multi` and `yaml`. See `ThermoTable`.
///
/// Source: LAMMPS manual, commands `thermo_style`, `thermo_modify` and `units`.
struct ThermoLog {
  private let path: String
  private var units: UnitStyle?
  private var runs: [ThermoRows] = []
  /// The step of a `multi` block that is being read.
  private var names: [String] = []
  private var isInTable = false

  /// Whether these lines are LAMMPS output and not a plain table.
  static func isLog(_ lines: [String]) -> Bool {
    lines.contains { line in
      line.hasPrefix("LAMMPS (") || line.hasPrefix("Loop time of ")
        || line.hasPrefix("Per MPI rank memory allocation") || isMultiHead(line)
        || line.hasPrefix("keywords:")
    }
  }

  /// The output of every run.
  static func rows(_ lines: ArraySlice<String>, path: String, units: UnitStyle?)
    throws(TrajectoryError) -> [ThermoRows]
  {
    var log = ThermoLog(path: path, units: units)
    let last = lines.lastIndex { !$0.isEmpty }
    for (k, line) in zip(lines.indices, lines) { try log.read(line, k, isLast: k == last) }
    guard !log.runs.isEmpty else {
      throw TrajectoryError(
        path: path,
        reason:
          "expected the thermodynamic output of a run (Step Temp Press …), found none in this log")
    }
    return log.runs.map { run in
      var run = run
      // A truncated multi block lacks values.
      let complete = run.columns.values.map(\.values.count).min() ?? run.steps.count
      run.steps.removeLast(max(0, run.steps.count - complete))
      return run
    }
  }

  private init(path: String, units: UnitStyle?) {
    self.path = path
    self.units = units
  }

  private mutating func read(_ line: String, _ k: Int, isLast: Bool) throws(TrajectoryError) {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard let first = words.first else { return }
    if first == "units", words.count >= 2 {
      if let style = UnitStyle(name: String(words[1])) { units = style }
      return
    }
    if Self.isMultiHead(line) { return try beginMulti(words, k) }
    if first == "keywords:" { return try begin(Self.list(line), k) }
    if first == "-", line.contains("[") {
      guard isInTable else { return }
      return try add(Self.list(line), k, isLast: isLast)
    }
    if first == "Step", words.count >= 2,
      words.dropFirst().allSatisfy({ decimalNumber(String($0)) == nil })
    {
      return try begin(words.map(String.init), k)
    }
    if words.contains("="), let run = runs.last, run.header.isEmpty {
      return try addPairs(words, k)
    }
    if isInTable {
      if decimalNumber(String(first)) != nil {
        return try add(words.map(String.init), k, isLast: isLast)
      }
      // A row in which only the first word is not a number is damaged, not the end of the table.
      if words.count == names.count,
        words.dropFirst().allSatisfy({ decimalNumber(String($0)) != nil })
      {
        return try add(words.map(String.init), k, isLast: isLast)
      }
      if first != "WARNING:", first != "data:", first != "---" { isInTable = false }
    }
  }

  private static func isMultiHead(_ line: String) -> Bool {
    line.hasPrefix("----") && line.contains("- Step ")
  }

  /// The items of a YAML flow list, without quotes.
  private static func list(_ line: String) -> [String] {
    let inner = line.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }
    return inner.split(separator: ",").map { $0.filter { !" '\"".contains($0) } }.filter {
      !$0.isEmpty
    }
  }

  private mutating func begin(_ header: [String], _ k: Int) throws(TrajectoryError) {
    guard header.contains("Step") else {
      throw TrajectoryError(
        path: path, line: k + 1,
        reason: "expected Step among the columns, found \(header.joined(separator: " "))")
    }
    var run = ThermoRows(headerLine: k + 1, header: header)
    for (quantity, name) in Self.keywords where header.contains(name) {
      run.columns[quantity] = (name, [])
    }
    runs.append(run)
    names = header
    isInTable = true
  }

  private mutating func add(_ words: [String], _ k: Int, isLast: Bool) throws(TrajectoryError) {
    guard words.count == names.count else {
      if isLast { return }
      throw TrajectoryError(
        path: path, line: k + 1,
        reason:
          "expected \(names.count) columns (\(names.joined(separator: " "))), found \(words.count)")
    }
    let r = runs.count - 1
    let stepWord = words[names.firstIndex(of: "Step")!]
    guard let step = ThermoRows.step(stepWord) else {
      throw TrajectoryError(path: path, line: k + 1, reason: "expected a step, found '\(stepWord)'")
    }
    runs[r].steps.append(step)
    for (quantity, name) in Self.keywords {
      guard let column = names.firstIndex(of: name) else { continue }
      try append(words[column], quantity, name, k)
    }
  }

  private mutating func beginMulti(_ words: [Substring], _ k: Int) throws(TrajectoryError) {
    guard words.count > 2, let step = ThermoRows.step(words[2]) else {
      throw TrajectoryError(
        path: path, line: k + 1,
        reason: "expected ------------ Step N, found '\(words.joined(separator: " "))'")
    }
    isInTable = false
    if runs.last?.header.isEmpty != true { runs.append(ThermoRows(headerLine: k + 1, header: [])) }
    runs[runs.count - 1].steps.append(step)
  }

  /// `TotEng   =     -5.2 KinEng = …`: alternating names and values.
  private mutating func addPairs(_ words: [Substring], _ k: Int) throws(TrajectoryError) {
    for at in words.indices where words[at] == "=" && at > 0 {
      guard let (quantity, name) = Self.keywords.first(where: { $0.name == words[at - 1] }) else {
        continue
      }
      guard at + 1 < words.count else {
        throw TrajectoryError(
          path: path, line: k + 1, reason: "expected a number for \(name), found nothing")
      }
      try append(String(words[at + 1]), quantity, name, k)
    }
  }

  private mutating func append(
    _ word: String, _ quantity: ThermoTable.Quantity, _ name: String, _ k: Int
  ) throws(TrajectoryError) {
    guard let value = ThermoRows.number(word) else {
      throw TrajectoryError(
        path: path, line: k + 1, reason: "expected a number for \(name), found '\(word)'")
    }
    let factor = try factor(quantity, k)
    runs[runs.count - 1].columns[quantity, default: (name, [])].values.append(value * factor)
  }

  private static let keywords: [(quantity: ThermoTable.Quantity, name: String)] = [
    (.pressure, "Press"), (.temperature, "Temp"), (.density, "Density"),
  ]

  private func factor(_ quantity: ThermoTable.Quantity, _ k: Int) throws(TrajectoryError) -> Double
  {
    if quantity == .temperature { return 1 }
    guard let units else {
      throw TrajectoryError(
        path: path, line: k + 1,
        reason:
          "the log does not repeat its units command, so the unit of \(quantity.rawValue) is not known; name it with --thermo-units real, metal, …"
      )
    }
    let factor = quantity == .pressure ? units.gigapascals : units.gramsPerCubicCentimeter
    guard let factor else {
      throw TrajectoryError(
        path: path, line: k + 1,
        reason: "\(quantity.rawValue) in units \(units.name) has no value in \(quantity.unit)")
    }
    return factor
  }
}

extension UnitStyle {
  /// GPa per unit of pressure; nil for `lj`. Source: LAMMPS manual, command `units`.
  var gigapascals: Double? {
    switch self {
    case .real: 1.013_25e-4
    case .metal: 1e-4
    case .si, .electron: 1e-9
    case .cgs: 1e-10
    // Picograms, micrometres, microseconds: 1 pg/(µm·µs²) = 1e-15 kg/(1e-6 m · 1e-12 s²) = 1 kPa.
    case .micro: 1e-6
    // Attograms, nanometres, nanoseconds: 1 ag/(nm·ns²) = 1e-21 kg/(1e-9 m · 1e-18 s²) = 1 MPa.
    case .nano: 1e-3
    case .lj: nil
    }
  }

  /// g/cm³ per unit of density; nil for `lj`, and for `electron`, which has no density unit in
  /// LAMMPS.
  var gramsPerCubicCentimeter: Double? {
    switch self {
    case .real, .metal, .cgs: 1
    case .si: 1e-3
    // 1 pg/µm³ = 1e-15 kg/1e-18 m³ = 1000 kg/m³, and 1 ag/nm³ = 1e-21 kg/1e-27 m³ = 1e6 kg/m³.
    case .micro: 1
    case .nano: 1e3
    case .lj, .electron: nil
    }
  }
}
