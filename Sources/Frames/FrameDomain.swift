import Geometry
import JobControl

/// One rank's part of a frame: its atoms and their halo in the frame's grid, ready for neighbour
/// search.
///
/// A team of one rank owns the whole grid. An atom's neighbours, their order and their
/// displacements are the same for any partition.
///
/// Centres have a **local index** among the centres on this rank, owned and halo, by ascending id.
/// The **owned** ones, whose results are computed here, also have their own numbering, which is the
/// order of everything computed for them.
public final class FrameDomain {
  /// The cell of the frame.
  public let cell: Cell
  /// The atoms and their images, sorted by grid cell.
  public let extended: ExtendedGrid
  /// Number of atoms on this rank, of all species, including halo copies.
  let atomCount: Int
  /// Local indices of the owned centres, ascending; `[owned]`.
  public let owned: [Int32]
  /// Index among the owned centres, −1 for halo copies; `[local]`.
  public let ownedOrdinal: [Int32]
  /// The parts of the frame; nil if it is whole.
  private let partition: Partition?
  /// This rank's part.
  private let part: Int
  /// Index of the species of the centres.
  let center: Int

  /// Whether this is the whole frame.
  public var isWhole: Bool { partition == nil }
  /// All centres on this rank, wrapped; `[local]`.
  public var centers: AtomTable { extended.centers }
  /// The grid of the frame.
  var grid: CellGrid { extended.grid }
  /// The cells of this part.
  var region: GridRegion { extended.region }

  /// A whole frame.
  ///
  /// - Parameters:
  ///   - atoms: all atoms of the frame, wrapped and sorted by id; consumed.
  ///   - sets: the descriptor sets to compute.
  ///   - pairCutoff: largest distance in Å for pairs of centres.
  /// - Throws: `RunError` if the cell is so thin that the image indices overflow.
  public convenience init(
    cell: Cell, atoms: consuming AtomTable, sets: DescriptorSets, pairCutoff: Double
  ) throws {
    let cutoff = try Self.cutoff(sets, pairCutoff, in: cell)
    let grid = Self.grid(
      cell: cell, sets: sets, bounds: atoms.fractionalBounds(in: cell), atomCount: atoms.count)
    self.init(atoms: atoms, grid: grid, cutoff: cutoff, sets: sets, partition: nil, part: 0)
  }

  /// A part of a frame.
  ///
  /// - Parameters:
  ///   - atoms: the atoms of the part and of its halo, wrapped and sorted by id; consumed.
  ///   - grid: the frame's grid.
  ///   - cutoff: as from `cutoff(_:_:in:)`.
  ///   - partition: the owners of the cells; nil for a whole frame.
  ///   - part: the part on this rank.
  init(
    atoms: consuming AtomTable, grid: CellGrid, cutoff: Double, sets: DescriptorSets,
    partition: Partition?, part: Int
  ) {
    cell = grid.cell
    atomCount = atoms.count
    center = sets.center
    extended = ExtendedGrid(
      atoms: consume atoms, center: sets.center, speciesCount: sets.species.count, grid: grid,
      region: partition?.region(of: part) ?? grid.wholeRegion,
      owned: partition?.ownedCells(of: part), cutoff: cutoff)
    let centers = extended.centers
    self.partition = partition
    self.part = part
    guard let partition else {
      owned = Array(0..<Int32(centers.count))
      ownedOrdinal = owned
      return
    }
    var count: Int32 = 0
    ownedOrdinal = (0..<centers.count).map { local in
      guard partition.owner(of: grid.coordinates(of: centers.position(local))) == part else {
        return -1
      }
      count += 1
      return count - 1
    }
    var owned = [Int32](repeating: 0, count: Int(count))
    for (local, k) in ownedOrdinal.enumerated() where k >= 0 { owned[Int(k)] = Int32(local) }
    self.owned = owned
  }

  /// The part that owns a centre that this rank holds.
  public func owner(ofLocal local: Int) -> Int {
    guard let partition, ownedOrdinal[local] < 0 else { return part }
    return partition.owner(of: grid.coordinates(of: centers.position(local)))
  }

  /// Number of centres on this rank, including halo copies.
  public var localCount: Int { centers.count }

  /// Number of centres whose results are computed here.
  public var centerCount: Int { owned.count }

  /// Ids of all centres on this rank, ascending; `[local]`.
  var localIDs: [Int64] { centers.ids }

  /// Ids of the owned centres, ascending; `[owned]`.
  public var centerIDs: [Int64] { ofOwned(centers.ids) }

  /// Wrapped position of an owned centre in Å.
  public func position(ofOwned k: Int) -> Vector { centers.position(Int(owned[k])) }

  /// The values of the owned centres of an array `[local]`; `[owned]`.
  @inlinable
  public func ofOwned<Value>(_ values: [Value]) -> [Value] {
    isWhole ? values : owned.map { values[Int($0)] }
  }
}

extension FrameDomain {
  /// The largest search distance in a frame in Å.
  ///
  /// - Throws: `RunError` if the cell is so thin that the image indices overflow.
  static func cutoff(_ sets: DescriptorSets, _ pairCutoff: Double, in cell: Cell) throws
    -> Double
  {
    let cutoff = max(sets.largestCutoff, pairCutoff)
    let heights = cell.heights
    for axis in 0..<3 where cell.repeats(along: axis) && cutoff / heights[axis] > 400 {
      throw RunError(
        "the cell is only \(heights[axis]) Å thick: more than 400 images lie within \(cutoff) Å",
        .badData)
    }
    // Images of grid cells are stored: a cell that is thin in two directions would need gigabytes
    // for a few atoms.
    var images = 1.0
    for axis in 0..<3 where cell.repeats(along: axis) {
      images *= 2 * (cutoff / heights[axis]).rounded(.up) + 1
    }
    guard images <= 5000 else {
      throw RunError(
        "the cell is only \(heights.x), \(heights.y) and \(heights.z) Å thick: expected at most "
          + "5000 images of it within \(cutoff) Å, found \(Int(images))", .badData)
    }
    return cutoff
  }

  /// The grid of a frame, a function of data known to all ranks.
  static func grid(
    cell: Cell, sets: DescriptorSets, bounds: (lower: Vector, upper: Vector), atomCount: Int
  ) -> CellGrid {
    CellGrid(
      cell: cell, targetWidth: max(sets.largestCutoff, 1) / 2, bounds: bounds, atomCount: atomCount)
  }
}
