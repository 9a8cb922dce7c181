import Geometry

/// Reads the header of a LAMMPS dump's frame: sections in any order, each `ITEM: …` and its lines.
struct DumpHeader {
  private let path: String
  private let location: FrameLocation
  private let lines: [String]
  private var position = 0

  private var step: Int64?
  private var atomCount: Int64?
  private var time: Double?
  private var units: UnitStyle?
  private var box: (edges: [Vector], origin: Vector, boundary: (Bool, Bool, Bool), line: Int)?
  /// Whether boundaries are written, and whether the cell is triclinic.
  private var saysBoundary = true
  private var isTriclinic = false
  /// Whether the bounds of a tilted cell have the form in which chemfiles writes them.
  private var isLikeChemfiles = false
  private var columns: ColumnLayout?

  /// Parses the header in `bytes`, which may extend into the atoms if its end is not known.
  /// - Throws: `TrajectoryError` with the line at fault.
  static func parse(_ bytes: [UInt8], at location: FrameLocation, path: String)
    throws(TrajectoryError) -> FrameHeader
  {
    var parser = DumpHeader(bytes, location: location, path: path)
    while parser.columns == nil { try parser.section() }
    return try parser.header()
  }

  private init(_ bytes: [UInt8], location: FrameLocation, path: String) {
    self.path = path
    self.location = location
    units = location.units
    lines = bytes.split(separator: 0x0A, maxSplits: 64, omittingEmptySubsequences: false).prefix(64)
      .map { line in
        let first = line.firstIndex { !isBlank($0) } ?? line.endIndex
        let last = line.lastIndex { !isBlank($0) } ?? line.startIndex
        return first <= last && first < line.endIndex
          ? String(decoding: line[first...last].prefix(4096 * 4), as: UTF8.self) : ""
      }
  }

  private mutating func section() throws(TrajectoryError) {
    let title = plainTitle(try next("a section of the header (ITEM: …)"))
    if title.hasPrefix("ITEM: BOX BOUNDS") { return try readBox(title) }
    if title.hasPrefix("ITEM: ATOMS") { return try readColumns(title) }
    switch title {
    case "ITEM: TIMESTEP":
      if step != nil {
        throw error("expected ITEM: ATOMS, found the next ITEM: TIMESTEP: the header is truncated")
      }
      let text = try next("a step")
      guard let value = Int64(text) else {
        throw error("expected a step (an integer), found '\(shown(text))'")
      }
      step = value
    case "ITEM: NUMBER OF ATOMS":
      let text = try next("a number of atoms")
      guard let value = Int64(text), value >= 0 else {
        throw error("expected a number of atoms, found '\(shown(text))'")
      }
      atomCount = value
    case "ITEM: TIME":
      let text = try next("a time")
      guard let value = decimalNumber(text) else {
        throw error("expected a time, found '\(shown(text))'")
      }
      time = value
    case "ITEM: UNITS":
      let text = try next("a unit style")
      guard let value = UnitStyle(name: text) else {
        throw error("expected a unit style (real, metal, nano …), found '\(shown(text))'")
      }
      units = value
    case "ITEM: NUMBER OF ENTRIES", "ITEM: DIMENSION":
      throw error(
        "this dump holds no atoms (dump local or dump grid): use one written by dump atom or dump "
          + "custom"
      )
    case "": throw error("expected a section of the header (ITEM: …), found a blank line")
    default: throw error("expected a section of the header (ITEM: …), found '\(shown(title))'")
    }
  }

  /// `ITEM: BOX BOUNDS [xy xz yz] [pp pp pp]` with lo and hi, or `ITEM: BOX BOUNDS abc origin …`
  /// with the edges themselves.
  private mutating func readBox(_ title: String) throws(TrajectoryError) {
    var words = words(of: title).dropFirst(3)
    let boxLine = position
    let isGeneral = words.prefix(2).elementsEqual(["abc", "origin"])
    let isTilted = words.prefix(3).elementsEqual(["xy", "xz", "yz"])
    words = words.dropFirst(isGeneral ? 2 : isTilted ? 3 : 0)
    guard words.isEmpty || (words.count == 3 && words.allSatisfy(Self.isBoundary)) else {
      throw error(
        "expected ITEM: BOX BOUNDS [xy xz yz | abc origin] with boundaries such as pp pp pp, found "
          + "'\(shown(title))'"
      )
    }
    saysBoundary = !words.isEmpty
    isTriclinic = isGeneral || isTilted
    let periodic =
      words.isEmpty ? [true, true, true] : words.map { $0.utf8.first == UInt8(ascii: "p") }
    var rows: [[Double]] = []
    for _ in 0..<3 { rows.append(try numbers(isGeneral ? 4 : isTilted ? 3 : 2)) }
    let boundary = (periodic[0], periodic[1], periodic[2])
    isLikeChemfiles =
      isTilted && rows.contains { $0[2] != 0 }
      && lines[boxLine..<boxLine + 3].allSatisfy { $0.hasPrefix("0.000000000000e+00 ") }
    if isGeneral {
      box = (
        rows.map { Vector($0[0], $0[1], $0[2]) }, Vector(rows[0][3], rows[1][3], rows[2][3]),
        boundary, boxLine
      )
      return
    }
    let (xy, xz, yz) = isTilted ? (rows[0][2], rows[1][2], rows[2][2]) : (0, 0, 0)
    // LAMMPS writes the bounding box of a tilted cell (manual, “Howto triclinic”): the tilts are
    // subtracted again.
    let low = Vector(rows[0][0] - min(0, xy, xz, xy + xz), rows[1][0] - min(0, yz), rows[2][0])
    let high = Vector(rows[0][1] - max(0, xy, xz, xy + xz), rows[1][1] - max(0, yz), rows[2][1])
    for axis in 0..<3 where !(high[axis] > low[axis]) {
      position = boxLine + 1 + axis
      throw error(
        "expected a box with hi > lo, found \(low[axis]) to \(high[axis]) along "
          + "\(["x", "y", "z"][axis])"
      )
    }
    let lengths = high - low
    box = (
      [Vector(lengths.x, 0, 0), Vector(xy, lengths.y, 0), Vector(xz, yz, lengths.z)], low, boundary,
      boxLine
    )
  }

