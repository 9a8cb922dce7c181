import MPI
import Models
import NeuralNetwork
import SOAP
import Training
import Trajectories

/// One rank's environments of one name of `--guard`, standardised.
struct GuardRows {
  /// `[rows, D]`.
  var features: [Float] = []
  /// Part of each row: 1 for validation, 0 for training.
  var parts: [UInt8] = []
  /// File and frame of each row, as `FamiliarityFit` takes them; the class is above those of the
  /// dataset.
  var origins: [Int64] = []
  /// Files, environments over all ranks, and warnings.
  var files = 0, total = 0, warnings: [String] = []

  /// Samples the environments, each rank those of its frames. Collective.
  ///
  /// - Parameters:
  ///   - group: the name and its files.
  ///   - count: environments wanted; as many as there are, if there are fewer.
  /// - Throws: the same `RunError` on all ranks.
  init(
    _ group: SamplingOptions.LabelledFiles, count: Int, _ settings: TrainingSettings,
    soap: SOAPParameters, scaler: Scaler, on world: Communicator
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
          "--guard \(group.name): found \(capacity) environments in \(inputs.files.count) file(s), expected at least 100",
          .badData)
      }
    }
    let plan = try world.together { try SamplingPlan(inputs, options) }
    files = inputs.files.count
    total = options.perClass
    warnings = inputs.warnings
    let worker = SamplingWorker(
      plan: plan, sets: sets, speciesMap: map, precision: .single, world: world,
      log: Log(quiet: true))
    try world.together {
      try worker.collect { share, values, constants in
        add(share, values, constants, plan, scaler)
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
