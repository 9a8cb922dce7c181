import Frames
import Geometry
import JobControl
import MPI
import Models
import NeuralNetwork
import Phases
import Profiles
import SOAP
import Trajectories

/// Everything that is determined before the first frame is analysed, the same on all ranks: what is
/// read (`frames`), and what is computed (`observables`).
struct AnalysisPlan {
  private(set) var options: AnalysisOptions
  /// The trajectory.
  private(set) var frames: FramePlan
  /// Properties of the first valid frame.
  let first: FirstFrame
  private(set) var models: [Model]
  /// The networks whose mean probabilities are those of the one model of an ensemble; otherwise
  /// empty.
  private(set) var members: [Model]
  let rules: [PhaseRule]
  /// The kinds of observables that there are.
  private var kinds: [any Observable.Type]
  /// What is computed for every frame.
  private(set) var observables = ObservableSet()
  /// Layers of the profile, from the first analysed frame.
  let layers: Layers?
  /// Pressure, temperature and density of the frames, from --thermo.
  let thermo: ThermoJoin
  /// The cost of a frame, and the smallest memory per rank in bytes.
  private(set) var cost: FrameCost
  let memory: Double
  /// Arithmetic of the network in single precision, once it is settled.
  var network = NetworkArithmetic.fp32
  /// Warnings for the user before the run.
  private(set) var warnings: [String]
  /// Size in bytes and content hash of every input file.
  let fingerprints: [UInt64]

  var trajectory: Trajectory { frames.trajectory }
  var sets: DescriptorSets { frames.sets }
  var frameCount: Int { trajectory.frames.count }
  /// Ids of the centres, ascending; the same in every frame.
  var centerIDs: CenterIDs { first.centerIDs }
  var centerCount: Int { first.centerIDs.count }
  /// Periodicity of the axes of the first frame's cell.
  var periodic: [Bool] { (0..<3).map { first.cell.repeats(along: $0) } }
  /// Mass per centre in amu.
  var massPerCenter: Double? { first.massPerCenter > 0 ? first.massPerCenter : nil }

  /// Opens all inputs and reads the first valid frame.
  ///
  /// - Parameter kinds: the kinds of observables that there are.
  /// - Throws: the same `RunError` on all ranks, before anything is written.
  init(
    _ options: AnalysisOptions, kinds: [any Observable.Type], on world: Communicator
  ) throws {
    let opened = try openModels(
      options.models, reserved: ObservableSet.reservedNames(of: kinds),
      shareNames: options.isEnsemble, on: world)
    let models =
      options.isEnsemble ? [try Ensemble(opened, paths: options.models).model] : opened
    members = options.isEnsemble ? opened : []
    let distances = PairDistances(options, opened)
    var options = options
    options.neighborCutoff = distances.neighbor
    options.clusterCutoff = distances.cluster
    let wanted = try opened.enumerated().map {
      (name: $1.name, parameters: try $1.soapParameters(path: options.models[$0]))
    }
    try options.checkThresholds(for: models.map { ($0.name, $0.classCount) })
    let sets = try DescriptorSets(wanted)
    try options.checkOrder(species: sets.species, center: sets.species[sets.center])
    let speciesMap = try SpeciesMap(names: sets.species, types: options.types)
    let trajectory = try openTrajectory(
      options.trajectories, topologies: options.topologies, selection: options.frames,
      strict: options.strict, boundary: options.boundary, on: world)
    // Patterns may match the output.
    try checkOutput(
      options.output, overwrite: true, inputs: trajectory.sources.map(\.path), on: world)
    if !options.skipsBadFrames { try FramePlan.check(trajectory, on: world) }
    first = try FirstFrame(
      trajectory, speciesMap, sets, strict: options.strict, skipsBadFrames: options.skipsBadFrames,
      on: world)
    layers = try Self.layers(options, first.cell)
    thermo = try ThermoJoin(
      options.thermo, units: options.thermoUnits, columns: options.thermoColumns,
      frames: ThermoJoin.JoinedFrames(
        steps: trajectory.frames.map(\.step),
        times: { try trajectory.times(timeStep: options.timeStep) },
        areNumbered: trajectory.frames.contains(where: \.isNumbered), takesTimeStep: true),
      on: world)
    let tooMany = options.ranksPerFrame.flatMap { wanted in
      wanted > world.size
        ? "--ranks-per-frame \(wanted): the run has \(Log.counted(world.size, "rank")); all of "
          + "them share each frame"
        : nil
    }
    warnings =
      sets.warnings + distances.warnings + trajectory.warnings + first.warnings + thermo.warnings
      + (tooMany.map { [$0] } ?? [])
    // The times are given, and the advice to give them is followed already.
    if options.timeStep != nil {
      let about = ["--time-step PS", "times are unknown", "times are assumed to be in"]
      warnings.removeAll { warning in about.contains { warning.contains($0) } }
    }
    let prints = try world.together {
      world.isRoot ? try trajectory.sources.map { try $0.fingerprint() } : []
    }
    fingerprints = try world.broadcast(prints.map { Int64(bitPattern: $0) }).map {
      UInt64(bitPattern: $0)
    }
    self.options = options
    self.kinds = kinds
    self.models = models
    frames = FramePlan(trajectory, speciesMap, sets, first: first, timeStep: options.timeStep)
    cost = FrameCost(
      centers: first.centerIDs.count, atoms: first.atomCount, volume: first.cell.volume,
      halo: sets.largestCutoff)
    memory = try world.allReduce(memoryPerRank(ranksOnNode: try world.splitShared().size), .minimum)
    rules = models.map { PhaseRule(classCount: $0.classCount, thresholds: options.thresholds) }
    setObservables()
    warnings += observables.members.flatMap(\.warnings)
  }

