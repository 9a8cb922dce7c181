import CVector
import Geometry

/// Order parameters of the environments of centres, from the distances and directions of their
/// neighbours.
///
/// - `d5`: distance to the fifth-nearest centre in Å (Saika-Voivod, Sciortino, Poole, Phys. Rev. E
///   63, 011202 (2000) use it for amorphous ice).
/// - `q`: tetrahedral order, 1 − ⅜ Σ_{j<k} (cos ψ_jk + ⅓)² over the six pairs of the four nearest
///   centres (Errington & Debenedetti, Nature 409, 318 (2001)); 1 in a perfect tetrahedron, 0 on
///   average in an ideal gas.
/// - `lsi`: local structure index in Å² (Shiratani & Sasai, J. Chem. Phys. 104, 7671 (1996)). With
///   r_1 < r_2 < … < r_n ≤ 3.7 Å < r_{n+1} and Δ_j = r_{j+1} − r_j, the variance
///   1/n Σ_{j=1…n} (Δ_j − mean Δ)².
///
/// **Reproducibility.** Neighbours are sorted by distance, equal ones in the order of the list,
/// which is that of the frame's grid on every rank.
public struct LocalOrder: Sendable {
  /// Distance in Å within which neighbours must be listed. A centre that lacks a neighbour within
  /// it has no value (NaN).
  public static let cutoff = 5.5
  /// Distance in Å within which the local structure index counts.
  public static let structureIndexCutoff = 3.7
  /// Distance in Å within which neighbours are counted for the coordination number: that of
  /// hydrogen bonds.
  public static let coordinationCutoff = HydrogenBonds.cutoff

  /// Of the owned centres, [local]; NaN for others, and where a neighbour is lacking.
  public private(set) var q: [Double], d5: [Double], lsi: [Double]
  /// Neighbours within `coordinationCutoff` and within `cutoff`, [local]; 0 for halo copies.
  public private(set) var coordination: [Int32], neighbors: [Int32]

  /// - Parameters:
  ///   - list: neighbours of the owned centres within `cutoff`.
  ///   - x, y, z: wrapped positions of all centres on this rank in Å; [local].
  ///   - edges: the cell's edge vectors in Å.
  /// - Complexity: O(entries) for a bounded number of neighbours.
  public init(
    neighbors list: NeighborList, x: Span<Double>, y: Span<Double>, z: Span<Double>,
    edges: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
  ) {
    let unknown = [Double](repeating: .nan, count: x.count)
    (q, d5, lsi) = (unknown, unknown, unknown)
    coordination = [Int32](repeating: 0, count: x.count)
    neighbors = coordination
    let rows = 0..<list.rowCount
    let most = rows.reduce(0) { max($0, list.offsets[$1 + 1] - list.offsets[$1]) }
    // Neighbours of one centre: squared distances in the order of the list, padded to whole
    // vectors; then squared distances and entries of the list in ascending order.
    let padded = (most + 7) / 8 * 8
    let squares = UnsafeMutablePointer<Double>.allocate(capacity: padded + most)
    let places = UnsafeMutablePointer<Int>.allocate(capacity: most)
    let ranks = UnsafeMutablePointer<SIMD8<Int64>>.allocate(capacity: padded / 8)
    defer {
      squares.deallocate()
      places.deallocate()
      ranks.deallocate()
    }
    let sorted = squares + padded
    let coordinated = Self.coordinationCutoff * Self.coordinationCutoff
    for row in rows {
      let i = Int(list.centers[row])
      let origin = SIMD3(x[i], y[i], z[i])
      let entries = list.offsets[row]..<list.offsets[row + 1], count = entries.count
      let done = Self.squares(of: entries, list, from: origin, x, y, z, into: squares)
      for k in done..<count {
        let d = list.displacement(
          of: entries.lowerBound + k, from: origin, x: x, y: y, z: z, edges: edges)
        squares[k] = d.x * d.x + d.y * d.y + d.z * d.z
      }
      var near: Int32 = 0
      for k in 0..<count { near += squares[k] <= coordinated ? 1 : 0 }
      coordination[i] = near
      neighbors[i] = Int32(count)
      Self.rank(squares, count: count, ranks)
      let rank = UnsafeRawPointer(ranks).assumingMemoryBound(to: Int64.self)
      for k in 0..<count {
        sorted[Int(rank[k])] = squares[k]
        places[Int(rank[k])] = entries.lowerBound + k
      }
      if count >= 4 {
        q[i] = Self.tetrahedralOrder(sorted) {
          list.displacement(of: places[$0], from: origin, x: x, y: y, z: z, edges: edges)
        }
      }
      if count >= 5 { d5[i] = sorted[4].squareRoot() }
      lsi[i] = Self.structureIndex(sorted, count: count)
    }
  }

