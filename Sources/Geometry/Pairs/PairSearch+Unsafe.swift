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
    let cutoff = cutoffs[0]
    var shorter = cutoffs.dropFirst().map { ShorterList(squaredCutoff: $0 * $0) }
    defer { for list in shorter { list.found.release() } }
    let stencil = Stencil(grid: self, cutoff: cutoff)
    let images = species[s]
    // Centres of the region, at most; and entries, which grow when they are full.
    var list = NeighborList(rowCapacity: images.count, entryCapacity: 0)
    var hits = PairHits(squaredCutoff: cutoff * cutoff, squaredClose: closeDistance * closeDistance)
    defer { hits.release() }
    for z in region.lower.z..<region.upper.z {
      for y in region.lower.y..<region.upper.y {
        for x in region.lower.x..<region.upper.x {
          guard isOwned(SIMD3(x, y, z)) else { continue }
          let home = index(SIMD3(x, y, z))
          let local = SIMD3(x, y, z) &- first
          for slot in images.offsets[home]..<images.offsets[home + 1] {
            let begin = hits.found.count
            hits.rowStart = begin
            for row in stencil.rows {
              let ny = local.y + row.y, nz = local.z + row.z
              if ny < 0 || ny >= size.y || nz < 0 || nz >= size.z { continue }
              let low = max(local.x - row.x, 0), high = min(local.x + row.x, size.x - 1)
              let start = home + row.start + (low - (local.x - row.x))
              hits.scan(
                images, Int(images.offsets[start])..<Int(images.offsets[start + high - low + 1]),
                around: Int(slot))
            }
            if hits.hasMargin { removeFar(&hits, from: begin, images, Int(slot)) }
            for k in shorter.indices { select(hits, from: begin, images, Int(slot), &shorter[k]) }
            list.centers.append(name[Int(images.atom[Int(slot)])])
            list.offsets.append(hits.found.count)
          }
        }
      }
    }
    list.closePairs = hits.closePairs
    let rest = shorter.map { part in
      var other = list
      other.offsets = part.offsets
      fill(&other, part.found, images, name)
      return other
    }
    fill(&list, hits.found, images, name)
    return [list] + rest
  }

  /// The neighbours and their images from the slots found.
  private func fill(
    _ list: inout NeighborList, _ found: SlotBuffer, _ images: SpeciesImages, _ name: [Int32]
  ) {
    let count = found.count
    list.neighbors = .init(unsafeUninitializedCapacity: count) { neighbors, initialized in
      for k in 0..<count { neighbors[k] = name[Int(images.atom[Int(found.slots[k])])] }
      initialized = count
    }
    list.images = .init(unsafeUninitializedCapacity: count) { shifts, initialized in
      for k in 0..<count { shifts[k] = images.image[Int(found.slots[k])] }
      initialized = count
    }
  }

  /// Ends a centre's row of a list with a shorter cutoff: the entries that its own search would
  /// find.
  @inline(__always)
  private func select(
    _ hits: borrowing PairHits, from begin: Int, _ images: SpeciesImages, _ i: Int,
    _ list: inout ShorterList
  ) {
    list.found.reserve(hits.found.count - begin + 8)
    let limit = SIMD8<Double>(repeating: list.squaredCutoff * (1 + 1e-9))
    let inner = SIMD8<Double>(repeating: list.squaredCutoff * (1 - 1e-9))
    let slots = UnsafeRawPointer(hits.found.slots), squares = hits.squares
    let end = hits.found.count
    var count = list.found.count
    var k = begin
    while k < end {
      let squared = (squares + (k - begin)).load()
      var near = UInt32(vg_less_or_equal(squared, limit))
      near &= (1 << UInt32(min(end - k, 8))) &- 1
      var unsure = near & ~UInt32(vg_less_or_equal(squared, inner))
      while unsure != 0 {
        let lane = unsure.trailingZeroBitCount
        unsure &= unsure &- 1
        let j = Int(hits.found.slots[k + lane])
        if !isNear(images, i, j, squared[lane], list.squaredCutoff) { near &= ~(1 << UInt32(lane)) }
      }
      let found = slots.loadUnaligned(fromByteOffset: 4 * k, as: SIMD8<Float>.self)
      vg_store_selected_float8(list.found.slots + count, near, found)
      count += near.nonzeroBitCount
      k += 8
    }
    list.found.count = count
    list.offsets.append(count)
  }

  /// Repeats the test for the entries of a centre that lie at the limit of the cutoff.
  @inline(never)
  private func removeFar(_ hits: inout PairHits, from begin: Int, _ images: SpeciesImages, _ i: Int)
  {
    var kept = begin
    for k in begin..<hits.found.count {
      let j = Int(hits.found.slots[k])
      let squared = hits.squares[k - begin]
      if squared > hits.squaredCutoff * (1 - 1e-9),
        !isNear(images, i, j, squared, hits.squaredCutoff)
      {
        if squared <= hits.largestClose { hits.closePairs -= 1 }
        continue
      }
      hits.found.slots[kept] = Int32(j)
      hits.squares[kept - begin] = squared
      kept += 1
    }
    hits.found.count = kept
    hits.hasMargin = false
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

/// Images found near centres, appended eight lanes at a time.
private struct PairHits {
  let squaredCutoff: Double
  /// The largest squared distance below that of close pairs.
  let largestClose: Double
  var found = SlotBuffer()
  /// Squared distances of the current centre's entries, which begin at `rowStart`.
  private(set) var squares = UnsafeMutablePointer<Double>.allocate(capacity: 512)
  private var squareCapacity = 512
  var rowStart = 0
  var closePairs = 0
  /// Whether an entry since the last `removeFar` lies at the limit of the cutoff.
  var hasMargin = false

  init(squaredCutoff: Double, squaredClose: Double) {
    self.squaredCutoff = squaredCutoff
    largestClose = squaredClose.nextDown
  }

  /// Appends the images of a run that are within slightly more than the cutoff of image `own`,
  /// except itself.
  @inline(__always)
  mutating func scan(_ images: SpeciesImages, _ run: Range<Int>, around own: Int) {
    found.reserve(run.count + 8)
    let inRow = found.count - rowStart
    if inRow + run.count + 8 > squareCapacity { growSquares(inRow + run.count + 8) }
    let ox = SIMD8<Double>(repeating: images.x[own]), oy = SIMD8<Double>(repeating: images.y[own])
    let oz = SIMD8<Double>(repeating: images.z[own])
    // The exact test follows for entries in the margin.
    let limit = SIMD8<Double>(repeating: squaredCutoff * (1 + 1e-9))
    let inner = SIMD8<Double>(repeating: squaredCutoff * (1 - 1e-9))
    let close = SIMD8<Double>(repeating: largestClose)
    let lanes = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
    var k = run.lowerBound
    while k < run.upperBound {
      let dx = vg_subtract_double8((images.x + k).load(), ox)
      let dy = vg_subtract_double8((images.y + k).load(), oy)
      let dz = vg_subtract_double8((images.z + k).load(), oz)
      let squared = vg_squared_length(dx, dy, dz)
      var near = UInt32(vg_less_or_equal(squared, limit))
      near &= (1 << UInt32(min(run.upperBound - k, 8))) &- 1
      // Without a branch: a shift by 32 or more leaves nothing.
      near &= ~UInt32(truncatingIfNeeded: (own &- k) >= 0 ? UInt64(1) << UInt64(own &- k) : 0)
      if near & ~UInt32(vg_less_or_equal(squared, inner)) != 0 { hasMargin = true }
      closePairs += (near & UInt32(vg_less_or_equal(squared, close))).nonzeroBitCount
      vg_store_selected_float8(
        found.slots + found.count, near,
        unsafeBitCast(SIMD8(repeating: Int32(k)) &+ lanes, to: SIMD8<Float>.self))
      vg_store_selected_double8(squares + (found.count - rowStart), near, squared)
      found.count += near.nonzeroBitCount
      k += 8
    }
  }

  @inline(never)
  private mutating func growSquares(_ wanted: Int) {
    let larger = UnsafeMutablePointer<Double>.allocate(capacity: 2 * wanted)
    larger.update(from: squares, count: found.count - rowStart)
    squares.deallocate()
    squares = larger
    squareCapacity = 2 * wanted
  }

  func release() {
    found.release()
    squares.deallocate()
  }
}

/// The images found that are within a shorter cutoff.
private struct ShorterList {
  let squaredCutoff: Double
  var found = SlotBuffer()
  /// Bounds of the centres' rows.
  var offsets = [0]
}

/// Slots of images, which grow when they are full.
private struct SlotBuffer {
  /// The slots; `[count]` of `capacity`.
  private(set) var slots: UnsafeMutablePointer<Int32>
  var count = 0
  private var capacity = 4096

  init() { slots = .allocate(capacity: capacity) }

  func release() { slots.deallocate() }

  /// Makes room for `more` slots.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if count + more > capacity { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let larger = UnsafeMutablePointer<Int32>.allocate(capacity: 2 * capacity + more)
    larger.update(from: slots, count: count)
    slots.deallocate()
    slots = larger
    capacity = 2 * capacity + more
  }
}
