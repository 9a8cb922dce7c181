import Geometry
import MPI
import Models
import SOAP
import Trajectories

/// Properties of the run from the first valid frame, which all ranks read together; available on
/// all ranks.
struct FirstFrame {
  private(set) var centerIDs = CenterIDs()
  private(set) var cell: Cell
  /// Atoms of each of the models' species.
  private(set) var speciesCounts: [Int] = []
  /// Atoms of all of them.
  var atomCount: Int { speciesCounts.reduce(0, +) }
  /// Mass per centre in amu; 0 if an atom's mass is unknown.
  private(set) var massPerCenter = 0.0
  private(set) var warnings: [String] = []
  /// Whether the frame has a time.
  private(set) var hasTime = false

  /// Reads frames until one is valid, or only the first if bad ones are not skipped. Collective.
  ///
  /// - Parameter countsOverlaps: whether centres that overlap are reported here, because nothing
  ///   later does.
  /// - Throws: the same `RunError` on all ranks: that of the first frame, if none is valid.
  init(
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
    try judge(reader, frame, header, trajectory, sets, strict: strict, on: world)
    try examine(reader, frame, header, trajectory, sets, batch, countsOverlaps, on: world)
  }

  /// Atoms by label, at most eight labels.
  private static func shown(_ census: [String: Int]) -> String {
    let shown = census.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(8)
    let list = shown.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let others = census.count - shown.count
    return list.joined(separator: ", ") + (others > 0 ? " and \(others) other labels" : "")
  }

  /// The error of a frame whose centres outside the periodic cell overlap with others when they are
  /// moved into it; nil if they do not.
  private static func foreignCell(
    _ found: Plausibility, _ header: FrameHeader, _ symbol: String, path: String,
    _ frame: FrameLocation
  ) -> TrajectoryError? {
    guard 10 * found.landing > found.outside else { return nil }
    // Centres meet their own images in a cell thinner than an atom, which has another error.
    let heights = header.cell.heights
    guard (0..<3).allSatisfy({ !header.cell.repeats(along: $0) || heights[$0] > 1 }) else {
      return nil
    }
    let advice =
      header.holdsAtoms
      ? ", as in LAMMPS dumps of style custom/gz and yaml with a general triclinic box (the cell "
        + "is not rotated with the positions); use dump custom, or dump_modify triclinic/general no"
      : "; check that both have the same unit and are of the same frame"
    return TrajectoryError(
      path: path, line: frame.line, frame: frame.ordinal,
      reason:
        "\(found.outside) of \(found.centers) \(symbol) atoms lie outside the periodic cell, and "
        + "when they are wrapped into it, \(found.landing) of them overlap with others: positions "
        + "and cell do not match\(advice)"
    )
  }

  /// Whether a label is an element's symbol or that of a site without mass.
  private static func isKnown(_ label: String) -> Bool {
    atomicNumber(of: label) != nil
      || ["M", "MW", "X", "XX", "LP", "EP", "EPW", "D", "T"].contains(label)
  }

