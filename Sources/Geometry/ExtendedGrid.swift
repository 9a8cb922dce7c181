/// The atoms of a region and of the halo around it, sorted by grid cell, with every periodic image
/// stored explicitly.
///
/// Extended cell indices run from `region.lower − reach` to `region.upper + reach`; along a
/// periodic axis index `e` is the grid cell `e mod n` shifted by `⌊e / n⌋` cell vectors, any number
/// of times, so thin cells need no special case and the search below needs no wrapping. A shift
/// depends on `e` alone and `e` is global: an image has the same bits on every rank. Within a cell,
/// atoms are in id order (the counting sort is stable).
public final class ExtendedGrid {
  /// The grid that the extended cells belong to.
  public let grid: CellGrid
  /// The cells whose centres are processed here, except those that `isOwned` excludes.
  public let region: GridRegion
  private let owned: [Bool]?
  /// The species of the centres.
  public let center: Int
  /// The centres of the region and of its halo, by ascending id: a centre is named by its row.
  public private(set) var centers = AtomTable()
  /// First extended cell, and number of extended cells, along each axis.
  public let first: SIMD3<Int>
  /// Number of extended cells along each axis.
  public let size: SIMD3<Int>
  /// Images, species by species; only those of the centres know their rows and shifts.
  private(set) var species: [SpeciesImages] = []
  /// Whether the images of all species are there to be searched.
  private(set) var hasAllImages = true
  /// Centre of the region in Å: the origin of the coordinates in single precision.
  let middle: Vector
  /// Largest magnitude of those coordinates in Å.
  private(set) var extent = 0.0

  /// Sorts atoms into the cells of a region and its halo.
  ///
  /// - Parameters:
  ///   - atoms: at least all atoms of the region's cells and of every grid cell within `cutoff` of
  ///     them; wrapped, sorted by id. Consumed: those that are no centres are kept as images only.
  ///   - center: the species of the centres.
  ///   - speciesCount: number of species; atoms of other species must not occur.
  ///   - grid: the frame's grid.
  ///   - region: the cells whose centres will be processed.
  ///   - owned: which of them, if not all; `[region cells]`, a fastest, as from
  ///     `Partition.ownedCells`.
  ///   - cutoff: the largest distance in Å that will be searched.
  ///   - slabSize: atoms that are sorted at a time, unless a plane of cells has more; the grid does
  ///     not depend on it.
  /// - Complexity: O(images); each atom is sorted once, and whole rows of cells are copied to their
  ///   images. A large frame is sorted slab by slab, and the centres last, when the other atoms are
  ///   gone: no more than a slab, or one plane of cells, is in memory as read, sorted and as images.
  public init(
    atoms: consuming AtomTable, center: Int = 0, speciesCount: Int, grid: CellGrid,
    region: GridRegion, owned: [Bool]? = nil, cutoff: Double, slabSize: Int = 1 << 20
  ) {
    precondition(
      owned == nil || owned!.count == region.cellCount, "one mark for each cell of the region")
    self.grid = grid
    self.region = region
    self.owned = owned
    self.center = center
    let reach = grid.reach(cutoff: cutoff)
    var first = region.lower &- reach
    var last = region.upper &+ reach
    for axis in 0..<3 where !grid.cell.repeats(along: axis) {
      first[axis] = max(first[axis], 0)
      last[axis] = min(last[axis], grid.counts[axis])
    }
    self.first = first
    self.size = last &- first
    middle = grid.cell.position(
      grid.lower + grid.extent * (Vector(region.lower) + Vector(region.upper)) * 0.5
        / Vector(grid.counts))
    var sort = ImageSort(of: consume atoms, in: self, slabSize: slabSize)
    var found = [SpeciesImages?](repeating: nil, count: speciesCount)
    for s in 0..<speciesCount where s != center { found[s] = sort.images(ofSpecies: s) }
    sort.keep(onlySpecies: center)
    found[center] = sort.images(ofSpecies: center)
    species = found.map { $0! }
    extent = sort.extent
    centers = sort.atoms
  }

