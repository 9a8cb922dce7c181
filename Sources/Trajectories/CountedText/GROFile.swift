import Geometry

/// A GROMACS GRO file with one frame or many: names and coordinates in fixed columns, nm.
///
/// Format: GROMACS reference manual, “gro file format”. Atoms are numbered in file order, because
/// the file's own numbers restart at 0 after 99999.
final class GROFile: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: any ByteSource
  private let species: SpeciesMap

  init(source described: TrajectorySource, index: FrameIndex, species: SpeciesMap)
    throws(TrajectoryError)
  {
    path = described.path
    size = described.size
    self.index = index
    self.species = species
    source = try described.content(index)
  }

  /// The numbers of a box line.
  ///
  /// The numbers of a box larger than 10 μm have no space between them (GROMACS writes %10.5f);
  /// each then has as many decimals as the last one.
  static func boxWords(_ line: String) -> [String] {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.contains(where: { $0.count { $0 == "." } > 1 }), let last = words.last,
      let point = last.lastIndex(of: ".")
    else {
      return words
    }
    let decimals = last.distance(from: point, to: last.endIndex) - 1
    var numbers: [String] = []
    for word in words {
      var rest = Substring(word)
      while let point = rest.firstIndex(of: ".") {
        let end =
          rest.index(point, offsetBy: decimals + 1, limitedBy: rest.endIndex) ?? rest.endIndex
        numbers.append(String(rest[..<end]))
        rest = rest[end...]
      }
      if !rest.isEmpty { numbers.append(String(rest)) }
    }
    return numbers
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    try check(location)
    let start = try source.bytes(
      at: location.offset, count: Int(min(location.bodyOffset - location.offset, 4096)))
    let title = String(decoding: start.prefix { $0 != 0x0A }, as: UTF8.self)
    let box = try source.bytes(at: location.end, count: 512).prefix { $0 != 0x0A }
    let words = Self.boxWords(String(decoding: box, as: UTF8.self))
    let numbers = words.compactMap { decimalNumber($0) }
    let line = location.bodyLine + location.lineCount
    guard numbers.count == words.count, numbers.count == 3 || numbers.count == 9 else {
      throw TrajectoryError(
        path: path, line: line, frame: location.ordinal,
        reason:
          "expected the box (3 or 9 numbers) after \(location.atomCount) atoms, found "
          + "'\(words.joined(separator: " ").prefix(60))'"
      )
    }
    // v1x v2y v3z, then v1y v1z v2x v2z v3x v3y.
    let n = (numbers + [0, 0, 0, 0, 0, 0]).map { $0 * 10 }
    let cell: Cell
    do throws(CellError) {
      cell = try Cell(
        a: Vector(n[0], n[3], n[4]), b: Vector(n[5], n[1], n[6]), c: Vector(n[7], n[8], n[2]))
    } catch {
      throw TrajectoryError(
        path: path, line: line, frame: location.ordinal, reason: error.description)
    }
    return FrameHeader(
      step: location.step, time: GROTitle(title).time, atomCount: Int(location.atomCount),
      cell: cell, columns: nil, lengthScale: 10,
      notes: try notes(location), saysBoundary: false)
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    precondition(0 <= part && part < parts, "part \(part) of \(parts) does not exist")
    let rows = try read(location, part: part, of: parts, collectsLabels: false)
    guard parts > 1 || rows.batch.atomsRead == location.lineCount else { throw changed(location) }
    return rows.batch
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    let rows = try read(location, part: 0, of: 1, collectsLabels: false)
    return Dictionary(zip(rows.table.labels, rows.counts), uniquingKeysWith: +)
  }

  /// The atoms of a frame as a topology.
  func topology(of frame: FrameLocation) throws(TrajectoryError) -> Topology {
    let rows = try read(frame, part: 0, of: 1, collectsLabels: true)
    guard rows.labelOfAtom.count == Int(frame.atomCount) else { throw changed(frame) }
    return Topology(
      path: path, ids: nil, labels: rows.table.labels, elements: rows.table.elements,
      labelOfAtom: rows.labelOfAtom, notes: notes(on: rows))
  }

  private func read(
    _ location: FrameLocation, part: Int, of parts: Int, collectsLabels: Bool
  ) throws(TrajectoryError) -> GRORows {
    try check(location)
    let first = try source.bytes(
      at: location.bodyOffset, count: Int(min(location.end - location.bodyOffset, 1024)))
    guard let width = GRORows.width(of: first.prefix { $0 != 0x0A }) else {
      throw TrajectoryError(
        path: path, line: location.bodyLine, frame: location.ordinal,
        reason:
          "expected an atom's line (residue, names and number in 20 columns, then x y z), found "
          + "'\(printable(first))'"
      )
    }
    let slice = LineSlice(location: location, part: part, of: parts)
    var rows = GRORows(width: width, species: species, collectsLabels: collectsLabels)
    var nextID =
      try LineSlice.countLines(in: location.bodyOffset..<slice.firstLine(in: source), of: source)
      + 1
    try slice.forEachBlock(of: source, path: path, frame: location) {
      bytes, start, limit, end, origin throws(TrajectoryError) in
      let before = rows.batch.atomsRead
      let (position, failure) = rows.read(
        bytes, from: start, startingBefore: limit, end: end, firstID: nextID)
      nextID += Int64(rows.batch.atomsRead - before)
      if let failure {
        let line =
          location.bodyLine
          + Int(
            try LineSlice.countLines(
              in: location.bodyOffset..<(origin + Int64(position)), of: source))
        throw TrajectoryError(path: path, line: line, frame: location.ordinal, reason: failure.text)
      }
    }
    return rows
  }

  /// Whether virtual sites are among the first atoms, and whether `--types` names none of them.
  private func notes(_ location: FrameLocation) throws(TrajectoryError) -> [String] {
    let bytes = try source.bytes(
      at: location.bodyOffset, count: Int(min(location.end - location.bodyOffset, 4096)))
    guard let width = GRORows.width(of: bytes.prefix { $0 != 0x0A }),
      let last = bytes.lastIndex(of: 0x0A)
    else { return [] }
    var rows = GRORows(width: width, species: species)
    bytes.withUnsafeBytes {
      _ = rows.read($0, from: 0, startingBefore: last, end: last + 1, firstID: 1)
    }
    // Labels may name atoms behind these.
    let mayUseTypes = !species.types.labels.isEmpty
    return notes(on: rows) + (mayUseTypes ? [] : species.unusedTypes(path: path))
  }

  private func notes(on rows: GRORows) -> [String] {
    rows.virtualNames.isEmpty
      ? []
      : [
        "\(path): atoms named \(rows.virtualNames.joined(separator: ", ")) are sites without mass "
          + "(virtual sites) and are ignored"
      ]
  }

  private func check(_ location: FrameLocation) throws(TrajectoryError) {
    if let problem = location.countProblem(path: path, format: GROFormat()) { throw problem }
  }

  private func changed(_ location: FrameLocation) -> TrajectoryError {
    TrajectoryError(
      path: path, line: location.line, frame: location.ordinal,
      reason: "the frame differs from what the scan found: the file has changed since",
      kind: .io)
  }
}
