/// A LAMMPS text dump (`dump atom`, `dump custom`), plain, gzip or Zstandard.
///
/// Format: LAMMPS manual, command `dump`. Sections in any order, columns in any order; of several
/// coordinate conventions the first of x, xu, xs, xsu is read; `element` is preferred over `type`.
final class LAMMPSDump: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  let source: any ByteSource
  let species: SpeciesMap
  /// Which column names the atoms: decided once, by the first sound frame.
  var naming: Naming?
  /// Whether the column of elements holds numbers, which `--types` names.
  var usesNumbers: Bool?

  /// Opens a dump whose frames are known.
  /// - Throws: `TrajectoryError` if the file cannot be opened or is shorter than it was.
  ///
  /// - Parameter content: the rows of atoms, where they are not the file's own text.
  init(
    source described: TrajectorySource, index: FrameIndex, species: SpeciesMap,
    content: (any ByteSource)? = nil
  ) throws(TrajectoryError) {
    path = described.path
    size = described.size
    self.index = index
    self.species = species
    if let content { source = content } else { source = try described.content(index) }
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    if let problem = location.problem(path: path) { throw problem }
    let isComplete = location.header == .complete
    let end =
      isComplete
      ? location.bodyOffset : min(location.end, location.offset + Int64(DumpOutline.limit))
    let bytes = try source.bytes(
      at: location.offset, count: Int(min(end - location.offset, Int64(2 * DumpOutline.limit))))
    var header = try DumpHeader.parse(bytes, at: location, path: path)
    guard isComplete else {
      throw TrajectoryError(
        path: path, line: location.line, frame: location.ordinal,
        reason: "the frame's header is damaged")
    }
    guard header.step == location.step || location.isNumbered,
      Int64(header.atomCount) == location.atomCount
    else {
      throw changed(location)
    }
    header.step = location.step
    if let columns = header.columns {
      let (layout, notes) = try named(columns)
      header.columns = layout
      header.notes += notes
    }
    return header
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    precondition(0 <= part && part < parts, "part \(part) of \(parts) does not exist")
    if let problem = location.problem(path: path) { throw problem }
    guard location.isSound, let layout = header.columns else { throw changed(location) }
    try checkSpecies(layout, location: location, header: header)

    let slice = LineSlice(location: location, part: part, of: parts)
    // The scan has counted the lines, so this is bounded by the content.
    let share = min(
      location.lineCount, location.lineCount / parts + location.lineCount / (8 * parts) + 16)
    var reader = DumpAtoms(header: header, layout: layout, species: species, capacity: share)
    var nextID: Int64 =
      layout.hasID
      ? 0 : try lines(in: location.bodyOffset..<slice.firstLine(in: source), of: location) + 1
    try slice.forEachBlock(of: source, path: path, frame: location) {
      bytes, start, limit, end, origin throws(TrajectoryError) in
      let before = reader.batch.atomsRead
      let (position, failure) = reader.read(
        bytes, from: start, startingBefore: limit, end: end, firstID: nextID)
      nextID += Int64(reader.batch.atomsRead - before)
      if let failure {
        let line =
          location.bodyLine
          + Int(try lines(in: location.bodyOffset..<(origin + Int64(position)), of: location))
        throw TrajectoryError(path: path, line: line, frame: location.ordinal, reason: failure.text)
      }
    }
    guard parts > 1 || reader.batch.atomsRead == location.lineCount else { throw changed(location) }
    return reader.batch
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    guard location.isSound, let layout = header.columns, let column = layout.element ?? layout.type
    else { return [:] }
    let counts = try counts(inColumn: column, of: location)
    guard layout.hasElement else { return counts }
    return Dictionary(
      counts.map { (species.countedName($0), $1) }, uniquingKeysWith: +)
  }

  /// Atoms of a frame by the words of a column.
  func counts(inColumn column: Int, of location: FrameLocation) throws(TrajectoryError)
    -> [String: Int]
  {
    var census = LabelCensus(column: column)
    let slice = LineSlice(location: location, part: 0, of: 1)
    try slice.forEachBlock(of: source, path: path, frame: location) {
      bytes, start, _, end, _ throws(TrajectoryError) in
      census.count(bytes, from: start, to: end)
    }
    return census.counts
  }

  /// Throws unless the file and `--types` together determine the species of the atoms.
  private func checkSpecies(_ layout: ColumnLayout, location: FrameLocation, header: FrameHeader)
    throws(TrajectoryError)
  {
    guard !species.names.isEmpty, !layout.hasElement, layout.type == nil || species.types.isEmpty
    else { return }
    guard layout.type != nil else {
      throw TrajectoryError(
        path: path, line: location.bodyLine - 1, frame: location.ordinal,
        reason: "expected an element or type column, found \(layout.names.joined(separator: " "))")
    }
    let census = try census(of: location, header: header)
    throw TrajectoryError(
      path: path, frame: location.ordinal,
      reason:
        "the file contains no element names: \(header.atomCount) atoms, "
        + "\(SpeciesMap.advice(counts: census))"
    )
  }

  /// Newlines in a range of the content.
  private func lines(in range: Range<Int64>, of location: FrameLocation) throws(TrajectoryError)
    -> Int64
  {
    try LineSlice.countLines(in: range, of: source)
  }

  private func changed(_ location: FrameLocation) -> TrajectoryError {
    TrajectoryError(
      path: path, line: location.line, frame: location.ordinal,
      reason: "the frame differs from what the scan found: the file has changed since",
      kind: .io)
  }
}
