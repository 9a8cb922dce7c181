import Geometry
import MPI
import SOAP
import Trajectories

/// What the first sound frame tells about the run: read by all ranks together, each its share, and
/// known to all.
struct FirstFrame {
  private(set) var centerIDs = CenterIDs()
  private(set) var cell: Cell
  /// Atoms of each of the models' species.
  private(set) var speciesCounts: [Int] = []
  /// Atoms of all of them.
  var atomCount: Int { speciesCounts.reduce(0, +) }
  /// Mass in amu of one centre and what belongs to it; 0 if an atom's mass is not known.
  private(set) var massPerCenter = 0.0
  private(set) var warnings: [String] = []

  /// Reads frames until one is sound, or only the first if bad ones are not to be skipped.
  /// Collective.
  ///
  /// - Throws: the same `RunError` on all ranks: the first frame's, if none is sound.
  init(
    _ trajectory: Trajectory, _ speciesMap: SpeciesMap, _ sets: DescriptorSets,
    strict: Bool, skipsBadFrames: Bool, on world: Communicator
  ) throws {
    let reader = TrajectoryReader(trajectory, species: speciesMap)
    var failure: (any Error)?
    for frame in trajectory.frames {
      do {
        self = try FirstFrame(reader, frame, trajectory, sets, strict: strict, on: world)
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
    _ sets: DescriptorSets, strict: Bool, on world: Communicator
  ) throws {
    let (header, batch) = try world.together {
      let header = try reader.header(of: frame)
      return (header, try reader.atoms(of: frame, header: header, part: world.rank, of: world.size))
    }
    cell = header.cell
    warnings = header.notes
    var counts = batch.counts(speciesCount: sets.species.count)
    try world.allReduce(&counts, .sum)
    speciesCounts = counts
    let place = TrajectoryError(
      path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal, reason: "")
    if let missing = zip(sets.species, counts).first(where: { $1 == 0 })?.0 {
      let census = try world.together {
        world.isRoot ? try reader.census(of: frame, header: header) : [:]
      }
      let found = try world.broadcast(
        census.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
      let namesElements = header.columns?.hasElement == true
      throw RunError(
        "\(place.description)expected atoms of species \(sets.species.joined(separator: ", ")), found no \(missing) among \(found); "
          + (namesElements
            ? "the file's element column must hold chemical symbols" : "check --types"),
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
    try judge(reader, frame, header, trajectory, sets, strict: strict, on: world)
  }

  /// Whether a label is an element's symbol or one of those that sites without mass have.
  private static func isKnown(_ label: String) -> Bool {
    atomicNumber(of: label) != nil
      || ["M", "MW", "X", "XX", "LP", "EP", "EPW", "D", "T"].contains(label)
  }

  /// Mass and plausibility, from the counts of all species in the frame: one rank runs over its
  /// text.
  private mutating func judge(
    _ reader: TrajectoryReader, _ frame: FrameLocation, _ header: FrameHeader,
    _ trajectory: Trajectory, _ sets: DescriptorSets, strict: Bool, on world: Communicator
  ) throws {
    let census = try world.together {
      world.isRoot ? try reader.census(of: frame, header: header) : [:]
    }
    var bySymbol: [String: Int] = [:]
    for (key, count) in census {
      let symbol = Int(key).flatMap { reader.species.types[$0] } ?? key
      bySymbol[symbol, default: 0] += count
    }
    var total = 0.0
    for (symbol, count) in bySymbol.sorted(by: { $0.key < $1.key }) {
      total += (standardAtomicWeight(of: symbol) ?? 0) * Double(count)
    }
    massPerCenter = try world.broadcast(total / Double(centerIDs.count))
    let strange = bySymbol.keys.filter { census[$0] != nil && Int($0) == nil && !Self.isKnown($0) }
      .sorted()
    let ignored = try world.broadcast(
      strange.prefix(8).map { "\(bySymbol[$0]!) named '\($0)'" }.joined(separator: ", "))
    if !ignored.isEmpty {
      warnings.append(
        "\(trajectory.path(of: frame)): atoms whose names are not chemical symbols are ignored: \(ignored)"
      )
    }
    let ratio = TrajectoryError.waterRatioWarning(
      oxygens: bySymbol["O"] ?? 0, hydrogens: bySymbol["H"] ?? 0)
    let isWater = bySymbol["O"] != nil && bySymbol["H"] != nil
    let warning = try world.broadcast(isWater ? ratio ?? "" : "")
    guard !warning.isEmpty else { return }
    if strict, sets.species.contains("H") {
      throw RunError("\(trajectory.path(of: frame)): \(warning) (--strict)", .badData)
    }
    warnings.append(warning)
  }
}
