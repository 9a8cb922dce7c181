import Frames
import Models
import Trajectories

extension Inspection {
  /// The warnings of `analyze` about the atoms, units and boundaries of a frame, as far as its
  /// species are known: those of the models, without models those of water. On one rank.
  ///
  /// - Parameter census: atoms by label or type.
  /// - Throws: `RunError` (bad data) for what `--strict` makes an error.
  static func frameWarnings(
    _ frame: FrameLocation, of trajectory: Trajectory, _ options: InspectionOptions,
    _ models: [Model], census: [String: Int]
  ) throws -> [String] {
    guard let (species, center) = try wantedSpecies(options, models, census: census) else {
      return []
    }
    let reader = TrajectoryReader(
      trajectory, species: try SpeciesMap(names: species, types: options.types))
    let examination = FrameExamination(
      reader: reader, frame: frame, header: try reader.header(of: frame), species: species,
      center: center)
    let atoms = FrameComposition(census, reader.species)
    let warnings = try atoms.warnings(
      path: trajectory.path(of: frame), species: species, reportsOthers: !models.isEmpty,
      strict: options.strict && !models.isEmpty)
    guard examination.isSmall else { return warnings }
    // Where analyze stops, inspect shows why.
    do {
      let batch = try reader.atoms(of: frame, header: examination.header)
      return try warnings
        + examination.distances(batch, mass: atoms.mass, countsOverlaps: true)
    } catch {
      return warnings + ["\(error)"]
    }
  }

  /// The species whose atoms are examined, and the index of the centre's; nil if not known.
  private static func wantedSpecies(
    _ options: InspectionOptions, _ models: [Model], census: [String: Int]
  ) throws -> (species: [String], center: Int)? {
    guard models.isEmpty else {
      let sets = try DescriptorSets(
        try zip(models, options.models).map {
          (name: $0.name, parameters: try $0.soapParameters(path: $1))
        })
      return (sets.species, sets.center)
    }
    let map = try SpeciesMap(names: ["H", "O"], types: options.types)
    let counts = FrameComposition(census, map).counts(of: map.names)
    guard counts["O"] != nil else { return nil }
    return counts["H"] == nil ? (["O"], 0) : (map.names, 1)
  }
}
