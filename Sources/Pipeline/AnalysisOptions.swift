import SOAP
import Trajectories

/// What `verglas analyze` was asked to do; values are checked, files are not yet opened.
public struct AnalysisOptions: Sendable {
  /// Trajectory files or patterns, model files, and the results file.
  public var trajectories: [String] = []
  public var models: [String] = []
  public var output = ""
  /// Species by type; empty if the files name elements.
  public var types: [Int: String] = [:]
  public var frames = FrameSelection.all
  /// Confidence thresholds, the primary one first.
  public var thresholds = [0.95]
  /// Distances in Å: neighbours of intermediate molecules, and links of clusters.
  public var neighborCutoff = 3.0
  public var clusterCutoff = 3.0
  /// Smallest cluster that counts.
  public var minimumCluster = 1
  /// Axis of the profile (0, 1, 2); nil for none. Layer width in Å.
  public var profileAxis: Int? = nil
  public var layerWidth = 2.0
  /// What is stored for each molecule.
  public var perMolecule = PerMolecule.standard
  public var precision = Descriptor.Precision.single
  /// Time of one MD step in ps, for files that do not tell the time.
  public var timeStep: Double? = nil
  public var strict = false
  public var skipsBadFrames = false
  public var overwrite = false
  public var quiet = false
  /// The command line, kept in the results.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// Sets of values stored for each molecule.
  public struct PerMolecule: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let probability = PerMolecule(rawValue: 1)
    public static let phase = PerMolecule(rawValue: 2)
    public static let cluster = PerMolecule(rawValue: 4)
    public static let position = PerMolecule(rawValue: 8)
    public static let pca = PerMolecule(rawValue: 16)
    public static let standard: PerMolecule = [.probability, .phase, .cluster]
    public static let all: PerMolecule = [.probability, .phase, .cluster, .position, .pca]
  }

  /// - Throws: `RunError` naming the first option whose value makes no sense.
  public func validate() throws {
    guard !trajectories.isEmpty else { throw RunError("no trajectory given; name at least one file", .usage) }
    guard !models.isEmpty else { throw RunError("no model given; name at least one with --model", .usage) }
    guard !thresholds.isEmpty, thresholds.allSatisfy({ $0 > 0 && $0 < 1 }) else {
      throw RunError("--threshold: expected probabilities between 0 and 1, e.g. 0.95,0.9; found \(thresholds)", .usage)
    }
    guard Set(thresholds).count == thresholds.count else { throw RunError("--threshold: a value is named twice", .usage) }
    for (name, value) in [("--neighbor-cutoff", neighborCutoff), ("--cluster-cutoff", clusterCutoff)] {
      guard value > 0, value <= 50 else { throw RunError("\(name): expected a distance in Å from 0 to 50, found \(value)", .usage) }
    }
    guard layerWidth > 0, layerWidth.isFinite else { throw RunError("--layer-width: expected a width in Å above 0, found \(layerWidth)", .usage) }
    guard minimumCluster >= 1 else { throw RunError("--min-cluster: expected a size from 1, found \(minimumCluster)", .usage) }
  }
}