  private mutating func readColumns(_ title: String) throws(TrajectoryError) {
    let names = Array(words(of: title).dropFirst(2))
    do throws(ColumnLayout.Reason) { columns = try ColumnLayout(names: names) } catch {
      throw self.error(error.text)
    }
  }

  /// Two letters of p (periodic), f (fixed), s (shrink-wrapped), m (shrink-wrapped with a minimum),
  /// or one for both faces.
  private static func isBoundary(_ word: String) -> Bool {
    let letters = word.utf8
    guard let first = letters.first, letters.count <= 2, let last = letters.last,
      letters.allSatisfy({ "pfsm".utf8.contains($0) })
    else { return false }
    let periodic = UInt8(ascii: "p")
    return (first == periodic) == (last == periodic)
  }

  private mutating func numbers(_ count: Int) throws(TrajectoryError) -> [Double] {
    let line = try next("\(count) numbers of the box")
    let values = words(of: line).map { decimalNumber($0) }
    guard values.count == count, !values.contains(nil) else {
      throw error("expected \(count) finite numbers of the box, found '\(shown(line))'")
    }
    return values.compactMap { $0 }
  }

  private mutating func next(_ wanted: String) throws(TrajectoryError) -> String {
    guard position < lines.count else {
      throw error("expected \(wanted), found the end of the header")
    }
    position += 1
    return lines[position - 1]
  }

  private func header() throws(TrajectoryError) -> FrameHeader {
    guard let step else { throw error("expected ITEM: TIMESTEP before ITEM: ATOMS, found none") }
    guard let atomCount else {
      throw error("expected ITEM: NUMBER OF ATOMS before ITEM: ATOMS, found none")
    }
    guard let box, let columns else {
      throw error("expected ITEM: BOX BOUNDS before ITEM: ATOMS, found none")
    }
    if isLikeChemfiles, columns.names.starts(with: ["id", "xu", "yu", "zu", "type"]) {
      throw TrajectoryError(
        path: path, line: location.line + box.line - 1, frame: location.ordinal,
        reason:
          "the bounds of this tilted box are in the form of chemfiles, which omits the tilts that "
          + "LAMMPS adds to them: the cell is not known; write XTC, DCD or GRO with chemfiles")
    }
    let style = units ?? .real
    guard let length = style.lengthScale, let timeScale = style.timeScale else {
      throw error(
        "units lj have no length in Å: rewrite the dump with real coordinates and ITEM: UNITS real")
    }
    let cell: Cell
    do throws(CellError) {
      let edges = box.edges.map { $0 * length }
      cell = try Cell(
        a: edges[0], b: edges[1], c: edges[2], origin: box.origin * length, isPeriodic: box.boundary
      )
    } catch {
      throw TrajectoryError(
        path: path, line: location.line + box.line - 1, frame: location.ordinal,
        reason: error.description)
    }
    var notes: [String] = []
    if !columns.hasID { notes.append("\(path) has no id column: atoms are numbered in file order") }
    if time != nil, units == nil {
      notes.append(
        "\(path) has ITEM: TIME but no ITEM: UNITS: times are assumed to be in fs "
          + "(units real)")
    }
    return FrameHeader(
      step: step, time: time.map { $0 * timeScale }, atomCount: Int(clamping: atomCount),
      cell: cell, columns: columns,
      lengthScale: length, notes: notes, saysBoundary: saysBoundary,
      holdsAtoms: isTriclinic && columns.coordinates == .wrapped, saysOrigin: true)
  }

  /// An error at the last line read.
  private func error(_ reason: String) -> TrajectoryError {
    TrajectoryError(
      path: path, line: location.line + max(0, position - 1), frame: location.ordinal,
      reason: reason)
  }

  private func shown(_ text: String) -> String { text.count > 60 ? text.prefix(60) + "…" : text }
}

/// The line with one space after `ITEM:`, if it is the title of a section with a tab or several
/// spaces there; otherwise unchanged.
func plainTitle(_ line: String) -> String {
  guard line.hasPrefix("ITEM:") else { return line }
  // Nearly all titles are plain.
  let after = line.utf8.dropFirst(5).prefix(2)
  if after.count == 2, after.first == 0x20, !isBlank(after.last!) { return line }
  let rest = line.dropFirst(5)
  let name = rest.drop { $0 == " " || $0 == "\t" }
  return rest.count > name.count && rest.count - name.count <= titleBlanks ? "ITEM: \(name)" : line
}

/// The words of a line, separated by white space. Lines in ASCII, as nearly all are, are split byte
/// by byte: characters take several times as long.
private func words(of line: String) -> [String] {
  guard line.utf8.allSatisfy({ $0 < 0x80 }) else {
    return line.split(whereSeparator: \.isWhitespace).map(String.init)
  }
  return line.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map { String(Substring($0)) }
}
