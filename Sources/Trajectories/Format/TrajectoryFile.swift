/// A file of frames that can be read in any order and in slices: one conforming type per format.
///
/// Not `Sendable`: it holds an open file and, if compressed, a position in its stream. Each rank
/// opens its own.
public protocol TrajectoryFile: AnyObject {
  /// The path as given by the user.
  var path: String { get }
  /// Size in bytes when the file was first opened; later bytes are ignored.
  var size: Int64 { get }
  /// Every frame of the file.
  var index: FrameIndex { get }

  /// The header of a frame, lengths in Å and times in ps.
  /// - Throws: `TrajectoryError` if the frame or its header is damaged.
  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader

  /// Atoms of the selected species in part `part` of `parts` of a frame, in file order.
  ///
  /// The concatenated parts of a frame are the whole frame, for any number of parts: each atom
  /// belongs to the part in which its line starts. Reads about 1/`parts` of the frame's bytes, if
  /// the file is not compressed.
  /// - Throws: `TrajectoryError` naming file, line, frame and atom.
  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch

  /// Number of atoms of a frame by element, or by type if the file has no elements; empty if it has
  /// neither.
  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
}
