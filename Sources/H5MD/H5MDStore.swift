import HDF5
import Trajectories

/// The particles of an H5MD file, read in slices of its datasets.
///
/// Source: P. de Buyl, P. H. Colberg, F. Höfling, Comput. Phys. Commun. 185, 1546 (2014), H5MD
/// 1.1: `/particles/<group>/position`, `box` and, where they are, `id` and `species`, each of
/// which may have steps of its own. Of several groups with positions the largest is read.
/// Each rank opens the file by itself, so that ranks read different frames at different times.
public final class H5MDStore: CoordinateStore {
  /// What the file holds.
  public private(set) var summary = StoredSummary()
  /// Path of the file.
  public let path: String
  let file: File
  private let positions: Dataset
  private let group: String
  /// `box/edges` or `box/edges/value`, and whether it depends on the frame.
  private let edges: Dataset
  private let edgesChange: Bool
  /// Rows of the frames in elements whose rows are not the frames.
  let edgeRows: [Int]?, idRows: [Int]?, speciesRows: [Int]?
  let hasFrameIDs: Bool
  /// Ids that are the same in all frames and not ascending.
  var fixedIDs: [Int64]?
  let names: H5MDNames
  /// Labels of the first frame, to which those of others are compared.
  var firstLabels: [String]?
  /// Whether the cell is periodic in each frame; empty if it is the same in all.
  var periodicity: [[Bool]] = []

  /// Whether an HDF5 file holds particles to analyse, and was not written by Verglas. One whose
  /// lock is refused counts as such, so that opening it gives the reason.
  public static func isTrajectory(_ path: String) -> Bool {
    do {
      let file = try File.open(path)
      return file.exists("/h5md") && !file.exists("/verglas") && file.exists("/particles")
    } catch {
      return (error as? HDF5Error)?.isLockRefusal ?? false
    }
  }