  deinit { for images in species { images.release() } }

  /// Frees the images of all atoms but the centres. They must not be searched afterwards.
  public func keepOnlyCenters() {
    hasAllImages = false
    for s in species.indices where s != center {
      species[s].release()
      species[s] = SpeciesImages(count: 0, cells: 0)
    }
  }

  /// Whether there are images of the centres to search.
  public var hasImages: Bool { !species.isEmpty }

  /// Frees all images; the table of centres is kept. They must not be searched afterwards.
  public func releaseImages() {
    hasAllImages = false
    for images in species { images.release() }
    species = []
  }

  /// Whether the centres of a cell of the region are processed here.
  @inline(__always)
  public func isOwned(_ e: SIMD3<Int>) -> Bool {
    guard let owned else { return true }
    let k = e &- region.lower, size = region.size
    return owned[(k.z * size.y + k.y) * size.x + k.x]
  }

  /// Index of an extended cell in row-major order, a fastest.
  @inline(__always)
  func index(_ e: SIMD3<Int>) -> Int {
    let k = e &- first
    return (k.z * size.y + k.y) * size.x + k.x
  }

  /// Calls `body(slot, cell, coordinates)` for every centre in the owned cells, in grid order: the
  /// slot of its image, the index of its extended cell, and that cell's coordinates from `first`.
  @inline(__always)
  func forEachOwnedCenter(_ body: (Int, Int, SIMD3<Int>) -> Void) {
    let offsets = species[center].offsets
    for z in region.lower.z..<region.upper.z {
      for y in region.lower.y..<region.upper.y {
        for x in region.lower.x..<region.upper.x {
          let cell = SIMD3(x, y, z)
          guard isOwned(cell) else { continue }
          let home = index(cell)
          for slot in offsets[home]..<offsets[home + 1] {
            body(Int(slot), home, cell &- first)
          }
        }
      }
    }
  }

  /// ⌊e / n⌋ for every extended index along each axis; 0 along non-periodic axes.
  func axisShifts() -> ([Int32], [Int32], [Int32]) {
    func shifts(_ axis: Int) -> [Int32] {
      (0..<size[axis]).map {
        grid.cell.repeats(along: axis) ? Int32(floorDivide(first[axis] + $0, grid.counts[axis])) : 0
      }
    }
    return (shifts(0), shifts(1), shifts(2))
  }

  /// The first extended index, counted from `first`, that is an image of each grid index along an
  /// axis; nil if there is none. This is a table because the divisions would cost more than the
  /// rest of the sort.
  func firstIndices(axis: Int) -> [Int?] {
    let n = grid.counts[axis]
    return (0..<n).map { c in
      let k = c - first[axis]
      let image = grid.cell.repeats(along: axis) ? floorModulo(k, n) : k
      return image >= 0 && image < size[axis] ? image : nil
    }
  }
}

/// No shift, packed.
let unshiftedImage: Int32 = 512 | 512 << 10 | 512 << 20

/// An image shift in one integer, 10 bits per axis, so shifts from −512 to 511.
public func packImage(_ image: SIMD3<Int32>) -> Int32 {
  ((image.x + 512) & 1023) | ((image.y + 512) & 1023) << 10 | ((image.z + 512) & 1023) << 20
}

/// The image shift that `packImage` packed.
public func unpackImage(_ packed: Int32) -> SIMD3<Int32> {
  SIMD3((packed & 1023) - 512, (packed >> 10 & 1023) - 512, (packed >> 20 & 1023) - 512)
}

/// ⌊a / b⌋ for b > 0.
@inline(__always) func floorDivide(_ a: Int, _ b: Int) -> Int {
  a >= 0 ? a / b : -((b - 1 - a) / b)
}

/// a − b·⌊a / b⌋ for b > 0.
@inline(__always) func floorModulo(_ a: Int, _ b: Int) -> Int { a - b * floorDivide(a, b) }

extension ExtendedGrid {
  /// Number of stored images of all species, to which the memory is proportional.
  public var imageCount: Int { species.reduce(0) { $0 + $1.count } }
}
