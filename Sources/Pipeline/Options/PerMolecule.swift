import Options

extension AnalysisOptions {
  /// Sets of values stored for each molecule.
  public struct PerMolecule: OptionSet, Sendable {
    /// The bits of the set.
    public let rawValue: Int
    /// A set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// Class probabilities.
    public static let probability = PerMolecule(rawValue: 1)
    /// The phase at the primary threshold.
    public static let phase = PerMolecule(rawValue: 2)
    /// The name of the cluster.
    public static let cluster = PerMolecule(rawValue: 4)
    /// The wrapped position.
    public static let position = PerMolecule(rawValue: 8)
    /// Projections on the model's principal components.
    public static let pca = PerMolecule(rawValue: 16)
    /// The order parameters of `--order`.
    public static let order = PerMolecule(rawValue: 32)
    /// Probability, phase and cluster.
    public static let standard: PerMolecule = [.probability, .phase, .cluster]
    /// All values.
    public static let all: PerMolecule = [
      .probability, .phase, .cluster, .position, .pca, .order,
    ]

    /// The names on the command line. `all` has those that it had before there was `order`, because
    /// they are recorded, and files that were begun then can be resumed.
    var names: [String] {
      zip(
        ["probability", "phase", "cluster", "position", "pca", "order"],
        [.probability, .phase, .cluster, .position, .pca, .order] as [PerMolecule]
      )
      .filter { contains($0.1) && !(self == .all && $0.1 == .order) }.map(\.0)
    }
  }
}

extension AnalysisOptions.PerMolecule {
  /// Reads names separated by commas.
  ///
  /// - Throws: `InvalidValue`.
  @Sendable static func read(_ text: String) throws -> Self {
    var result: Self = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      switch word {
      case "probability": result.insert(.probability)
      case "phase": result.insert(.phase)
      case "cluster": result.insert(.cluster)
      case "position": result.insert(.position)
      case "pca": result.insert(.pca)
      case "order": result.insert(.order)
      case "all": result.formUnion(.all)
      case "none": break
      default:
        throw InvalidValue(
          "expected any of probability, phase, cluster, position, pca, order, all, none; found "
            + "'\(word)'")
      }
    }
    return result
  }
}
