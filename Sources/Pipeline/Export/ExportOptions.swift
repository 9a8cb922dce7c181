import Frames
import JobControl
import Options
import Trajectories

/// The options of `verglas export`.
public struct ExportOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "export",
    """
    Write frames or slices coloured by phase for OVITO and VMD, or tables of every observable for \
    plotting.
    """,
    discussion: """
      The extension of the output selects the format: .extxyz and .lammpstrj hold the centres with \
      phase, p_class, cluster and ia_kind (0 not IA, 1 interfacial, 2 isolated, 3 other) and the \
      colour of the phase, which OVITO uses automatically; .csv holds every observable, one value \
      per line. VMD reads .lammpstrj: the type of an atom is its phase, counted from 1 (Coloring \
      Method: Type); its XYZ reader ignores the cell and the phases of .extxyz.

      Positions are taken from the results (analyze --per-molecule …,position), else from the \
      trajectory that was analysed.

      Examples:
        verglas export results.h5 -o frames.extxyz
        verglas export results.h5 -o slice.lammpstrj \\
          --slice z=22:3 --at-pressure 0.38,0.59
        verglas export results.h5 -o all.csv
      """)

  /// The results file.
  @Option(.argument("RESULTS", .inputs, "Results of analyze."))
  public var results = ""

  /// Trajectory files with the positions, if the results have none and the analysed files have
  /// moved.
  @Option(
    .repeated(
      "--trajectory", "TRAJ", .inputs,
      "Trajectory with the positions, if the analysed file has moved. Repeat it for several files.")
  )
  public var trajectories: [String] = []

  /// Structure files for trajectories without atom names; if empty, those recorded in the results.
  @Option(
    .topologies.explained(
      "File with the atom names of an XTC, TRR, DCD, NetCDF or H5MD trajectory, if it has moved."))
  public var topologies: [String] = []

  /// Table of pressures; nil: those in the results.
  @Option(.thermo)
  public var thermo: String? = nil

  /// LAMMPS unit style of a log without a `units` command.
  @Option(.thermoUnits)
  public var thermoUnits: UnitStyle? = nil

  /// Columns of the table that hold a quantity, where they are not found by name.
  @Option(.thermoColumns)
  public var thermoColumns: [ThermoColumn] = []

  /// Selects among the complete frames.
  @Option(
    .frames("Complete frames of the results to use, as a Python slice: 50:, ::10, -1:."))
  public var frames = FrameSelection.all

  /// Pressures in GPa whose nearest frames are selected; empty: all frames.
  @Option(
    .value(
      "--at-pressure", "GPA[,GPA…]", .selection,
      "Use the frames whose pressures are nearest to these."))
  public var pressures: [Double] = []

  /// Models whose phases are written (atoms) or whose observables are written (tables); empty:
  /// the first, all.
  @Option(
    .repeated(
      "--model", "NAME", .selection,
      "Model whose phases are written, or neighbor_count. Repeat it for several models in a .csv.",
      otherwise: "the first model; in a .csv all"))
  public var models: [String] = []

  /// Slabs, all of which must contain an atom.
  @Option(
    .repeated(
      "--slice", "AXIS=MIDDLE:THICKNESS", .selection,
      """
      Write only molecules in a slab: z=22:3 is 3 Å thick with its middle at 22 Å (20.5 ≤ z < \
      23.5), also across a periodic boundary. Repeat it to cut along several axes.
      """))
  public var slices: [Slab] = []

  /// Observables that are written to a table; empty: all.
  @Option(
    .repeated(
      "--observable", "NAME", .selection,
      "Observable to write to a .csv. Repeat it for several.", otherwise: "all"))
  public var observables: [String] = []

  /// Whether a table holds totals over the frames.
  @Option(
    .flag(
      "--totals", .selection,
      """
      In a .csv: totals over the frames instead of values of each frame: molecules and fraction of \
      each phase, its largest cluster, kinds of IA.
      """))
  public var totals = false

  /// The file to write; its suffix determines the format.
  @Option(.output("File to write: .extxyz, .lammpstrj or .csv."))
  public var output = ""

  /// Whether an existing output is replaced.
  @Option(.overwrite)
  public var overwrite = false

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// Formats by the suffix of the output.
  enum Format: String, CaseIterable { case extxyz, lammpstrj, csv }

  /// - Throws: `RunError` for the first option with an invalid value.
  func format() throws -> Format {
    let ending = output.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard let format = Format(rawValue: ending), output.lowercased().hasSuffix(".\(ending)") else {
      throw RunError(
        "--output: expected a name ending in .extxyz, .lammpstrj or .csv, found '\(output)'", .usage
      )
    }
    if format == .csv, !slices.isEmpty || !trajectories.isEmpty {
      throw RunError(
        "--slice and --trajectory apply to .extxyz and .lammpstrj only; a .csv holds observables "
          + "of whole frames",
        .usage)
    }
    if format != .csv, !observables.isEmpty {
      throw RunError("--observable applies to .csv only", .usage)
    }
    if totals, format != .csv || !observables.isEmpty {
      throw RunError("--totals applies to .csv only and excludes --observable", .usage)
    }
    if format != .csv, models.count > 1 {
      throw RunError(
        "--model: atoms are written with the phases of one model, found "
          + "\(models.joined(separator: ", "))",
        .usage)
    }
    return format
  }
}
