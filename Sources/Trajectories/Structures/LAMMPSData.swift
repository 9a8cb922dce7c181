/// LAMMPS data files as topology.
struct LAMMPSDataFormat: TopologyFormat {
  let title = "a LAMMPS data file"

  func detects(_ start: [UInt8]) -> Bool {
    let text = String(decoding: start, as: UTF8.self)
    // Not "\n": CR and LF are one character of Swift's.
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
    }
    return lines.contains { $0.count == 2 && $0[1] == "atoms" && Int64($0[0]) != nil }
      && lines.contains {
        $0.count >= 4 && $0[2] == "xlo" && $0[3] == "xhi" || $0.count == 4 && $0[3] == "avec"
      }
  }

  func topology(of source: any ByteSource, path: String) throws(TrajectoryError) -> Topology {
    try LAMMPSData.topology(of: source, path: path)
  }
}

/// A LAMMPS data file as topology: the type of each atom.
///
/// Format: LAMMPS manual, command `read_data`. Of its sections only `Atoms`, `Masses` (whose
/// comments may name the types) and `Atom Type Labels` are read. LAMMPS writes XTC and DCD in the
/// order of ids, so atoms are sorted by id.
struct LAMMPSData {
  private let path: String
  private var atomCount: Int64?
  private var typeNames: [Int: String] = [:]
  /// Types by the labels of `Atom Type Labels`, which `Atoms` may use (`write_data … types
  /// labels`).
  private var typeOfLabel: [String: Int] = [:]
  private var atoms: [(id: Int64, type: Int)] = []
  private var line = 0
  /// Column of the type in `Atoms`; nil until known.
  private var typeColumn: Int?

  private enum Section { case header, atoms, masses, labels, other }

  /// Keywords that begin a section, as a word of their own line.
  private static let sections: Set<String> = [
    "Masses", "Atoms", "Velocities", "Bonds", "Angles", "Dihedrals", "Impropers", "Bodies",
    "Ellipsoids", "Lines", "Triangles",
    "Atom Type Labels", "Bond Type Labels", "Angle Type Labels", "Dihedral Type Labels",
    "Improper Type Labels", "Pair Coeffs",
    "PairIJ Coeffs",
    "Bond Coeffs", "Angle Coeffs", "Dihedral Coeffs", "Improper Coeffs", "BondBond Coeffs",
    "BondAngle Coeffs", "MiddleBondTorsion Coeffs",
    "EndBondTorsion Coeffs", "AngleTorsion Coeffs", "AngleAngleTorsion Coeffs", "BondBond13 Coeffs",
    "AngleAngle Coeffs",
  ]

  /// Reads the atoms of a file.
  /// - Throws: `TrajectoryError` naming the line.
  static func topology(of source: any ByteSource, path: String) throws(TrajectoryError) -> Topology
  {
    var data = LAMMPSData(path: path)
    try data.read(source)
    return try data.topology()
  }

  private init(path: String) { self.path = path }

  /// Processes the lines, one block at a time.
  private mutating func read(_ source: any ByteSource) throws(TrajectoryError) {
    var section = Section.header
    var rest: [UInt8] = []
    var offset: Int64 = 0
    while true {
      let block = try source.bytes(at: offset, count: 1 << 20)
      offset += Int64(block.count)
      rest += block
      let isLast = block.count < 1 << 20
      guard let end = isLast ? rest.count : rest.lastIndex(of: 0x0A).map({ $0 + 1 }) else {
        throw error("expected lines of text, found one of more than \(rest.count) bytes")
      }
      for text in rest[..<end].split(separator: 0x0A, omittingEmptySubsequences: false).dropLast(
        isLast ? 0 : 1)
      {
        line += 1
        try take(text, &section)
      }
      if isLast { return }
      rest.removeSubrange(..<end)
    }
  }

  private mutating func take(_ text: ArraySlice<UInt8>, _ section: inout Section)
    throws(TrajectoryError)
  {
    let content = text.prefix { $0 != UInt8(ascii: "#") }
    let words = content.split(whereSeparator: isBlank)
    guard let first = words.first else { return }
    let begins = first[first.startIndex] | 0x20
    if line > 1, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(begins) {
      let title = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
      if Self.sections.contains(title) {
        let comment = String(decoding: text.dropFirst(content.count + 1), as: UTF8.self).filter {
          !$0.isWhitespace
        }
        begin(title, comment: comment, &section)
        return
      }
    }
    switch section {
    case .header:
      if words.count == 2, line > 1, words[1].elementsEqual("atoms".utf8) {
        guard let count = Int64(String(decoding: words[0], as: UTF8.self)), count > 0 else {
          throw error("expected a number of atoms")
        }
        atomCount = count
      }
    case .atoms: try takeAtom(words)
    case .masses, .labels:
      guard let type = Int(String(decoding: words[0], as: UTF8.self)),
        (0...SpeciesMap.largestType).contains(type)
      else { return }
      let label =
        section == .labels
        ? words.count > 1 ? String(decoding: words[1], as: UTF8.self) : ""
        : String(decoding: text.dropFirst(content.count + 1), as: UTF8.self)
      let name =
        label.split(whereSeparator: { $0.isWhitespace || ",;(".contains($0) }).first.map(
          String.init) ?? ""
      if section == .labels { typeOfLabel[label] = type }
      // A comment may be anything: only possible atom names are used.
      if let letter = name.first, letter.isLetter, name.count <= 5 {
        typeNames[type] = AtomNames.element(ofAtom: name)
      }
    case .other: break
    }
  }

