/// The selected species, and how the file identifies them.
///
/// Names come from the file's column of elements or labels where there is one, otherwise from its
/// numeric types through `types`, which also maps labels. The usual names of water's atoms (OW,
/// HW1 …) stand for their elements, and the isotopes D and T for hydrogen. Atoms of any other
/// species (virtual sites, ions) are ignored.
public struct SpeciesMap: Sendable, Equatable {
  /// Selected species; an atom's `species` is the index of its name here.
  public let names: [String]
  /// Species of types and labels that the user names; may be species that are not wanted (`3=M`).
  public let types: TypeNames
  /// The types and labels that the user names as isotopes of a selected species (`2=D`).
  private let isotopes: TypeNames
  /// Every name in a column of elements or labels that means a wanted species, as one integer, and
  /// the species' index.
  private(set) var spellingKeys: [UInt64] = [], spellingSpecies: [UInt8] = []

  /// Longest species name, in bytes.
  static let longestName = 8
  /// Largest numeric type.
  static let largestType = 65_535

  /// A map from names and types to species.
  ///
  /// - Parameters:
  ///   - names: selected species, e.g. `["O", "H"]`, at most 250.
  ///   - types: species of types and labels; empty if not given.
  /// - Throws: `TrajectoryError` if a name is empty, repeated or too long, or a type out of range.
  public init(names: [String], types: TypeNames = [:]) throws(TrajectoryError) {
    guard names.count <= 250, Set(names).count == names.count else {
      throw TrajectoryError(
        path: "species", reason: "a species is named twice in \(names.joined(separator: ","))",
        kind: .usage)
    }
    for name in names + types.numbers.values + types.labels.values
    where name.isEmpty || name.utf8.count > Self.longestName {
      throw TrajectoryError(
        path: "species", reason: "'\(name)' is not a name of 1 to \(Self.longestName) characters",
        kind: .usage)
    }
    for type in types.numbers.keys where !(0...Self.largestType).contains(type) {
      throw TrajectoryError(
        path: "--types", reason: "type \(type) is not within 0…\(Self.largestType)", kind: .usage)
    }
    self.names = names
    self.types = TypeNames(
      types.numbers.mapValues { Self.species(ofName: $0, among: names) },
      labels: types.labels.mapValues { Self.species(ofName: $0, among: names) })
    func isotope(_ name: String) -> String? {
      let isotope = AtomNames.isotope(name)
      return names.contains(name) || !AtomNames.isotopes.contains(isotope) ? nil : isotope
    }
    isotopes = TypeNames(
      types.numbers.compactMapValues(isotope), labels: types.labels.compactMapValues(isotope))
    let digits = types.numbers.keys.map { "\($0)" }
    let others = Set(AtomNames.elementOfWaterAtom.keys).union(types.labels.keys).union(digits)
    for name in names + others.subtracting(names).sorted() {
      let index = index(ofName: name)
      guard index != Self.unwanted else { continue }
      // Up to eight letters. No letter is zero, so names of different length differ.
      spellingKeys.append(name.utf8.reduce(0) { $0 << 8 | UInt64($1) })
      spellingSpecies.append(index)
    }
  }

  /// The species that a name means: itself, or the element of an atom of water.
  private static func species(ofName name: String, among names: [String]) -> String {
    names.contains(name) ? name : AtomNames.elementOfWaterAtom[name] ?? name
  }

  /// The species that a name in a column of elements or labels means: what the user says, itself,
  /// or the element of an atom of water.
  func species(ofName name: String) -> String {
    types.species(of: name) ?? Self.species(ofName: name, among: names)
  }

  /// The name under which an atom of a label or type is counted: its species, but an isotope by its
  /// own name (`D`, `T`), since its mass is another one.
  public func countedName(_ label: String) -> String {
    if let isotope = isotopes.species(of: label) { return isotope }
    let isotope = AtomNames.isotope(label)
    return AtomNames.isotopes.contains(isotope) && types.species(of: label) == nil
      ? isotope : species(ofName: label)
  }

  /// What `--types` says.
  /// - Throws: `TrajectoryError` (usage) with what was found and an example.
  public static func parse(types text: String) throws(TrajectoryError) -> TypeNames {
    try TypeNames(parsing: text)
  }

  /// The types as `--types` takes them.
  public var typesText: String { types.description }

  /// A note for a file that has elements itself; none if no types were given.
  func unusedTypes(path: String) -> [String] {
    types.isEmpty
      ? [] : ["--types \(typesText) is not used for \(path), which names the elements itself"]
  }

  /// Index of a species that is not selected, and of a type without a known species.
  static let unwanted: UInt8 = 254
  static let unknown: UInt8 = 255

  /// Species index of a name; of a name in digits, which is a type, unknown if `--types` does not
  /// name it.
  func index(ofName name: String) -> UInt8 {
    if let first = name.utf8.first, first < 0x3A, Int(name) != nil, types.species(of: name) == nil,
      !names.contains(name)
    {
      return Self.unknown
    }
    return names.firstIndex(of: species(ofName: name)).map(UInt8.init) ?? Self.unwanted
  }

  /// Species index of a numeric type.
  func index(ofType type: Int) -> UInt8 {
    types.numbers[type].map { name in
      names.firstIndex(of: name).map(UInt8.init) ?? Self.unwanted
    } ?? Self.unknown
  }

  /// What to do about types or labels that `--types` must name.
  static func advice(counts: [String: Int]) -> String {
    let list = counts.sorted { ($0.key.count, $0.key) < ($1.key.count, $1.key) }.prefix(8).map {
      "\($0.value) of type \($0.key)"
    }.joined(separator: ", ")
    let advice =
      guess(counts: counts).map { "if this is water: --types \($0)" }
      ?? "specify the species of each with --types, e.g. --types 1=O,2=H"
    return "\(list); \(advice)"
  }

  /// A suggestion for `--types` from the numbers of atoms per type, if two types have the ratio 1:2
  /// as in water.
  ///
  /// If several pairs do (a virtual site is as frequent as oxygen), the smallest type numbers are
  /// used.
  static func guess(counts: [String: Int]) -> String? {
    let sorted = counts.sorted { left, right in
      switch (Int(left.key), Int(right.key)) {
      case (let a?, let b?): a < b
      case (.some, nil): true
      case (nil, .some): false
      case (nil, nil): left.key < right.key
      }
    }
    for oxygen in sorted where oxygen.value > 0 {
      for hydrogen in sorted where hydrogen.value == 2 * oxygen.value {
        let others = sorted.filter { $0.key != oxygen.key && $0.key != hydrogen.key }
        let pairs = [(oxygen.key, "O"), (hydrogen.key, "H")] + others.map { ($0.key, "X") }
        let species = Dictionary(uniqueKeysWithValues: pairs)
        return sorted.map { "\($0.key)=\(species[$0.key] ?? "X")" }.joined(separator: ",")
      }
    }
    return nil
  }
}
