/// A file of frames that can be read in any order and in slices: one conforming type per format.
///
/// Not `Sendable`: it holds an open file and, if compressed, a place in its stream. Each rank opens
/// its own.
public protocol TrajectoryFile: AnyObject {
  /// The file as the user named it.
  var path: String { get }
  /// Bytes on disk that count: its size when it was first looked at.
  var size: Int64 { get }
  /// Every frame of the file.
  var index: FrameIndex { get }

  /// The header of a frame, lengths in Å and times in ps.
  /// - Throws: `TrajectoryError` if the frame is known to be damaged or its header is.
  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader

  /// Atoms of the wanted species in part `part` of `parts` of a frame, in file order.
  ///
  /// The parts of a frame, one after another, are the whole frame, whatever their number: each atom
  /// belongs to the part in which its line starts. Reads about 1/`parts` of the frame's bytes, if
  /// the file is not compressed.
  /// - Throws: `TrajectoryError` naming file, line, frame and atom.
  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch

  /// Atoms of a frame by element, or by type number where the file names no elements; empty if it
  /// tells neither.
  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
}
