/// The selected species, and how the file identifies them.
///
/// Names come from the file's `element` column if there is one, otherwise from its numeric types
/// with `types`; in both, the usual names of water's atoms (OW, HW1 …) mean their elements. Atoms
/// of any other species (virtual sites, ions) are ignored.
public struct SpeciesMap: Sendable, Equatable {
  /// Selected species; an atom's `species` is the index of its name here.
  public let names: [String]
  /// Species of each numeric type, if given by the user; may include species that are not selected
  /// (`3=M`).
  public let types: [Int: String]

  /// Longest species name, in bytes.
  static let longestName = 8
  /// Largest numeric type.
  static let largestType = 65_535

  /// A map from names and types to species.
  ///
  /// - Parameters:
  ///   - names: selected species, e.g. `["O", "H"]`, at most 250.
  ///   - types: species of numeric types, as returned by `parse(types:)`; empty if not given.
  /// - Throws: `TrajectoryError` if a name is empty, repeated or too long, or a type out of range.
  public init(names: [String], types: [Int: String] = [:]) throws(TrajectoryError) {
    guard names.count <= 250, Set(names).count == names.count else {
      throw TrajectoryError(
        path: "species", reason: "a species is named twice in \(names.joined(separator: ","))",
        kind: .usage)
    }
    for name in names + types.values where name.isEmpty || name.utf8.count > Self.longestName {
      throw TrajectoryError(
        path: "species", reason: "'\(name)' is no name of 1 to \(Self.longestName) letters",
        kind: .usage)
    }
    for type in types.keys where !(0...Self.largestType).contains(type) {
      throw TrajectoryError(
        path: "--types", reason: "type \(type) is not within 0…\(Self.largestType)", kind: .usage)
    }
    self.names = names
    self.types = types.mapValues { Self.species(ofName: $0, among: names) }
  }

  /// The species of a name in an element column or in `--types`: the name itself, or the element of
  /// an atom of water.
  private static func species(ofName name: String, among names: [String]) -> String {
    names.contains(name) ? name : AtomNames.elementOfWaterAtom[name] ?? name
  }

  /// The same for this map's names.
  func species(ofName name: String) -> String { Self.species(ofName: name, among: names) }

  /// Every name in an element column that means a selected species, with the index of the species.
  var spellings: [(name: String, index: UInt8)] {
    (names + AtomNames.elementOfWaterAtom.keys.filter { !names.contains($0) }.sorted()).compactMap {
      name in
      let index = index(ofName: name)
      return index == Self.unwanted ? nil : (name, index)
    }
  }

  /// The types in `--types 1=O,2=H`.
  /// - Throws: `TrajectoryError` (usage) with what was found and an example.
  public static func parse(types text: String) throws(TrajectoryError) -> [Int: String] {
    var types: [Int: String] = [:]
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = item.split(separator: "=", omittingEmptySubsequences: false).map {
        $0.filter { $0 != " " }
      }
      guard sides.count == 2, let type = Int(sides[0]), !sides[1].isEmpty else {
        throw TrajectoryError(
          path: "--types", reason: "expected TYPE=SPECIES as in 1=O,2=H, found '\(item)'",
          kind: .usage)
      }
      guard types.updateValue(sides[1], forKey: type) == nil else {
        throw TrajectoryError(path: "--types", reason: "type \(type) is given twice", kind: .usage)
      }
    }
    return types
  }

  /// The types as `--types` takes them, ascending.
  public var typesText: String {
    types.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
  }

  /// A note for a file that has elements itself; none if no types were given.
  func unusedTypes(path: String) -> [String] {
    types.isEmpty
      ? [] : ["--types \(typesText) is not used for \(path), which names the elements itself"]
  }

  /// Index of a species that is not selected, and of a type without a known species.
  static let unwanted: UInt8 = 254
  static let unknown: UInt8 = 255

  /// Species index of a name.
  func index(ofName name: String) -> UInt8 {
    names.firstIndex(of: species(ofName: name)).map(UInt8.init) ?? Self.unwanted
  }

  /// Species index of a numeric type.
  func index(ofType type: Int) -> UInt8 { types[type].map(index(ofName:)) ?? Self.unknown }

  /// A suggestion for `--types` from the numbers of atoms per type, if two types have the ratio 1:2
  /// as in water.
  ///
  /// If several pairs do (a virtual site is as frequent as oxygen), the smallest type numbers are
  /// used.
  static func guess(counts: [Int: Int]) -> String? {
    let sorted = counts.sorted { $0.key < $1.key }
    for oxygen in sorted where oxygen.value > 0 {
      for hydrogen in sorted where hydrogen.value == 2 * oxygen.value {
        let others = sorted.filter { $0.key != oxygen.key && $0.key != hydrogen.key }
        let pairs = [(oxygen.key, "O"), (hydrogen.key, "H")] + others.map { ($0.key, "X") }
        return pairs.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
      }
    }
    return nil
  }
}
