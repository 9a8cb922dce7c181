/// Reads atoms from the lines of a GRO file, whose fields are in fixed columns.
///
/// Residue number, residue name, atom name and atom number take five columns each, then come x, y
/// and z in nm with as many columns as there are between the decimal points (eight with three
/// decimals), and possibly velocities. There may be no space between numbers, so they are separated
/// by column.
struct GRORows {
  /// Columns of a coordinate.
  let width: Int
  /// Elements of the names found so far, or the names if the labels of atoms are requested or
  /// `--types` has them.
  private(set) var table: AtomLabels
  /// Names of virtual sites.
  private(set) var virtualNames: [String] = []
  private(set) var batch = AtomBatch()
  /// Atoms of each label.
  private(set) var counts: [Int] = []
  /// Label of each atom, if requested.
  private(set) var labelOfAtom: [UInt8] = []

  private let map: SpeciesMap
  private let collectsLabels: Bool
  /// Residue and atom name of a line, with their label.
  private var keys: [(residue: UInt64, atom: UInt64, label: UInt8)] = []
  private var speciesOfLabel: [UInt8] = []
  private var spare: RowBuffer?
  private let decimal = DecimalReader()
  /// Column of the decimal point within a coordinate's columns, as in the first line. A line with
  /// missing or extra characters has it at another column, and would be read as other numbers.
  private var point: Int?

  /// First column of the coordinates.
  static let coordinates = 20

  init(width: Int, species: SpeciesMap, collectsLabels: Bool = false) {
    self.width = width
    map = species
    self.collectsLabels = collectsLabels
    table = AtomLabels(keepsNames: collectsLabels)
  }

  /// The columns of a coordinate in a line of atoms, from one decimal point to the next; nil if it
  /// is not such a line.
  static func width(of line: some Collection<UInt8>) -> Int? {
    let bytes = Array(line)
    guard bytes.count > coordinates else { return nil }
    let points = bytes.indices.filter { $0 > coordinates && bytes[$0] == UInt8(ascii: ".") }
    guard points.count >= 3 else { return nil }
    let width = points[1] - points[0]
    guard width >= 4, width <= 40, points[2] - points[1] == width,
      bytes.count >= coordinates + 3 * width
    else { return nil }
    return width
  }

  /// Reads the lines that start in `bytes[start..<limit]`; the last of them ends at or before
  /// `end`.
  ///
  /// - Parameter firstID: number of the first line's atom.
  /// - Returns: the first byte not read, and the error in the line there, if any.
  mutating func read(
    _ bytes: UnsafeRawBufferPointer, from start: Int, startingBefore limit: Int, end: Int,
    firstID: Int64
  ) -> (position: Int, failure: ColumnLayout.Reason?) {
    precondition(
      0 <= start && start <= end && end <= bytes.count, "lines are read within the bytes")
    guard start < end, let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      return (start, nil)
    }
    let shortest = Self.coordinates + 3 * width
    let rows = rows(capacity: (end - start) / shortest + 2)
    var position = start
    var lines = 0
    var failure: ColumnLayout.Reason?
    while position < end, position < limit {
      let lineEnd = firstIndex(of: 0x0A, in: bytes, from: position, to: end) ?? end
      guard lineEnd - position >= shortest else {
        failure = .init(
          text:
            "expected an atom's line of at least \(shortest) columns, found \(lineEnd - position)")
        break
      }
      guard let label = label(base + position) else {
        failure = .init(text: "more than 250 different atom names")
        break
      }
      let field = position + Self.coordinates
      let point =
        self.point ?? (field..<field + width).first { base[$0] == UInt8(ascii: ".") }.map {
          $0 - field
        } ?? 0
      self.point = point
      var isNumber = true
      for axis in 0..<3 where isNumber {
        let first = field &+ axis &* width
        isNumber =
          base[first &+ point] == UInt8(ascii: ".")
          && number(base, first, first &+ width, into: &rows.next(axis: axis).pointee)
      }
      guard isNumber else {
        let text = String(decoding: bytes[field..<field + 3 * width], as: UTF8.self)
        failure = .init(
          text:
            "atom \(firstID + Int64(lines)): expected three finite numbers of \(width) columns, "
            + "decimal points aligned, found '\(text)'"
        )
        break
      }
      counts[Int(label)] += 1
      if collectsLabels { labelOfAtom.append(label) }
      let species = speciesOfLabel[Int(label)]
      if species < SpeciesMap.unwanted {
        rows.append(id: firstID &+ Int64(lines), species: species)
      }
      lines += 1
      position = min(end, lineEnd + 1)
    }
    rows.scale(by: 10)
    rows.move(to: &batch)
    batch.atomsRead += lines
    return (position, failure)
  }

  /// The number in the field `[first, end)`, with optional spaces around it.
  @inline(__always)
  private func number(
    _ bytes: UnsafePointer<UInt8>, _ first: Int, _ end: Int, into value: inout Double
  ) -> Bool {
    var p = first
    while p < end, bytes[p] == 0x20 { p &+= 1 }
    guard decimal.read(bytes, &p, end, into: &value) else { return false }
    while p < end, bytes[p] == 0x20 { p &+= 1 }
    return p == end && abs(value) < 1e300
  }

  /// The label of a line with at least `coordinates` columns; nil if there are too many.
  @inline(__always)
  private mutating func label(_ line: UnsafePointer<UInt8>) -> UInt8? {
    let raw = UnsafeRawPointer(line)
    // Columns 5 to 9 and 10 to 14: five bytes each of an eight-byte load within the line's first
    // twenty.
    let residue = (raw + 5).loadUnaligned(as: UInt64.self) & 0xFF_FFFF_FFFF
    let atom = (raw + 10).loadUnaligned(as: UInt64.self) & 0xFF_FFFF_FFFF
    for k in keys.indices where keys[k].atom == atom && keys[k].residue == residue {
      let label = keys[k].label
      // Frequent names move to the front, such as those of water in a file that begins with a
      // protein.
      if k > 7 { keys.swapAt(k, k / 2) }
      return label
    }
    return newLabel(residue: residue, atom: atom)
  }

  private mutating func newLabel(residue: UInt64, atom: UInt64) -> UInt8? {
    func text(_ word: UInt64) -> String {
      let bytes: [UInt8] = (0..<5).map { k in UInt8(truncatingIfNeeded: word >> UInt64(8 * k)) }
      let letters = bytes.filter { byte in byte > 0x20 && byte < 0x7F }
      return String(decoding: letters, as: UTF8.self)
    }
    let name = text(atom)
    let element =
      map.types.labels[name] != nil
      ? name : AtomNames.element(ofAtom: name, residue: text(residue))
    if element == AtomNames.virtualSite, !virtualNames.contains(text(atom)) {
      virtualNames.append(text(atom))
    }
    guard let label = table.index(name: name, element: element) else { return nil }
    if Int(label) == counts.count {
      counts.append(0)
      speciesOfLabel.append(map.index(ofName: element))
    }
    // The number of pairs is limited, because a long list would make the search slow.
    if keys.count < 4096 { keys.append((residue, atom, label)) }
    return label
  }

  private mutating func rows(capacity: Int) -> RowBuffer {
    if let spare, spare.capacity >= capacity { return spare }
    let fresh = RowBuffer(capacity: capacity)
    spare = fresh
    return fresh
  }
}
