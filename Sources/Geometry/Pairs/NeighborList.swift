import Contracts

/// The neighbours of every owned centre, in compressed sparse rows (CSR).
///
/// Centres are identified by a **local index** into the arrays of the caller (`ids[local]`,
/// `codes[local]`, …): owned centres and halo copies in any order. A centre is **owned** if the
/// list has a row for it; rows may come in any order, so a search over a cell grid can append them
/// in its own order.
///
/// Each entry carries the periodic image of the neighbour: with **wrapped** positions, `r_j +
/// image·H` is the point within the cutoff of `r_i`. Every image is included, also one of the
/// centre itself (`j == i`, image not zero), so cells thinner than the cutoff need no special case.
///
/// The list must be symmetric: if the row of `i` holds `(j, s)` and `j` is owned, the row of `j`
/// holds `(i, −s)`; if `j` is a halo copy, the rank that owns it has the same edge from its side. A
/// search that tests `|r_j + s·H − r_i| ≤ cutoff` gives a symmetric list.
///
/// 4 bytes per entry, and 4 more in another image: water at 3 Å has 4–5 entries per centre, and
/// unpacked images would take half a gigabyte of zeros in a frame of ten million centres.
public struct NeighborList: Sendable {
  /// The owned centre of each row [rows], as a local index.
  public var centers: [Int32]
  /// Row bounds [rows + 1]: row `k` is entries `offsets[k]..<offsets[k + 1]`.
  public var offsets: [Int]
  /// Local indices of the neighbours [entries].
  public var neighbors: [Int32]
  /// Packed images of the neighbours [entries]: see `packed(_:)`.
  public var images: ImageShifts
  /// Entries nearer than the search's `closeDistance`, each pair counted from both sides.
  public var closePairs = 0

  /// Number of rows (owned centres).
  public var rowCount: Int { centers.count }
  /// Number of entries over all rows; each pair of owned centres is counted from both sides.
  public var entryCount: Int { neighbors.count }

  /// An empty list, to be filled row by row.
  ///
  /// Fill a row by appending to `neighbors` and `images`, then close it with `endRow(of:)`.
  ///
  /// - Parameters:
  ///   - rowCapacity: rows expected.
  ///   - entryCapacity: entries expected.
  public init(rowCapacity: Int = 0, entryCapacity: Int = 0) {
    (centers, offsets, neighbors, images) = ([], [0], [], ImageShifts())
    centers.reserveCapacity(rowCapacity)
    offsets.reserveCapacity(rowCapacity + 1)
    neighbors.reserveCapacity(entryCapacity)
    images.reserveCapacity(entryCapacity)
  }

  /// A list from pairs that are listed **once**: each `(i[k], j[k], shifts[k])` also enters row
  /// `j[k]` with the opposite shift when `j[k] < rowCount`. Row `k` is that of local index `k`;
  /// halo copies have indices from `rowCount` on.
  ///
  /// - Parameters:
  ///   - rowCount: number of owned centres.
  ///   - i: owned centres [pairs].
  ///   - j: their neighbours [pairs], local indices.
  ///   - shifts: images of `j` [pairs].
  public init(rowCount: Int, i: [Int32], j: [Int32], shifts: [SIMD3<Int32>]) {
    require(i.count == j.count && i.count == shifts.count, "pairs need an i, a j and a shift each")
    var offsets = [Int](repeating: 0, count: rowCount + 1)
    for k in i.indices {
      offsets[Int(i[k]) + 1] += 1
      if j[k] < rowCount { offsets[Int(j[k]) + 1] += 1 }
    }
    for row in 0..<rowCount { offsets[row + 1] += offsets[row] }
    var neighbors = [Int32](repeating: 0, count: offsets[rowCount])
    var images = [Int32](repeating: Self.unshifted, count: offsets[rowCount])
    var next = offsets
    for k in i.indices {
      let a = Int(i[k])
      let b = Int(j[k])
      neighbors[next[a]] = j[k]
      images[next[a]] = Self.packed(shifts[k])
      next[a] += 1
      guard b < rowCount else { continue }
      neighbors[next[b]] = i[k]
      images[next[b]] = Self.packed(0 &- shifts[k])
      next[b] += 1
    }
    self.centers = (0..<Int32(rowCount)).map { $0 }
    self.offsets = offsets
    self.neighbors = neighbors
    self.images = ImageShifts(images)
  }

  /// Closes the row of owned centre `center`: it holds the entries appended since the previous row.
  public mutating func endRow(of center: Int32) {
    require(neighbors.count == images.count, "every neighbour needs an image")
    centers.append(center)
    offsets.append(neighbors.count)
  }

  /// An image in one word, 10 bits per axis, biased by 512, so shifts from −512 to 511, x lowest;
  /// as `packImage` packs it. A cutoff of 3 Å would need a cell 0.006 Å thin to
  /// exceed that range.
  public static func packed(_ image: SIMD3<Int32>) -> Int32 {
    require(
      all(image .>= SIMD3(repeating: -512)) && all(image .<= SIMD3(repeating: 511)),
      "an image beyond ±511 cells is no neighbour")
    return packImage(image)
  }

  /// The image that `packed(_:)` packed.
  @inlinable @inline(__always)
  public static func unpacked(_ word: Int32) -> SIMD3<Int32> {
    SIMD3(word & 1023, word >> 10 & 1023, word >> 20 & 1023) &- SIMD3(repeating: 512)
  }

  /// Displacement in Å to the neighbour of entry `entry`, in its image, from a centre at `origin`.
  ///
  /// - Parameters:
  ///   - x, y, z: wrapped positions of all centres on this rank in Å; [local].
  ///   - edges: the cell's edge vectors in Å.
  @inlinable @inline(__always)
  public func displacement(
    of entry: Int, from origin: SIMD3<Double>, x: Span<Double>, y: Span<Double>, z: Span<Double>,
    edges: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
  ) -> SIMD3<Double> {
    let j = Int(neighbors[entry])
    let d = SIMD3(x[j] - origin.x, y[j] - origin.y, z[j] - origin.z)
    guard images.isShifted(entry) else { return d }
    let image = SIMD3<Double>(Self.unpacked(images[entry]))
    var shift = edges.0 * image.x
    shift += edges.1 * image.y
    shift += edges.2 * image.z
    return d + shift
  }

  /// The packed image (0, 0, 0).
  @inlinable public static var unshifted: Int32 { 512 | 512 << 10 | 512 << 20 }
}
