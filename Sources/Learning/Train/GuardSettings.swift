import JobControl
import Models
import NeuralNetwork
import Options
import Trajectories

/// What `verglas train` adds beside the network: `--guard` and its options.
public struct GuardSettings: OptionGroup {
  /// Names of foreign environments and their trajectories; the name `subject` means further
  /// trajectories of the material that the classes describe.
  @Option(
    .repeated(
      "--guard", "NAME=FILE,FILE…", .guards,
      """
      Environments that belong to none of the classes, such as crystals or the liquid, and the \
      files or patterns of their trajectories: analyze then labels such molecules unfamiliar. \
      Repeat it for each name; the name subject adds trajectories of the material that the classes \
      describe.
      """))
  public var groups: [SamplingOptions.LabelledFiles] = []

  /// Environments of each foreign name; `subject` gets as many as all of them together.
  @Option(
    .value(
      "--guard-per-class", "N", .guards,
      "Environments for each name of --guard; all of them if there are fewer."))
  public var perClass = 6000

  /// Units of the guard's hidden layer.
  @Option(.value("--guard-hidden", "N", .guards, "Units of the guard's hidden layer."))
  public var hidden = 32

  /// Species by atom type; empty if the files have elements.
  @Option(
    .types.explained(
      """
      Elements of the atom types in the trajectories of --guard, e.g. 1=O,2=H. Not needed if the \
      files name the elements.
      """))
  public var types: TypeNames = [:]

  /// Structure files for trajectories without atom names.
  @Option(
    .topologies.explained(
      """
      File with the atom names of trajectories of --guard that have none: GRO, PDB, PSF or LAMMPS \
      data. Repeat it for trajectories with different numbers of atoms.
      """))
  public var topologies: [String] = []

  /// Selects frames of each file.
  @Option(.frames("Frames to use of each trajectory of --guard, as a Python slice."))
  public var frames = FrameSelection.all

  /// The defaults.
  public init() {}

  /// The foreign names in order.
  var foreign: [SamplingOptions.LabelledFiles] {
    groups.filter { $0.name != Model.Guard.subject }
  }

  /// - Throws: `RunError` (usage) for the option with an invalid value.
  func validate() throws {
    for (k, group) in groups.enumerated() {
      guard !group.name.isEmpty, group.name.utf8.count <= 64 else {
        throw RunError(
          "--guard: '\(group.name)' is not a valid name of environments: expected 1 to 64 "
            + "characters", .usage)
      }
      guard group.name != Model.Guard.label, group.name != "IA" else {
        throw RunError(
          "--guard: \(group.name) is a label of the results; expected the name of a kind of "
            + "environment, as in ice=FILE,FILE…", .usage)
      }
      if let problem = group.fileProblem {
        throw RunError("--guard \(group.name): \(problem)", .usage)
      }
      if groups[..<k].contains(where: { $0.name == group.name }) {
        throw RunError(
          "--guard: \(group.name) is given twice; list all its files in one option, "
            + "\(group.name)=FILE,FILE…",
          .usage)
      }
    }
    guard foreign.count <= 250 else {
      throw RunError("--guard: found \(foreign.count) names, expected at most 250", .usage)
    }
    guard perClass >= 100 else {
      throw RunError("--guard-per-class is \(perClass); expected at least 100", .usage)
    }
    guard (1...1024).contains(hidden) else {
      throw RunError("--guard-hidden is \(hidden); expected 1 to 1024 units", .usage)
    }
    guard !groups.isEmpty else {
      let described: [any DeclaredOption] = [$perClass, $hidden, $types, $topologies, $frames]
      if let option = described.first(where: \.isGiven) {
        throw RunError(
          "\(option.facts.name) is for the trajectories of --guard, and there is none; add --guard "
            + "NAME=FILE,FILE…, or omit \(option.facts.name)", .usage)
      }
      return
    }
    guard !foreign.isEmpty else {
      throw RunError(
        "--guard \(Model.Guard.subject): there are no foreign environments to distinguish it from; "
          + "add --guard NAME=FILE,FILE… with another name", .usage)
    }
  }

  /// - Parameters:
  ///   - classes: those of the dataset.
  ///   - path: the dataset.
  /// - Throws: `RunError` (usage) if a name of foreign environments is one of them.
  func check(classes: [String], of path: String) throws {
    guard let group = foreign.first(where: { classes.contains($0.name) }) else { return }
    throw RunError(
      "--guard \(group.name): \(group.name) is a class of \(path), whose environments are not "
        + "foreign; choose another name, or \(Model.Guard.subject) for more of the material that "
        + "the classes describe", .usage)
  }

  /// Everything that the guard depends on besides its files' contents, files by their names; empty
  /// without one.
  var description: [(name: String, value: String)] {
    guard !groups.isEmpty else { return [] }
    func names(_ paths: [String]) -> String {
      paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: ",")
    }
    return groups.map { ("guard \($0.name)", names($0.patterns)) } + [
      ("guard-per-class", "\(perClass)"), ("guard-hidden", "\(hidden)"),
      ("guard types", types.isEmpty ? "none" : types.description),
      ("guard frames", frames.typed ?? "all"),
      ("guard topologies", topologies.isEmpty ? "none" : names(topologies)),
    ]
  }
}
