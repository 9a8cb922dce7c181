/// A model's description of the features it was trained on. It is stored here and interpreted by
/// `SOAPParameters`.
public struct SOAPDescription: Codable, Equatable, Sendable {
  /// Chemical symbols of the species whose density is described.
  public var species: [String]
  /// Chemical symbol of the atoms that are classified.
  public var center: String
  /// Cutoff radius of the radial basis in Å.
  public var r_cut: Double
  /// Number of radial functions, ≥ 1.
  public var n_max: Int
  /// Largest angular momentum, ≥ 0.
  public var l_max: Int
  /// Width of the atomic Gaussians in Å.
  public var sigma: Double
  /// Name of the radial basis; `gto` is the only one supported.
  public var rbf: String
  /// Species pairs that are kept, such as `["OH", "HH"]`; nil for all.
  public var blocks: [String]?

  /// A description from its parts; nothing is checked here.
  public init(
    species: [String], center: String, r_cut: Double, n_max: Int, l_max: Int, sigma: Double,
    rbf: String = "gto", blocks: [String]? = nil
  ) {
    self.species = species
    self.center = center
    self.r_cut = r_cut
    self.n_max = n_max
    self.l_max = l_max
    self.sigma = sigma
    self.rbf = rbf
    self.blocks = blocks
  }

  /// The description as the JSON text of a model file.
  public var json: String {
    func list(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
    var members: [(String, JSON)] = [
      ("species", list(species)), ("center", .string(center)), ("r_cut", .number(String(r_cut))),
      ("n_max", .number(String(n_max))),
      ("l_max", .number(String(l_max))), ("sigma", .number(String(sigma))), ("rbf", .string(rbf)),
    ]
    if let blocks { members.append(("blocks", list(blocks))) }
    return JSON.object(members.map { JSON.Member(key: $0.0, value: $0.1) }).serialised
  }
}

extension SOAPDescription {
  /// The description in the JSON text `soap` of a model file. Notes (other keys with a text) are
  /// kept by `Model`; every other key that could change the descriptor is refused.
  ///
  /// - Throws: one sentence that names the key, what was found and what was expected.
  init(json text: String) throws(FormatError) {
    let json: JSON
    do { json = try JSON.parse(text) } catch {
      throw FormatError(
        "the metadata entry soap is not valid JSON at byte \(error.offset): \(error.reason)")
    }
    func wrong(_ key: String, _ expected: String) -> FormatError {
      FormatError("the key \(key) of soap is \(json[key]?.kind ?? "missing"), expected \(expected)")
    }
    func length(_ key: String) throws(FormatError) -> Double {
      guard let value = json[key]?.double, value.isFinite, value > 0 else {
        throw wrong(key, "a length in Å above 0")
      }
      return value
    }
    func count(_ key: String, from least: Int) throws(FormatError) -> Int {
      guard let value = json[key]?.integer, value >= least, value <= 1000 else {
        throw wrong(key, "an integer from \(least) to 1000")
      }
      return value
    }
    guard let species = json["species"]?.texts, !species.isEmpty, !species.contains(""),
      Set(species).count == species.count
    else {
      throw wrong("species", "a list of different chemical symbols")
    }
    guard let center = json["center"]?.text, !center.isEmpty else {
      throw wrong("center", "a chemical symbol")
    }
    guard let rbf = json["rbf"]?.text, rbf == "gto" else {
      throw wrong("rbf", "\"gto\", the only supported radial basis")
    }
    var blocks: [String]?
    switch json["blocks"] {
    case nil, .null, .string("all"): blocks = nil
    case .some(let value):
      guard let names = value.texts, !names.isEmpty, !names.contains(""),
        Set(names).count == names.count
      else {
        throw wrong("blocks", "\"all\" or a list of species pairs such as [\"OH\", \"HH\"]")
      }
      blocks = names
    }
    try SOAPDescription.checkOtherKeys(json)
    self.init(
      species: species, center: center, r_cut: try length("r_cut"),
      n_max: try count("n_max", from: 1), l_max: try count("l_max", from: 0),
      sigma: try length("sigma"), rbf: rbf, blocks: blocks)
  }
}

extension SOAPDescription {
  /// Whether the centres are water's oxygens, as far as the species show it.
  public var isOfWater: Bool { Self.isOfWater(center: center, species: species) }

  /// Whether centres of a species among others are water's oxygens, as far as the species show it.
  public static func isOfWater(center: String, species: [String]) -> Bool {
    center == "O" && Set(species).isSubset(of: ["O", "H"])
  }

  /// Whether a model's `soap` entry is of water; nil if it is not a valid entry.
  public static func isOfWater(inJSON text: String) -> Bool? {
    (try? SOAPDescription(json: text))?.isOfWater
  }

  /// The centre species in a model's `soap` entry; nil if it is not a valid entry.
  public static func center(inJSON text: String) -> String? {
    (try? SOAPDescription(json: text))?.center
  }
}

extension SOAPDescription {
  private static let known: Set<String> = [
    "species", "center", "r_cut", "n_max", "l_max", "sigma", "rbf", "blocks",
  ]

  /// Refuses what would give other features than this program computes: DScribe's further arguments
  /// unless they have the value that changes nothing, and keys of unknown meaning.
  private static func checkOtherKeys(_ json: JSON) throws(FormatError) {
    guard case .object(let members) = json else { return }
    for member in members where !known.contains(member.key) {
      let value = member.value
      let isPlain =
        switch member.key {
        // Atoms weighted by distance; averages over centres; fewer features.
        case "weighting": value == .null || value == .object([])
        case "average": value == .null || value == .string("off")
        case "compression":
          value == .null || value == .string("off") || value["mode"] == .string("off")
        // Periodic images count; pairs of different species are kept.
        case "periodic", "crossover": value == .null || value == .boolean(true)
        // How DScribe returns the same numbers.
        case "sparse", "dtype", "verbose", "n_jobs": true
        // DScribe's earlier names, arguments of other versions and programs; a text is a note.
        case "rcut", "nmax", "lmax", "cutoff": false
        default: value == .null || value.text != nil
        }
      guard isPlain else {
        throw FormatError(
          "the key \(member.key) of soap is \(value.serialised.prefix(80)): it may change the "
            + "descriptor and is not supported, expected SOAP without it")
      }
    }
  }
}
