/// Thermodynamic output in LAMMPS logs: styles `one`, `multi` and `yaml`. See `ThermoTable`.
///
/// A table ends with its run (`Loop time of …`), with another header, or where another log is
/// appended. Other commands print between its rows (`fix shake`, `fix print`, colvars, warnings):
/// what is no row is ignored and counted. Rows of one table rise by step; one that does not is an
/// error, since it belongs to something else.
///
/// Source: LAMMPS manual, commands `thermo_style`, `thermo_modify` and `units`.
struct ThermoLog {
  let path: String
  /// The columns that the user names.
  let choices: [ThermoTable.Quantity: String]
  var units: UnitStyle?
  private(set) var runs: [ThermoRows] = []
  private(set) var notes: [String] = []

  /// The table that is being read.
  private var table: OpenTable?
  /// The block of style multi that is being read.
  private var block: ThermoRows.Row?
  /// Keywords of the last `thermo_style`, by position.
  private var keywords: [String]?
  /// Whether the next line of words is a header: LAMMPS writes its use of memory before it.
  private var awaitsHeader = false
  /// Types and averages of `fix shake` follow, up to the row of this step.
  private var shakeStep: Int64?
  /// A row of numbers that has not as many as the table: an error, unless the run ends there.
  private var short: TrajectoryError?
  private var foreign: (count: Int, line: Int, text: String)?
  private var cutRows: [Int] = []
  private var tablesWithoutStep: [(line: Int, names: [String])] = []

  /// What the columns of a table hold.
  private struct OpenTable {
    var names: [String]
    var step: Int
    var time: Int?
    var columns: [(quantity: ThermoTable.Quantity, index: Int)]
  }

  /// Whether these lines are LAMMPS output and not a plain table.
  static func isLog(_ lines: [String]) -> Bool {
    lines.contains { line in
      line.hasPrefix("LAMMPS (") || line.hasPrefix("Loop time of ") || isMemoryUse(line)
        || isMultiHead(line) || line.hasPrefix("keywords:")
    }
  }

  /// The output of every run.
  static func rows(
    _ lines: ArraySlice<String>, path: String, units: UnitStyle?,
    choices: [ThermoTable.Quantity: String], notes: inout [String]
  ) throws(TrajectoryError) -> [ThermoRows] {
    var log = ThermoLog(path: path, choices: choices, units: units)
    for (k, line) in zip(lines.indices, lines) { try log.read(line, k) }
    log.close()
    log.report()
    notes += log.notes
    if log.runs.isEmpty, let table = log.tablesWithoutStep.first {
      throw TrajectoryError(
        path: path, line: table.line,
        reason: "expected Step among the columns, found \(table.names.joined(separator: " "))")
    }
    guard !log.runs.isEmpty else {
      throw TrajectoryError(
        path: path,
        reason:
          "expected the thermodynamic output of a run (Step Temp Press …), found none in this log")
    }
    return log.runs
  }

  private init(path: String, choices: [ThermoTable.Quantity: String], units: UnitStyle?) {
    self.path = path
    self.choices = choices
    self.units = units
  }

  private mutating func read(_ line: String, _ k: Int) throws(TrajectoryError) {
    // A killed run's last row and the first line of the log that was appended behind it.
    if table != nil, line.contains("LAMMPS ("), !line.hasPrefix("LAMMPS (") {
      cutRows.append(k + 1)
      return close()
    }
    let words = line.split(whereSeparator: \.isWhitespace)
    guard let first = words.first else { return }
    if Self.isMemoryUse(line) {
      close()
      awaitsHeader = true
      return
    }
    if Self.isMultiHead(line) { return try beginBlock(words, k) }
    if first == "keywords:" { return begin(Self.list(line), k) }
    if line.hasPrefix("Loop time of ") || line.hasPrefix("LAMMPS (")
      || line.hasPrefix("Total wall time")
    {
      return close()
    }
    if isHeader(words) { return begin(words.map(String.init), k) }
    guard table != nil || block != nil else { return command(words) }
    if block != nil { return try addPairs(words, k) }
    if line.hasPrefix("SHAKE stats") {
      shakeStep = words.last.flatMap { Int64($0) } ?? .max
      return ignore(line, k)
    }
    if first == "-", line.contains("[") { return try row(Self.list(line), line, k) }
    try row(words.map(String.init), line, k)
  }

  /// Commands that say what the tables hold.
  private mutating func command(_ words: [Substring]) {
    guard words.count >= 2 else { return }
    if words[0] == "units", let style = UnitStyle(name: String(words[1])) { units = style }
    if words[0] == "thermo_style" {
      keywords =
        switch words[1] {
        case "custom": words.dropFirst(2).filter { $0 != "&" }.map(String.init)
        case "one": ["step", "temp", "epair", "emol", "etotal", "press"]
        default: nil
        }
    }
  }

