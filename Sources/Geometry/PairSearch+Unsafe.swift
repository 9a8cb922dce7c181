import CVector

extension ExtendedGrid {
  /// All pairs of atoms of one species within `cutoff` Å (inclusive) of the region's atoms, centre
  /// by centre in grid order.
  ///
  /// Each pair within the region is listed twice, once from each side. An atom is not its own
  /// neighbour, but its images are. The list is symmetric to the last bit, also between the lists
  /// of two parts of a frame: see `isNear`.
  ///
  /// - Parameters:
  ///   - s: the species.
  ///   - cutoff: distance in Å, at most the one the grid was built for.
  ///   - index: the index that the result uses for each row of the atom table; `[atoms]`.
  ///   - closeDistance: pairs closer than this, in Å, are counted, because they indicate wrong
  ///     units or overlapping atoms.
  public func pairs(of s: Int, within cutoff: Double, index name: [Int32], closeDistance: Double)
    -> NeighborList
  {
    pairs(of: s, within: [cutoff], index: name, closeDistance: closeDistance)[0]
  }

  /// As `pairs(of:within:index:closeDistance:)` for several cutoffs in one search: a list for each.
  ///
  /// The search is that of the largest cutoff. Every list has the entries, in the same order, that
  /// its own search would find: the squared distances are the same, and a shorter list is the part
  /// of the longest one that passes its own test.
  ///
  /// - Parameters:
  ///   - cutoffs: 1 to 9 distances in Å, the largest first.
  ///   - closeDistance: at most the smallest of them, for the numbers of close pairs to be right.
  public func pairs(
    of s: Int, within cutoffs: [Double], index name: [Int32], closeDistance: Double
  ) -> [NeighborList] {
    let cutoff = cutoffs[0], shorter = cutoffs.dropFirst().map { Limit($0) }
    let stencil = Stencil(grid: self, cutoff: cutoff)
    let limit = Limit(cutoff)
    let squaredClose = closeDistance * closeDistance
    let images = species[s]
    var list = NeighborList(
      rowCapacity: images.atom.count, entryCapacity: 5 * images.atom.count)
    var marks: [UInt8] = []
    if !shorter.isEmpty { marks.reserveCapacity(5 * images.atom.count) }
    for z in region.lower.z..<region.upper.z {
      for y in region.lower.y..<region.upper.y {
        for x in region.lower.x..<region.upper.x {
          guard isOwned(SIMD3(x, y, z)) else { continue }
          let home = index(SIMD3(x, y, z))
          let local = SIMD3(x, y, z) &- first
          for slot in images.offsets[home]..<images.offsets[home + 1] {
            let i = Int(slot)
            let origin = Vector(images.x[i], images.y[i], images.z[i])
            for row in stencil.rows {
              let ny = local.y + row.y, nz = local.z + row.z
              if ny < 0 || ny >= size.y || nz < 0 || nz >= size.z { continue }
              let low = max(local.x - row.x, 0), high = min(local.x + row.x, size.x - 1)
              let start = home + row.start + (low - (local.x - row.x))
              scan(
                images, Int(images.offsets[start])..<Int(images.offsets[start + high - low + 1]),
                except: i, origin, limit, shorter, squaredClose, name, &list, &marks)
            }
            list.centers.append(name[Int(images.atom[i])])
            list.offsets.append(list.neighbors.count)
          }
        }
      }
    }
    return [list] + shorter.indices.map { list.part(marks, bit: UInt8($0)) }
  }

  /// The square of a cutoff, and the bounds between which the exact test is needed.
  private struct Limit {
    let squared: Double, least: Double, most: Double

    init(_ cutoff: Double) {
      squared = cutoff * cutoff
      least = squared * (1 - 1e-9)
      most = squared * (1 + 1e-9)
    }
  }

  /// Tests a run of images eight at a time; the few that are near are appended one by one, with a
  /// mark whose bit k says whether they are within the shorter limit k.
  @inline(__always)
  private func scan(
    _ images: SpeciesImages, _ run: Range<Int>, except own: Int, _ origin: Vector,
    _ limit: Limit, _ shorter: [Limit], _ squaredClose: Double,
    _ name: [Int32], _ list: inout NeighborList, _ marks: inout [UInt8]
  ) {
    let ox = SIMD8<Double>(repeating: origin.x), oy = SIMD8<Double>(repeating: origin.y),
      oz = SIMD8<Double>(repeating: origin.z)
    // Slightly more than the cutoff; the exact test follows for each pair in the margin.
    let most = SIMD8<Double>(repeating: limit.most)
    var k = run.lowerBound
    while k < run.upperBound {
      let dx = vg_subtract_double8(images.x.loadVector(k), ox)
      let dy = vg_subtract_double8(images.y.loadVector(k), oy)
      let dz = vg_subtract_double8(images.z.loadVector(k), oz)
      let squared = vg_squared_length(dx, dy, dz)
      var near = UInt32(vg_less_or_equal(squared, most))
      let left = run.upperBound - k
      if left < 8 { near &= (1 << UInt32(left)) - 1 }
      while near != 0 {
        let lane = near.trailingZeroBitCount
        near &= near &- 1
        let other = k + lane, length = squared[lane]
        if other == own { continue }
        if length > limit.least, !isNear(images, own, other, length, limit.squared) { continue }
        list.neighbors.append(name[Int(images.atom[other])])
        list.images.append(images.image[other])
        if length < squaredClose { list.closePairs += 1 }
        if !shorter.isEmpty {
          var mark: UInt8 = 0
          for (bit, inner) in shorter.enumerated()
          where length <= inner.most
            && (length <= inner.least || isNear(images, own, other, length, inner.squared))
          {
            mark |= 1 << UInt8(bit)
          }
          marks.append(mark)
        }
      }
      k += 8
    }
  }

  /// Whether two images at the limit of the cutoff are neighbours, with the same result from both
  /// sides.
  ///
  /// Within a cell, `r_j − r_i` seen from the other side is its exact negative. Across a periodic
  /// face it is not: `(r_j + s·H) − r_i` and `(r_i − s·H) − r_j` round differently, and on a
  /// lattice whose spacing equals the cutoff the two could disagree. Therefore both sides compute
  /// the form whose shift is positive (in its last nonzero component).
  @inline(never)
  private func isNear(
    _ images: SpeciesImages, _ i: Int, _ j: Int, _ squared: Double, _ squaredCutoff: Double
  ) -> Bool {
    let shift = unpackImage(images.image[j])
    let leading = shift.z != 0 ? shift.z : shift.y != 0 ? shift.y : shift.x
    if leading >= 0 { return squared <= squaredCutoff }
    // `i` shifted the other way, seen from the unshifted `j`.
    let back = SIMD3<Int32>(0, 0, 0) &- shift
    let moved = Vector(images.x[i], images.y[i], images.z[i]) + grid.cell.displacement(Vector(back))
    let atom = atoms.position(Int(images.atom[j]))
    let d = moved - atom
    return vg_squared_length(SIMD8(repeating: d.x), SIMD8(repeating: d.y), SIMD8(repeating: d.z))[0]
      <= squaredCutoff
  }
}

extension Array where Element == Double {
  /// Eight elements from index `k`; the arrays of images are padded for it.
  @inline(__always)
  func loadVector(_ k: Int) -> SIMD8<Double> {
    withUnsafeBufferPointer { ($0.baseAddress! + k).load() }
  }
}
