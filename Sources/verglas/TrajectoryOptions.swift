import ArgumentParser
import Pipeline
import Trajectories

/// Options of every command that reads trajectories.
struct TrajectoryOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Trajectory files: LAMMPS dumps, extended XYZ and GRO (plain, gzip or zstd), XTC, TRR, DCD and H5MD. Several files and patterns are chained in step order.",
      valueName: "TRAJ"))
  var trajectories: [String]

  @Option(
    help: ArgumentHelp(
      "Elements of the atom types or labels, e.g. 1=O,2=H or OW=O,HW=H. Not needed if the file has an element column.",
      valueName: "1=O,2=H"),
    transform: parsedTypes)
  var types: TypeNames = [:]

  @Option(
    name: .customLong("topology"),
    help: ArgumentHelp(
      "What names the atoms of XTC, TRR, DCD and H5MD files: a GRO, PDB, PSF or LAMMPS data file. Repeat it for trajectories with other numbers of atoms.",
      valueName: "FILE"))
  var topologies: [String] = []

  @Option(
    help: ArgumentHelp(
      "Periodic (p) and open (f) axes, for files that do not say it: XTC, TRR, DCD, GRO and extended XYZ without pbc.",
      valueName: "p,p,f"),
    transform: parsedBoundary)
  var boundary: Boundary?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Frames to take, as a Python slice: 0:100:10, -1:, 5. They are always analysed by rising step.",
      valueName: "START:STOP:STEP"),
    transform: parsedFrames)
  var frames: FrameSelection = .all

  @Flag(
    help:
      "Treat a cut last frame, a damaged archive or water that is not H2O as an error, not a warning."
  )
  var strict = false
}

@Sendable func parsedTypes(_ text: String) throws -> TypeNames {
  do { return try SpeciesMap.parse(types: text) } catch { throw ValidationError(error.reason) }
}

@Sendable func parsedBoundary(_ text: String) throws -> Boundary {
  do { return try Boundary(parsing: text) } catch { throw ValidationError(error.reason) }
}

@Sendable func parsedFrames(_ text: String) throws -> FrameSelection {
  do { return try FrameSelection(parsing: text) } catch { throw ValidationError(error.reason) }
}

/// The command line as typed, for the results.
var commandLine: String {
  CommandLine.arguments.enumerated().map { index, word in
    let name = index == 0 ? String(word.split(separator: "/").last ?? "verglas") : word
    return name.contains(" ") || name.contains("*") ? "'\(name)'" : name
  }.joined(separator: " ")
}
