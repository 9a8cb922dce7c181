import JobControl
import Options

/// Order parameters of molecules that are computed on request.
public struct OrderQuantities: OptionSet, Sendable {
  /// The bits of the set.
  public let rawValue: Int
  /// A set from its bits.
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// Tetrahedral order.
  public static let q = OrderQuantities(rawValue: 1)
  /// Distance of the fifth neighbour.
  public static let d5 = OrderQuantities(rawValue: 2)
  /// Local structure index.
  public static let lsi = OrderQuantities(rawValue: 4)
  /// Hydrogen bonds of each molecule.
  public static let hbonds = OrderQuantities(rawValue: 8)
  /// All of them.
  public static let all: OrderQuantities = [.q, .d5, .lsi, .hbonds]

  private static let named: [(String, OrderQuantities)] = [
    ("q", .q), ("d5", .d5), ("lsi", .lsi), ("hbonds", .hbonds),
  ]

  /// The names on the command line.
  public var names: [String] { Self.named.filter { contains($0.1) }.map(\.0) }

  /// Reads names separated by commas.
  ///
  /// - Throws: `InvalidValue`.
  @Sendable static func read(_ text: String) throws -> Self {
    var result: Self = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      if word == "all" {
        result.formUnion(.all)
      } else if let known = named.first(where: { $0.0 == word }) {
        result.insert(known.1)
      } else {
        throw InvalidValue("expected any of q, d5, lsi, hbonds, all; found '\(word)'")
      }
    }
    return result
  }
}

extension AnalysisOptions {
  /// Refuses hydrogen bonds if no model reads hydrogens.
  ///
  /// - Parameters:
  ///   - species: those that the models read.
  ///   - center: the centres' species.
  /// - Throws: `RunError` (usage).
  func checkOrder(species: [String], center: String) throws {
    guard order.contains(.hbonds), !species.contains("H") || center == "H" else { return }
    throw RunError(
      "--order: hbonds needs hydrogens, found models of \(species.joined(separator: ", ")); "
        + "expected a model whose species include H, or --order q,d5,lsi", .usage)
  }
}
