import Frames
import JobControl
import MPI
import Models
import NeuralNetwork
import SOAP
import Serialization
import Training
import Trajectories

/// The trajectories of one name of `--guard`, opened and checked, with the environments to draw.
struct GuardFiles {
  let name: String
  let inputs: SampledFiles
  /// Environments to draw over all ranks.
  let total: Int
  fileprivate let sets: DescriptorSets, speciesMap: SpeciesMap, plan: SamplingPlan

  /// Opens the files, reads the first frame of each and chooses environments. Collective.
  ///
  /// - Parameters:
  ///   - group: the name and its files.
  ///   - count: environments wanted; as many as there are, if there are fewer.
  /// - Throws: the same `RunError` on all ranks.
  init(
    _ group: SamplingOptions.LabelledFiles, count: Int, _ settings: TrainingSettings,
    soap: SOAPParameters, on world: Communicator
  ) throws {
    var options = SamplingOptions()
    options.classes = [group]
    options.types = settings.guards.types
    options.frames = settings.guards.frames
    options.topologies = settings.guards.topologies
    options.seed = settings.seed
    options.output = settings.output
    options.precision = .single
    options.splitRule = .environment
    let sets = try DescriptorSets([(name: "", parameters: soap)])
    let map = try world.together { try SpeciesMap(names: sets.species, types: options.types) }
    let inputs = try SampledFiles(options, speciesMap: map, center: sets.center, on: world)
    let capacity = inputs.files.reduce(0) { $0 + $1.capacity }
    options.perClass = min(count, capacity)
    try world.together {
      guard options.perClass >= 100 else {
        throw RunError(
          "--guard \(group.name): found \(capacity) environments in \(inputs.files.count) file(s), "
            + "expected at least 100",
          .badData)
      }
    }
    plan = try world.together { try SamplingPlan(inputs, options) }
    name = group.name
    total = options.perClass
    self.inputs = inputs
    self.sets = sets
    speciesMap = map
  }

  /// The hashes of the contents of its files, as one word.
  var content: String {
    hexadecimal(
      inputs.files.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ $1.fingerprint) &* 0x100_0000_01b3 })
  }
}

/// The trajectories of all names of `--guard`.
struct GuardSources {
  /// More of what the classes describe; nil without it.
  let subject: GuardFiles?
  /// In the order of the command line.
  let foreign: [GuardFiles]

  /// Opens and checks all files, before anything is trained. Collective.
  ///
  /// - Parameter model: classes, features and scaler.
  /// - Throws: the same `RunError` on all ranks.
  init(_ settings: TrainingSettings, model: Model, on world: Communicator) throws {
    let guards = settings.guards
    try world.together { try guards.check(classes: model.classes, of: settings.dataset) }
    let soap = try world.together { try model.soapParameters(path: settings.dataset) }
    func open(_ group: SamplingOptions.LabelledFiles, _ count: Int) throws -> GuardFiles {
      try GuardFiles(group, count: count, settings, soap: soap, on: world)
    }
    foreign = try guards.foreign.map { try open($0, guards.perClass) }
    subject = try guards.groups.first { $0.name == Model.Guard.subject }.map {
      try open($0, guards.perClass * max(1, guards.foreign.count))
    }
  }

  /// All of them, the subject last.
  private var all: [GuardFiles] { foreign + (subject.map { [$0] } ?? []) }

  /// Warnings about the files, each once.
  var warnings: [String] {
    all.flatMap(\.inputs.warnings).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// What identifies the files' contents.
  var facts: [TrainingRecord.Fact] {
    all.map { TrainingRecord.Fact("guard \($0.name) content", $0.content) }
  }
}

/// One rank's environments of one name of `--guard`, standardised.
struct GuardRows {
  /// `[rows, D]`.
  var features: [Float] = []
  /// Part of each row: 1 for validation, 0 for training.
  var parts: [UInt8] = []
  /// File and frame of each row, as `FamiliarityFit` takes them; the class is above those of the
  /// dataset.
  var origins: [Int64] = []
  /// Environments over all ranks.
  var total = 0

  /// Samples the environments, each rank those of its frames. Collective.
  ///
  /// - Throws: the same `RunError` on all ranks.
  init(_ files: GuardFiles, scaler: Scaler, on world: Communicator) throws {
    total = files.total
    let worker = SamplingWorker(
      plan: files.plan, sets: files.sets, speciesMap: files.speciesMap, precision: .single,
      world: world, log: Log(quiet: true))
    try world.together {
      try worker.collect { share, values, constants in
        add(share, values, constants, files.plan, scaler)
      }
    }
  }

  /// Adds the environments of a frame, `[rows, D]` less the centre's own constants.
  private mutating func add(
    _ share: SamplingPlan.FrameShare, _ values: [Float], _ constants: [Double],
    _ plan: SamplingPlan, _ scaler: Scaler
  ) {
    let d = constants.count
    let offset = zip(scaler.mean, constants).map { $0 - $1 }
    let inverse = scaler.scale.map { 1 / $0 }
    for start in stride(from: 0, to: values.count, by: d) {
      for k in 0..<d {
        features.append(Float((Double(values[start + k]) - offset[k]) * inverse[k]))
      }
    }
    // The test part has no use here.
    parts += plan.parts(of: share).map { $0 == 1 ? 1 : 0 }
    let origin =
      127 << FamiliarityFit.classShift | Int64(share.file) << FamiliarityFit.fileShift
      | Int64(share.frame)
    origins += [Int64](repeating: origin, count: share.count)
  }

  /// Rows of a part: features and their number.
  func rows(ofPart part: UInt8) -> (features: [Float], count: Int) {
    guard !parts.isEmpty else { return ([], 0) }
    let d = features.count / parts.count
    let wanted = parts.indices.filter { parts[$0] == part }
    return (wanted.flatMap { features[($0 * d)..<(($0 + 1) * d)] }, wanted.count)
  }
}
