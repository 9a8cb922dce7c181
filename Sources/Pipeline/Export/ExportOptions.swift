import Trajectories

/// What `verglas export` was asked to do.
public struct ExportOptions: Sendable {
  /// The results file.
  public var results = ""
  /// The file to write; its ending decides the format.
  public var output = ""
  /// Model whose phases are written (atoms); models whose observables are written (tables); empty:
  /// the first, all.
  public var models: [String] = []
  /// Which of the complete frames are taken.
  public var frames = FrameSelection.all
  /// Pressures in GPa whose nearest frames are taken; empty: all frames.
  public var pressures: [Double] = []
  /// Slabs that atoms must lie in, all of them.
  public var slices: [Slab] = []
  /// Observables that are written to a table; empty: all.
  public var observables: [String] = []
  /// Trajectory files to take positions from, if the results hold none and theirs have moved.
  public var trajectories: [String] = []
  /// Structure files that name the atoms of trajectories that do not; as the results say, if empty.
  public var topologies: [String] = []
  /// Table of pressures; nil: what the results hold.
  public var thermo: String?
  /// LAMMPS unit style of a log that does not name it.
  public var thermoUnits: UnitStyle?
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false
  /// The command line.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// Formats by the ending of the output's name.
  enum Format: String, CaseIterable { case extxyz, lammpstrj, csv }

  /// - Throws: `RunError` naming the first option whose value makes no sense.
  func format() throws -> Format {
    let ending = output.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard let format = Format(rawValue: ending), output.lowercased().hasSuffix(".\(ending)") else {
      throw RunError(
        "--output: expected a name ending in .extxyz, .lammpstrj or .csv, found '\(output)'", .usage
      )
    }
    if format == .csv, !slices.isEmpty || !trajectories.isEmpty {
      throw RunError(
        "--slice and --trajectory go with .extxyz and .lammpstrj; a .csv holds observables of whole frames",
        .usage)
    }
    if format != .csv, !observables.isEmpty {
      throw RunError("--observable goes with .csv", .usage)
    }
    if format != .csv, models.count > 1 {
      throw RunError(
        "--model: atoms are written with the phases of one model, found \(models.joined(separator: ", "))",
        .usage)
    }
    return format
  }
}
