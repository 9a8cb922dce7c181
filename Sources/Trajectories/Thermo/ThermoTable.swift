/// Pressure, temperature and density by MD step, from a LAMMPS log or a table.
///
/// **Log** (recognised by LAMMPS' own lines): the thermodynamic output of every run in it, in style
/// `one`, `multi` or `yaml`, in any combination. `Press`, `Temp` and `Density` are read and
/// converted according to the `units` command in the log. If a step occurs twice, as at the
/// boundary of two runs, the later line is used.
///
/// **Table** (everything else): one header line, then one line per step, separated by commas,
/// semicolons, tabs or spaces. Lines that begin with `#` are comments, but the first of them is the
/// header if it precedes all numbers (`fix ave/time` writes such files). Columns are identified by
/// name, case-insensitive, optionally followed by a unit after `_`, a space or in brackets:
///
/// | quantity | names, the first found counts | units (the first if none is named) |
/// | --- | --- | --- |
/// | step | `timestep`, `step`, `time_step` | |
/// | pressure | `pressure_set`, `pressure`, `press`, `p` | GPa, MPa, kbar, bar, atm, Pa |
/// | temperature | `temperature`, `temp`, `t` | K |
/// | density | `density`, `rho` | g/cm³ (`g_cm3`), kg/m³ (`kg_m3`) |
///
/// A set pressure takes precedence over a measured one, which in a small cell fluctuates by more
/// than the steps of a compression.
///
/// A last line without a newline may be truncated within a number, which can only be excluded if
/// all lines have the same number of decimals; otherwise it is omitted, with a note in `notes`.
public struct ThermoTable: Sendable, Equatable {
  /// The quantities of a table.
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

  /// The path as given by the user.
  public let path: String
  /// Number of distinct steps.
  public let stepCount: Int
  /// What was found.
  public let columns: [Quantity: Column]
  /// Notes for the user: an omitted line, a column chosen among several.
  public let notes: [String]

  /// The value of each step [steps]; NaN if the table does not have the step; nil if it does not
  /// have the quantity.
  public func values(_ quantity: Quantity, at steps: [Int64]) -> [Double]? {
    columns[quantity].map { column in steps.map { column.values[$0] ?? .nan } }
  }

  /// The number of these steps that the table has.
  public func matches(_ steps: [Int64]) -> Int {
    steps.filter { step in columns.values.contains { $0.values[step] != nil } }.count
  }

  /// Reads a plain file.
  ///
  /// - Parameter units: LAMMPS unit style of a log without a `units` command; nil: such a log is an
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

  /// Parses the bytes of a file; a pure function.
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
    // The text after the last newline, empty in a complete file.
    let whole = lines.dropLast()
    var notes: [String] = []
    let rest = lines.last ?? ""
    let isWhole = !isLog && hasAllDecimals(rest, like: whole)
    if !isWhole, !rest.allSatisfy(\.isWhitespace) {
      notes.append(
        "\(path) line \(lines.count) ends without a newline and may be truncated ('\(rest.suffix(40))'): it is ignored; add the newline if it is complete"
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
      // Steps that restart belong to another run (usually after a minimisation); values printed
      // only by that run belong to it only.
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

/// The thermodynamic output of one run: columns of equal length.
struct ThermoRows {
  /// Line of the header, from 1, and the names in it.
  var headerLine: Int
  var header: [String]
  var steps: [Int64] = []
  var columns: [ThermoTable.Quantity: (name: String, values: [Double])] = [:]

  /// A step written as an integer, possibly with a zero fraction or an exponent.
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