  private static func isMemoryUse(_ line: String) -> Bool {
    line.hasPrefix("Per MPI rank memory allocation") || line.hasPrefix("Memory usage per processor")
  }

  private static func isMultiHead(_ line: String) -> Bool {
    line.hasPrefix("----") && line.contains("- Step ")
  }

  /// Whether a line of words heads a table: it follows the use of memory, or holds `Step` and
  /// nothing but names of columns.
  private func isHeader(_ words: [Substring]) -> Bool {
    guard words.allSatisfy({ decimalNumber(String($0)) == nil }) else { return false }
    if awaitsHeader {
      return words[0] != "---" && !words[0].hasPrefix("WARNING")
        && (words.contains("Step") || words.count == keywords?.count
          || words.allSatisfy { ThermoNames.isColumn($0) })
    }
    return words.count >= 2 && words.contains("Step")
      && words.allSatisfy { ThermoNames.isColumn($0) }
  }

  /// The items of a YAML flow list, without quotes.
  private static func list(_ line: String) -> [String] {
    let inner = line.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }
    return inner.split(separator: ",").map { $0.filter { !" '\"".contains($0) } }.filter {
      !$0.isEmpty
    }
  }

  private mutating func begin(_ names: [String], _ k: Int) {
    close()
    func column(_ keyword: String) -> Int? {
      ThermoNames.column(of: keyword, in: names, keywords: keywords)
    }
    guard let step = column("step") else {
      tablesWithoutStep.append((k + 1, names))
      return
    }
    var open = OpenTable(names: names, step: step, time: column("time"), columns: [])
    var run = ThermoRows(headerLine: k + 1, header: names)
    for quantity in ThermoTable.Quantity.allCases {
      let index =
        choices[quantity].map { names.firstIndex(of: $0) } ?? column(Self.keyword(quantity))
      guard let index else { continue }
      open.columns.append((quantity, index))
      run.names[quantity] = names[index]
    }
    runs.append(run)
    table = open
  }

  /// The keyword of `thermo_style` for a quantity.
  static func keyword(_ quantity: ThermoTable.Quantity) -> String {
    switch quantity {
    case .pressure: "press"
    case .temperature: "temp"
    case .density: "density"
    }
  }

  /// Takes a line of a table: a row, or what another command printed.
  private mutating func row(_ words: [String], _ line: String, _ k: Int) throws(TrajectoryError) {
    guard let table else { return }
    let numbers = words.map { ThermoRows.isNumberLike($0) }
    let strange = numbers.count { !$0 }
    if let shakeStep {
      guard words.count == table.names.count, strange == 0,
        let step = ThermoRows.step(words[table.step]), step >= shakeStep
      else { return ignore(line, k) }
      self.shakeStep = nil
    }
    if strange == 0, words.count != table.names.count {
      if let short { throw short }
      short = TrajectoryError(
        path: path, line: k + 1,
        reason:
          "expected \(table.names.count) columns (\(table.names.joined(separator: " "))), found "
          + "\(words.count)"
      )
      return
    }
    // One word with digits that is no number is damage; words are another command's text.
    let isDamaged =
      strange == 1 && words.count == table.names.count
      && zip(words, numbers).contains { word, isNumber in
        !isNumber && word.contains(where: \.isNumber) && word.last != ":" && word.last != "="
      }
    guard strange == 0 || isDamaged else {
      if !line.hasPrefix("WARNING"), !["data:", "---", "..."].contains(words[0]) {
        ignore(line, k)
      }
      return
    }
    if let short { throw short }
    guard let step = ThermoRows.step(words[table.step]) else {
      throw fail(k, "expected a step, found '\(words[table.step])'")
    }
    let r = runs.count - 1
    if let last = runs[r].rows.last, let before = last.step, before >= step {
      throw fail(
        k,
        "step \(step) follows step \(before) of line \(last.line) in one table: remove lines of "
          + "numbers that LAMMPS did not write"
      )
    }
    var row = ThermoRows.Row(line: k + 1, step: step)
    if let time = table.time { row.time = try self.time(words[time], table.names[time], k) }
    for (quantity, index) in table.columns {
      row.values[quantity] = try value(words[index], quantity, table.names[index], k)
    }
    runs[r].rows.append(row)
  }

  private mutating func ignore(_ line: String, _ k: Int) {
    foreign = foreign.map { ($0.count + 1, $0.line, $0.text) } ?? (1, k + 1, line)
  }

  private mutating func beginBlock(_ words: [Substring], _ k: Int) throws(TrajectoryError) {
    guard words.count > 2, let step = ThermoRows.step(words[2]) else {
      throw fail(k, "expected ------------ Step N, found '\(words.joined(separator: " "))'")
    }
    if block == nil {
      close()
      runs.append(ThermoRows(headerLine: k + 1, header: []))
    }
    endBlock()
    if let before = runs[runs.count - 1].rows.last?.step, before >= step {
      close()
      runs.append(ThermoRows(headerLine: k + 1, header: []))
    }
    awaitsHeader = false
    block = ThermoRows.Row(line: k + 1, step: step)
  }

  /// Keeps the block that is being read, unless it is cut: it then lacks what others have.
  private mutating func endBlock() {
    guard let block else { return }
    let r = runs.count - 1
    if let first = runs[r].rows.first, Set(first.values.keys) != Set(block.values.keys) {
      cutRows.append(block.line)
    } else {
      runs[r].rows.append(block)
    }
    self.block = nil
  }

  /// `TotEng   =     -5.2 KinEng = …`: alternating names and values.
  private mutating func addPairs(_ words: [Substring], _ k: Int) throws(TrajectoryError) {
    for at in words.indices where words[at] == "=" && at > 0 {
      let name = String(words[at - 1])
      guard
        let quantity = ThermoTable.Quantity.allCases.first(where: {
          (choices[$0] ?? ThermoNames.title(of: Self.keyword($0))) == name
        })
      else { continue }
      guard at + 1 < words.count else {
        throw fail(k, "expected a number for \(name), found nothing")
      }
      guard block?.values[quantity] == nil else {
        throw fail(k, "\(name) occurs twice in the block of step \(block?.step ?? 0)")
      }
      let number = try value(String(words[at + 1]), quantity, name, k)
      block?.values[quantity] = number
      runs[runs.count - 1].names[quantity] = name
    }
  }

  /// Ends the table or block that is being read.
  private mutating func close() {
    endBlock()
    if let short, let line = short.line { cutRows.append(line) }
    short = nil
    table = nil
    shakeStep = nil
    awaitsHeader = false
  }

  /// What was ignored.
  private mutating func report() {
    if let foreign {
      notes.append(
        "\(path): \(foreign.count) line(s) between the rows of its tables are not rows and are "
          + "ignored (the first is line \(foreign.line): '\(foreign.text.prefix(60))')"
      )
    }
    for quantity in ThermoTable.Quantity.allCases {
      guard let name = choices[quantity], name.contains("_"), let units, quantity != .temperature,
        runs.contains(where: { $0.names[quantity] == name })
      else { continue }
      notes.append(
        "\(path): \(name) is assumed to be in the unit of \(quantity.rawValue) of units "
          + "\(units.name)")
    }
    if let line = cutRows.first {
      notes.append("\(path): \(cutRows.count) truncated row(s) are ignored (line \(line))")
    }
    if let table = tablesWithoutStep.first, !runs.isEmpty {
      notes.append(
        "\(path): \(tablesWithoutStep.count) table(s) without a Step column are ignored (line "
          + "\(table.line): \(table.names.joined(separator: " ")))"
      )
    }
  }

  private func fail(_ k: Int, _ reason: String) -> TrajectoryError {
    TrajectoryError(path: path, line: k + 1, reason: reason)
  }
}

