import Trajectories

/// What `verglas interface` was asked to do.
public struct InterfaceOptions: Sendable {
  /// The results file.
  public var results = ""
  /// The file to write; nil: the table is only printed.
  public var output: String?
  /// Models to look at; empty: all.
  public var models: [String] = []
  /// The class whose profile is measured; nil: each model's last.
  public var className: String?
  /// Which of the complete frames are taken.
  public var frames = FrameSelection.all
  /// Number of blocks of consecutive frames.
  public var blocks = 5
  /// Which of the taken frames shifts are counted from; nil: the first.
  public var reference: FrameSelection?
  /// Smallest difference between two plateaus.
  public var contrast = 0.25
  /// Shortest plateau in Å.
  public var minimumDomain = 10.0
  /// Table of pressures for the hysteresis; nil: what the results hold.
  public var thermo: String?
  /// LAMMPS unit style of a log that does not name it.
  public var thermoUnits: UnitStyle?
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false
  /// The command line, kept in the output.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// - Throws: `RunError` naming the first option whose value makes no sense.
  func validate() throws {
    guard blocks >= 1 else {
      throw RunError("--blocks: expected a number from 1, found \(blocks)", .usage)
    }
    guard contrast > 0, contrast <= 1 else {
      throw RunError(
        "--contrast: expected a difference of probabilities above 0, at most 1, found \(contrast)",
        .usage)
    }
    guard minimumDomain > 0, minimumDomain.isFinite else {
      throw RunError("--min-domain: expected a length in Å above 0, found \(minimumDomain)", .usage)
    }
    guard output != "" else {
      throw RunError("--output: expected a file name, found nothing", .usage)
    }
  }
}
