import Frames
import JobControl
import Options
import Trajectories

/// The options of `verglas interface`.
public struct InterfaceOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "interface",
    """
    Positions, thicknesses, shifts and hysteresis of flat interfaces, from the profiles in \
    results.h5.
    """,
    discussion: """
      Needs results of analyze --profile. The table is printed; with -o it is stored too, with \
      all values per frame and per block. The results file is not modified.

      Before frames are averaged, each is shifted by the drift of the slab. Thicknesses are those \
      of the mean profile, with jackknife errors over blocks of consecutive frames. Shifts are \
      measured in fractions of the axis, so that a uniform compression of the cell gives no shift, \
      and relative to the common drift of all interfaces.

      Example:
        verglas analyze slab.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors --profile x -o results.h5
        verglas interface results.h5 -o interface.h5
      """)

  /// The results file.
  @Option(.argument("RESULTS", .inputs, "Results of analyze --profile."))
  public var results = ""

  /// Selects among the complete frames.
  @Option(.frames("Complete frames of the results to use, as a Python slice: 50:, ::2, -10:."))
  public var frames = FrameSelection.all

  /// Table of pressures for the hysteresis; nil: those in the results.
  @Option(.thermo)
  public var thermo: String? = nil

  /// LAMMPS unit style of a log without a `units` command.
  @Option(.thermoUnits)
  public var thermoUnits: UnitStyle? = nil

  /// Columns of the table that hold a quantity, where they are not found by name.
  @Option(.thermoColumns)
  public var thermoColumns: [ThermoColumn] = []

  /// Models to use; empty: all.
  @Option(
    .repeated(
      "--model", "NAME", .interfaces, "Model to use. Repeat it for several models.",
      otherwise: "all"))
  public var models: [String] = []

  /// The class whose profile is used; nil: the last of each model.
  @Option(
    .value(
      "--class", "NAME", .interfaces, "Class whose mean probability is the profile.",
      otherwise: "the model's last"))
  public var className: String? = nil

  /// Number of blocks of consecutive frames.
  @Option(
    .value(
      "--blocks", "N", .interfaces, "Number of blocks of consecutive frames, for the errors.",
      check: .expect("a number from 1") { $0 >= 1 }))
  public var blocks = 5

  /// Reference frames of the shifts, among the selected ones; nil: the first.
  @Option(
    .value(
      "--reference", "START:STOP:STEP", .interfaces,
      "Frames (of those used) from which shifts are counted, as a Python slice: 0, -1, 0:5.",
      otherwise: "the first"))
  public var reference: FrameSelection? = nil

  /// Smallest difference between two plateaus.
  @Option(
    .value(
      "--contrast", "P", .interfaces,
      "Smallest difference in probability between two plateaus that counts as an interface.",
      check: .expect("a difference of probabilities above 0, at most 1") { $0 > 0 && $0 <= 1 },
      record: .attribute("minimum_contrast")))
  public var contrast = 0.25

  /// Shortest plateau in Å.
  @Option(
    .value(
      "--min-domain", "Å", .interfaces, "Length of the shortest plateau.",
      check: .expect("a length in Å above 0") { $0 > 0 && $0.isFinite },
      record: .attribute("minimum_domain")))
  public var minimumDomain = 10.0

  /// The file to write; nil: the table is only printed.
  @Option(
    .value(
      "--output", letter: "o", "FILE", .output,
      "File to write (HDF5); without it the table is only printed."))
  public var output: String? = nil

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

  /// - Throws: `RunError` for the first option with an invalid value.
  func validate() throws {
    try validateEach()
    guard output != "" else {
      throw RunError("--output: expected a file name, found nothing", .usage)
    }
  }
}
