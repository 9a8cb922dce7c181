import Contracts

extension Model {
  /// A second, small network on the same standardised features that recognises environments which
  /// are none of the model's classes, such as crystals or the liquid.
  ///
  /// Its first class is the subject: whatever the model's own classes describe. A molecule is
  /// unfamiliar if the probability of all other classes together, adapted to the fraction of such
  /// molecules in its frame, exceeds `threshold` (see `ForeignFraction`).
  public struct Guard: Equatable, Sendable {
    /// Name of the first class.
    public static let subject = "subject"
    /// The label of the molecules that it recognises as foreign.
    public static let label = "unfamiliar"
    /// Names of the classes G ≥ 2, the first of which is `subject`.
    public var classes: [String]
    /// Layers from the D features to G logits; every layer but the last is followed by tanh.
    public var layers: [Layer]
    /// The probability, 0 < p < 1, that the foreign classes together must exceed.
    public var threshold: Double
    /// Fraction of foreign environments among those it was trained on, 0 < p < 1.
    public var prior: Double
    /// How it was trained: a JSON text, if the file has it.
    public var training: String?

    /// A guard from its parts; `ModelFile.bytes(of:)` checks it.
    public init(
      classes: [String], layers: [Layer], threshold: Double, prior: Double, training: String? = nil
    ) {
      self.classes = classes
      self.layers = layers
      self.threshold = threshold
      self.prior = prior
      self.training = training
    }
  }

  /// Data that measure how unlike the training data the environments of a frame are.
  ///
  /// A molecule has J = L + 3 scores: its coordinates along L leading principal components, the
  /// squared length of its standardised features, and the sums of squares along the leading and
  /// along M minor components. For each class that the network predicts, the range of each score is
  /// divided into bins, and `limits` holds the largest fraction of molecules of that class and in
  /// that bin that any part of the training data had. The fraction of a frame's molecules beyond
  /// these limits cannot be explained by any mixture of the training data: a crystal, whose few
  /// environments crowd into few bins, exceeds them as a liquid does, which spreads beyond them.
  public struct Familiarity: Equatable, Sendable {
    /// Leading components divided by the standard deviation along them, `[L, D]`.
    public var leading: [Float]
    /// Minor components divided by the standard deviation along them, `[M, D]`.
    public var minor: [Float]
    /// Number of leading components L.
    public var leadingCount: Int
    /// Number of minor components M.
    public var minorCount: Int
    /// Upper edges of all bins but the last, rising, `[K, J, E]`.
    public var edges: [Float]
    /// Largest fraction of the molecules of a part of the training data in each bin,
    /// `[K, J, E + 1]`.
    public var limits: [Float]
    /// Number of edges E.
    public var edgeCount: Int
    /// A frame is warned of if the fraction of its molecules beyond the limits exceeds this.
    public var warningShare: Double

    /// Number of scores J of a molecule.
    public var scoreCount: Int { leadingCount + 3 }
    /// Number of bins of a score.
    public var binCount: Int { edgeCount + 1 }

    /// Components, edges and limits in the shapes of the properties.
    public init(
      leading: [Float], minor: [Float], leadingCount: Int, minorCount: Int, edges: [Float],
      limits: [Float], edgeCount: Int, warningShare: Double
    ) {
      self.leading = leading
      self.minor = minor
      self.leadingCount = leadingCount
      self.minorCount = minorCount
      self.edges = edges
      self.limits = limits
      self.edgeCount = edgeCount
      self.warningShare = warningShare
    }

    /// The fraction of molecules that no mixture of the training data explains, 0…1: the largest
    /// over all scores.
    ///
    /// For each score, the molecules of each class and bin beyond the limit are added up. A limit U
    /// is raised by √(U(1 − U)/N), the standard deviation of the fraction among N molecules drawn
    /// at random, so that small frames are not taken for strange ones. Counts are integers: any
    /// split of the frame gives the same bits.
    ///
    /// - Parameters:
    ///   - counts: molecules in each bin, `[K, J, E + 1]`.
    ///   - molecules: molecules N of the frame.
    /// - Returns: 0 for a frame without molecules.
    public func unlikeFraction(counts: [Int64], molecules: Int64) -> Double {
      require(counts.count == limits.count, "one count for each limit")
      guard molecules > 0 else { return 0 }
      let (n, bins, scores) = (Double(molecules), binCount, scoreCount)
      let classes = limits.count / (bins * scores)
      var largest = 0.0
      for score in 0..<scores {
        var excess = 0.0
        for k in 0..<classes {
          let first = (k * scores + score) * bins
          for place in first..<(first + bins) where counts[place] > 0 {
            let limit = Double(limits[place])
            let allowed = limit + (max(0, limit * (1 - limit)) / n).squareRoot()
            excess += max(0, Double(counts[place]) / n - allowed)
          }
        }
        largest = max(largest, excess)
      }
      return min(1, largest)
    }
  }
}