  /// Opens a file of `size` bytes and reads the properties common to all frames.
  /// - Throws: `TrajectoryError` or `HDF5Error` if it has no positions with a cell.
  public init(path: String, size: Int64) throws {
    self.path = path
    func fail(_ reason: String) -> TrajectoryError { TrajectoryError(path: path, reason: reason) }
    let file = try File.open(path)
    let groups =
      file.kind(of: "/particles") == .group ? try file.group("/particles").children() : []
    let withPositions = groups.filter { file.exists("/particles/\($0)/position/value") }
    let counts = try withPositions.map {
      try file.dataset("/particles/\($0)/position/value").shape.dropFirst().first ?? 0
    }
    guard let most = counts.max(), let place = counts.firstIndex(of: most) else {
      throw fail("expected an H5MD file with /particles/<group>/position/value, found none")
    }
    let name = withPositions[place]
    let group = "/particles/\(name)"
    let creator =
      file.kind(of: "/h5md/creator") == .group
      ? (try? file.group("/h5md/creator").textAttribute("name")) ?? "" : ""
    let positions = try file.dataset("\(group)/position/value")
    let shape = positions.shape
    guard shape.count == 3, shape[2] == 3, shape[1] > 0, case .real = positions.datatype else {
      throw fail(
        "\(group)/position/value: expected numbers [frames, atoms, 3], found \(positions.datatype) "
          + "\(shape)"
      )
    }
    // Deflate compresses at most a thousandfold: no file holds more, so larger declared sizes are
    // refused before memory is allocated.
    let numbers = Int64(shape[0]).multipliedReportingOverflow(by: Int64(clamping: shape[1]))
    guard shape[1] < Int(Int32.max), !numbers.overflow, numbers.partialValue <= 1100 * size / 6
    else {
      throw fail(
        "\(group)/position/value states \(shape[0]) frames of \(shape[1]) atoms in a file of "
          + "\(size) bytes"
      )
    }
    edgesChange = file.exists("\(group)/box/edges/value")
    guard file.exists("\(group)/box/edges") else {
      throw fail("\(group)/box/edges is missing: SOAP descriptors need the periodic cell")
    }
    edges = try file.dataset(edgesChange ? "\(group)/box/edges/value" : "\(group)/box/edges")
    let edgeShape = Array(edges.shape.dropFirst(edgesChange ? 1 : 0))
    guard edgeShape == [3] || edgeShape == [3, 3], !edgesChange || edges.shape.count > 1 else {
      throw fail(
        "\(group)/box/edges: expected 3 or 3×3 numbers for each of \(shape[0]) frames, found "
          + "\(edges.shape)"
      )
    }
    var summary = StoredSummary()
    summary.atomCount = shape[1]
    let written = try H5MDSeries.steps(file, "\(group)/position", rowCount: shape[0], fail)
    let (times, timesAreLinear, timeNote) = try H5MDSeries.times(
      file, "\(group)/position", count: shape[0], isOfGROMACS: creator == "GROMACS", path: path,
      fail)
    summary.times = times
    // znh5md writes a distance of 1 step and 1 fs if it knows neither, and too few steps where it
    // appends.
    let isInvented =
      creator == "znh5md"
      && ((written?.isLinear == true && timesAreLinear && written?.values.prefix(2) == [0, 1]
        && abs((times.count > 1 ? times[1] - times[0] : 1e-3) - 1e-3) < 1e-9)
        || (written?.values.count ?? 0) < shape[0])
    summary.isNumbered = written == nil || isInvented
    if let written, !isInvented {
      guard written.values.count >= shape[0] else {
        throw fail(
          "\(group)/position/step: expected \(shape[0]) steps, found \(written.values.count)")
      }
      summary.steps = Array(written.values[..<shape[0]])
    } else {
      summary.steps = (0..<Int64(shape[0])).map { $0 }
    }
    if isInvented {
      summary.times = []
      summary.notes.append(
        "\(path): its steps and times are the ones that znh5md writes if it has neither: frames "
          + "are numbered and times are unknown; specify --time-step PS, the time between frames "
          + "in ps"
      )
    } else if summary.isNumbered, shape[0] > 1 {
      summary.notes.append(
        "\(path): position has no steps: frames are numbered 0 to \(shape[0] - 1) instead")
    }
    if let timeNote, !isInvented { summary.notes.append(timeNote) }
    func rows(_ element: String, of dataset: borrowing Dataset) throws -> [Int]? {
      try H5MDSeries.rows(
        file, "\(group)/\(element)", rowCount: dataset.shape[0], steps: summary.steps,
        isNumbered: summary.isNumbered, fail)
    }
    let (changing, cell) = (edgesChange, edges.shape)
    let allEdges = changing && cell[0] < 1 << 20 ? try edges.readAll(Double.self) : []
    edgeRows =
      changing
      ? try H5MDSeries.rows(
        file, "\(group)/box/edges", rowCount: cell[0], steps: summary.steps,
        isNumbered: summary.isNumbered, fail,
        isConstant: {
          let width = cell.dropFirst().reduce(1, *)
          return !allEdges.isEmpty
            && allEdges.indices.allSatisfy { allEdges[$0] == allEdges[$0 % width] }
        }) : nil
    hasFrameIDs = file.exists("\(group)/id/value")
    let idPath = hasFrameIDs ? "\(group)/id/value" : "\(group)/id"
    let hasIDs = file.kind(of: idPath) == .dataset
    if hasIDs {
      let found = try file.dataset(idPath).shape
      let isSeries = file.exists("\(group)/id/step")
      guard found.last == shape[1],
        hasFrameIDs
          ? found.count == 2 && (isSeries || found[0] >= shape[0]) : found.count == 1
      else {
        throw fail(
          "\(idPath): expected the ids of \(shape[1]) "
            + "atoms\(hasFrameIDs ? " in each of \(shape[0]) frames" : ""), found \(found)"
        )
      }
    }
    idRows = hasFrameIDs && hasIDs ? try rows("id", of: file.dataset(idPath)) : nil
    names = try H5MDNames(file, group, creator: creator)
    speciesRows =
      names.isSeries ? try rows("species", of: file.dataset("\(group)/species/value")) : nil
    if let counts = try names.atomCounts(file, frames: shape[0], width: shape[1]),
      counts.contains(where: { $0 != shape[1] })
    {
      summary.atomCounts = counts
      summary.atomCount = counts.first ?? 0
      summary.notes.append(
        "\(path): frames have different numbers of atoms (\(counts.min() ?? 0) to "
          + "\(counts.max() ?? 0)), padded with NaN"
      )
    }
    try Self.readUnits(file, group, positions, edges, creator, path: path, &summary, fail)
    if withPositions.count > 1 {
      let others = zip(withPositions, counts).filter { $0.0 != name }.map { "\($0) (\($1) atoms)" }
      summary.notes.append(
        "\(path): the file has several particle groups; \(name) (\(most) atoms) is read, not "
          + "\(others.prefix(8).joined(separator: ", "))")
    }
    self.group = group
    self.positions = positions
    self.file = file
    try readPeriodicity(group, frames: shape[0], &summary, fail)
    try readNames(group, hasIDs ? idPath : nil, &summary, fail)
    self.summary = summary
  }

