import Lattices

/// What `verglas generate` was asked to do.
public struct GenerationOptions: Sendable {
  /// The box.
  public var recipe = WaterRecipe()
  /// Number of frames.
  public var frames = 1
  /// MD steps from frame to frame; the first is step 0.
  public var stepsPerFrame = 1000
  /// The dump to write.
  public var output = ""
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false

  /// The defaults.
  public init() {}

  /// - Throws: `RunError` (usage).
  func validate() throws {
    guard (1...1_000_000).contains(frames) else {
      throw RunError("--frames: expected a number from 1 to 1000000, found \(frames)", .usage)
    }
    guard (1...1_000_000_000).contains(stepsPerFrame) else {
      throw RunError(
        "--steps-per-frame: expected a number from 1 to 1000000000, found \(stepsPerFrame)", .usage)
    }
    for suffix in [".gz", ".zst"] where output.hasSuffix(suffix) {
      throw RunError(
        "\(output): the dump is written as plain text, which all ranks can fill; leave out \(suffix) and compress it later",
        .usage)
    }
  }
}
