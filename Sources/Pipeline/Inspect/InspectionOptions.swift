import Frames
import JobControl
import Options
import Trajectories

/// The options of `verglas inspect`.
public struct InspectionOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "inspect",
    "Show the contents of trajectories, models, datasets and results files; writes nothing.",
    discussion: """
      With --model, time and memory of an analysis are estimated too.

      Example:
        verglas inspect water.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors
      """)

  /// Trajectories, models, datasets or results files, distinguished by content.
  @Option(
    .trajectories.explained(
      """
      Trajectories (LAMMPS dumps, extended XYZ, GRO, XTC, TRR, DCD, Amber NetCDF, H5MD; plain, \
      gzip or zstd where they are text), models, datasets or results.
      """))
  public var files: [String] = []

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
  @Option(.frames("Frames to use, as a Python slice: 0:100:10, -1:, 5."))
  public var frames = FrameSelection.all

  /// Whether warnings about damaged input are errors.
  @Option(.strict)
  public var strict = false

  /// Model files.
  @Option(
    .repeated(
      "--model", "FILE", .models,
      "Model for which time and memory are estimated. Repeat it for several models."))
  public var models: [String] = []

  /// Numbers of ranks for which the plan of an analysis is shown.
  @Option(
    .value(
      "--ranks", "P[,P…]", .models,
      """
      With --model: show how an analysis on this many ranks would distribute the frames, how long \
      it would take and how much memory it would need.
      """, show: { $0.isEmpty ? nil : $0.map(String.init).joined(separator: ",") },
      read: { text in
        try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
          guard let number = Int(word), number >= 1, number <= 1_000_000 else {
            throw InvalidValue("expected numbers of ranks separated by commas, found '\(text)'")
          }
          return number
        }
      }))
  public var ranks: [Int] = []

  /// Whether a results file is watched until it is complete.
  @Option(
    .flag(
      "--follow", .running,
      """
      Watch the results file of a running analysis until it is complete: frames done, rate, time \
      left, fractions so far, reasons for skipped frames.
      """))
  public var follows = false

  /// Seconds between two looks.
  @Option(
    .value(
      "--interval", "S", .running, "Seconds between two updates of --follow.",
      check: .expect("a time in s from 0.01 to 3600") { $0 >= 0.01 && $0 <= 3600 }))
  public var interval = 10.0

  /// Whether only warnings and errors are printed.
  @Option(
    .quiet.explained(
      "Print only warnings and errors; the exit code shows whether everything could be read."))
  public var quiet = false

  /// The command line.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// - Throws: `RunError` (usage).
  func validate() throws {
    try validateEach()
    guard !follows || files.count == 1 else {
      throw RunError("--follow watches one results file; found \(files.count) files", .usage)
    }
    guard ranks.isEmpty || !models.isEmpty else {
      throw RunError("--ranks needs the models of the analysis: specify --model", .usage)
    }
  }
}