  /// The cell vectors of a frame in the file's unit, `[3, 3]`.
  public func edges(ofFrame frame: Int) throws(TrajectoryError) -> [Double] {
    let shape = edges.shape
    let row = edgeRows.map { $0[frame] } ?? frame
    let values: [Double] = try attempt(frame) {
      edgesChange
        ? try edges.read(
          Double.self, at: [row] + shape.dropFirst().map { _ in 0 },
          count: [1] + shape.dropFirst()) : try edges.readAll()
    }
    return values.count == 9 ? values : [values[0], 0, 0, 0, values[1], 0, 0, 0, values[2]]
  }

  /// Whether each axis is periodic in a frame.
  public func isPeriodic(ofFrame frame: Int) -> [Bool] {
    periodicity.isEmpty ? summary.isPeriodic : periodicity[frame]
  }

  /// Positions of some atoms of a frame in the file's unit, `[atoms, 3]`.
  public func positions(ofFrame frame: Int, atoms: Range<Int>) throws(TrajectoryError) -> [Double] {
    try attempt(frame) {
      let start = [frame, atoms.lowerBound, 0], count = [1, atoms.count, 3]
      // HDF5's own conversion from single precision takes three times as long as reading.
      guard positions.datatype == .float32 else {
        return try positions.read(Double.self, at: start, count: count)
      }
      return try positions.read(Float.self, at: start, count: count).map(Double.init)
    }
  }

  /// Ids of the atoms of a frame; nil if they are in the topology's order in every frame.
  public func ids(ofFrame frame: Int) throws(TrajectoryError) -> [Int64]? {
    guard hasFrameIDs else { return fixedIDs }
    let row = idRows.map { $0[frame] } ?? frame
    return try attempt(frame) {
      try file.dataset("\(group)/id/value").read(
        Int64.self, at: [row, 0], count: [1, summary.atomCount(ofFrame: frame)])
    }
  }

  /// Species may change with time: a frame's own, if they are not those of the first frame.
  public func topology(ofFrame frame: Int) throws(TrajectoryError) -> Topology? {
    guard names.isSeries, let firstLabels else { return nil }
    let row = speciesRows.map { $0[frame] } ?? frame
    guard row > 0 else { return nil }
    let count = summary.atomCount(ofFrame: frame)
    let ids = try ids(ofFrame: frame)
    return try attempt(frame) {
      var notes: [String] = []
      func fail(_ reason: String) -> TrajectoryError {
        TrajectoryError(path: path, frame: frame, reason: reason)
      }
      guard
        let labels = try names.labels(
          file, row: row, count: count, path: path, notes: &notes, fail),
        ids != nil || labels != firstLabels
      else { return nil }
      guard ids != nil || labels.count != firstLabels.count else {
        throw fail(
          "\(group)/species differs from that of the first frame, and there are no ids that "
            + "identify the atoms"
        )
      }
      return Topology(path: path, ids: ids, labels: labels)
    }
  }

  private func attempt<T>(_ frame: Int, _ body: () throws -> T) throws(TrajectoryError) -> T {
    do { return try GuardedReads.guarded(reading: path, body) } catch {
      throw (error as? TrajectoryError)
        ?? TrajectoryError(path: path, frame: frame, reason: "\(error)")
    }
  }
}
