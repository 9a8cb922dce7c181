import Geometry
import Models
import Trajectories

/// What the atoms and distances of one frame say of its units, its boundaries and its atoms; by one
/// rank, for `analyze`, `describe` and `inspect`.
public struct FrameExamination {
  let reader: TrajectoryReader
  let frame: FrameLocation
  /// Its header.
  public let header: FrameHeader
  /// Species of the descriptors, and the index of the centre's.
  let species: [String]
  let center: Int

  /// A frame with its header.
  public init(
    reader: TrajectoryReader, frame: FrameLocation, header: FrameHeader, species: [String],
    center: Int
  ) {
    self.reader = reader
    self.frame = frame
    self.header = header
    self.species = species
    self.center = center
  }

  private var trajectory: Trajectory { reader.trajectory }
  private var path: String { trajectory.path(of: frame) }

  /// Whether one rank reads all atoms of the frame.
  public var isSmall: Bool { header.atomCount <= Plausibility.mostAtoms }

  /// The atoms by symbol.
  public func composition() throws -> FrameComposition {
    FrameComposition(try reader.census(of: frame, header: header), reader.species)
  }

  /// Warnings from the distances of a frame.
  ///
  /// - Parameters:
  ///   - batch: all its atoms.
  ///   - mass: of all its atoms in amu; 0 if it is not known.
  ///   - countsOverlaps: whether centres that overlap are reported.
  /// - Throws: `TrajectoryError` if positions and cell do not match.
  public func distances(_ batch: AtomBatch, mass: Double, countsOverlaps: Bool) throws -> [String] {
    let found = Plausibility(
      batch, cell: header.cell, center: center, hydrogen: species.firstIndex(of: "H"))
    // Where the file does not say which axes are periodic, atoms outside may only mean that one
    // is not; the warnings below state it.
    if header.saysBoundary, let error = foreignCell(found) { throw error }
    let density = mass > 0 ? mass / header.cell.volume / 0.602_214_076 : nil
    return found.warnings(
      path: path, format: trajectory.sources[frame.file].format.name, symbol: species[center],
      isWater: SOAPDescription.isOfWater(center: species[center], species: species),
      saysBoundary: header.saysBoundary || trajectory.boundary != nil, density: density,
      countsOverlaps: countsOverlaps)
  }

  /// The error of a frame whose centres outside the periodic cell overlap with others when they are
  /// moved into it; nil if they do not.
  private func foreignCell(_ found: Plausibility) -> TrajectoryError? {
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
        "\(found.outside) of \(found.centers) \(species[center]) atoms lie outside the periodic "
        + "cell, and when they are wrapped into it, \(found.landing) of them overlap with others: "
        + "positions and cell do not match\(advice)"
    )
  }
}
