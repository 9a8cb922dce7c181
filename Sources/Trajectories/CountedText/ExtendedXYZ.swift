import Geometry

/// An extended XYZ file: number of atoms, a comment with `Lattice` and `Properties`, atoms in
/// columns.
///
/// Lengths are in Å, as the format specifies. The lines of atoms are like those of a LAMMPS dump
/// with other column names, and are read by the same code.
final class ExtendedXYZ: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: any ByteSource
  private let rows: LAMMPSDump
  /// Time of one step in the unit of `time=`, from the first and the last frame; nil if it is not
  /// known.
  private lazy var timePerStep: Double? = {
    guard let first = index.frames.first(where: \.isSound),
      let last = index.frames.last(where: \.isSound), last.step > first.step, !first.isNumbered,
      let from = (try? comment(of: first))?.time, let to = (try? comment(of: last))?.time, to > from
    else { return nil }
    return (to - from) / Double(last.step - first.step)
  }()

  init(source described: TrajectorySource, index: FrameIndex, species: SpeciesMap)
    throws(TrajectoryError)
  {
    path = described.path
    size = described.size
    self.index = index
    source = try described.content(index)
    rows = try LAMMPSDump(source: described, index: index, species: species)
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    try check(location)
    let comment = try comment(of: location)
    func fail(_ reason: String) -> TrajectoryError {
      TrajectoryError(path: path, line: location.line + 1, frame: location.ordinal, reason: reason)
    }
    guard let lattice = comment.lattice else {
      throw fail("expected Lattice=\"…\" with nine finite numbers\(comment.found("lattice"))")
    }
    guard let origin = comment.origin else {
      throw fail("expected Origin=\"…\" with three finite numbers\(comment.found("origin"))")
    }
    guard let isPeriodic = comment.isPeriodic else {
      throw fail("expected pbc=\"T T T\" (or F)\(comment.found("pbc"))")
    }
    let written: ColumnLayout
    do throws(ColumnLayout.Reason) { written = try comment.columns() } catch {
      throw fail(error.text)
    }
    let (columns, namingNotes) = try rows.named(written)
    let cell: Cell
    do throws(CellError) {
      cell = try Cell(
        a: Vector(lattice[0], lattice[1], lattice[2]),
        b: Vector(lattice[3], lattice[4], lattice[5]),
        c: Vector(lattice[6], lattice[7], lattice[8]), origin: origin, isPeriodic: isPeriodic)
    } catch { throw fail(error.description) }
    var notes: [String] = []
    if !columns.hasID { notes.append("\(path) has no id column: atoms are numbered in file order") }
    notes += namingNotes
    if comment.time == nil, let written = comment.writtenTime {
      notes.append(
        comment.isOfLAMMPS
          ? "\(path): Time= of LAMMPS' dump extxyz is in the unit of its run (fs in units real, ps "
            + "in metal), which the file does not state: times are unknown; specify --time-step "
            + "PS, the time of one step in ps"
          : "\(path): Time='\(written.prefix(40))' is not a number: times are unknown")
    }
    var time = comment.time
    if time != nil, !comment.namesTimeUnit {
      if let pace = timePerStep, pace > FrameIndex.longestStep {
        time = nil
        notes.append(
          "\(path): Time= rises by \((pace * 1e4).rounded() / 1e4) per step, longer than any step "
            + "of MD in ps: its unit is another (fs?) and times are unknown; specify --time-step "
            + "PS, the time of one step in ps"
        )
      } else {
        notes.append(
          "\(path): Time= is assumed to be in ps, because extended XYZ states no unit of time "
            + "(--time-step PS takes precedence)"
        )
      }
    }
    return FrameHeader(
      step: location.step, time: time, atomCount: Int(location.atomCount), cell: cell,
      columns: columns, lengthScale: 1, notes: notes, saysBoundary: comment.hasBoundary,
      saysOrigin: comment.hasOrigin)
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    try check(location)
    return try rows.atoms(of: location, header: header, part: part, of: parts)
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    try check(location)
    return try rows.census(of: location, header: header)
  }

  /// Contents of the second line of a frame.
  func comment(of location: FrameLocation) throws(TrajectoryError) -> XYZComment {
    let bytes = try source.bytes(
      at: location.offset,
      count: Int(min(location.bodyOffset - location.offset, Int64(TextWindows.after))))
    let lines = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    return XYZComment(lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : "")
  }

  private func check(_ location: FrameLocation) throws(TrajectoryError) {
    if location.header == .complete, !location.hasStep,
      Int64(location.lineCount) == location.atomCount, !location.isUnterminated,
      let step = try comment(of: location).unreadableStep
    {
      throw TrajectoryError(
        path: path, line: location.line + 1, frame: location.ordinal,
        reason: "expected an integer for the step, found '\(step.prefix(40))'"
      )
    }
    if let problem = location.countProblem(path: path, format: ExtendedXYZFormat()) {
      throw problem
    }
  }
}
