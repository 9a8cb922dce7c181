import SOAP
import Trajectories

/// What `verglas sample` was asked to do.
public struct SamplingOptions: Sendable {
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
  }

  /// What stays together when the environments are split into training, validation and test part.
  public enum SplitRule: String, Sendable, CaseIterable {
    /// Nothing: environments are drawn one by one. Neighbours of one frame then stand in different
    /// parts, which leaks: the test part is easier than new data.
    case environment
    /// All environments of a frame. Frames of one file still share their structure.
    case frame
    /// All environments of a file.
    case file
  }

  /// The classes in order: class k has label k.
  public var classes: [LabelledFiles] = []
  /// The file to write.
  public var output = ""
  /// Species by atom type; empty if the files name elements.
  public var types: TypeNames = [:]
  /// Which axes are periodic, for files that do not say it; nil: all.
  public var boundary: Boundary?
  /// Which frames of each file are taken.
  public var frames = FrameSelection.all
  /// The descriptor.
  public var soap = SOAPChoice()
  /// Environments of each class.
  public var perClass = 12000
  /// Seed of every choice.
  public var seed: UInt64 = 1
  /// What stays together in the split.
  public var splitRule = SplitRule.environment
  /// Precision of SOAP, and of the features in the file.
  public var precision = Descriptor.Precision.double
  /// Structure files that name the atoms of trajectories that do not.
  public var topologies: [String] = []
  /// Whether warnings about damaged input are errors.
  public var strict = false
  /// Whether an existing output is replaced.
  public var overwrite = false
  /// Whether only warnings and errors are printed.
  public var quiet = false
  /// The command line, kept in the output.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// - Throws: `RunError` (usage) naming the option that cannot be used.
  func validate() throws {
    for (k, group) in classes.enumerated() {
      guard !group.name.isEmpty, group.name != "IA", group.name.utf8.count <= 64,
        !group.name.contains("/")
      else {
        throw RunError(
          "--class: '\(group.name)' cannot name a class: expected 1 to 64 letters without '/', and not IA, which means no confident class",
          .usage)
      }
      guard !group.patterns.isEmpty, !group.patterns.contains("") else {
        throw RunError(
          "--class \(group.name): the class has no files; expected \(group.name)=FILE,FILE…", .usage
        )
      }
      if classes[..<k].contains(where: { $0.name == group.name }) {
        throw RunError(
          "--class: \(group.name) is given twice; name all its files at once, \(group.name)=FILE,FILE…",
          .usage)
      }
    }
    guard classes.count >= 2 else {
      let found = classes.isEmpty ? "no class" : "one class, \(classes[0].name)"
      throw RunError(
        "found \(found); a classifier needs at least two, each with its own --class NAME=FILE,FILE…",
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
