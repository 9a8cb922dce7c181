import CVector
import Contracts

extension ExtendedGrid {
  /// All pairs of centres within `cutoff` Å (inclusive) of the region's centres, one after the
  /// other in grid order.
  ///
  /// Each pair within the region is listed twice, once from each side. A centre is not its own
  /// neighbour, but its images are. The list is symmetric to the last bit, also between the lists
  /// of two parts of a frame: see `isNear`.
  ///
  /// - Parameters:
  ///   - cutoff: distance in Å, at most the one the grid was built for.
  ///   - closeDistance: pairs closer than this, in Å, are counted, because they indicate wrong
  ///     units or overlapping atoms.
  public func pairs(within cutoff: Double, closeDistance: Double) -> NeighborList {
    pairs(within: [cutoff], closeDistance: closeDistance)[0]
  }

  /// As `pairs(within:closeDistance:)` for several cutoffs in one search: a list for each.
  ///
  /// The search is that of the largest cutoff. Every list has the entries, in the same order, that
  /// its own search would find: the squared distances are the same, and a shorter list is the part
  /// of the longest one that passes its own test.
  ///
  /// - Parameters:
  ///   - cutoffs: 1 to 9 distances in Å, the largest first.
  ///   - closeDistance: at most the smallest of them, for the numbers of close pairs to be right.
  public func pairs(within cutoffs: [Double], closeDistance: Double) -> [NeighborList] {
    let cutoff = cutoffs[0]
    var shorter = cutoffs.dropFirst().map { ShorterList(squaredCutoff: $0 * $0) }
    let stencil = Stencil(grid: self, cutoff: cutoff)
    require(hasImages, "the images were freed before the search")
    let images = species[center]
    // Centres of the region, at most; and entries, which grow when they are full.
    var list = NeighborList(rowCapacity: images.count, entryCapacity: 0)
    var hits = PairHits(squaredCutoff: cutoff * cutoff, squaredClose: closeDistance * closeDistance)
    defer { hits.release() }
    let candidates = CellCandidates(reach: cutoff, roundedIn: self)
    var cell = -1
    forEachOwnedCenter { slot, home, local in
      if home != cell {
        cell = home
        _ = candidates.enter(Int(images.offsets[home])..<Int(images.offsets[home + 1]), images)
        stencil.forEachRow(around: home, at: local, in: size) { _, first, end in
          candidates.add(Int(images.offsets[first]), Int(images.offsets[end]))
        }
      }
      let begin = hits.found.count
      hits.take(from: candidates, images, around: slot)
      if hits.hasMargin { removeFar(&hits, from: begin, images, slot) }
      for k in shorter.indices { select(hits, from: begin, images, slot, &shorter[k]) }
      list.centers.append(images.atom[slot])
      list.offsets.append(hits.found.count)
    }
    list.closePairs = hits.closePairs
    // The slots of one list after the other are freed: they take as much memory as the lists.
    var lists: [NeighborList] = []
    for part in shorter {
      var other = list
      other.offsets = part.offsets
      fill(&other, part.found, images)
      lists.append(other)
    }
    fill(&list, hits.found, images)
    return [list] + lists
  }

  /// The neighbours and their images from the slots found, which are freed.
  private func fill(
    _ list: inout NeighborList, _ found: SlotBuffer, _ images: SpeciesImages
  ) {
    defer { found.release() }
    let count = found.count
    list.neighbors = .init(unsafeUninitializedCapacity: count) { neighbors, initialized in
      for k in 0..<count { neighbors[k] = images.atom[Int(found.slots[k])] }
      initialized = count
    }
    list.images.reserveCapacity(count)
    for k in 0..<count { list.images.append(images.image[Int(found.slots[k])]) }
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
    let d = moved - centers.position(Int(images.atom[j]))
    return vg_squared_length(SIMD8(repeating: d.x), SIMD8(repeating: d.y), SIMD8(repeating: d.z))[0]
      <= squaredCutoff
  }
}

/// Images found near centres.
///
/// Candidates of the centre's cell are tested in single precision, sixteen lanes at a time; the few
/// that pass, exactly and eight at a time.
private struct PairHits {
  let squaredCutoff: Double
  /// The largest squared distance below that of close pairs.
  let largestClose: Double
  var found = SlotBuffer()
  /// Squared distances of the current centre's entries.
  private(set) var squares = UnsafeMutablePointer<Double>.allocate(capacity: 512)
  /// Slots that may be within the cutoff, integers in the bits of the lanes.
  private var near = UnsafeMutablePointer<Float>.allocate(capacity: 512 + 32)
  /// Number of squared distances for which there is room; `near` has 32 more places.
  private var squareCapacity = 512
  var closePairs = 0
  /// Whether an entry since the last `removeFar` lies at the limit of the cutoff.
  var hasMargin = false

