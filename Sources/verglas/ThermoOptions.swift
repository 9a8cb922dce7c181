import ArgumentParser
import Trajectories

/// Where pressure, temperature and density of the frames stand.
struct ThermoOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Table of pressure, temperature and density, joined by MD step: a LAMMPS log, or a CSV with columns such as timestep,pressure_GPa.",
      valueName: "FILE"))
  var thermo: String?

  @Option(
    help: ArgumentHelp(
      "Units of a LAMMPS log that does not repeat its units command: real, metal, si, cgs, …",
      valueName: "STYLE"))
  var thermoUnits: UnitStyle?
}

extension UnitStyle: ExpressibleByArgument {
  /// The style of a LAMMPS name.
  public init?(argument: String) { self.init(name: argument) }
  /// The names that can be given.
  public static var allValueStrings: [String] { allCases.map(\.name) }
}