  private mutating func setObservables() {
    observables = ObservableSet(kinds.flatMap { $0.instances(self) })
    frames.pairCutoff = observables.pairCutoff
    cost.halo = max(sets.largestCutoff, observables.pairCutoff)
    cost.bytesPerCenter = bytesPerCenter
  }

  /// Bytes per centre at the peak while a frame is evaluated: estimated from runs with one frame of
  /// 625 680 molecules and different options.
  private var bytesPerCenter: Double {
    let density = Double(cost.centers) / max(cost.volume, 1)
    var bytes = FrameCost.leastBytesPerCenter + 70 * Double(max(networks.count, 1) - 1)
    // A neighbour has a slot and an entry of the list, first both.
    for cutoff in observables.listCutoffs where cutoff > ChillPlus.cutoff {
      bytes += 8 * 4.19 * density * cutoff * cutoff * cutoff
    }
    switch observables.searchedImages {
    case .none: break
    case .centers: bytes += 60
    case .all: bytes += 160 + 45 * Double(cost.atoms) / Double(max(cost.centers, 1))
    }
    return bytes
  }

  /// Removes kinds of observables from a plan, to complete a file without them.
  mutating func omit(kinds names: [String]) {
    kinds.removeAll { names.contains("\($0)") }
    setObservables()
  }

  /// Removes structures from a plan that has them by default, to complete a file without them.
  mutating func omitStructures() {
    options.structure = .none
    setObservables()
  }

  /// Removes guards and familiarity from a plan, to complete a file without them.
  mutating func omitGuards() {
    options.ignoresGuard = true
    setObservables()
  }

  /// Removes the weights of the hidden layers, which have been packed.
  mutating func releaseWeights() {
    for m in models.indices { models[m].releaseHiddenWeights() }
    for m in members.indices { members[m].releaseHiddenWeights() }
  }

  private static func layers(_ options: AnalysisOptions, _ cell: Cell) throws -> Layers? {
    guard let axis = options.profileAxis else { return nil }
    guard length(cell.edge(axis)) / options.layerWidth < 1e5 else {
      throw RunError(
        "--layer-width: \(options.layerWidth) Å would make more than 100000 layers", .usage)
    }
    return Layers(axis: axis, width: options.layerWidth, firstCell: cell)
  }
}

extension AnalysisPlan {
  /// The networks that are evaluated for each centre.
  var networks: [Model] { members.isEmpty ? models : members }
  /// Distances in Å within which centres are neighbours, and belong to one cluster.
  var neighborCutoff: Double { options.neighborCutoff ?? PairDistances.water }
  var clusterCutoff: Double { options.clusterCutoff ?? PairDistances.water }
  /// The word for a centre: a molecule of water, an atom of other substances.
  var unit: String { models[0].unit }

  /// Whether a model's guard labels molecules.
  func recognises(_ model: Int) -> Bool { options.usesGuard && models[model].guardHead != nil }

  /// Teams of the requested size, or of the size that is predicted to be fastest for `frames`
  /// frames within the available memory.
  func layout(frames: Int, ranks: Int) -> TeamLayout {
    if let wanted = options.ranksPerFrame {
      return TeamLayout(rankCount: ranks, ranksPerFrame: wanted, frameCount: frames)
    }
    return TeamLayout.best(rankCount: ranks, frameCount: frames, cost: cost, memory: memory)
  }
}
