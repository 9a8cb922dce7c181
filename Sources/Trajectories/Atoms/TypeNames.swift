/// What `--types` says: the species of numeric types and of labels, as in `1=O,2=H` or `OW=O,HW=H`.
public struct TypeNames: Sendable, Equatable, ExpressibleByDictionaryLiteral,
  CustomStringConvertible
{
  /// Species of each numeric type.
  public var numbers: [Int: String]
  /// Species of each label.
  public var labels: [String: String]

  /// Species of types and of labels.
  public init(_ numbers: [Int: String] = [:], labels: [String: String] = [:]) {
    self.numbers = numbers
    self.labels = labels
  }

  /// Species of numeric types.
  public init(dictionaryLiteral elements: (Int, String)...) {
    self.init(Dictionary(uniqueKeysWithValues: elements))
  }

  /// Whether nothing is named.
  public var isEmpty: Bool { numbers.isEmpty && labels.isEmpty }

  /// The types as `--types` takes them: numbers ascending, then labels by name.
  public var description: String {
    let sorted =
      numbers.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value) }
      + labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return sorted.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
  }

  /// The species of a label or of a type in digits; nil if it is not named.
  public func species(of label: String) -> String? {
    labels[label] ?? Int(label).flatMap { numbers[$0] }
  }

  /// What `1=O,2=H` or `OW=O,HW=H` says.
  /// - Throws: `TrajectoryError` (usage) with what was found and an example.
  public init(parsing text: String) throws(TrajectoryError) {
    self.init([:], labels: [:])
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = item.split(separator: "=", omittingEmptySubsequences: false).map {
        $0.filter { $0 != " " }
      }
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
        throw TrajectoryError(
          path: "--types", reason: "expected TYPE=SPECIES as in 1=O,2=H, found '\(item)'",
          kind: .usage)
      }
      let before =
        Int(sides[0]).map { numbers.updateValue(sides[1], forKey: $0) }
        ?? labels.updateValue(sides[1], forKey: sides[0])
      guard before == nil else {
        throw TrajectoryError(
          path: "--types", reason: "type \(sides[0]) is given twice", kind: .usage)
      }
    }
  }
}
