import Frames
import Options
import SOAP
import Trajectories

/// The options of `verglas describe`.
public struct DescriptionOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "describe", "Write the SOAP vectors of all centres to an HDF5 file.",
    discussion: """
      /soap/value holds [frames, centres by id, features], /soap/features the names and /soap/id \
      the ids. The vectors are those of DScribe 2.1 (rbf="gto"), in double precision by default.

      Example:
        verglas describe water.lammpstrj --types 1=O,2=H \\
          --species O --n-max 8 --l-max 8 -o soap.h5
      """)

  /// Trajectory files or shell patterns.
  @Option(.trajectories)
  public var trajectories: [String] = []

  /// Species by atom type; empty if the files have elements.
  @Option(.types)
  public var types: TypeNames = [:]

  /// Structure files for trajectories without atom names.
  @Option(.topologies)
  public var topologies: [String] = []

  /// Which axes are periodic, for files that do not state it; nil: all.
  @Option(.boundary)
  public var boundary: Boundary? = nil

  /// Selects among the chained frames.
  @Option(
    .frames(
      "Frames to use, as a Python slice: 0:100:10, -1:, 5. Rows are in ascending order of step."))
  public var frames = FrameSelection.all

  /// Whether warnings about damaged input are errors.
  @Option(.strict)
  public var strict = false

  /// Whether frames that cannot be read are skipped and recorded instead of ending the run.
  @Option(
    .onBadFrame(
      """
      Action for a frame that cannot be read: stop, or skip it (its vectors are NaN), record the \
      reason and exit with code 1.
      """))
  public var skipsBadFrames = false

  /// The descriptor.
  public var soap = SOAPChoice()

  /// Precision of SOAP.
  @Option(.precision(.soap, "Precision: double is the reference, single the fast path of analyze."))
  public var precision = Descriptor.Precision.double

  /// The file to write.
  @Option(.output("File to write (HDF5)."))
  public var output = ""

  /// Whether an existing output is replaced.
  @Option(.overwrite)
  public var overwrite = false

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line, recorded in the output.
  public var commandLine = ""

  /// The defaults.
  public init() {}
}
