/// A LAMMPS text dump (`dump atom`, `dump custom`), plain, gzip or Zstandard.
///
/// Format: LAMMPS manual, command `dump`. Sections in any order, columns in any order; of several
/// coordinate conventions the first of x, xu, xs, xsu is read; `element` is preferred over `type`.
final class LAMMPSDump: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: any ByteSource
  private let species: SpeciesMap

  /// Opens a dump whose frames are known.
  /// - Throws: `TrajectoryError` if the file cannot be opened or is shorter than it was.
  init(source described: TrajectorySource, index: FrameIndex, species: SpeciesMap)
    throws(TrajectoryError)
  {
    path = described.path
    size = described.size
    self.index = index
    self.species = species
    source = try described.content(index)
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
    if header.columns?.hasElement == true { header.notes += species.unusedTypes(path: path) }
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
    var census = LabelCensus(column: column)
    let slice = LineSlice(location: location, part: 0, of: 1)
    try slice.forEachBlock(of: source, path: path, frame: location) {
      bytes, start, _, end, _ throws(TrajectoryError) in
      census.count(bytes, from: start, to: end)
    }
    guard layout.hasElement else { return census.counts }
    return Dictionary(census.counts.map { (species.species(ofName: $0), $1) }, uniquingKeysWith: +)
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
    if let name = census.keys.sorted().first(where: { Int($0) == nil }) {
      throw TrajectoryError(
        path: path, line: location.bodyLine - 1, frame: location.ordinal,
        reason:
          "expected numbers in the type column, found '\(name)'; a column of elements is named element"
      )
    }
    let counts = Dictionary(
      census.compactMap { label, count in Int(label).map { ($0, count) } }, uniquingKeysWith: +)
    let list = counts.sorted { $0.key < $1.key }.map { "\($0.value) of type \($0.key)" }.joined(
      separator: ", ")
    let advice =
      SpeciesMap.guess(counts: counts).map { "if this is water: --types \($0)" }
      ?? "name the species of each with --types, e.g. --types 1=O,2=H"
    throw TrajectoryError(
      path: path, frame: location.ordinal,
      reason: "the file names no elements: \(header.atomCount) atoms, \(list); \(advice)")
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
      reason: "the frame is not what the scan found: the file was changed since",
      kind: .io)
  }
}
