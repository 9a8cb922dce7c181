import Geometry

/// What a frame says of itself before its atoms: step, time, cell and how its atoms are written.
public struct FrameHeader: Sendable, Equatable {
  /// MD step, or the frame's number where the file's steps do not tell its frames apart.
  public internal(set) var step: Int64
  /// Time in ps, if the file tells it.
  public let time: Double?
  /// Atoms in the frame, unwanted species included. Agrees with the number of lines there.
  public let atomCount: Int
  /// The cell in Å.
  public let cell: Cell
  /// Columns of the atoms, for formats that have them.
  public let columns: ColumnLayout?
  /// Å per unit of length in the file.
  public let lengthScale: Double
  /// What a user should know of how the frame is understood; the same for all frames of a run, so
  /// say it once.
  public internal(set) var notes: [String]
}
