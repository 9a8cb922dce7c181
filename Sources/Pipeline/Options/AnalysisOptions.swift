import Frames
import JobControl
import Options
import SOAP
import Trajectories

/// The options of `verglas analyze`; values are checked, files are not yet opened.
public struct AnalysisOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "analyze",
    "Classify every molecule of every frame; write phases, clusters and profiles to results.h5.",
    discussion: """
      Examples:
        verglas analyze water.lammpstrj --types 1=O,2=H \\
          --model M2-OH.safetensors -o results.h5
        mpirun -n 16 verglas analyze 'run*.lammpstrj.gz' --types 1=O,2=H \\
          --model M2-OH.safetensors --model M3-OH.safetensors \\
          --threshold 0.95,0.9,0.8 --profile x -o results.h5

      Exit codes: 0 done, 1 done but frames were skipped, 64 usage, 65 bad data, 66 no input, \
      73 cannot create the output, 74 input/output error, 75 stopped early: continue with --resume.
      """)

  /// Trajectory files or shell patterns.
  @Option(.trajectories)
  public var trajectories: [String] = []

  /// Species by atom type; empty if the files have elements.
  @Option(.types)
  public var types: TypeNames = [:]

  /// Structure files for trajectories without atom names.
  @Option(.topologies)
  public var topologies: [String] = []

  /// Which axes are periodic, for files that do not state it; nil: all.
  @Option(.boundary)
  public var boundary: Boundary? = nil

  /// Selects among the chained frames.
  @Option(
    .frames(
      """
      Frames to use, as a Python slice: 0:100:10, -1:, 5. They are always analysed in ascending \
      order of step.
      """, record: .attribute("frames") { .text($0.description) }))
  public var frames = FrameSelection.all

  /// Time of one MD step in ps, used instead of the times in the files; nil for those.
  @Option(
    .value(
      "--time-step", "PS", .inputs,
      "Time of one MD step in ps, used instead of the times in the files.",
      check: .expect("a time in ps above 0") { $0.map { $0 > 0 && $0.isFinite } ?? true },
      record: .attribute("time_step") { .real($0 ?? 0) }))
  public var timeStep: Double? = nil

  /// A table of pressure, temperature and density by step: a LAMMPS log or a CSV; nil for none.
  @Option(.thermo)
  public var thermo: String? = nil

  /// LAMMPS unit style of a log without a `units` command.
  @Option(.thermoUnits)
  public var thermoUnits: UnitStyle? = nil

  /// Columns of the table that hold a quantity, where they are not found by name.
  @Option(.thermoColumns)
  public var thermoColumns: [ThermoColumn] = []

  /// Whether warnings about damaged input are errors.
  @Option(.strict)
  public var strict = false

  /// Whether frames that cannot be read are skipped and recorded instead of ending the run.
  @Option(
    .onBadFrame(
      """
      Action for a frame that cannot be read: stop, or skip it, record the reason and exit with \
      code 1.
      """))
  public var skipsBadFrames = false

  /// Model files.
  @Option(
    .repeated(
      "--model", "FILE", .models,
      """
      Model file (safetensors). Repeat it to run several models in one pass; two models \
      also give a cross-table of their phases.
      """,
      isRequired: true, record: .attribute("model_path", isCompared: false) { .texts($0) }))
  public var models: [String] = []

  /// Precision of SOAP and network.
  @Option(
    .precision(
      .models, "Precision of SOAP and network: single is faster, double is the reference.")
  )
  public var precision = Descriptor.Precision.single

  /// Arithmetic of the network in single precision.
  @Option(
    .value(
      "--network", "NAME", .models,
      """
      Arithmetic of the network in single precision: fp32, or int8 with exact sums, which is \
      faster with AMX; auto selects int8 if all ranks have AMX.
      """))
  public var network = NetworkChoice.auto

  /// Confidence thresholds, the primary one first.
  @Option(
    .value(
      "--threshold", "P[,P…]", .labels, "Confidence thresholds; the first is the primary one.",
      check: .expect("probabilities between 0 and 1, e.g. 0.95,0.9") {
        !$0.isEmpty && $0.allSatisfy { $0 > 0 && $0 < 1 }
      },
      record: .attribute("thresholds")
    ).once())
  public var thresholds = [0.95]

  /// Whether all models are one ensemble, whose mean probabilities are used.
  @Option(
    .flag(
      "--ensemble", .models,
      """
      Use the mean probabilities of all --model files, networks of several seeds for the same \
      classes, as one model named ensemble; the spread over the networks gives errors of \
      probabilities and fractions.
      """, record: .attribute("ensemble") { .text($0 ? "yes" : "no") }))
  public var isEnsemble = false

  /// Distance in Å within which centres are neighbours, for the split of IA; nil: the model's.
  @Option(
    .value(
      "--neighbor-cutoff", "Å", .labels,
      "Distance within which centres are neighbours, for the classification of IA molecules.",
      otherwise: "the model's, 3 if it has none", check: .cutoff,
      record: .attribute("neighbor_cutoff") { .real($0 ?? PairDistances.water) }))
  public var neighborCutoff: Double? = nil

  /// Distance in Å within which centres of one phase belong to one cluster; nil: the model's.
  @Option(
    .value(
      "--cluster-cutoff", "Å", .labels,
      "Distance within which centres of the same phase belong to the same cluster.",
      otherwise: "the model's, 3 if it has none", check: .cutoff,
      record: .attribute("cluster_cutoff") { .real($0 ?? PairDistances.water) }))
  public var clusterCutoff: Double? = nil

  /// Smallest cluster that is counted.
  @Option(
    .value(
      "--min-cluster", "N", .labels, "Size in molecules of the smallest cluster that is counted.",
      check: .expect("a size from 1") { $0 >= 1 }, record: .attribute("minimum_cluster")))
  public var minimumCluster = 1

  /// Rule for labels by the number of neighbours, in addition to those of the models; nil for none.
  @Option(
    .value(
      "--neighbor-count", "LOW,HIGH=N:Å", .labels,
      """
      Additional classification without a network: LDA,HDA=11:4.2 labels molecules with at least \
      11 centres within 4.2 Å HDA and all others LDA.
      """,
      record: .attribute("neighbor_count") { .text($0?.text ?? "") }
    ).once())
  public var neighborCount: NeighborCountRule? = nil

  /// Structures of ice and hydrate, in addition to the labels of the models.
  @Option(
    .value(
      "--structure", "NAME", .labels, "Additional method, which recognises ice and hydrate.",
      choices: ["chill+", "none"], otherwise: "chill+ for water",
      show: { $0 == .automatic ? nil : $0 == .chillPlus ? "chill+" : "none" },
      read: { text in
        switch text {
        case "chill+": .chillPlus
        case "none": .none
        default: throw InvalidValue("expected chill+ or none")
        }
      }
    ).once())
  public var structure = Structure.automatic

  /// Order parameters of the molecules, by phase; none by default.
  @Option(
    .value(
      "--order", "LIST", .structure,
      """
      Order parameters of the molecules, their means, histograms and profiles by phase: any of \
      q,d5,lsi,hbonds, or all; density and coordination number are added.
      """,
      record: .attribute("order") { .text($0.names.joined(separator: ",")) },
      show: { $0.isEmpty ? nil : $0.names.joined(separator: ",") },
      read: OrderQuantities.read
    ).once())
  public var order: OrderQuantities = []

  /// Whether pair correlation functions are computed.
  @Option(
    .flag(
      "--rdf", .structure,
      "Pair correlation functions g(r) by phase of the molecule and by pair of phases.",
      record: .attribute("rdf") { .text($0 ? "yes" : "no") }))
  public var computesPairs = false

  /// Range of the pair correlation functions in Å.
  @Option(
    .value(
      "--rdf-cutoff", "Å", .structure, "Largest distance of --rdf; bins are 0.05 Å wide.",
      check: .expect("a distance in Å from 0.1 to 30") { $0 >= 0.1 && $0 <= 30 },
      record: .attribute("rdf_cutoff")))
  public var pairRange = 8.0

  /// Whether what models have to recognise foreign molecules and frames is ignored.
  @Option(
    .flag(
      "--no-guard", .labels,
      """
      Ignore the guard and familiarity data of the models: label every molecule as one of the \
      classes or IA.
      """, record: .attribute("no_guard") { .text($0 ? "yes" : "no") }))
  public var ignoresGuard = false

  /// Axis of the profile (0, 1, 2); nil for none.
  @Option(
    .value(
      "--profile", "AXIS", .profile, "Axis of the layer profile.",
      choices: AxisName.all + ["none"],
      record: .attribute("profile_axis") { .text($0.map { AxisName.all[$0] } ?? "none") },
      show: { $0.map { AxisName.all[$0] } ?? "none" },
      read: { text in
        guard let axis = AxisName.all.firstIndex(of: text) else {
          if text == "none" { return nil }
          throw InvalidValue("expected x, y, z or none")
        }
        return axis
      }
    ).once())
  public var profileAxis: Int? = nil

  /// Thickness of the layers in Å.
  @Option(
    .value(
      "--layer-width", "Å", .profile,
      "Thickness of the layers; the number of layers follows from the first frame.",
      check: .expect("a width in Å above 0") { $0 > 0 && $0.isFinite },
      record: .attribute("layer_width")))
  public var layerWidth = 2.0

  /// Slabs whose molecules are counted separately.
  @Option(
    .repeated(
      "--region", "NAME=AXIS:FROM:TO", .profile,
      """
      Slab whose molecules are also counted separately, FROM ≤ position < TO in Å: bulk=x:10:20. \
      Repeat it for several regions.
      """,
      record: .attribute("regions") {
        .text($0.map { "\($0.name)=\($0.slab.description)" }.joined(separator: " "))
      }))
  public var regions: [Region] = []

  /// The file to write.
  @Option(.output("Results file to write (HDF5, H5MD 1.1)."))
  public var output = ""

  /// The values stored for each molecule.
  @Option(
    .value(
      "--per-molecule", "LIST", .output,
      "Values to store for each molecule: any of probability,phase,cluster,position,pca,"
        + "order, or all, or none.",
      record: .attribute("per_molecule") { .text($0.names.joined(separator: ",")) },
      show: { $0.names.isEmpty ? "none" : $0.names.joined(separator: ",") },
      read: PerMolecule.read
    ).once())
  public var perMolecule = PerMolecule.standard

  /// Whether an existing output is replaced.
  @Option(.overwrite)
  public var overwrite = false

  /// Whether an existing incomplete output is completed.
  @Option(
    .flag(
      "--resume", .output,
      """
      Finish an unfinished results file: same inputs, models and options, any number of ranks. \
      Starts a new file if there is none.
      """))
  public var resume = false

  /// Whether a resumed run includes frames added to the trajectory since.
  @Option(
    .flag(
      "--extend", .output,
      "With --resume: also analyse frames added to the trajectory since the file was begun."))
  public var extend = false

  /// Ranks that share a frame; nil for the number that is predicted to be fastest.
  @Option(
    .value(
      "--ranks-per-frame", "N", .running,
      "Ranks that share a frame: a number, or auto for the fastest layout that fits into memory.",
      check: .expect("auto or a number from 1") { $0 ?? 1 >= 1 },
      show: { $0.map { "\($0)" } ?? "auto" },
      read: { text in
        if text == "auto" { return nil }
        guard let number = Int(text), number >= 1 else {
          throw InvalidValue("expected auto or a number from 1, found '\(text)'")
        }
        return number
      }))
  public var ranksPerFrame: Int? = nil

  /// Hours after which the run stops between frames; nil for no limit.
  @Option(
    .maxHours(
      """
      Stop with exit code 75 shortly before this many hours have passed, in the same way as on \
      SIGUSR1 or SIGTERM; continue with --resume.
      """))
  public var maxHours: Double? = nil

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line, recorded in the results.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// Whether molecules that are none of a model's classes are recognised, where the model can.
  var usesGuard: Bool { !ignoresGuard }

  /// Which structures are recognised.
  public enum Structure: Sendable {
    /// CHILL+ if the centres are water's oxygens.
    case automatic
    /// CHILL+.
    case chillPlus
    /// None.
    case none
  }

  /// - Throws: `RunError` for the first option with an invalid value.
  public func validate() throws {
    try validateEach()
    guard Set(thresholds).count == thresholds.count else {
      throw RunError("--threshold: a value is given twice", .usage)
    }
    guard !(resume && overwrite) else {
      throw RunError(
        "--resume keeps the contents of the results file and --overwrite starts over; use only one "
          + "of them",
        .usage)
    }
    guard resume || !extend else {
      throw RunError("--extend continues a results file and requires --resume", .usage)
    }
    guard Set(regions.map(\.name)).count == regions.count else {
      throw RunError("--region: two regions have the same name", .usage)
    }
  }

  /// Refuses thresholds that the largest of a model's K probabilities always reaches, because it
  /// is at least 1/K.
  ///
  /// - Parameter models: name and number of classes of each model.
  /// - Throws: `RunError` (usage).
  func checkThresholds(for models: [(name: String, classCount: Int)]) throws {
    for model in models {
      guard let low = thresholds.first(where: { $0 < 1 / Double(model.classCount) }) else {
        continue
      }
      throw RunError(
        "--threshold: found \(low), but the largest of the \(model.classCount) class probabilities "
          + "of \(model.name) is never below 1/\(model.classCount); expected at least that", .usage)
    }
  }
}

extension Check<Double?> {
  /// A distance for pairs of centres.
  fileprivate static let cutoff = expect("a distance in Å above 0, at most 50") {
    $0.map { $0 > 0 && $0 <= 50 } ?? true
  }
}
