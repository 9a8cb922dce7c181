import JobControl
import MPI
import Trajectories

/// Pressure, temperature and density of the frames of a run, joined from a table by MD step or by
/// time; the same on all ranks.
public struct ThermoJoin: Sendable {
  /// Values by frame [F] in the quantity's unit, NaN if the table does not have the step or time.
  public private(set) var values: [ThermoTable.Quantity: [Double]] = [:]
  /// Column names in the file.
  public private(set) var names: [ThermoTable.Quantity: String] = [:]
  /// Notes for the user.
  public private(set) var warnings: [String] = []

  /// The quantities of the table, in a fixed order.
  public var quantities: [ThermoTable.Quantity] {
    ThermoTable.Quantity.allCases.filter { values[$0] != nil }
  }

  /// No table.
  public init() {}

  /// What a table is joined to: steps and times of the frames.
  public struct JoinedFrames {
    var steps: [Int64]
    /// In ps, nil where unknown; called on rank 0, if the table is joined by time.
    var times: () throws -> [Double?]
    /// Whether the steps are numbers given here, which no table knows.
    var areNumbered = false
    /// Whether the command has --time-step.
    var takesTimeStep = false

    /// The frames of a trajectory, or of a results file.
    public init(
      steps: [Int64], times: @escaping () throws -> [Double?], areNumbered: Bool = false,
      takesTimeStep: Bool = false
    ) {
      self.steps = steps
      self.times = times
      self.areNumbered = areNumbered
      self.takesTimeStep = takesTimeStep
    }

    /// What to do if they have no times, and a table has nothing else.
    fileprivate var advice: String {
      takesTimeStep
        ? "specify --time-step PS, the time \(areNumbered ? "between frames" : "of one step") in ps, "
        : areNumbered ? "use a trajectory with the steps of its run, " : ""
    }
  }

  /// Reads the table on rank 0 and joins it: by step, or by time if the frames' steps are numbers
  /// given here or the table has none. A time between two rows gets the value between theirs, if
  /// the rows are no farther apart than the frames are.
  ///
  /// - Parameters:
  ///   - path: a log or a table with a header; nil: no table.
  ///   - units: LAMMPS unit style of a log without a `units` command.
  ///   - columns: columns that the user names.
  /// - Throws: the same `RunError` on all ranks: the table cannot be read, or has no step in common
  ///   with the frames.
  public init(
    _ path: String?, units: UnitStyle?, columns: [ThermoColumn] = [], frames: JoinedFrames,
    on world: Communicator
  ) throws {
    let choices = Dictionary(
      columns.map { ($0.quantity, $0.name) }, uniquingKeysWith: { $1 })
    guard let path else {
      if !columns.isEmpty {
        throw RunError("--thermo-column names a column of a table; give it with --thermo", .usage)
      }
      return
    }
    var own: Joined = ([], [], [], 0, "steps")
    try world.together {
      guard world.isRoot else { return }
      own = try Self.read(path, units, choices, frames)
    }
    let flat = try world.broadcast(own.flat)
    let found = try world.broadcast(own.names.joined(separator: "\n")).split(
      separator: "\n", omittingEmptySubsequences: false)
    let missing = try world.broadcast(Int64(own.missing))
    let keys = try world.broadcast(own.keys)
    warnings = try world.broadcast(own.notes.joined(separator: "\n")).split(separator: "\n").map(
      String.init)
    for (k, quantity) in ThermoTable.Quantity.allCases.enumerated() where !found[k].isEmpty {
      values[quantity] = Array(flat[k * frames.steps.count..<(k + 1) * frames.steps.count])
      names[quantity] = String(found[k])
    }
    for quantity in ThermoTable.Quantity.allCases {
      // The runs in a log may print different columns.
      let count = values[quantity].map { $0.count(where: \.isNaN) } ?? 0
      guard count > Int(missing) else { continue }
      let name = names[quantity] ?? ""
      warnings.append(
        "\(path) has no \(name) for \(count) of the \(frames.steps.count) frames' \(keys); "
          + "\(quantity.rawValue) is NaN in these frames"
      )
    }
    if missing > 0 {
      warnings.append(
        "\(path) has no line for \(missing) of the \(frames.steps.count) frames' \(keys); "
          + "values of the table are NaN in these frames"
      )
    }
  }

  /// Values [quantities, frames], column names, notes, the number of frames without a line, and
  /// whether steps or times were compared.
  private typealias Joined = (
    flat: [Double], names: [String], notes: [String], missing: Int, keys: String
  )

  /// The distance of consecutive frames in time, their median; 0 if it is not known.
  private static func spacing(_ times: [Double?]) -> Double {
    let known = times.compactMap { $0 }.sorted()
    let steps = zip(known.dropFirst(), known).map { $0 - $1 }.sorted()
    return steps.isEmpty ? 0 : steps[steps.count / 2] * (1 + 1e-6)
  }

  private static func read(
    _ path: String, _ units: UnitStyle?, _ choices: [ThermoTable.Quantity: String],
    _ frames: JoinedFrames
  ) throws -> Joined {
    let table = try ThermoTable.read(path, units: units, choices: choices)
    let isByTime = frames.areNumbered || !table.hasSteps
    var notes = table.notes
    let times = isByTime ? try frames.times() : []
    let reach = spacing(times)
    if isByTime {
      let reason =
        frames.areNumbered
        ? "the frames' steps are numbers of the frames, not steps of the run"
        : "\(path) has no steps"
      guard table.hasTimes, times.contains(where: { $0 != nil }) else {
        throw RunError(
          "\(path): cannot be joined: \(reason), and "
            + (table.hasTimes
              ? "the times of the frames are unknown; \(frames.advice)"
              : "the table has no times (a column time_ps); use a trajectory with the steps of its "
                + "run, ")
            + "or omit --thermo", .badData)
      }
      // A table without steps is as expected.
      if frames.areNumbered { notes.append("\(path) is joined by time: \(reason)") }
    } else if frames.steps.count > 1, frames.steps.elementsEqual(0..<Int64(frames.steps.count)),
      try !frames.times().contains(where: { $0 != nil })
    {
      notes.append(
        "\(path) is joined by the frames' steps 0, 1, 2, …: if the program that wrote the "
          + "trajectory numbered its frames, as MDTraj does, the values belong to other frames")
    }
    let matches =
      isByTime ? table.matches(times: times, reach: reach) : table.matches(frames.steps)
    guard matches > 0 else {
      let shown =
        isByTime
        ? times.prefix(3).map { $0.map { "\($0)" } ?? "?" }
        : frames.steps.prefix(3).map(String.init)
      throw RunError(
        "\(path): none of its \(table.stepCount) \(isByTime ? "times" : "steps") matches a frame "
          + "(\(shown.joined(separator: ", "))\(frames.steps.count > 3 ? ", …" : "")): expected "
          + "the table of this run",
        .badData)
    }
    let between = isByTime ? matches - table.matches(times: times) : 0
    if between > 0 {
      notes.append(
        "\(between) of the \(times.count) frames are between the times of \(path); their values "
          + "are interpolated")
    }
    var flat: [Double] = []
    var names: [String] = []
    for quantity in ThermoTable.Quantity.allCases {
      let values =
        isByTime
        ? table.values(quantity, atTimes: times, reach: reach)
        : table.values(quantity, at: frames.steps)
      flat += values ?? [Double](repeating: .nan, count: frames.steps.count)
      names.append(table.columns[quantity]?.name ?? "")
    }
    return (flat, names, notes, frames.steps.count - matches, isByTime ? "times" : "steps")
  }
}