  private mutating func begin(_ title: String, comment: String, _ section: inout Section) {
    switch title {
    case "Atoms":
      section = .atoms
      let style = comment.lowercased()
      let third = ["angle", "bond", "molecular", "full", "template", "line", "tri", "smd"]
      let second = [
        "atomic", "charge", "body", "dipole", "ellipsoid", "sphere", "electron", "peri", "spin",
        "dpd", "edpd", "mdpd", "meso", "sph",
      ]
      typeColumn = third.contains(style) ? 2 : second.contains(style) ? 1 : nil
    case "Masses": section = .masses
    case "Atom Type Labels": section = .labels
    default: section = .other
    }
  }

  private mutating func takeAtom(_ words: [ArraySlice<UInt8>]) throws(TrajectoryError) {
    guard atomCount != nil else {
      throw error("expected the number of atoms before the section Atoms")
    }
    func integer(_ column: Int) -> Int64? {
      column < words.count ? Int64(String(decoding: words[column], as: UTF8.self)) : nil
    }
    func typeNumber(_ column: Int) -> Int64? {
      integer(column)
        ?? (column < words.count
          ? typeOfLabel[String(decoding: words[column], as: UTF8.self)].map(Int64.init) : nil)
    }
    let labelled = [1, 2].first { integer($0) == nil && typeNumber($0) != nil }
    // Without a style, seven columns (or ten with image flags) mean style `full`, and an integer in
    // the third column is the type of a molecular style.
    let column =
      typeColumn ?? labelled
      ?? (words.count == 7 || words.count == 10
        || integer(2) != nil && words.count != 5 && words.count != 8 ? 2 : 1)
    typeColumn = column
    guard let id = integer(0), words.count >= column + 4 else {
      throw error("expected an atom (id, type and position), found \(shown(words))")
    }
    guard let type = typeNumber(column), (0...Int64(SpeciesMap.largestType)).contains(type) else {
      throw error(
        "atom \(id): expected a type number in column \(column + 1), found \(shown(words)); state "
          + "the atom style, as in 'Atoms # full'"
      )
    }
    atoms.append((id, Int(type)))
  }

  private mutating func topology() throws(TrajectoryError) -> Topology {
    guard let atomCount, Int64(atoms.count) == atomCount else {
      throw error(
        "expected \(atomCount.map(String.init) ?? "a number of") atoms, found \(atoms.count): the "
          + "file is truncated, or is not a data file"
      )
    }
    atoms.sort { $0.id < $1.id }
    if let id = firstDuplicate(inSorted: atoms.map(\.id)) {
      throw error("atom id \(id) occurs twice")
    }
    let types = Set(atoms.map(\.type)).sorted()
    guard types.count <= 250 else {
      throw error("expected at most 250 atom types, found \(types.count)")
    }
    var labelOfType: [Int: UInt8] = [:]
    for (label, type) in types.enumerated() { labelOfType[type] = UInt8(label) }
    // All or none, because with an incomplete list the other atoms would be silently ignored.
    let isNamed = types.allSatisfy { typeNames[$0] != nil }
    return Topology(
      path: path, ids: atoms.map(\.id), labels: types.map(String.init),
      elements: types.map { isNamed ? typeNames[$0] ?? "" : "" },
      labelOfAtom: atoms.map { labelOfType[$0.type] ?? 0 },
      notes: isNamed
        ? [
          "\(path): elements are taken from the names of the types in the file ("
            + types.map { "\($0)=\(typeNames[$0] ?? "")" }.joined(separator: ",")
            + "); --types takes precedence"
        ]
        : [])
  }

  private func error(_ reason: String) -> TrajectoryError {
    TrajectoryError(path: path, line: max(1, line), reason: reason)
  }

  private func shown(_ words: [ArraySlice<UInt8>]) -> String {
    "'"
      + words.prefix(8).map { String(decoding: $0.prefix(20), as: UTF8.self) }.joined(
        separator: " ") + "'"
  }
}
