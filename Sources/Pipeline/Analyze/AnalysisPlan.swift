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
  let centerIDs: CenterIDs
  /// What a frame costs, and the memory in bytes of the rank that has least.
  let cost: FrameCost, memory: Double
  /// Layers of the profile, from the first analysed frame.
  let layers: Layers?
  /// Mass of one centre and what belongs to it, in amu.
  let massPerCenter: Double?
  /// Which axes of the first frame's cell repeat.
  let periodic: [Bool]
  /// Pressure, temperature and density of the frames, from --thermo.
  let thermo: ThermoJoin
  /// What the user should know before the run.
  let warnings: [String]
  /// Size in bytes and content hash of every input file.
  let fingerprints: [UInt64]

  var frameCount: Int { trajectory.frames.count }
  /// Atoms of each species of `sets` in every frame.
  let speciesCounts: [Int]
  var centerCount: Int { centerIDs.count }
  /// Largest distance in Å for pairs of centres.
  var pairCutoff: Double {
    max(options.neighborCutoff, options.clusterCutoff, options.neighborCount?.radius ?? 0)
  }

  /// Opens all inputs and reads the first sound frame.
  ///
  /// - Throws: the same `RunError` on all ranks, before anything is written.
  init(_ options: AnalysisOptions, on world: Communicator) throws {
    let models = try openModels(options.models, on: world)
    let wanted = try models.enumerated().map {
      (name: $1.name, parameters: try $1.soapParameters(path: options.models[$0]))
    }
    let sets = try DescriptorSets(wanted)
    let speciesMap = try SpeciesMap(names: sets.species, types: options.types)
    let trajectory = try openTrajectory(
      options.trajectories, topologies: options.topologies, selection: options.frames,
      strict: options.strict, on: world)

    try self.init(
      options, models: models, sets: sets, speciesMap: speciesMap, trajectory: trajectory, on: world
    )
  }

  /// As above, with inputs that are open already.
  init(
    _ options: AnalysisOptions, models: [Model], sets: DescriptorSets, speciesMap: SpeciesMap,
    trajectory: Trajectory,
    on world: Communicator
  ) throws {
    self.options = options
    try Self.check(trajectory, options, on: world)
    let first = try FirstFrame(trajectory, speciesMap, sets, options, on: world)
    centerIDs = first.centerIDs
    speciesCounts = first.speciesCounts
    layers = options.profileAxis.map { Layers(axis: $0, count: first.layerCount) }
    periodic = (0..<3).map { first.cell.repeats(along: $0) }
    massPerCenter = first.massPerCenter > 0 ? first.massPerCenter : nil
    thermo = try ThermoJoin(
      options.thermo, units: options.thermoUnits, steps: trajectory.frames.map(\.step), on: world)
    let tooMany = options.ranksPerFrame.flatMap { wanted in
      wanted > world.size
        ? "--ranks-per-frame \(wanted): more than the \(world.size) rank(s) there are; all of them share each frame"
        : nil
    }
    warnings = trajectory.warnings + first.warnings + thermo.warnings + (tooMany.map { [$0] } ?? [])
    let prints = try world.together {
      world.isRoot ? try trajectory.sources.map { try $0.fingerprint() } : []
    }
    fingerprints = try world.broadcast(prints.map { Int64(bitPattern: $0) }).map {
      UInt64(bitPattern: $0)
    }
    self.models = models
    self.sets = sets
    self.speciesMap = speciesMap
    self.trajectory = trajectory
    cost = FrameCost(
      centers: first.centerIDs.count, atoms: first.atomCount, volume: first.cell.volume,
      halo: max(sets.largestCutoff, options.clusterCutoff, options.neighborCount?.radius ?? 0))
    memory = try world.allReduce(memoryPerRank(ranksOnNode: try world.splitShared().size), .minimum)
    rules = models.map { PhaseRule(classCount: $0.classCount, thresholds: options.thresholds) }
  }
}

extension AnalysisPlan {
  /// Teams of the wanted size, or of the size that should finish `frames` frames first within the
  /// memory there is.
  func layout(frames: Int, ranks: Int) -> TeamLayout {
    if let wanted = options.ranksPerFrame {
      return TeamLayout(rankCount: ranks, ranksPerFrame: wanted, frameCount: frames)
    }
    return TeamLayout.best(rankCount: ranks, frameCount: frames, cost: cost, memory: memory)
  }

  /// What can be known to fail before anything is written: patterns that match the output, and
  /// frames with other numbers of atoms.
  private static func check(
    _ trajectory: Trajectory, _ options: AnalysisOptions, on world: Communicator
  ) throws {
    if !options.output.isEmpty {
      try checkOutput(
        options.output, overwrite: true, inputs: trajectory.sources.map(\.path), on: world)
    }
    guard !options.skipsBadFrames else { return }
    try world.together {
      for frame in trajectory.frames
      where frame.isSound && Int(frame.atomCount) != trajectory.atomCount {
        throw TrajectoryError(
          path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal,
          reason:
            "expected \(trajectory.atomCount) atoms as in the first frame, found \(frame.atomCount)"
        )
      }
    }
  }
}
