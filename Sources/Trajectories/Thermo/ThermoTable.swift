/// Pressure, temperature and density by MD step, from a LAMMPS log or a table.
///
/// **Log** (recognised by LAMMPS' own lines): the thermodynamic output of every run in it, in style
/// `one`, `multi` or `yaml`, in any mixture. `Press`, `Temp` and `Density` are taken, converted by
/// the `units` command that the log repeats. Where a step is written twice, as at the border of two
/// runs, the later line counts.
///
/// **Table** (everything else): one header line, then one line a step, with commas, semicolons,
/// tabs or blanks between. Lines that begin with `#` are comments, but the first of them is the
/// header if it comes before all numbers (`fix ave/time` writes such files). Columns are known by
/// name, in any case, a unit behind it after `_`, a blank or in brackets:
///
/// | quantity | names, the first found counts | units (the first if none is named) |
/// | --- | --- | --- |
/// | step | `timestep`, `step`, `time_step` | |
/// | pressure | `pressure_set`, `pressure`, `press`, `p` | GPa, MPa, kbar, bar, atm, Pa |
/// | temperature | `temperature`, `temp`, `t` | K |
/// | density | `density`, `rho` | g/cm³ (`g_cm3`), kg/m³ (`kg_m3`) |
///
/// A set pressure comes before a measured one, which in a small cell fluctuates by more than the
/// steps of a compression.
///
/// A last line without a newline may be cut within a number, which cannot be seen unless all lines
/// have equally many decimals: else it is left out, and `notes` say so.
public struct ThermoTable: Sendable, Equatable {
  /// What a table can hold.
  public enum Quantity: String, Sendable, CaseIterable {
    /// In GPa.
    case pressure
    /// In K.
    case temperature
    /// In g/cm³.
    case density

    /// The unit of the values.
    public var unit: String { self == .pressure ? "GPa" : self == .temperature ? "K" : "g cm-3" }
  }

  /// One column of numbers with its name in the file.
  public struct Column: Sendable, Equatable {
    /// The name in the file.
    public var name: String
    /// Values in the quantity's unit, by MD step.
    public var values: [Int64: Double]
  }

  /// The file as the user named it.
  public let path: String
  /// Number of different steps.
  public let stepCount: Int
  /// What was found.
  public let columns: [Quantity: Column]
  /// What a user should know: a line that was left out, a column that was chosen among equals.
  public let notes: [String]

  /// The value of each step [steps]; NaN where the table has no such step; nil if it has no such
  /// quantity at all.
  public func values(_ quantity: Quantity, at steps: [Int64]) -> [Double]? {
    columns[quantity].map { column in steps.map { column.values[$0] ?? .nan } }
  }

  /// How many of these steps the table has.
  public func matches(_ steps: [Int64]) -> Int {
    steps.filter { step in columns.values.contains { $0.values[step] != nil } }.count
  }

  /// Reads a plain file.
  ///
  /// - Parameter units: LAMMPS unit style of a log that does not name it; nil: such a log is an
  ///   error.
  /// - Throws: `TrajectoryError` naming file and line.
  public static func read(_ path: String, units: UnitStyle? = nil) throws(TrajectoryError)
    -> ThermoTable
  {
    let file = try PlainFile(path: path)
    guard file.size > 0 else {
      throw TrajectoryError(
        path: path, reason: "the file is empty; expected a LAMMPS log or a table with a header")
    }
    guard file.size <= 1 << 30 else {
      throw TrajectoryError(
        path: path, reason: "\(file.size) bytes are no thermodynamic output; expected at most 1 GiB"
      )
    }
    let bytes = try file.bytes(at: 0, count: Int(file.size))
    if bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
      throw TrajectoryError(path: path, reason: "the table is compressed (gzip or zstd): unpack it")
    }
    return try parse(bytes, path: path, units: units)
  }

  /// Understands a file's bytes; pure.
  ///
  /// - Throws: `TrajectoryError` (data) with the line, what was found and what was expected.
  public static func parse(_ bytes: [UInt8], path: String, units: UnitStyle? = nil)
    throws(TrajectoryError) -> ThermoTable
  {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      line in
      String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
    let isLog = ThermoLog.isLog(lines)
    // The part behind the last newline: empty in a whole file.
    let whole = lines.dropLast()
    var notes: [String] = []
    let rest = lines.last ?? ""
    let isWhole = !isLog && hasAllDecimals(rest, like: whole)
    if !isWhole, !rest.allSatisfy(\.isWhitespace) {
      notes.append(
        "\(path) line \(lines.count) ends without a newline and may be cut ('\(rest.suffix(40))'): it is left out; add the newline if it is whole"
      )
    }
    let rows =
      isLog
      ? try ThermoLog.rows(whole, path: path, units: units)
      : try ThermoColumns.rows(isWhole ? lines[...] : whole, path: path, notes: &notes)
    guard rows.contains(where: { !$0.steps.isEmpty }) else {
      throw TrajectoryError(path: path, reason: "no line of numbers; expected at least one step")
    }
    var columns: [Quantity: Column] = [:]
    var steps: Set<Int64> = []
    var last = Int64.min
    for part in rows {
      steps.formUnion(part.steps)
      // Steps that start again are another run (a minimisation before it, as a rule): what only
      // that one printed belongs to it alone.
      if let first = part.steps.first, first < last {
        for quantity in Quantity.allCases where part.columns[quantity] == nil {
          let earlier = columns[quantity]?.values.filter { $0.key < first } ?? [:]
          columns[quantity]?.values = earlier
        }
      }
      last = part.steps.last ?? last
      for (quantity, found) in part.columns {
        for (step, value) in zip(part.steps, found.values) {
          columns[quantity, default: Column(name: found.name, values: [:])].values[step] = value
        }
      }
    }
    columns = columns.filter { !$0.value.values.isEmpty }
    guard !columns.isEmpty else {
      throw TrajectoryError(
        path: path, line: rows[0].headerLine,
        reason:
          "expected a column for pressure, temperature or density, found \(rows[0].header.isEmpty ? "none" : rows[0].header.joined(separator: ", "))"
      )
    }
    return ThermoTable(path: path, stepCount: steps.count, columns: columns, notes: notes)
  }
}

/// Whether a line ends with as many decimals, at least one, as every line of numbers among the
/// others does: then it cannot be cut.
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

/// The thermodynamic output of one run: columns of equal length.
struct ThermoRows {
  /// Line of the header, from 1, and the names in it.
  var headerLine: Int
  var header: [String]
  var steps: [Int64] = []
  var columns: [ThermoTable.Quantity: (name: String, values: [Double])] = [:]

  /// A step written as a whole number, maybe with a fraction of zero or an exponent.
  static func step(_ word: some StringProtocol) -> Int64? {
    if let step = Int64(word) { return step }
    guard let value = decimalNumber(String(word)), value == value.rounded(), abs(value) < 9e15
    else { return nil }
    return Int64(value)
  }

  /// A finite number.
  static func number(_ word: some StringProtocol) -> Double? {
    decimalNumber(String(word))
  }
}
