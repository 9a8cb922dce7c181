import JobControl
import SOAP
import Trajectories

/// The atoms of a frame by symbol, and what they say of the frame.
public struct FrameComposition {
  /// Atoms by chemical symbol (isotopes by their own), or by label or type if that is not known.
  public private(set) var counts: [String: Int] = [:]
  /// Labels that are neither chemical symbols nor those of sites without mass, ascending.
  private let strange: [String]

  /// - Parameters:
  ///   - census: atoms by label or type.
  ///   - species: what labels and types mean.
  public init(_ census: [String: Int], _ species: SpeciesMap) {
    for (label, count) in census { counts[species.countedName(label), default: 0] += count }
    strange = counts.keys.filter { census[$0] != nil && Int($0) == nil && !Self.isKnown($0) }
      .sorted()
  }

  private static let isotopes = [("D", 2.014), ("T", 3.016)]

  /// Whether a label is an element's symbol or that of a site without mass.
  private static func isKnown(_ label: String) -> Bool {
    atomicNumber(of: label) != nil
      || ["M", "MW", "X", "XX", "LP", "EP", "EPW", "D", "T"].contains(label)
  }

  /// Mass of all atoms in amu; atoms of unknown mass count as 0.
  public var mass: Double {
    var total = 0.0
    for (symbol, count) in counts.sorted(by: { $0.key < $1.key }) {
      total += (standardAtomicWeight(of: symbol) ?? 0) * Double(count)
    }
    for (symbol, mass) in Self.isotopes { total += mass * Double(counts[symbol] ?? 0) }
    return total
  }

  /// Number of oxygens.
  var oxygens: Int { counts["O"] ?? 0 }
  /// Number of hydrogens of any isotope.
  var hydrogens: Int { counts(of: ["H"])["H"] ?? 0 }

  /// The atoms by symbol, where isotopes that are not among the wanted species are hydrogen.
  public func counts(of species: [String]) -> [String: Int] {
    var counts = counts
    for (isotope, _) in Self.isotopes where !species.contains(isotope) {
      if let count = counts.removeValue(forKey: isotope) { counts["H", default: 0] += count }
    }
    return counts
  }

  /// Isotopes, elements that no model knows, labels without meaning, and a ratio of hydrogen to
  /// oxygen that is not that of water.
  ///
  /// - Parameters:
  ///   - species: the wanted species.
  ///   - reportsOthers: whether other elements are reported: those that models do not know.
  ///   - strict: whether a wrong ratio is an error if hydrogen is wanted.
  /// - Throws: `RunError` (bad data) if it is.
  public func warnings(path: String, species: [String], reportsOthers: Bool = true, strict: Bool)
    throws
    -> [String]
  {
    var notes: [String] = []
    if let note = isotopeNote(species) { notes.append("\(path): \(note)") }
    if reportsOthers, let note = ignoredNote(species) { notes.append("\(path): \(note)") }
    if !strange.isEmpty {
      let list = strange.prefix(8).map { "\(counts[$0] ?? 0) named '\($0)'" }
      notes.append(
        "\(path): atoms whose names are not chemical symbols are ignored: "
          + list.joined(separator: ", "))
    }
    if hydrogens > 0,
      let ratio = TrajectoryError.waterRatioWarning(oxygens: oxygens, hydrogens: hydrogens)
    {
      if strict, species.contains("H") {
        throw RunError("\(path): \(ratio) (--strict)", .badData)
      }
      notes.append("\(path): \(ratio)")
    }
    return notes
  }

  /// What to say of isotopes; nil if there are none.
  private func isotopeNote(_ species: [String]) -> String? {
    let found = Self.isotopes.map(\.0).filter { counts[$0] != nil && !species.contains($0) }
    guard !found.isEmpty else { return nil }
    let list = found.map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", ")
    return "\(list) treated as hydrogen (H): models know no isotopes, only the mass density uses "
      + "their mass; --types that names them H omits this warning"
  }

  /// What to say of elements that no model knows; nil if there are none.
  private func ignoredNote(_ species: [String]) -> String? {
    let water = ["O", "H", "D", "T"]
    let ignored = counts.keys.filter {
      atomicNumber(of: $0) != nil && !species.contains($0) && !water.contains($0)
    }.sorted()
    guard !ignored.isEmpty else { return nil }
    let list = ignored.prefix(8).map { "\($0) (\(counts[$0] ?? 0))" }.joined(separator: ", ")
    let verb = ignored.count == 1 ? "is" : "are"
    return "\(list) \(verb) not in the model and \(verb) ignored"
  }
}