  init(squaredCutoff: Double, squaredClose: Double) {
    self.squaredCutoff = squaredCutoff
    largestClose = squaredClose.nextDown
  }

  /// Appends the candidates that are within slightly more than the cutoff of image `own`, except
  /// itself.
  @inline(__always)
  mutating func take(from candidates: CellCandidates, _ images: SpeciesImages, around own: Int) {
    let most = candidates.count + 16
    found.reserve(most)
    if most > squareCapacity { growSquares(most) }
    let nearCount = selectNear(candidates, images, own)
    let origin = Vector(images.x[own], images.y[own], images.z[own])
    let ox = SIMD8(repeating: origin.x), oy = SIMD8(repeating: origin.y),
      oz = SIMD8(repeating: origin.z)
    // The exact test follows for entries in the margin.
    let limit = SIMD8<Double>(repeating: squaredCutoff * (1 + 1e-9))
    let inner = SIMD8<Double>(repeating: squaredCutoff * (1 - 1e-9))
    let close = SIMD8<Double>(repeating: largestClose)
    let near = UnsafeRawPointer(near).assumingMemoryBound(to: Int32.self)
    let row = found.slots + found.count
    var count = 0
    var k = 0
    while k < nearCount {
      let dx = vg_subtract_double8(Self.gathered(images.x, near + k), ox)
      let dy = vg_subtract_double8(Self.gathered(images.y, near + k), oy)
      let dz = vg_subtract_double8(Self.gathered(images.z, near + k), oz)
      let squared = vg_squared_length(dx, dy, dz)
      var hits = UInt32(vg_less_or_equal(squared, limit))
      hits &= (1 << UInt32(min(nearCount - k, 8))) &- 1
      if hits & ~UInt32(vg_less_or_equal(squared, inner)) != 0 { hasMargin = true }
      closePairs += (hits & UInt32(vg_less_or_equal(squared, close))).nonzeroBitCount
      vg_store_selected_float8(
        row + count, hits,
        UnsafeRawPointer(near + k).loadUnaligned(as: SIMD8<Float>.self))
      vg_store_selected_double8(squares + count, hits, squared)
      count += hits.nonzeroBitCount
      k += 8
    }
    found.count += count
  }

  /// Writes the slots of candidates that may be within the cutoff to `near`, except `own`; returns
  /// their number.
  @inline(__always)
  private func selectNear(_ candidates: CellCandidates, _ images: SpeciesImages, _ own: Int) -> Int
  {
    let near = near
    let count = candidates.select(
      near: images.nearX[own], images.nearY[own], images.nearZ[own], from: 0
    ) { count, lanes, _, slots in
      vg_store_selected_float16(near + count, lanes, slots)
    }
    // The image itself is among them.
    let slots = UnsafeMutableRawPointer(near).assumingMemoryBound(to: Int32.self)
    var kept = 0
    for k in 0..<count {
      let slot = slots[k]
      slots[kept] = slot
      kept += slot == Int32(truncatingIfNeeded: own) ? 0 : 1
    }
    // Lanes after the last one must be slots too.
    for k in kept..<kept + 8 { slots[k] = Int32(truncatingIfNeeded: own) }
    return kept
  }

  /// Eight numbers of a column.
  @inline(__always)
  private static func gathered(
    _ column: UnsafeMutablePointer<Double>, _ slots: UnsafePointer<Int32>
  ) -> SIMD8<Double> {
    SIMD8(
      column[Int(slots[0])], column[Int(slots[1])], column[Int(slots[2])], column[Int(slots[3])],
      column[Int(slots[4])], column[Int(slots[5])], column[Int(slots[6])], column[Int(slots[7])])
  }

  @inline(never)
  private mutating func growSquares(_ wanted: Int) {
    squares.deallocate()
    near.deallocate()
    squareCapacity = 2 * wanted
    squares = .allocate(capacity: squareCapacity)
    near = .allocate(capacity: squareCapacity + 32)
  }

  /// Frees all but the slots found.
  func release() {
    squares.deallocate()
    near.deallocate()
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