extension ThermoLog {
  /// A value in the quantity's unit.
  private func value(
    _ word: String, _ quantity: ThermoTable.Quantity, _ name: String, _ k: Int
  ) throws(TrajectoryError) -> Double {
    guard let value = ThermoRows.number(word) else {
      throw fail(k, "expected a number for \(name), found '\(word)'")
    }
    return value * (try factor(quantity, k))
  }

  /// A time in ps; nil if the unit style is not known or has none.
  private func time(_ word: String, _ name: String, _ k: Int) throws(TrajectoryError) -> Double? {
    guard let value = ThermoRows.number(word) else {
      throw fail(k, "expected a number for \(name), found '\(word)'")
    }
    return (units?.timeScale).map { value * $0 }
  }

  private func factor(_ quantity: ThermoTable.Quantity, _ k: Int) throws(TrajectoryError) -> Double
  {
    if quantity == .temperature { return 1 }
    guard let units else {
      throw fail(
        k,
        "the log does not contain a units command, so the unit of \(quantity.rawValue) is unknown; "
          + "specify it with --thermo-units real, metal, …"
      )
    }
    let factor = quantity == .pressure ? units.gigapascals : units.gramsPerCubicCentimeter
    guard let factor else {
      throw fail(
        k, "\(quantity.rawValue) in units \(units.name) cannot be converted to \(quantity.unit)")
    }
    return factor
  }
}
