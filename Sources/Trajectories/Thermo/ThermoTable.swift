/// Pressure, temperature and density by MD step or time, from a log or a table; plain, gzip or
/// Zstandard.
///
/// **LAMMPS log** (recognised by LAMMPS' own lines): the thermodynamic output of every run in it,
/// in style `one`, `multi` or `yaml`, in any mixture. `Press`, `Temp` and `Density` are taken,
/// under whatever title `thermo_modify colname` gave them, converted by the `units` command that
/// the log repeats. See `ThermoLog` for the lines between rows.
///
/// **NAMD output**: `TEMP` and `PRESSURE` (bar) of the `ENERGY:` lines.
///
/// **Runs**: where a step is written twice, as at the border of two runs, the later line counts.
/// Steps that start again belong to another run: what earlier runs wrote from there on is left
/// out.
///
/// **xvg** of GROMACS: the columns that its legends name, by time, in the units of its axis.
///
/// **Table** (everything else): one header line, then one line per step, separated by commas,
/// semicolons, tabs or spaces. Lines that begin with `#` are comments, but the first of them is the
/// header if it precedes all numbers (`fix ave/time` writes such files). Columns are identified by
/// name, case-insensitive, optionally followed by a unit after `_`, a space or in brackets:
///
/// | quantity | names, the first found counts | units (the first if none is named) |
/// | --- | --- | --- |
/// | step | `timestep`, `step`, `time_step` | |
/// | time | `time`, `t` | ps, fs, ns, µs; must be named |
/// | pressure | `pressure_set`, `pressure`, `press`, `p` | GPa … Pa, kbar (kB), bar, atm … |
/// | temperature | `temperature`, `temp`, `t` | K |
/// | density | `density`, `rho` | g/cm³ (`g_cm3`, g/mL), kg/m³ (`kg_m3`, g/L) |
///
/// A column whose name is known and whose unit is not is left out, and `notes` say so.
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
    /// Values in the quantity's unit, by MD step; empty if the file gives no steps.
    public var values: [Int64: Double] = [:]
    /// Values in the quantity's unit with their times, ascending; empty if the file gives no
    /// times.
    public var timed: [TimedValue] = []
  }

  /// A value and its time in ps.
  public struct TimedValue: Sendable, Equatable {
    /// In ps.
    public var time: Double
    /// In the quantity's unit.
    public var value: Double
  }

  /// The path as given by the user.
  public let path: String
  /// Number of different steps; of different times, if the file gives no steps.
  public let stepCount: Int
  /// What was found.
  public let columns: [Quantity: Column]
  /// Notes for the user: an omitted line, a column chosen among several.
  public let notes: [String]

  /// Whether rows have steps, and whether they have times.
  public var hasSteps: Bool { columns.values.contains { !$0.values.isEmpty } }
  /// See `hasSteps`.
  public var hasTimes: Bool { columns.values.contains { !$0.timed.isEmpty } }

  /// The value of each step [steps]; NaN if the table does not have the step; nil if it does not
  /// have the quantity.
  public func values(_ quantity: Quantity, at steps: [Int64]) -> [Double]? {
    columns[quantity].map { column in steps.map { column.values[$0] ?? .nan } }
  }

  /// The number of these steps that the table has.
  public func matches(_ steps: [Int64]) -> Int {
    steps.filter { step in columns.values.contains { $0.values[step] != nil } }.count
  }

  /// The value at each time [times] in ps. A row within the precision with which programs write
  /// times (1e-5 ps, and that of a single-precision number) gives its value; a time between two
  /// rows that are at most `reach` apart, the value interpolated linearly between them: energies
  /// are seldom written with the frames. NaN otherwise and for an unknown time; nil if the table
  /// has no such quantity at all.
  public func values(
    _ quantity: Quantity, atTimes times: [Double?], reach: Double = 0
  ) -> [Double]? {
    columns[quantity].map { column in
      times.map { time in
        time.flatMap { Self.value(in: column.timed, at: $0, reach: reach) } ?? .nan
      }
    }
  }

  /// How many of these times the table has; with a `reach`, also between its rows.
  public func matches(times: [Double?], reach: Double = 0) -> Int {
    times.count { time in
      columns.values.contains { column in
        time.flatMap { Self.value(in: column.timed, at: $0, reach: reach) } != nil
      }
    }
  }

  /// The value of the row nearest to a time, if it is near enough, or between two rows; O(log n).
  private static func value(in rows: [TimedValue], at time: Double, reach: Double) -> Double? {
    var low = 0, high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].time < time { low = middle + 1 } else { high = middle }
    }
    let near = rows[max(0, low - 1)..<min(rows.count, low + 1)].min {
      abs($0.time - time) < abs($1.time - time)
    }
    if let near, abs(near.time - time) <= 1e-5 + 2e-7 * abs(time) { return near.value }
    guard low > 0, low < rows.count else { return nil }
    let before = rows[low - 1], after = rows[low]
    guard after.time - before.time <= reach else { return nil }
    let share = (time - before.time) / (after.time - before.time)
    return before.value + share * (after.value - before.value)
  }
}
