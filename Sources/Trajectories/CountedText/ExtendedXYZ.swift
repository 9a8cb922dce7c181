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
  /// The lower corner for cells with open axes, where the file gives none: from the atoms of the
  /// first sound frame, so that all frames have the same.
  private var placed: (origin: Vector, note: String?)?
  private let species: SpeciesMap

  init(source described: TrajectorySource, index: FrameIndex, species: SpeciesMap)
    throws(TrajectoryError)
  {
    path = described.path
    size = described.size
    self.index = index
    source = try described.content(index)
    self.species = species
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
    if comment.time != nil, !comment.namesTimeUnit {
      notes.append(
        "\(path): Time= is assumed to be in ps, because extended XYZ states no unit of time "
          + "(--time-step PS takes precedence)"
      )
    }
    var header = FrameHeader(
      step: location.step, time: comment.time, atomCount: Int(location.atomCount), cell: cell,
      columns: columns, lengthScale: 1, notes: notes, saysBoundary: comment.hasBoundary)
    if !comment.hasOrigin, !(0..<3).allSatisfy(cell.repeats), !species.names.isEmpty {
      try place(&header)
    }
    return header
  }

  /// Puts the lower corner of a cell with open axes where the atoms are.
  ///
  /// LAMMPS' dump extxyz has no origin: its atoms lie anywhere along an axis that does not repeat.
  /// Where they leave the cell there, they are taken to lie in its middle.
  private func place(_ header: inout FrameHeader) throws(TrajectoryError) {
    let placed: (origin: Vector, note: String?)
    if let known = self.placed { placed = known } else { placed = try corner(header) }
    self.placed = placed
    guard let note = placed.note else { return }
    let cell = header.cell
    do throws(CellError) {
      header.cell = try Cell(
        a: cell.a, b: cell.b, c: cell.c, origin: placed.origin,
        isPeriodic: (cell.isPeriodic.a, cell.isPeriodic.b, cell.isPeriodic.c))
    } catch { throw TrajectoryError(path: path, reason: error.description) }
    header.notes.append(note)
  }

  private func corner(_ header: FrameHeader) throws(TrajectoryError) -> (Vector, String?) {
    guard let frame = index.frames.first(where: \.isSound) else { return (.zero, nil) }
    let batch = try rows.atoms(of: frame, header: header, part: 0, of: 1)
    var low = Vector(repeating: .infinity), high = Vector(repeating: -.infinity)
    for k in 0..<batch.count {
      let s = header.cell.fractional(Vector(batch.x[k], batch.y[k], batch.z[k]))
      low = pointwiseMin(low, s)
      high = pointwiseMax(high, s)
    }
    var corner = Vector.zero
    var moved: [String] = []
    for axis in 0..<3 where !header.cell.repeats(along: axis) && batch.count > 0 {
      guard low[axis] < 0 || high[axis] >= 1 else { continue }
      corner[axis] = (low[axis] + high[axis] - 1) / 2
      moved.append(["x", "y", "z"][axis])
    }
    guard !moved.isEmpty else { return (.zero, nil) }
    return (
      header.cell.displacement(corner),
      "\(path): atoms lie outside the cell along \(moved.joined(separator: ", ")), which is not "
        + "periodic, and the file has no Origin: the cell is placed around the atoms of the first "
        + "frame"
    )
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
  private func comment(of location: FrameLocation) throws(TrajectoryError) -> XYZComment {
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
