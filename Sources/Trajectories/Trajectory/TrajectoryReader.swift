import Geometry

/// Reads the frames of a trajectory: opens files when they are needed, and keeps the last ones
/// open.
///
/// Not `Sendable`; each rank has its own. Reading frames in ascending order is fastest if files are
/// compressed.
public final class TrajectoryReader {
  /// The trajectory.
  public let trajectory: Trajectory
  /// The selected species.
  public let species: SpeciesMap
  private var open: [(file: Int, reader: any TrajectoryFile)] = []
  /// Where cells with open axes are placed, once it is known.
  private var corner: OpenCorner?

  /// Number of files that are kept open.
  private static let openLimit = 8

  /// A reader of a trajectory's atoms of the selected species.
  public init(_ trajectory: Trajectory, species: SpeciesMap) {
    self.trajectory = trajectory
    self.species = species
  }

  /// The header of a frame.
  /// - Throws: `TrajectoryError` if the frame is damaged or its atom count is not the trajectory's.
  public func header(of frame: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    var header = try bareHeader(of: frame)
    guard header.atomCount == trajectory.atomCount else {
      throw TrajectoryError(
        path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal,
        reason:
          "expected \(trajectory.atomCount) atoms as in the first frame, found \(header.atomCount)")
    }
    if trajectory.untimed.contains(frame.file) { header.time = nil }
    if !header.saysOrigin, !(0..<3).allSatisfy(header.cell.repeats), !species.names.isEmpty {
      if corner == nil { corner = findCorner() }
      do throws(CellError) { try corner?.place(&header, path: trajectory.path(of: frame)) } catch {
        throw TrajectoryError(
          path: trajectory.path(of: frame), frame: frame.ordinal, reason: error.description)
      }
    }
    return header
  }

  /// The header as the file and `--boundary` give it.
  private func bareHeader(of frame: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    var header = try file(of: frame).header(of: frame)
    if let boundary = trajectory.boundary { try apply(boundary, to: &header, of: frame) }
    return header
  }

  /// The corner from the first frame of the files that can be read.
  private func findCorner() -> OpenCorner {
    for frame in trajectory.indexes.lazy.flatMap(\.frames) where frame.isSound {
      // A frame that cannot be read is reported where it is read.
      if let corner = try? corner(of: frame) { return corner }
    }
    return OpenCorner(nil)
  }

  /// The corner from the atoms of a frame, which are read in parts, so that memory is bounded.
  private func corner(of frame: FrameLocation) throws(TrajectoryError) -> OpenCorner {
    let header = try bareHeader(of: frame)
    var corner = OpenCorner(header.cell)
    let parts = header.atomCount / 1_000_000 + 1
    for part in 0..<parts {
      corner.include(try atoms(of: frame, header: header, part: part, of: parts))
    }
    return corner
  }

  /// Sets the periodicity that the user gives.
  /// - Throws: `TrajectoryError` (usage) if the file says otherwise.
  private func apply(_ boundary: Boundary, to header: inout FrameHeader, of frame: FrameLocation)
    throws(TrajectoryError)
  {
    let cell = header.cell
    let own = (0..<3).map { cell.repeats(along: $0) }
    guard own != boundary.isPeriodic else { return }
    guard !header.saysBoundary else {
      throw TrajectoryError(
        path: trajectory.path(of: frame), frame: frame.ordinal,
        reason:
          "the file has the boundaries \(own.map { $0 ? "p" : "f" }.joined(separator: ",")), "
          + "--boundary gives \(boundary)",
        kind: .usage)
    }
    do throws(CellError) {
      header.cell = try Cell(
        a: cell.a, b: cell.b, c: cell.c, origin: cell.origin,
        isPeriodic: (boundary.isPeriodic[0], boundary.isPeriodic[1], boundary.isPeriodic[2]))
    } catch {
      throw TrajectoryError(
        path: trajectory.path(of: frame), frame: frame.ordinal, reason: error.description)
    }
  }

  /// Atoms of the selected species in part `part` of `parts` of a frame; see
  /// `TrajectoryFile.atoms`.
  /// - Throws: `TrajectoryError` naming file, line, frame and atom.
  public func atoms(
    of frame: FrameLocation, header: FrameHeader, part: Int = 0, of parts: Int = 1
  ) throws(TrajectoryError) -> AtomBatch {
    try file(of: frame).atoms(of: frame, header: header, part: part, of: parts)
  }

  /// Atoms of a frame by element or type; see `TrajectoryFile.census`.
  public func census(of frame: FrameLocation, header: FrameHeader) throws(TrajectoryError)
    -> [String: Int]
  {
    try file(of: frame).census(of: frame, header: header)
  }

  private func file(of frame: FrameLocation) throws(TrajectoryError) -> any TrajectoryFile {
    if let position = open.firstIndex(where: { $0.file == frame.file }) {
      return open[position].reader
    }
    if open.count == Self.openLimit { open.removeFirst() }
    let reader = try trajectory.sources[frame.file].open(
      index: trajectory.indexes[frame.file], species: species, topologies: trajectory.topologies)
    open.append((frame.file, reader))
    return reader
  }
}
