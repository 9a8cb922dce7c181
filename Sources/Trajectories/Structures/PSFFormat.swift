/// PSF files of CHARMM, X-PLOR and NAMD as topology: the atoms of the section `!NATOM`.
///
/// Source: NAMD user guide, “PSF files”: id, segment, residue id, residue, name, type, charge,
/// mass.
struct PSFFormat: TopologyFormat {
  let title = "a PSF file"

  func detects(_ start: [UInt8]) -> Bool {
    start.starts(with: "PSF".utf8) && start.count > 3 && start[3] <= 0x20
  }

  func topology(of source: any ByteSource, path: String) throws(TrajectoryError) -> Topology {
    var labels: [String] = [], names: [String] = []
    var count: Int?
    var sites = 0
    try StructureLines.forEach(of: source, path: path) { line, number throws(TrajectoryError) in
      let words = line.split(whereSeparator: isBlank).map { String(decoding: $0, as: UTF8.self) }
      guard let wanted = count else {
        if words.count >= 2, words[1].hasPrefix("!NATOM") {
          guard let atoms = Int(words[0]), atoms > 0, atoms < Int(Int32.max) else {
            throw TrajectoryError(
              path: path, line: number,
              reason: "expected a number of atoms before !NATOM, found '\(words[0])'")
          }
          count = atoms
        }
        return true
      }
      guard labels.count < wanted else { return false }
      guard words.count >= 8, Int64(words[0]) != nil, let mass = decimalNumber(words[7]) else {
        throw TrajectoryError(
          path: path, line: number,
          reason:
            "expected an atom (id, segment, residue, name, type, charge, mass), found "
            + "\(words.count) words"
        )
      }
      let label = Self.element(mass: mass, name: words[4], residue: words[3])
      if label == AtomNames.virtualSite { sites += 1 }
      labels.append(label)
      names.append(words[4])
      return true
    }
    guard let count, labels.count == count else {
      throw TrajectoryError(
        path: path,
        reason: "expected \(count.map(String.init) ?? "a number of") atoms, found \(labels.count)")
    }
    guard let topology = Topology(path: path, ids: nil, labels: labels, names: names)
    else {
      throw TrajectoryError(path: path, reason: "more than 250 different elements")
    }
    return topology.noting(
      sites == 0 ? [] : ["\(path): \(sites) sites without mass (virtual sites) are ignored"])
  }

  /// The element by mass if the mass is one of water's atoms and unambiguous; else by name.
  private static func element(mass: Double, name: String, residue: String) -> String {
    switch mass {
    case ..<0.5: AtomNames.virtualSite
    case 0.9..<1.2: "H"
    case 1.9..<2.1: "D"
    case 15.9..<16.1: "O"
    default: AtomNames.element(ofAtom: name, residue: residue)
    }
  }
}
