import Options
import SOAP
import Trajectories

// Options that several commands take, each declared once. A command lists the ones that it accepts,
// and gives the default.

extension Declaration<[String]> {
  /// The trajectories.
  public static let trajectories = arguments(
    "TRAJ", .inputs,
    """
    Trajectory files: LAMMPS text dumps, extended XYZ and GRO (plain, gzip or zstd), LAMMPS binary \
    and YAML dumps, XTC, TRR, DCD, Amber NetCDF and H5MD. Several files and patterns are chained \
    in step order.
    """)

  /// `--topology`.
  public static let topologies = repeated(
    "--topology", "FILE", .inputs,
    """
    File with the atom names for XTC, TRR, DCD, NetCDF and H5MD trajectories: GRO, PDB, \
    PSF or LAMMPS data. Repeat it for trajectories with different numbers of atoms.
    """,
    record: .attribute("topology_path", isCompared: false) { .texts($0.isEmpty ? [""] : $0) })
}

extension Declaration<TypeNames> {
  /// `--types`.
  public static let types = value(
    "--types", "1=O,2=H", .inputs,
    """
    Elements of the atom types or labels, e.g. 1=O,2=H or OW=O,HW=H. Not needed if the file names \
    the elements.
    """,
    record: .attribute("types") { .text($0.description) },
    show: { $0.isEmpty ? nil : $0.description },
    read: { text in
      do throws(TrajectoryError) { return try SpeciesMap.parse(types: text) } catch {
        throw InvalidValue(error.reason)
      }
    })
}

extension Declaration<Boundary?> {
  /// `--boundary`.
  public static let boundary = value(
    "--boundary", "p,p,f", .inputs,
    """
    Periodic (p) and open (f) axes, for files that do not state them: XTC, TRR, DCD, GRO, Amber \
    NetCDF, extended XYZ without pbc, and H5MD without boundary.
    """,
    record: .attribute("boundary") { .text($0?.description ?? "") },
    show: { $0?.description },
    read: { text in
      do throws(TrajectoryError) { return try Boundary(parsing: text) } catch {
        throw InvalidValue(error.reason)
      }
    })
}

extension Declaration<FrameSelection> {
  /// `--frames`.
  public static func frames(_ help: String, record: Record<FrameSelection>? = nil) -> Declaration {
    value("--frames", "START:STOP:STEP", .inputs, help, otherwise: "all", record: record)
  }
}

extension Declaration<String> {
  /// `-o`, which is required.
  public static func output(_ help: String) -> Declaration {
    value("--output", letter: "o", "FILE", .output, help, isRequired: true)
  }
}

extension Declaration<String?> {
  /// `--thermo`.
  public static let thermo = value(
    "--thermo", "FILE", .inputs,
    """
    Table of pressure, temperature and density, joined by MD step, or by time if the frames or \
    the table have no steps: a LAMMPS log, NAMD output, GROMACS xvg, or CSV with columns such as \
    timestep,pressure_GPa.
    """,
    record: .attribute("thermo") { .text($0 ?? "") }
  ).once()
}

extension Declaration<UnitStyle?> {
  /// `--thermo-units`.
  public static let thermoUnits = value(
    "--thermo-units", "STYLE", .inputs,
    "Units of a LAMMPS log that does not contain the units command.")
}

extension Declaration<[ThermoColumn]> {
  /// `--thermo-column`.
  public static let thermoColumns = repeated(
    "--thermo-column", "[QUANTITY=]NAME", .inputs,
    """
    Column of --thermo that holds the pressure, or temperature=NAME, density=NAME; for example \
    v_p (LAMMPS log) or p_set. Repeat it for several quantities.
    """,
    record: .attribute("thermo_columns", isCompared: true) {
      .text($0.compactMap(\.typed).joined(separator: ","))
    })
}

extension Declaration<Descriptor.Precision> {
  /// `--precision`.
  public static func precision(_ title: OptionTitle, _ help: String) -> Declaration {
    value(
      "--precision", "NAME", title, help, record: .attribute("precision") { .text($0.word) })
  }
}

extension Declaration<Bool> {
  /// `--strict`.
  public static let strict = flag(
    "--strict", .inputs,
    """
    Treat a truncated last frame, a damaged compressed file, or hydrogen and oxygen atoms that are \
    not 2:1 as an error instead of a warning.
    """)

  /// `--on-bad-frame`: true for skip.
  public static func onBadFrame(_ help: String) -> Declaration {
    value(
      "--on-bad-frame", "ACTION", .inputs, help, choices: ["stop", "skip"],
      record: .attribute("on_bad_frame") { .text($0 ? "skip" : "stop") },
      show: { $0 ? "skip" : "stop" },
      read: { text in
        guard ["stop", "skip"].contains(text) else { throw InvalidValue("expected stop or skip") }
        return text == "skip"
      })
  }

  /// `--overwrite`.
  public static let overwrite = flag("--overwrite", .output, "Replace the output if it exists.")
  /// `--quiet`.
  public static let quiet = flag("--quiet", .running, "Print only warnings and errors.")
}

extension Declaration<UInt64> {
  /// `--seed`.
  public static func seed(_ title: OptionTitle, _ help: String) -> Declaration {
    value("--seed", "N", title, help, record: .attribute("seed") { .unsigned($0) })
  }
}

extension Declaration<Double?> {
  /// `--max-hours`.
  public static func maxHours(_ help: String) -> Declaration {
    value(
      "--max-hours", "HOURS", .running, help,
      check: .expect("a time in hours above 0") { $0.map { $0 > 0 && $0.isFinite } ?? true })
  }
}

extension Declaration<[String]?> {
  /// `--blocks`: nil for all.
  public static func blocks(_ title: OptionTitle, _ help: String) -> Declaration {
    value(
      "--blocks", "LIST", title, help, show: { $0?.joined(separator: ",") ?? "all" },
      read: { $0 == "all" ? nil : $0.split(separator: ",").map(String.init) }
    ).once()
  }
}
