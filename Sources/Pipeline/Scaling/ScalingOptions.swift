/// What `verglas scaling` was asked to do.
public struct ScalingOptions: Sendable {
  /// The results files, one of each run.
  public var results: [String] = []
  /// What the runs make; nil: what their work tells.
  public var kind: ScalingKind?
  /// The table to write as CSV; nil: it is only printed.
  public var csv: String?
  /// Whether an existing table is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false

  /// The defaults.
  public init() {}
}
