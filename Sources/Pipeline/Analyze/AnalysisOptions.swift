import SOAP
import Trajectories

/// What `verglas analyze` was asked to do; values are checked, files are not yet opened.
public struct AnalysisOptions: Sendable {
  /// Trajectory files or shell patterns.
  public var trajectories: [String] = []
  /// Model files.
  public var models: [String] = []
  /// The file to write.
  public var output = ""
  /// Species by atom type; empty if the files name elements.
  public var types: TypeNames = [:]
  /// Which axes are periodic, for files that do not say it; nil: all.
  public var boundary: Boundary?
  /// Which of the chained frames are taken.
  public var frames = FrameSelection.all
  /// Confidence thresholds, the primary one first.
  public var thresholds = [0.95]
  /// Distance in Å within which centres are neighbours, for the split of IA.
  public var neighborCutoff = 3.0
  /// Distance in Å within which centres of one phase belong to one cluster.
  public var clusterCutoff = 3.0
  /// Smallest cluster that counts.
  public var minimumCluster = 1
  /// Axis of the profile (0, 1, 2); nil for none.
  public var profileAxis: Int? = nil
  /// Thickness of the layers in Å.
  public var layerWidth = 2.0
  /// A table of pressure, temperature and density by step: a LAMMPS log or a CSV; nil for none.
  public var thermo: String? = nil
  /// LAMMPS unit style of a log that does not name it.
  public var thermoUnits: UnitStyle? = nil
  /// Slabs whose molecules are counted by themselves.
  public var regions: [Region] = []
  /// Labels by the number of neighbours, beside those of the models; nil for none.
  public var neighborCount: NeighborCountRule? = nil
  /// Structures of ice and hydrate beside the labels of the models.
  public var structure = Structure.automatic
  /// What is stored for each molecule.
  public var perMolecule = PerMolecule.standard
  /// Precision of SOAP and network.
  public var precision = Descriptor.Precision.single
  /// Time of one MD step in ps, for files that do not tell the time.
  public var timeStep: Double? = nil
  /// Ranks that share a frame; nil for what should finish first.
  public var ranksPerFrame: Int? = nil
  /// Structure files that name the atoms of trajectories that do not.
  public var topologies: [String] = []
  /// Whether warnings about damaged input are errors.
  public var strict = false
  /// Whether frames that cannot be read are skipped and recorded instead of ending the run.
  public var skipsBadFrames = false
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether an existing output that was not finished is.
  public var resume = false
  /// Whether a resumed run goes on with frames that the trajectory has gained.
  public var extend = false
  /// Hours after which the run stops at the next frame border; nil for no limit.
  public var maxHours: Double? = nil
  /// Whether only warnings and errors are printed.
  public var quiet = false
  /// The command line, kept in the results.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// Which structures are recognised.
  public enum Structure: Sendable {
    /// CHILL+ if the centres are water's oxygens.
    case automatic
    /// CHILL+.
    case chillPlus
    /// None.
    case none
  }

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
    /// Probability, phase and cluster.
    public static let standard: PerMolecule = [.probability, .phase, .cluster]
    /// Everything there is.
    public static let all: PerMolecule = [.probability, .phase, .cluster, .position, .pca]

    /// The names on the command line.
    var names: [String] {
      zip(
        ["probability", "phase", "cluster", "position", "pca"],
        [.probability, .phase, .cluster, .position, .pca] as [PerMolecule]
      )
      .filter { contains($0.1) }.map(\.0)
    }
  }

  /// - Throws: `RunError` naming the first option whose value makes no sense.
  public func validate() throws {
    guard !trajectories.isEmpty else {
      throw RunError("no trajectory given; name at least one file", .usage)
    }
    guard !output.isEmpty else {
      throw RunError("--output: expected a file name, found nothing", .usage)
    }
    guard !models.isEmpty else {
      throw RunError("no model given; name at least one with --model", .usage)
    }
    guard !thresholds.isEmpty, thresholds.allSatisfy({ $0 > 0 && $0 < 1 }) else {
      throw RunError(
        "--threshold: expected probabilities between 0 and 1, e.g. 0.95,0.9; found \(thresholds.map { "\($0)" }.joined(separator: ","))",
        .usage)
    }
    guard Set(thresholds).count == thresholds.count else {
      throw RunError("--threshold: a value is named twice", .usage)
    }
    for (name, value) in [
      ("--neighbor-cutoff", neighborCutoff), ("--cluster-cutoff", clusterCutoff),
    ] {
      guard value > 0, value <= 50 else {
        throw RunError(
          "\(name): expected a distance in Å above 0, at most 50, found \(value)", .usage)
      }
    }
    guard layerWidth > 0, layerWidth.isFinite else {
      throw RunError("--layer-width: expected a width in Å above 0, found \(layerWidth)", .usage)
    }
    if let timeStep, !(timeStep > 0 && timeStep.isFinite) {
      throw RunError("--time-step: expected a time in ps above 0, found \(timeStep)", .usage)
    }
    if let ranksPerFrame, ranksPerFrame < 1 {
      throw RunError(
        "--ranks-per-frame: expected auto or a number from 1, found \(ranksPerFrame)", .usage)
    }
    if let maxHours, !(maxHours > 0 && maxHours.isFinite) {
      throw RunError("--max-hours: expected a time in hours above 0, found \(maxHours)", .usage)
    }
    guard !(resume && overwrite) else {
      throw RunError(
        "--resume keeps what the results file has and --overwrite begins anew; give one of them",
        .usage)
    }
    guard resume || !extend else {
      throw RunError("--extend goes on with a results file; give it together with --resume", .usage)
    }
    guard Set(regions.map(\.name)).count == regions.count else {
      throw RunError("--region: two regions have the same name", .usage)
    }
    guard minimumCluster >= 1 else {
      throw RunError("--min-cluster: expected a size from 1, found \(minimumCluster)", .usage)
    }
  }
}
