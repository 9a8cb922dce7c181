/// The atoms of a region and of the halo around it, sorted by grid cell, with every periodic image
/// stored explicitly.
///
/// Extended cell indices run from `region.lower − reach` to `region.upper + reach`; along a
/// periodic axis index `e` is the grid cell `e mod n` shifted by `⌊e / n⌋` cell vectors, any number
/// of times, so thin cells need no special case and the search below needs no wrapping. A shift
/// depends on `e` alone and `e` is global: an image has the same bits on every rank. Within a cell,
/// atoms are in id order (the counting sort is stable).
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
  public let grid: CellGrid
  /// The cells whose centres are processed here, except those that `isOwned` excludes.
  public let region: GridRegion
  private let owned: [Bool]?
  /// The atoms that the images are of.
  let atoms: AtomTable
  /// First extended cell, and number of extended cells, along each axis.
  public let first: SIMD3<Int>
  /// Number of extended cells along each axis.
  public let size: SIMD3<Int>
  var species: [SpeciesImages]
  private let starts: (x: [Int32], y: [Int32], z: [Int32])
  private let steps: SIMD3<Int>

  /// Sorts atoms into the cells of a region and its halo.
  ///
  /// - Parameters:
  ///   - atoms: at least all atoms of the region's cells and of every grid cell within `cutoff` of
  ///     them; wrapped, sorted by id.
  ///   - speciesCount: number of species; atoms of other species must not occur.
  ///   - grid: the frame's grid.
  ///   - region: the cells whose centres will be processed.
  ///   - owned: which of them, if not all; `[region cells]`, a fastest, as from
  ///     `Partition.ownedCells`.
  ///   - cutoff: the largest distance in Å that will be searched.
  /// - Complexity: O(images).
  public init(
    atoms: AtomTable, speciesCount: Int, grid: CellGrid, region: GridRegion, owned: [Bool]? = nil,
    cutoff: Double
  ) {
    precondition(
      owned == nil || owned!.count == region.cellCount, "one mark for each cell of the region")
    self.grid = grid
    self.region = region
    self.owned = owned
    self.atoms = atoms
    let reach = grid.reach(cutoff: cutoff)
    var first = region.lower &- reach
    var last = region.upper &+ reach
    for axis in 0..<3 where !grid.cell.repeats(along: axis) {
      first[axis] = max(first[axis], 0)
      last[axis] = min(last[axis], grid.counts[axis])
    }
    self.first = first
    self.size = last &- first
    let extent = last &- first
    starts = (
      Self.firstIndices(grid, first: first.x, size: extent.x, axis: 0),
      Self.firstIndices(grid, first: first.y, size: extent.y, axis: 1),
      Self.firstIndices(grid, first: first.z, size: extent.z, axis: 2)
    )
    var steps = grid.counts
    for axis in 0..<3 where !grid.cell.repeats(along: axis) {
      steps[axis] = extent[axis] + grid.counts[axis]
    }
    self.steps = steps
    let cells = size.x * size.y * size.z
    species = Array(repeating: SpeciesImages(), count: speciesCount)
    for s in 0..<speciesCount { species[s].offsets = [Int32](repeating: 0, count: cells + 1) }
    fill()
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

  /// Two passes of a counting sort: count the images of each cell, then place them.
  private func fill() {
    let n = atoms.count
    var coordinates: [SIMD3<Int32>] = []
    coordinates.reserveCapacity(n)
    for k in 0..<n {
      let c = grid.coordinates(of: atoms.position(k))
      coordinates.append(SIMD3(Int32(c.x), Int32(c.y), Int32(c.z)))
    }
    for s in species.indices {
      species[s].offsets.withUnsafeMutableBufferPointer { offsets in
        for k in 0..<n where atoms.species[k] == UInt8(s) {
          forEachImage(of: coordinates[k]) { e in offsets[index(e) + 1] += 1 }
        }
        for c in 1..<offsets.count { offsets[c] += offsets[c - 1] }
      }
      place(coordinates, s)
    }
  }

  /// The second pass, for one species.
  private func place(_ coordinates: [SIMD3<Int32>], _ s: Int) {
    var next = species[s].offsets
    let total = Int(next.last ?? 0)
    // Separate arrays until they are full, because five simultaneous accesses into `species` would
    // not be exclusive.
    var x = [Double](repeating: 1e30, count: total + 8)
    var y = x
    var z = x
    var atom = [Int32](repeating: -1, count: total + 8)
    var image = atom
    let shifts = axisShifts()
    let periodic = (0..<3).map { grid.cell.repeats(along: $0) }
    let counts = grid.counts
    next.withUnsafeMutableBufferPointer { next in
      x.withUnsafeMutableBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          z.withUnsafeMutableBufferPointer { z in
            atom.withUnsafeMutableBufferPointer { atom in
              image.withUnsafeMutableBufferPointer { image in
                for k in 0..<atoms.count where atoms.species[k] == UInt8(s) {
                  let r = atoms.position(k)
                  forEachImage(of: coordinates[k]) { e in
                    let cell = index(e)
                    let slot = Int(next[cell])
                    next[cell] += 1
                    let inside =
                      (!periodic[0] || (e.x >= 0 && e.x < counts.x))
                      && (!periodic[1] || (e.y >= 0 && e.y < counts.y))
                      && (!periodic[2] || (e.z >= 0 && e.z < counts.z))
                    if inside {
                      (x[slot], y[slot], z[slot]) = (r.x, r.y, r.z)
                      image[slot] = unshiftedImage
                    } else {
                      let shift = SIMD3(
                        shifts.0[e.x - first.x], shifts.1[e.y - first.y], shifts.2[e.z - first.z])
                      let q = r + grid.cell.displacement(Vector(shift))
                      (x[slot], y[slot], z[slot]) = (q.x, q.y, q.z)
                      image[slot] = packImage(shift)
                    }
                    atom[slot] = Int32(k)
                  }
                }
              }
            }
          }
        }
      }
    }
    (species[s].x, species[s].y, species[s].z) = (x, y, z)
    (species[s].atom, species[s].image) = (atom, image)
  }

  /// ⌊e / n⌋ for every extended index along each axis; 0 along non-periodic axes.
  private func axisShifts() -> ([Int32], [Int32], [Int32]) {
    func shifts(_ axis: Int) -> [Int32] {
      (0..<size[axis]).map {
        grid.cell.repeats(along: axis) ? Int32(floorDivide(first[axis] + $0, grid.counts[axis])) : 0
      }
    }
    return (shifts(0), shifts(1), shifts(2))
  }

  /// Calls `body` with every extended cell that is an image of grid cell `c`, in ascending order.
  @inline(__always)
  private func forEachImage(of c: SIMD3<Int32>, _ body: (SIMD3<Int>) -> Void) {
    // Along a non-periodic axis there is at most one image: the step leads past the end.
    let end = first &+ size
    let x = Int(starts.x[Int(c.x)]), y = Int(starts.y[Int(c.y)])
    var ez = Int(starts.z[Int(c.z)])
    while ez < end.z {
      var ey = y
      while ey < end.y {
        var ex = x
        while ex < end.x {
          body(SIMD3(ex, ey, ez))
          ex += steps.x
        }
        ey += steps.y
      }
      ez += steps.z
    }
  }

  /// The first extended index that is an image of each grid index along an axis; the next ones
  /// follow at distances of n. An index without an image starts at the end. This is a table because
  /// the divisions would cost more than the rest of the sort.
  private static func firstIndices(_ grid: CellGrid, first: Int, size: Int, axis: Int) -> [Int32] {
    let n = grid.counts[axis], end = first + size
    return (0..<n).map { c in
      if !grid.cell.repeats(along: axis) { return Int32(c >= first && c < end ? c : end) }
      return Int32(first + floorModulo(c - first, n))
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
  public var imageCount: Int { species.reduce(0) { $0 + Int($1.offsets.last ?? 0) } }
}
