/// LAMMPS dumps of style yaml.
struct YAMLDumpFormat: TrajectoryFormat {
  let identifier = "lammps-yaml"
  let name = "LAMMPS yaml dump"
  let namesAtoms = true

  func detect(_ start: [UInt8]) -> Detection {
    start.starts(with: "---".utf8) && start.prefix(64).contains("creator: LAMMPS".utf8)
      ? .certain : .no
  }

  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex
  {
    var partial = PartialIndex(range: share)
    partial.records = RecordChain(
      frames: try YAMLDumpScan.frames(of: source.plainFile()), next: source.size)
    return partial
  }

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try YAMLDump(source: source, index: index, species: species)
  }
}

/// A LAMMPS dump of style yaml: one document per frame.
///
/// Rows of atoms are those of a text dump in brackets and with commas, and are read by the same
/// code.
final class YAMLDump: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: PlainFile
  private let rows: LAMMPSDump

  init(source described: TrajectorySource, index: FrameIndex, species: SpeciesMap)
    throws(TrajectoryError)
  {
    path = described.path
    size = described.size
    self.index = index
    source = try described.plainFile()
    rows = try LAMMPSDump(
      source: described, index: index, species: species, content: YAMLRows(source))
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    if let problem = location.problem(path: path) { throw problem }
    let lines = try source.bytes(
      at: location.offset,
      count: Int(min(location.bodyOffset - location.offset, YAMLDumpScan.longestHeader)))
    guard location.header == .complete,
      let text = Self.text(String(decoding: lines, as: UTF8.self))
    else {
      throw TrajectoryError(
        path: path, line: location.line, frame: location.ordinal,
        reason:
          "expected timestep, natoms, boundary, box and keywords before data, found a damaged "
          + "header"
      )
    }
    var header: FrameHeader
    do throws(TrajectoryError) {
      header = try DumpHeader.parse(text, at: location, path: path)
    } catch {
      throw TrajectoryError(
        path: path, line: location.line, frame: location.ordinal, reason: error.reason)
    }
    header.step = location.step
    let line = try source.bytes(
      at: location.bodyOffset, count: Int(min(location.end - location.bodyOffset, 4096))
    ).prefix { $0 != 0x0A }.filter { !isBlank($0) }
    guard !line.contains(",,".utf8), !line.contains("[,".utf8) else {
      throw TrajectoryError(
        path: path, line: location.bodyLine, frame: location.ordinal,
        reason:
          "the rows have an empty entry, as LAMMPS writes for typelabel in yaml dumps: write type "
          + "or element instead, or dump custom")
    }
    if let columns = header.columns {
      let (layout, notes) = try rows.named(columns)
      header.columns = layout
      header.notes += notes
    }
    return header
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    try rows.atoms(of: location, header: header, part: part, of: parts)
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    try rows.census(of: location, header: header)
  }

  /// The header as a text dump has it; nil if a part is missing.
  static func text(_ yaml: String) -> [UInt8]? {
    var values: [String: String] = [:]
    var box: [[String]] = []
    var section = ""
    for line in yaml.split(whereSeparator: \.isNewline) {
      if line.first == " " {
        if section == "box" { box.append(words(line)) }
        continue
      }
      guard let colon = line.firstIndex(of: ":") else { continue }
      section = String(line[..<colon])
      values[section] = String(line[line.index(after: colon)...])
    }
    guard let step = values["timestep"], let count = values["natoms"],
      let keywords = values["keywords"], let boundary = values["boundary"].map({ words($0[...]) }),
      boundary.count == 6, box.count == 3 || box.count == 4,
      box.prefix(3).allSatisfy({ $0.count == 2 }), box.count == 3 || box[3].count == 3
    else { return nil }
    func plain(_ text: String) -> String { words(text[...]).joined(separator: " ") }
    var lines: [String] = []
    if let units = values["units"] { lines += ["ITEM: UNITS", plain(units)] }
    if let time = values["time"] { lines += ["ITEM: TIME", plain(time)] }
    lines += ["ITEM: TIMESTEP", plain(step), "ITEM: NUMBER OF ATOMS", plain(count)]
    let sides: [String] = (0..<3).map { axis in boundary[2 * axis] + boundary[2 * axis + 1] }
    let pairs = sides.joined(separator: " ")
    lines.append("ITEM: BOX BOUNDS \(box.count == 4 ? "xy xz yz " : "")\(pairs)")
    for axis in 0..<3 {
      lines.append((box[axis] + (box.count == 4 ? [box[3][axis]] : [])).joined(separator: " "))
    }
    lines.append("ITEM: ATOMS \(plain(keywords))")
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// The items of a flow list, or the words of a value.
  private static func words(_ line: Substring) -> [String] {
    line.split { " \t[],'\"".contains($0) }.filter { $0 != "-" }.map(String.init)
  }
}
