import Geometry
import JobControl
import MPI
import Trajectories

/// Properties of the run from the first valid frame, which all ranks read together; available on
/// all ranks.
public struct FirstFrame {
  /// Ids of its centres.
  public private(set) var centerIDs = CenterIDs()
  /// Its cell.
  public private(set) var cell: Cell
  /// Atoms of each of the models' species.
  public private(set) var speciesCounts: [Int] = []
  /// Atoms of all of them.
  public var atomCount: Int { speciesCounts.reduce(0, +) }
  /// Mass per centre in amu; 0 if an atom's mass is unknown.
  public private(set) var massPerCenter = 0.0
  /// Warnings about its atoms, units and boundaries.
  public private(set) var warnings: [String] = []
  /// Whether the frame has a time.
  public private(set) var hasTime = false

  /// Reads frames until one is valid, or only the first if bad ones are not skipped. Collective.
  ///
  /// - Parameter countsOverlaps: whether centres that overlap are reported here, because nothing
  ///   later does.
  /// - Throws: the same `RunError` on all ranks: that of the first frame, if none is valid.
  public init(
    _ trajectory: Trajectory, _ speciesMap: SpeciesMap, _ sets: DescriptorSets,
    strict: Bool, skipsBadFrames: Bool, countsOverlaps: Bool = false, on world: Communicator
  ) throws {
    let reader = TrajectoryReader(trajectory, species: speciesMap)
    var failure: (any Error)?
    for frame in trajectory.frames {
      do {
        self = try FirstFrame(
          reader, frame, trajectory, sets, strict: strict, countsOverlaps: countsOverlaps, on: world
        )
        return
      } catch {
        failure = failure ?? error
        if !skipsBadFrames { break }
      }
    }
    throw failure ?? RunError("no frame can be read", .badData)
  }

  private init(
    _ reader: TrajectoryReader, _ frame: FrameLocation, _ trajectory: Trajectory,
    _ sets: DescriptorSets, strict: Bool, countsOverlaps: Bool, on world: Communicator
  ) throws {
    let (header, batch) = try world.together {
      let header = try reader.header(of: frame)
      return (header, try reader.atoms(of: frame, header: header, part: world.rank, of: world.size))
    }
    cell = header.cell
    warnings = header.notes
    hasTime = header.time != nil
    var counts = batch.counts(speciesCount: sets.species.count)
    try world.allReduce(&counts, .sum)
    speciesCounts = counts
    let place = TrajectoryError(
      path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal, reason: "")
    if let missing = zip(sets.species, counts).first(where: { $1 == 0 })?.0 {
      let census = try world.together {
        world.isRoot ? try reader.census(of: frame, header: header) : [:]
      }
      let found = try world.broadcast(Self.shown(census))
      let namesElements = header.columns?.hasElement == true
      let labels = try world.broadcast(
        namesElements
          ? "--types LABEL=SPECIES must name them"
          : census.keys.contains { Int($0) == nil }
            ? "its atom names must denote these, or --types LABEL=SPECIES must name them"
            : "check --types")
      throw RunError(
        "\(place.description)expected atoms of species \(sets.species.joined(separator: ", ")), "
          + "found no \(missing) among \(found); "
          + (namesElements
            ? "the file's element column must hold chemical symbols, or \(labels)" : labels),
        .badData)
    }
    let own = batch.ids.indices.filter { batch.species[$0] == UInt8(sets.center) }.map {
      batch.ids[$0]
    }
    let (ids, duplicate) = try CenterIDs.gathered(own, on: world)
    if let duplicate {
      throw RunError(
        TrajectoryError.duplicate(id: duplicate, path: trajectory.path(of: frame), frame: frame))
    }
    centerIDs = ids
    let examination = FrameExamination(
      reader: reader, frame: frame, header: header, species: sets.species, center: sets.center)
    let found = try world.together { () throws -> (mass: Double, warnings: [String]) in
      guard world.isRoot else { return (0, []) }
      let atoms = try examination.composition()
      var notes = try atoms.warnings(
        path: trajectory.path(of: frame), species: sets.species, strict: strict)
      if examination.isSmall {
        let all = world.size == 1 ? batch : try reader.atoms(of: frame, header: header)
        notes += try examination.distances(all, mass: atoms.mass, countsOverlaps: countsOverlaps)
      }
      return (atoms.mass, notes)
    }
    massPerCenter = try world.broadcast(found.mass / Double(centerIDs.count))
    warnings += try world.broadcast(found.warnings.joined(separator: "\n")).split(
      separator: "\n"
    ).map(String.init)
  }

  /// Atoms by label, at most eight labels.
  private static func shown(_ census: [String: Int]) -> String {
    let shown = census.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(8)
    let list = shown.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let others = census.count - shown.count
    return list.joined(separator: ", ") + (others > 0 ? " and \(others) other labels" : "")
  }
}