  /// Mass and plausibility from the counts of all species in the frame; one rank reads its text.
  private mutating func judge(
    _ reader: TrajectoryReader, _ frame: FrameLocation, _ header: FrameHeader,
    _ trajectory: Trajectory, _ sets: DescriptorSets, strict: Bool, on world: Communicator
  ) throws {
    let census = try world.together {
      world.isRoot ? try reader.census(of: frame, header: header) : [:]
    }
    var bySymbol: [String: Int] = [:]
    for (key, count) in census {
      let symbol = reader.species.types.species(of: key) ?? key
      bySymbol[symbol, default: 0] += count
    }
    var total = 0.0
    for (symbol, count) in bySymbol.sorted(by: { $0.key < $1.key }) {
      total += (standardAtomicWeight(of: symbol) ?? 0) * Double(count)
    }
    for (symbol, mass) in [("D", 2.014), ("T", 3.016)] {
      total += mass * Double(bySymbol[symbol] ?? 0)
    }
    massPerCenter = try world.broadcast(total / Double(centerIDs.count))
    let others = try world.broadcast(
      Self.othersNote(bySymbol, sets.species, path: trajectory.path(of: frame)).joined(
        separator: "\n"))
    warnings += others.split(separator: "\n").map(String.init)
    let strange = bySymbol.keys.filter { census[$0] != nil && Int($0) == nil && !Self.isKnown($0) }
      .sorted()
    let ignored = try world.broadcast(
      strange.prefix(8).map { "\(bySymbol[$0]!) named '\($0)'" }.joined(separator: ", "))
    if !ignored.isEmpty {
      warnings.append(
        "\(trajectory.path(of: frame)): atoms whose names are not chemical symbols are ignored: "
          + "\(ignored)"
      )
    }
    let hydrogens = ["H", "D", "T"].reduce(0) { $0 + (bySymbol[$1] ?? 0) }
    let ratio = TrajectoryError.waterRatioWarning(
      oxygens: bySymbol["O"] ?? 0, hydrogens: hydrogens)
    let isWater = bySymbol["O"] != nil && hydrogens > 0
    let warning = try world.broadcast(isWater ? ratio ?? "" : "")
    guard !warning.isEmpty else { return }
    if strict, sets.species.contains("H") {
      throw RunError("\(trajectory.path(of: frame)): \(warning) (--strict)", .badData)
    }
    warnings.append(warning)
  }

  /// What to say of isotopes and of elements that no model knows.
  private static func othersNote(_ bySymbol: [String: Int], _ species: [String], path: String)
    -> [String]
  {
    var notes: [String] = []
    let isotopes = ["D", "T"].filter { bySymbol[$0] != nil && !species.contains($0) }
    if !isotopes.isEmpty {
      let list = isotopes.map { "\(bySymbol[$0] ?? 0) \($0)" }.joined(separator: ", ")
      notes.append("\(path): \(list) treated as hydrogen (H)")
    }
    let water = ["O", "H", "D", "T"]
    let ignored = bySymbol.keys.filter {
      atomicNumber(of: $0) != nil && !species.contains($0) && !water.contains($0)
    }.sorted()
    if !ignored.isEmpty {
      let list = ignored.prefix(8).map { "\($0) (\(bySymbol[$0] ?? 0))" }.joined(separator: ", ")
      notes.append(
        "\(path): \(list) \(ignored.count == 1 ? "is" : "are") not in the model and "
          + "\(ignored.count == 1 ? "is" : "are") ignored")
    }
    return notes
  }

  /// What distances say of lengths, boundaries and atoms: one rank examines the frame.
  private mutating func examine(
    _ reader: TrajectoryReader, _ frame: FrameLocation, _ header: FrameHeader,
    _ trajectory: Trajectory, _ sets: DescriptorSets, _ own: AtomBatch, _ countsOverlaps: Bool,
    on world: Communicator
  ) throws {
    let density =
      massPerCenter > 0
      ? massPerCenter * Double(centerIDs.count) / header.cell.volume / 0.602_214_076 : nil
    let found = try world.together { () throws -> [String] in
      guard world.isRoot, header.atomCount <= Plausibility.mostAtoms else { return [] }
      let batch = world.size == 1 ? own : try reader.atoms(of: frame, header: header)
      let found = Plausibility(
        batch, cell: header.cell, center: sets.center,
        hydrogen: sets.species.firstIndex(of: "H"))
      let path = trajectory.path(of: frame)
      // Where the file does not say which axes are periodic, atoms outside may only mean that one
      // is not; the warnings below state it.
      if header.saysBoundary,
        let error = Self.foreignCell(found, header, sets.species[sets.center], path: path, frame)
      {
        throw error
      }
      return found.warnings(
        path: path, format: trajectory.sources[frame.file].format.name,
        symbol: sets.species[sets.center],
        isWater: SOAPDescription.isOfWater(
          center: sets.species[sets.center], species: sets.species),
        saysBoundary: header.saysBoundary || trajectory.boundary != nil, density: density,
        countsOverlaps: countsOverlaps)
    }
    warnings += try world.broadcast(found.joined(separator: "\n")).split(separator: "\n").map(
      String.init)
  }
}
