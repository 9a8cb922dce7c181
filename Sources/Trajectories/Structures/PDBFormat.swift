/// PDB files as topology: the atoms of the first model, in file order.
///
/// Source: Protein Data Bank, “Atomic Coordinate Entry Format” 3.3: name in columns 13–16, residue
/// in 18–21, element in 77–78.
struct PDBFormat: TopologyFormat {
  let title = "a PDB file"

  private static let firstRecords = [
    "HEADER", "TITLE ", "COMPND", "REMARK", "CRYST1", "MODEL ", "ATOM  ", "HETATM",
  ]

  func detects(_ start: [UInt8]) -> Bool {
    let first = start.prefix { $0 != 0x0A }
    return Self.firstRecords.contains { first.starts(with: $0.utf8) }
      && (start.contains("ATOM  ".utf8) || start.contains("HETATM".utf8)
        || start.contains("REMARK".utf8))
  }

  func topology(of source: any ByteSource, path: String) throws(TrajectoryError) -> Topology {
    var labels: [String] = [], names: [String] = []
    var sites = 0
    try StructureLines.forEach(of: source, path: path) { line, number throws(TrajectoryError) in
      if line.starts(with: "ENDMDL".utf8) || line.elementsEqual("END".utf8) {
        return labels.isEmpty
      }
      guard line.starts(with: "ATOM  ".utf8) || line.starts(with: "HETATM".utf8) else {
        return true
      }
      guard line.count >= 16 else {
        throw TrajectoryError(
          path: path, line: number,
          reason: "expected an atom with its name in columns 13 to 16, found \(line.count) columns")
      }
      let name = Self.word(line, 12..<16)
      let element = AtomNames.element(ofAtom: name, residue: Self.word(line, 17..<21))
      let written = Self.word(line, 76..<78)
      // The element's column, where there is one; sites without mass have none, or another's.
      let symbol = written.prefix(1).uppercased() + written.dropFirst().lowercased()
      let isSite = element == AtomNames.virtualSite
      if isSite { sites += 1 }
      labels.append(symbol.isEmpty || isSite ? element : symbol)
      names.append(name)
      return true
    }
    guard !labels.isEmpty,
      let topology = Topology(path: path, ids: nil, labels: labels, names: names)
    else {
      throw TrajectoryError(
        path: path,
        reason: labels.isEmpty
          ? "expected ATOM or HETATM records, found none" : "more than 250 different elements")
    }
    return topology.noting(
      sites == 0 ? [] : ["\(path): \(sites) sites without mass (virtual sites) are ignored"])
  }

  /// The letters in some columns, blanks taken off.
  private static func word(_ line: ArraySlice<UInt8>, _ columns: Range<Int>) -> String {
    let bytes = line.dropFirst(columns.lowerBound).prefix(columns.count).filter {
      $0 > 0x20 && $0 < 0x7F
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
