import Geometry

/// The header of a frame: step, time, cell and the format of its atoms.
public struct FrameHeader: Sendable, Equatable {
  /// MD step, or the number of the frame if the steps of the file do not distinguish its frames.
  public internal(set) var step: Int64
  /// Time in ps, if the file has it.
  public internal(set) var time: Double?
  /// Atoms in the frame, including species that are not selected; equal to the number of lines.
  public let atomCount: Int
  /// The cell in Å.
  public internal(set) var cell: Cell
  /// Columns of the atoms, for formats that have them.
  public internal(set) var columns: ColumnLayout?
  /// Å per unit of length in the file.
  public let lengthScale: Double
  /// Notes for the user on the interpretation of the frame; the same for all frames of a run, so
  /// print them once.
  public internal(set) var notes: [String]
  /// Whether the file says which axes repeat; all are taken to if it does not.
  public internal(set) var saysBoundary = true
  /// Whether the writer wraps positions into the periodic cell, so that one that does not hold them
  /// is not theirs: LAMMPS' triclinic cells.
  public internal(set) var holdsAtoms = false
  /// Whether the file says where the lower corner of the cell lies; at the coordinate origin if it
  /// does not.
  public internal(set) var saysOrigin = false
}
