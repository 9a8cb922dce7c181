/// The atoms of a region and of the halo around it, sorted by grid cell, with every periodic image written out.
///
/// Extended cell indices run from `region.lower − reach` to `region.upper + reach`; along a periodic axis index `e` is the
/// grid cell `e mod n` shifted by `⌊e / n⌋` cell vectors, however often that wraps, so thin cells need no special case and the
/// search below needs no wrapping at all. A shift depends on `e` alone and `e` is global: an image has the same bits on
/// every rank. Within a cell, atoms stand in id order (counting sort is stable).
public final class ExtendedGrid {
  /// Images of one species, sorted by extended cell.
  struct SpeciesImages {
    /// First image of each extended cell; `[cells + 1]`.
    var offsets: [Int32] = [0]
    /// Coordinates of the images in Å; padded by one vector so that loads may run past the end.
    var x: [Double] = [], y: [Double] = [], z: [Double] = []
    /// Row of the atom in the table that each image is of.
    var atom: [Int32] = []
    /// Image shift of each image, packed (`packImage`).
    var image: [Int32] = []
  }

  /// The grid that the extended cells belong to.
  public private(set) var grid: CellGrid
  /// The cells whose centres are served.
  public private(set) var region: GridRegion
  /// First extended cell, and number of extended cells, along each axis.
  public private(set) var first: SIMD3<Int>
  public private(set) var size: SIMD3<Int>
  var species: [SpeciesImages]

  /// Sorts atoms into the cells of a region and its halo.
  ///
  /// - Parameters:
  ///   - atoms: at least all atoms of the region's cells and of every grid cell within `cutoff` of them; wrapped, sorted by id.
  ///   - speciesCount: number of species; atoms of other species must not occur.
  ///   - grid: the frame's grid.
  ///   - region: the cells whose centres will be asked for.
  ///   - cutoff: the largest distance in Å that will be searched.
  /// - Complexity: O(images).
  public init(atoms: AtomTable, speciesCount: Int, grid: CellGrid, region: GridRegion, cutoff: Double) {
    self.grid = grid
    self.region = region
    let reach = grid.reach(cutoff: cutoff)
    var first = region.lower &- reach
    var last = region.upper &+ reach
    for axis in 0..<3 where !grid.cell.repeats(along: axis) {
      first[axis] = max(first[axis], 0)
      last[axis] = min(last[axis], grid.counts[axis])
    }
    self.first = first
    self.size = last &- first
    let cells = size.x * size.y * size.z
    species = Array(repeating: SpeciesImages(), count: speciesCount)
    for s in 0..<speciesCount { species[s].offsets = [Int32](repeating: 0, count: cells + 1) }
    fill(atoms)
  }

  /// Index of an extended cell in row-major order, a fastest.
  @inline(__always)
  func index(_ e: SIMD3<Int>) -> Int {
    let k = e &- first
    return (k.z * size.y + k.y) * size.x + k.x
  }

  /// Two passes of a counting sort: count the images of each cell, then place them.
  private func fill(_ atoms: AtomTable) {
    let n = atoms.count
    let coordinates = (0..<n).map { grid.coordinates(of: atoms.position($0)) }
    for k in 0..<n {
      let s = Int(atoms.species[k])
      forEachImage(of: coordinates[k]) { e in species[s].offsets[index(e) + 1] += 1 }
    }
    for s in species.indices {
      var total: Int32 = 0
      for c in species[s].offsets.indices {
        total += species[s].offsets[c]
        species[s].offsets[c] = total
      }
      let padded = Int(total) + 8
      species[s].x = [Double](repeating: 1e30, count: padded)
      species[s].y = species[s].x
      species[s].z = species[s].x
      species[s].atom = [Int32](repeating: -1, count: padded)
      species[s].image = species[s].atom
    }
    var next = species.map { $0.offsets }
    for k in 0..<n {
      let s = Int(atoms.species[k])
      let r = atoms.position(k)
      forEachImage(of: coordinates[k]) { e in
        var image = SIMD3<Int32>(repeating: 0)
        for axis in 0..<3 where grid.cell.repeats(along: axis) {
          image[axis] = Int32(floorDivide(e[axis], grid.counts[axis]))
        }
        let cell = index(e)
        let slot = Int(next[s][cell])
        next[s][cell] += 1
        let q = image == SIMD3(repeating: 0) ? r : r + grid.cell.displacement(Vector(image))
        species[s].x[slot] = q.x
        species[s].y[slot] = q.y
        species[s].z[slot] = q.z
        species[s].atom[slot] = Int32(k)
        species[s].image[slot] = packImage(image)
      }
    }
  }

  /// Calls `body` with every extended cell that shows grid cell `c`, in rising order.
  @inline(__always)
  private func forEachImage(of c: SIMD3<Int>, _ body: (SIMD3<Int>) -> Void) {
    let z = extendedRange(c.z, 2), y = extendedRange(c.y, 1), x = extendedRange(c.x, 0)
    for ez in stride(from: z.first, to: z.end, by: grid.counts.z) {
      for ey in stride(from: y.first, to: y.end, by: grid.counts.y) {
        for ex in stride(from: x.first, to: x.end, by: grid.counts.x) { body(SIMD3(ex, ey, ez)) }
      }
    }
  }

  /// Extended indices of grid index `c` along one axis: `first`, `first + n`, … below `end`.
  @inline(__always)
  private func extendedRange(_ c: Int, _ axis: Int) -> (first: Int, end: Int) {
    let low = first[axis], end = first[axis] + size[axis]
    if !grid.cell.repeats(along: axis) { return c >= low && c < end ? (c, c + 1) : (end, end) }
    let n = grid.counts[axis]
    return (low + floorModulo(c - low, n), end)
  }
}

/// An image shift in one integer: 10 bits an axis, so shifts from −512 to 511.
public func packImage(_ image: SIMD3<Int32>) -> Int32 {
  ((image.x + 512) & 1023) | ((image.y + 512) & 1023) << 10 | ((image.z + 512) & 1023) << 20
}

/// The image shift that `packImage` packed.
public func unpackImage(_ packed: Int32) -> SIMD3<Int32> {
  SIMD3((packed & 1023) - 512, (packed >> 10 & 1023) - 512, (packed >> 20 & 1023) - 512)
}

/// ⌊a / b⌋ for b > 0.
@inline(__always) func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }

/// a − b·⌊a / b⌋ for b > 0.
@inline(__always) func floorModulo(_ a: Int, _ b: Int) -> Int { a - b * floorDivide(a, b) }

extension ExtendedGrid {
  /// Number of images held, of all species: what the memory is proportional to.
  public var imageCount: Int { species.reduce(0) { $0 + Int($1.offsets.last ?? 0) } }
}
