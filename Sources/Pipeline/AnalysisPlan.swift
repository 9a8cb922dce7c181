import Geometry
import MPI
import NeuralNetwork
import Phases
import Profiles
import SOAP
import Trajectories

/// Everything that is settled before the first frame is analysed: the same on all ranks.
struct AnalysisPlan {
  let options: AnalysisOptions
  let trajectory: Trajectory
  let models: [Model]
  let sets: DescriptorSets
  let rules: [PhaseRule]
  let speciesMap: SpeciesMap
  /// Ids of the centres, rising; the same in every frame.
  let centerIDs: [Int64]
  /// Layers of the profile, from the first analysed frame.
  let layers: Layers?
  /// Mass of one centre and what belongs to it, in amu.
  let massPerCenter: Double?
  /// Which axes of the first frame's cell repeat.
  let periodic: [Bool]
  /// What the user should know before the run.
  let warnings: [String]
  /// Size in bytes and content hash of every input file.
  let fingerprints: [UInt64]

  var frameCount: Int { trajectory.frames.count }
  var centerCount: Int { centerIDs.count }

  /// Opens all inputs and reads the first sound frame.
  ///
  /// - Throws: the same `RunError` on all ranks, before anything is written.
  init(_ options: AnalysisOptions, on world: Communicator) throws {
    let models = try openModels(options.models, on: world)
    let wanted = try models.enumerated().map { (name: $1.name, parameters: try $1.soapParameters(path: options.models[$0])) }
    let sets = try DescriptorSets(wanted)
    let speciesMap = try SpeciesMap(names: sets.species, types: options.types)
    let trajectory = try openTrajectory(
      options.trajectories, topologies: options.topologies, selection: options.frames, strict: options.strict, on: world)

    try self.init(options, models: models, sets: sets, speciesMap: speciesMap, trajectory: trajectory, on: world)
  }

  /// As above, with inputs that are open already.
  init(
    _ options: AnalysisOptions, models: [Model], sets: DescriptorSets, speciesMap: SpeciesMap, trajectory: Trajectory,
    on world: Communicator
  ) throws {
    self.options = options
    try Self.check(trajectory, options, on: world)
    let first = try world.together { () throws -> FirstFrame in
      world.isRoot ? try FirstFrame(trajectory, speciesMap, sets, options) : FirstFrame()
    }
    centerIDs = try world.broadcast(first.centerIDs)
    let layerCount = try world.broadcast(Int64(first.layerCount))
    layers = options.profileAxis.map { Layers(axis: $0, count: Int(layerCount)) }
    periodic = try world.broadcast(first.periodic.map { $0 ? Int64(1) : 0 }).map { $0 == 1 }
    let mass = try world.broadcast(first.massPerCenter)
    massPerCenter = mass > 0 ? mass : nil
    let notes = try world.broadcast(first.warnings.joined(separator: "\n"))
    warnings = trajectory.warnings + notes.split(separator: "\n").map(String.init)
    let prints = try world.together { world.isRoot ? try trajectory.sources.map { try $0.fingerprint() } : [] }
    fingerprints = try world.broadcast(prints.map { Int64(bitPattern: $0) }).map { UInt64(bitPattern: $0) }
    self.models = models
    self.sets = sets
    self.speciesMap = speciesMap
    self.trajectory = trajectory
    rules = models.map { PhaseRule(classCount: $0.classCount, thresholds: options.thresholds) }
  }
}

extension AnalysisPlan {
  /// What can be known to fail before anything is written: patterns that match the output, and frames with other numbers of atoms.
  private static func check(_ trajectory: Trajectory, _ options: AnalysisOptions, on world: Communicator) throws {
    if !options.output.isEmpty {
      try checkOutput(options.output, overwrite: true, inputs: trajectory.sources.map(\.path), on: world)
    }
    guard !options.skipsBadFrames else { return }
    try world.together {
      for frame in trajectory.frames where frame.isSound && Int(frame.atomCount) != trajectory.atomCount {
        throw TrajectoryError(
          path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal,
          reason: "expected \(trajectory.atomCount) atoms as in the first frame, found \(frame.atomCount)")
      }
    }
  }
}

/// What the first frame tells: read by rank 0 alone.
private struct FirstFrame {
  var centerIDs: [Int64] = []
  var layerCount = 1
  var periodic: [Bool] = []
  var massPerCenter = 0.0
  var warnings: [String] = []
  /// The warning, one of `warnings`, that the water is not H2O.
  var ratioWarning: String?

  init() {}

  init(_ trajectory: Trajectory, _ speciesMap: SpeciesMap, _ sets: DescriptorSets, _ options: AnalysisOptions) throws {
    let reader = TrajectoryReader(trajectory, species: speciesMap)
    var failure: (any Error)?
    for frame in trajectory.frames {
      do {
        let header = try reader.header(of: frame)
        let batch = try reader.atoms(of: frame, header: header)
        try read(batch, header, frame, trajectory, sets, options)
        let census = try reader.census(of: frame, header: header)
        judge(census, batch, sets, options)
        if options.strict, let warning = ratioWarning, sets.species.contains("H") {
          throw RunError("\(trajectory.path(of: frame)): \(warning) (--strict)", .badData)
        }
        return
      } catch {
        failure = failure ?? error
        if !options.skipsBadFrames { break }
      }
    }
    throw failure ?? RunError("no frame can be read", .badData)
  }

  private mutating func read(
    _ batch: AtomBatch, _ header: FrameHeader, _ frame: FrameLocation, _ trajectory: Trajectory, _ sets: DescriptorSets,
    _ options: AnalysisOptions
  ) throws {
    let place = TrajectoryError(path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal, reason: "")
    centerIDs = zip(batch.ids, batch.species).filter { $0.1 == UInt8(sets.center) }.map(\.0).sorted()
    let counts = batch.counts(speciesCount: sets.species.count)
    for (species, count) in zip(sets.species, counts) where count == 0 {
      throw RunError(
        "\(place.description)expected atoms of species \(sets.species.joined(separator: ", ")), found no \(species); check --types",
        .badData)
    }
    if let id = firstDuplicate(inSorted: centerIDs) {
      throw TrajectoryError.duplicate(id: id, path: trajectory.path(of: frame), frame: frame)
    }
    if let axis = options.profileAxis {
      guard length(header.cell.edge(axis)) / options.layerWidth < 1e5 else {
        throw RunError("--layer-width: \(options.layerWidth) Å would make more than 100000 layers", .usage)
      }
      layerCount = Layers(axis: axis, width: options.layerWidth, firstCell: header.cell).count
    }
    periodic = (0..<3).map { header.cell.repeats(along: $0) }
    warnings = header.notes
  }

  /// Mass and plausibility, from the counts of all species in the frame.
  private mutating func judge(_ census: [String: Int], _ batch: AtomBatch, _ sets: DescriptorSets, _ options: AnalysisOptions) {
    var bySymbol: [String: Int] = [:]
    for (key, count) in census {
      let symbol = Int(key).flatMap { options.types[$0] } ?? key
      bySymbol[symbol, default: 0] += count
    }
    let centers = Double(centerIDs.count)
    var total = 0.0
    for (symbol, count) in bySymbol { total += (standardAtomicWeight(of: symbol) ?? 0) * Double(count) }
    massPerCenter = total / centers
    if let oxygens = bySymbol["O"], let hydrogens = bySymbol["H"],
      let warning = TrajectoryError.waterRatioWarning(oxygens: oxygens, hydrogens: hydrogens)
    {
      ratioWarning = warning
      warnings.append(warning)
    }
  }
}
