/// The interpretation of atom names in structure files.
///
/// Names of water are those of the usual models (OW, OH2, OT; HW1, H1, HT; MW, LP, EPW …). For
/// other atoms the element is inferred from the conventions of structure files: an ion has the name
/// of its residue, other names begin with their element.
enum AtomNames {
  /// The label of an interaction site without mass, which no SOAP descriptor uses.
  static let virtualSite = "M"

  /// The element of an atom name, `virtualSite`, or the name itself if it is unknown.
  static func element(ofAtom name: String, residue: String = "") -> String {
    // Without a residue, a name that is spelled like an element is that element: Cu is not carbon.
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
    case "D", "DW": return "D"
    default: break
    }
    let place = residue.uppercased().filter { $0.isLetter }
    if letters == place || monatomicIons.contains(letters) && place.isEmpty {
      return capitalised(letters)
    }
    return "HCNOSPFBIK".contains(first)
      ? String(first) : String(capitalised(letters).prefix(SpeciesMap.longestName))
  }

  /// The elements of the usual names of water's atoms in an element column or in `--types`. The
  /// list is closed, because an element's symbol in capitals (HE, OS) must never be read as another
  /// element.
  static let elementOfWaterAtom: [String: String] = {
    let oxygens = ["OW", "OW1", "OH2", "OT"]
    let hydrogens = ["HW", "HW1", "HW2", "HW3", "H1", "H2", "HT", "HT1", "HT2"]
    return Dictionary(
      uniqueKeysWithValues: oxygens.map { ($0, "O") }
        + (hydrogens + deuteriums + isotopes.dropFirst()).map { ($0, "H") })
  }()

  /// Isotopes of hydrogen that have symbols of their own.
  static let isotopes = ["D", "T"]

  private static let deuteriums = ["D", "D1", "D2", "DW", "DW1", "DW2"]

  /// The isotope that a name of an atom of heavy water means; else the name.
  static func isotope(_ name: String) -> String { deuteriums.contains(name) ? "D" : name }

  private static let monatomicIons: Set<String> = [
    "LI", "NA", "MG", "CL", "CA", "ZN", "BR", "RB", "CS", "AR", "NE", "XE", "SI", "AL",
  ]

  private static func capitalised(_ letters: String) -> String {
    letters.prefix(1) + letters.dropFirst().prefix(7).lowercased()
  }
}