  /// Squared distances of the first entries, eight at a time, up to one in another image of the
  /// cell; returns their number. The same operations as those of single entries.
  @inline(__always)
  private static func squares(
    of entries: Range<Int>, _ list: NeighborList, from origin: SIMD3<Double>, _ x: Span<Double>,
    _ y: Span<Double>, _ z: Span<Double>, into squares: UnsafeMutablePointer<Double>
  ) -> Int {
    let ox = SIMD8(repeating: origin.x), oy = SIMD8(repeating: origin.y),
      oz = SIMD8(repeating: origin.z)
    var k = 0
    while k + 8 <= entries.count {
      let first = entries.lowerBound + k
      if list.images.isAnyShifted(ofEightFrom: first) { break }
      @inline(__always)
      func gathered(_ column: Span<Double>) -> SIMD8<Double> {
        @inline(__always)
        func lane(_ n: Int) -> Double { column[Int(list.neighbors[first + n])] }
        return SIMD8(lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7))
      }
      let squared = vg_squared_length(
        vg_subtract_double8(gathered(x), ox), vg_subtract_double8(gathered(y), oy),
        vg_subtract_double8(gathered(z), oz))
      UnsafeMutableRawPointer(squares + k).storeBytes(of: squared, as: SIMD8<Double>.self)
      k += 8
    }
    return k
  }

  /// The place of each number in ascending order, equal ones in their order: how many are smaller
  /// or equal and before it. All pairs are compared, eight at a time: some twenty neighbours are
  /// sorted faster than by branches, which would be mispredicted.
  @inline(__always)
  private static func rank(
    _ numbers: UnsafeMutablePointer<Double>, count: Int,
    _ ranks: UnsafeMutablePointer<SIMD8<Int64>>
  ) {
    let blocks = (count + 7) / 8
    for k in count..<8 * blocks { numbers[k] = .infinity }
    let lanes = UnsafeRawPointer(numbers)
    for block in 0..<blocks {
      let own = lanes.loadUnaligned(fromByteOffset: 64 * block, as: SIMD8<Double>.self)
      var below = SIMD8<Int64>.zero
      for j in 0..<8 * block { below = vg_count_less_or_equal(below, numbers[j], own) }
      below = vg_count_lanes(below, own)
      for j in min(8 * block + 8, count)..<count { below = vg_count_less(below, numbers[j], own) }
      ranks[block] = below
    }
  }

  /// q from the squared distances and the displacements of the four nearest neighbours.
  @inline(__always)
  private static func tetrahedralOrder(
    _ squares: UnsafeMutablePointer<Double>, _ displacement: (Int) -> SIMD3<Double>
  ) -> Double {
    let nearest = InlineArray<4, SIMD3<Double>> { displacement($0) }
    var sum = 0.0
    for j in 0..<3 {
      for k in j + 1..<4 {
        let product = nearest[j] * nearest[k]
        let cosine =
          (product.x + product.y + product.z) / (squares[j] * squares[k]).squareRoot()
        sum += (cosine + 1.0 / 3) * (cosine + 1.0 / 3)
      }
    }
    return 1 - 0.375 * sum
  }

  /// The local structure index from squared distances in ascending order; NaN without a neighbour
  /// within or beyond its cutoff.
  @inline(__always)
  private static func structureIndex(
    _ squares: UnsafeMutablePointer<Double>, count: Int
  ) -> Double {
    let limit = structureIndexCutoff * structureIndexCutoff
    var n = 0
    while n < count, squares[n] <= limit { n += 1 }
    guard n > 0, n < count else { return .nan }
    let first = squares[0].squareRoot(), last = squares[n].squareRoot()
    let mean = (last - first) / Double(n)
    var sum = 0.0, inner = first
    for j in 1...n {
      let outer = squares[j].squareRoot()
      sum += (outer - inner - mean) * (outer - inner - mean)
      inner = outer
    }
    return sum / Double(n)
  }
}
