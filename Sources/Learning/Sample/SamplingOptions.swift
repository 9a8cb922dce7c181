import Frames
import JobControl
import Models
import Options
import SOAP
import Trajectories

/// The options of `verglas sample`.
public struct SamplingOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "sample",
    """
    Draw a balanced, labelled set of SOAP vectors from trajectories of known phases, for training.
    """,
    discussion: """
      Environments (one centre in one frame) are drawn without replacement; each file of a class \
      gives an equal share and each frame of a file an equal share of that. Files are separate \
      trajectories: they are not chained. Every class is split 60:20:20 into training, validation \
      and test parts of the same sizes.

      If every class has at least 5 files, each file belongs to one part, so that no file of the \
      test part is used in training. A fourth part, mixed, has environments of the training files \
      that are not used in training: evaluate also shows the accuracy on them, which is the \
      accuracy that a split by environment would have given. --split-by environment, the default \
      with fewer files and the paper's procedure, distributes the environments of one frame over \
      all parts. This leaks information: neighbours share most of their surroundings, so the \
      accuracy on the test part is overestimated. --split-by frame keeps all environments of one \
      frame in one part, --split-by parent all files of one parent: files whose paths are equal up \
      to the first hyphen of the name, such as lda2-77K.xtc and lda2-120K.xtc. Files of one parent \
      share their structure.

      The neighbour distance, the first minimum of the radial distribution function of the \
      centres, is stored in the dataset and in the models that are trained on it.

      Rows are ordered by class, file, frame and centre id; the same command gives the same bytes \
      on any number of ranks.

      Example:
        mpirun -n 4 verglas sample --class 'LDA=lda*.lammpstrj.gz' \\
          --class 'HDA=hda-77K.lammpstrj,hda-100K.lammpstrj' \\
          --types 1=O,2=H --per-class 12000 --seed 1 -o dataset.h5
      """)

  /// A class and the trajectory files, or shell patterns, whose centres belong to it.
  public struct LabelledFiles: Sendable {
    /// Name of the class.
    public let name: String
    /// Files or patterns.
    public let patterns: [String]

    /// A class and its files.
    public init(name: String, patterns: [String]) {
      self.name = name
      self.patterns = patterns
    }

    /// What is wrong with the list of files; nil if nothing is.
    var fileProblem: String? {
      let expected = "expected \(name)=FILE,FILE…"
      if patterns.isEmpty { return "found no files; \(expected)" }
      return patterns.contains("")
        ? "found an empty file name in '\(patterns.joined(separator: ","))'; \(expected) without "
          + "superfluous commas" : nil
    }
  }

  /// The unit that stays together when the environments are split into training, validation and
  /// test part.
  public enum SplitRule: String, OptionChoice, CaseIterable {
    /// Single environments. Neighbours in one frame can then be in different parts, which leaks
    /// information: the test part is easier than new data.
    case environment
    /// All environments of a frame. Frames of one file still share their structure.
    case frame
    /// All environments of a file.
    case file
    /// All files of a parent (`FileParents`).
    case parent

    /// Whether files are kept together.
    var keepsFiles: Bool { self == .file || self == .parent }
  }

  /// The classes in order: class k has label k.
  @Option(
    .repeated(
      "--class", "NAME=FILE,FILE…", .inputs,
      """
      A class and the files or patterns of its trajectories. Repeat it for each class; their \
      order is that of the labels.
      """, isRequired: true))
  public var classes: [LabelledFiles] = []

  /// Species by atom type; empty if the files have elements.
  @Option(.types)
  public var types: TypeNames = [:]

  /// Structure files for trajectories without atom names.
  @Option(.topologies)
  public var topologies: [String] = []

  /// Which axes are periodic, for files that do not state it; nil: all.
  @Option(.boundary)
  public var boundary: Boundary? = nil

  /// Selects frames of each file.
  @Option(
    .frames(
      "Frames to use of each file, as a Python slice: 10:, ::2, -1:.",
      record: .attribute("frames") { selection in
        let parts = [selection.start, selection.stop, selection.step]
        return .text(parts.map { $0.map(String.init) ?? "" }.joined(separator: ":"))
      }))
  public var frames = FrameSelection.all

  /// Whether warnings about damaged input are errors.
  @Option(.strict)
  public var strict = false

  /// Environments of each class.
  @Option(
    .value(
      "--per-class", "N", .sampling, "Environments of each class.",
      record: .attribute("per_class")))
  public var perClass = 12000

  /// Seed of every choice.
  @Option(.seed(.sampling, "Seed of all random choices."))
  public var seed: UInt64 = 1

  /// The unit of the split; nil for files where there are enough of them.
  @Option(
    .value(
      "--split-by", "UNIT", .sampling,
      """
      Unit that stays in one part of the split: a single environment (leaks, see above), a frame, \
      a file, or a parent of files.
      """, otherwise: "file if every class has at least 5 files, else environment",
      record: .attribute("split_by") { .text($0?.rawValue ?? "") }))
  public var splitRule: SplitRule? = nil

  /// Distance in Å within which centres are neighbours, to be stored; nil: found in the data.
  @Option(
    .value(
      "--neighbor-cutoff", "Å", .sampling,
      "Distance within which centres are neighbours, to be stored for analyze.",
      otherwise: "the first minimum of g(r)",
      check: .expect("a distance in Å above 0, at most 50") {
        $0.map { $0 >= 0.1 && $0 <= 50 } ?? true
      }))
  public var neighborCutoff: Double? = nil

  /// The descriptor.
  public var soap = SOAPChoice()

  /// Precision of SOAP, and of the features in the file.
  @Option(
    .precision(
      .soap,
      """
      Precision: double is the reference and stores 64-bit features; single is the fast path of \
      analyze and stores 32-bit features, which lose digits where a feature varies little around \
      a large mean.
      """))
  public var precision = Descriptor.Precision.double

  /// The file to write.
  @Option(.output("Dataset to write (HDF5)."))
  public var output = ""

  /// Whether an existing output is replaced.
  @Option(.overwrite)
  public var overwrite = false

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line, recorded in the output.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// - Throws: `RunError` (usage) for the option with an invalid value.
  func validate() throws {
    for (k, group) in classes.enumerated() {
      guard !group.name.isEmpty, group.name != "IA", group.name != Model.Guard.label,
        group.name.utf8.count <= 64, !group.name.contains("/")
      else {
        throw RunError(
          "--class: '\(group.name)' is not a valid class name: expected 1 to 64 characters without "
            + "'/', other than IA, which means no confident class, and \(Model.Guard.label), "
            + "the label of foreign molecules",
          .usage)
      }
      if let problem = group.fileProblem {
        throw RunError("--class \(group.name): \(problem)", .usage)
      }
      if classes[..<k].contains(where: { $0.name == group.name }) {
        throw RunError(
          "--class: \(group.name) is given twice; list all its files in one option, "
            + "\(group.name)=FILE,FILE…",
          .usage)
      }
    }
    guard classes.count >= 2 else {
      let found = classes.isEmpty ? "no class" : "one class, \(classes[0].name)"
      throw RunError(
        "found \(found); a classifier needs at least two, each with its own --class "
          + "NAME=FILE,FILE…",
        .usage)
    }
    guard classes.count <= 250 else {
      throw RunError("--class: found \(classes.count) classes, expected 2 to 250", .usage)
    }
    guard (5...1 << 40).contains(perClass) else {
      throw RunError(
        "--per-class is \(perClass); at least 5 are needed for a 60:20:20 split", .usage)
    }
  }
}

extension SamplingOptions.LabelledFiles: OptionValue {
  /// `LDA=lda-77K.lammpstrj,lda-100K.lammpstrj`.
  public init(typed text: String) throws {
    guard let sign = text.firstIndex(of: "=") else {
      throw InvalidValue("expected NAME=FILE,FILE… as in LDA=lda-77K.lammpstrj, found '\(text)'")
    }
    let list = text[text.index(after: sign)...]
    self.init(
      name: String(text[..<sign]),
      patterns: list.isEmpty
        ? [] : list.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
  }
  /// The name and the files.
  public var typed: String? { "\(name)=\(patterns.joined(separator: ","))" }
}
