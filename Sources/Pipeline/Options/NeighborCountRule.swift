import Options

/// The classifier used before networks: a molecule with at least a given number of centres within a
/// radius is in the dense phase.
///
/// For Fig. 6 of the method: ≥ 11 oxygens within a radius (Garkul & Stegailov 2022). The radius is
/// the user's: 4.2 Å separates LDA from HDA best in the training data of the bundled models (0.90
/// of the molecules correct; 0.85 at 4.1 Å, 0.86 at 4.3 Å).
public struct NeighborCountRule: Sendable, Equatable {
  /// Names of the phase with fewer and with at least `minimum` neighbours.
  public let low: String, high: String
  /// Smallest number of neighbours in the dense phase.
  public let minimum: Int
  /// Distance in Å within which centres are counted, inclusive, with every periodic image.
  public let radius: Double

  /// Group of the labels in the results.
  static let group = "neighbor_count"

  /// Reads `LDA,HDA=11:4.2`; nil if it has another form.
  public init?(parsing text: String) {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2 else { return nil }
    let names = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let numbers = sides[1].split(separator: ":", omittingEmptySubsequences: false)
    guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != names[1],
      !names.contains("IA"), numbers.count == 2,
      let minimum = Int(numbers[0]), minimum >= 1, let radius = Double(numbers[1]), radius > 0,
      radius <= 50
    else { return nil }
    (low, high, self.minimum, self.radius) = (names[0], names[1], minimum, radius)
  }

  /// In the form of the command line.
  var text: String { "\(low),\(high)=\(minimum):\(radius)" }
}

extension NeighborCountRule: OptionValue {
  /// `LDA,HDA=11:4.2`.
  public init(typed text: String) throws {
    guard let rule = NeighborCountRule(parsing: text) else {
      throw InvalidValue("expected LOW,HIGH=N:RADIUS in Å as in LDA,HDA=11:4.2, found '\(text)'")
    }
    self = rule
  }
  /// `LDA,HDA=11:4.2`.
  public var typed: String? { text }
}
