/// What the atom names of structure files mean.
///
/// Names of water are those of the usual models (OW, OH2, OT; HW1, H1, HT; MW, LP, EPW …). Of
/// anything else the element is read as structure files have it: an ion's name is its residue's,
/// other names begin with their element.
enum AtomNames {
  /// The label of an interaction site without mass, which no SOAP descriptor asks for.
  static let virtualSite = "M"

  /// The element that an atom name stands for, `virtualSite`, or the name itself where it tells
  /// nothing.
  static func element(ofAtom name: String, residue: String = "") -> String {
    // Without a residue a name in the spelling of an element is one: Cu is no carbon.
    if residue.isEmpty, name.count == 2, let last = name.last, last.isLowercase,
      name.first?.isUppercase == true
    {
      return name
    }
    let letters = name.uppercased().filter { $0.isLetter }
    guard let first = letters.first else { return name }
    switch letters {
    case "M", "MW", "LP", "LA", "LB", "EP", "EPW", "VS", "MCH", "DUM", "IW": return virtualSite
    // CHARMM's fourth site of TIP4P; elsewhere OM is an oxygen.
    case "OM"
    where ["TIP4", "TP4", "WAT", "SOL", "HOH"].contains(where: {
      residue.uppercased().hasPrefix($0)
    }): return virtualSite
    case "O", "OW", "OH", "OT": return "O"
    case "H", "HW", "HT", "HO": return "H"
    default: break
    }
    let place = residue.uppercased().filter { $0.isLetter }
    if letters == place || monatomicIons.contains(letters) && place.isEmpty {
      return capitalised(letters)
    }
    return "HCNOSPFBIK".contains(first)
      ? String(first) : String(capitalised(letters).prefix(SpeciesMap.longestName))
  }

  /// What the usual names of water's atoms stand for where a column of elements, or `--types`,
  /// holds them. A closed list: an element's symbol in capitals (HE, OS) must never be taken for
  /// another element.
  static let elementOfWaterAtom: [String: String] = {
    let oxygens = ["OW", "OW1", "OH2", "OT"]
    let hydrogens = ["HW", "HW1", "HW2", "HW3", "H1", "H2", "HT", "HT1", "HT2"]
    return Dictionary(uniqueKeysWithValues: oxygens.map { ($0, "O") } + hydrogens.map { ($0, "H") })
  }()

  private static let monatomicIons: Set<String> = [
    "LI", "NA", "MG", "CL", "CA", "ZN", "BR", "RB", "CS", "AR", "NE", "XE", "SI", "AL",
  ]

  private static func capitalised(_ letters: String) -> String {
    letters.prefix(1) + letters.dropFirst().prefix(7).lowercased()
  }
}
