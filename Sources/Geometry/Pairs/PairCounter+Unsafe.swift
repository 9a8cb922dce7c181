import CVector

/// Counts the pairs of one molecule after the other.
///
/// Bins of distances within the cutoff are first written one after the other, sixteen lanes at a
/// time and without a branch, which would be mispredicted every time, and then counted: almost half
/// of the distances between the atoms of molecules that are near enough are beyond the cutoff.
final class PairCounter {
  private let molecules: MoleculeRecords
  private let labelCounts: [Int], binCount: Int
  private let hasAtoms: Bool
  /// Bins per Å, and the distance in Å within which molecules are kept.
  private let scale: Double, reach: Double
  /// Half of the largest coordinate in Å, if the grid's rounded coordinates are used; else 0.
  private let rounding: Double
  /// Distance from the middle of a bin, in bins, up to which single precision is sure of the bin.
  ///
  /// Components are rounded five times to at most 2⁻²⁴ of the cell's extent and the reach, the
  /// distance and its product with the scale to less than 2⁻²² of themselves: together less than
  /// 2⁻²⁰ of that length. The two rounded coordinates of a grid add less than 2⁻²¹ of its extent.
  private var sure = SIMD16<Float>.zero
  /// Four histograms of each labelling: centres, centre–atom, atom–centre, atoms; `kindLength`
  /// apart.
  private let histograms: [UnsafeMutablePointer<UInt32>]
  private let kindLength: [Int]
  /// The same in full width; the counts are added here before they can overflow.
  private var totals: [[Int64]]
  private var pairsSinceFlush = 0
  /// Where the rows of the current molecule's label begin, for each labelling.
  private var first: [Int]
  /// Candidates of the current cell.
  let candidates: CellCandidates
  /// Molecules near the current one: displacement, slot, atoms, labels; [columns, capacity].
  private var found: UnsafeMutablePointer<Float>
  /// Entries of the histograms of one labelling that the current molecule counts.
  private var entries: UnsafeMutablePointer<Int32>
  private var capacity = 336
  private let width: Int
  private var foundCount = 0
  private var origin = Vector.zero
  private var own = (Vector.zero, Vector.zero)

  /// - Parameter reach: largest distance in Å of centres whose molecules can have atoms within the
  ///   cutoff of each other.
  init(
    _ molecules: MoleculeRecords, in grid: ExtendedGrid, labelCounts: [Int], binCount: Int,
    cutoff: Double, reach: Double
  ) {
    self.molecules = molecules
    self.labelCounts = labelCounts
    self.binCount = binCount
    hasAtoms = molecules.attached != nil
    scale = 1 / (cutoff / Double(binCount))
    self.reach = reach
    width = 4 + molecules.width
    // In a large grid, rounded coordinates would leave too many distances unsure.
    let isRounded = grid.extent < 100
    rounding = isRounded ? 0.5 * grid.extent : 0
    candidates = CellCandidates(reach: reach, roundedIn: isRounded ? grid : nil)
    found = .allocate(capacity: capacity * width)
    found.initialize(repeating: 0, count: capacity * width)
    entries = .allocate(capacity: capacity * 9 + 16)
    first = labelCounts.map { _ in 0 }
    kindLength = labelCounts.map { $0 * $0 * binCount }
    totals = kindLength.map { [Int64](repeating: 0, count: 4 * $0) }
    histograms = kindLength.map { length in
      let histogram = UnsafeMutablePointer<UInt32>.allocate(capacity: max(4 * length, 1))
      histogram.initialize(repeating: 0, count: 4 * length)
      return histogram
    }
  }

  deinit {
    for histogram in histograms { histogram.deallocate() }
    found.deallocate()
    entries.deallocate()
  }

  /// The counts so far, from both sides.
  var result: PairHistogram {
    flush()
    func list(_ kind: Int) -> [[Int64]] {
      labelCounts.indices.map { m in
        Array(totals[m][kind * kindLength[m]..<(kind + 1) * kindLength[m]])
      }
    }
    return PairHistogram(
      binCount: binCount, labelCounts: labelCounts, once: [list(0), list(1), list(3)],
      mixedBack: list(2))
  }

  /// Adds the counts to the totals.
  private func flush() {
    for m in totals.indices {
      let histogram = histograms[m], count = 4 * kindLength[m]
      totals[m].withUnsafeMutableBufferPointer { total in
        for b in 0..<count {
          total[b] += Int64(histogram[b])
          histogram[b] = 0
        }
      }
    }
    pairsSinceFlush = 0
  }

  /// Goes on to a cell with some images of centres, whose candidates are to be added next, its own
  /// images first.
  func enter(_ cell: Range<Int>) {
    let extent = candidates.enter(cell, molecules.images) + rounding + reach + 2 * molecules.longest
    sure = SIMD16(repeating: Float(0.5 - 0x1p-20 * extent * scale))
  }

  /// Counts the distances within the molecule at a slot.
  @inline(__always)
  private func countInside(_ slot: Int) {
    guard hasAtoms else { return }
    own = molecules.atoms(of: slot)
    let between = own.0 - own.1
    // Centre–atom, centre–atom, atom–atom, in three lanes; an atom that is missing is far away.
    let far = AttachedAtoms.missing
    let hasBoth = own.0.x < far && own.1.x < far
    let x = SIMD8(own.0.x, own.1.x, hasBoth ? between.x : far, far, far, far, far, far)
    let y = SIMD8(own.0.y, own.1.y, between.y, 0, 0, 0, 0, 0)
    let z = SIMD8(own.0.z, own.1.z, between.z, 0, 0, 0, 0, 0)
    let bins = vg_multiply_double8(
      vg_sqrt_double(vg_squared_length(x, y, z)), SIMD8(repeating: scale))
    for lane in 0..<3 where bins[lane] < Double(binCount) {
      for m in labelCounts.indices {
        let label = first[m] / labelCounts[m]
        let kind = lane < 2 ? 1 : 3
        histograms[m][kind * kindLength[m] + first[m] + label + Int(bins[lane])] += 1
      }
    }
  }

  /// Keeps the candidates after the molecule's own place that are near enough.
  @inline(__always)
  private func select(_ slot: Int) {
    let x = candidates.values, stride = candidates.capacity, end = candidates.count
    let own = slot - candidates.cell.lowerBound
    if end + 32 > capacity { grow(to: 2 * (end + 32)) }
    let out = found, outStride = capacity
    foundCount = candidates.select(
      near: x[own], x[stride + own], x[2 * stride + own], from: own + 1
    ) { count, near, d, slots in
      vg_store_selected_float16(out + count, near, d.0)
      vg_store_selected_float16(out + outStride + count, near, d.1)
      vg_store_selected_float16(out + 2 * outStride + count, near, d.2)
      vg_store_selected_float16(out + 3 * outStride + count, near, slots)
    }
  }

  @inline(never)
  private func grow(to wanted: Int) {
    found.deallocate()
    found = .allocate(capacity: wanted * width)
    found.initialize(repeating: 0, count: wanted * width)
    capacity = wanted
    entries.deallocate()
    entries = .allocate(capacity: capacity * 9 + 16)
  }

  /// Copies what is known of the molecules that were kept from rows to columns, eight molecules at
  /// a time; faster than to compress the columns of all candidates.
  private func copyRecords() {
    let from = molecules.records, columnCount = molecules.width, stride = capacity
    let slots = UnsafeMutableRawPointer(found + 3 * stride).assumingMemoryBound(to: Int32.self)
    let to = found + 4 * stride
    // The lanes after the last molecule must be slots too.
    for k in foundCount..<foundCount + 8 { slots[k] = 0 }
    var k = 0
    while k < foundCount {
      @inline(__always)
      func record(_ lane: Int) -> UnsafePointer<Float> {
        UnsafePointer(from + Int(slots[k + lane]) * columnCount)
      }
      vg_store_transposed(
        to + k, stride, record(0), record(1), record(2), record(3), record(4), record(5), record(6),
        record(7))
      k += 8
    }
    guard columnCount > MoleculeRecords.leastWidth else { return }
    for k in 0..<foundCount {
      let record = from + Int(slots[k]) * columnCount
      for c in MoleculeRecords.leastWidth..<columnCount { to[c * stride + k] = record[c] }
    }
  }

  /// Counts the distances within the molecule at a slot of the cell, and to those that follow it.
  func count(slot: Int) {
    let images = molecules.images
    origin = Vector(images.x[slot], images.y[slot], images.z[slot])
    for m in labelCounts.indices { first[m] = molecules.label(m, of: slot) * labelCounts[m] }
    countInside(slot)
    select(slot)
    // A pair of molecules has at most four distances of a kind.
    pairsSinceFlush += foundCount
    if pairsSinceFlush > 1 << 28 { flush() }
    copyRecords()
    // The lanes after the last candidate are far away.
    (found + foundCount).store(SIMD16(repeating: Float(AttachedAtoms.missing)))
    for m in labelCounts.indices {
      let count = writeEntries(labelling: m)
      let histogram = histograms[m], entries = entries
      var k = 0
      while k + 8 <= count {
        histogram[Int(entries[k])] &+= 1
        histogram[Int(entries[k + 1])] &+= 1
        histogram[Int(entries[k + 2])] &+= 1
        histogram[Int(entries[k + 3])] &+= 1
        histogram[Int(entries[k + 4])] &+= 1
        histogram[Int(entries[k + 5])] &+= 1
        histogram[Int(entries[k + 6])] &+= 1
        histogram[Int(entries[k + 7])] &+= 1
        k += 8
      }
      while k < count {
        histogram[Int(entries[k])] &+= 1
        k += 1
      }
    }
  }

  /// Writes the entries of a labelling's histograms for all distances within the cutoff; returns
  /// their number.
  @inline(__always)
  private func writeEntries(labelling m: Int) -> Int {
    let count = foundCount, columns = found, stride = capacity, entries = entries
    let labels = UnsafeMutableRawPointer(found + (10 + m) * stride)
    let length = kindLength[m], start = first[m]
    let scale = SIMD16(repeating: Float(scale)), sure = sure
    let beyond = SIMD16(repeating: Float(binCount) + 0.5)
    let end = SIMD16(repeating: Int32(binCount))
    let (a, b) = own
    let hasFirst = hasAtoms && a.x < AttachedAtoms.missing
    let hasSecond = hasAtoms && b.x < AttachedAtoms.missing
    let ax = repeated(a.x), ay = repeated(a.y), az = repeated(a.z)
    let bx = repeated(b.x), by = repeated(b.y), bz = repeated(b.z)
    var next = 0
    /// Distances between an atom of the molecule and one of the candidates from `k` on; 0 is the
    /// centre, 1 and 2 are attached atoms.
    @inline(__always)
    func add(
      _ x: SIMD16<Float>, _ y: SIMD16<Float>, _ z: SIMD16<Float>, kind: Int, own: Int, other: Int,
      _ k: Int
    ) {
      let squared = vg_multiply_add_float16(
        x, x, vg_multiply_add_float16(y, y, vg_multiply_float16(z, z)))
      let bins = vg_min_float(vg_multiply_float16(vg_sqrt_float(squared), scale), beyond)
      var whole = vg_truncate(bins)
      let middle = vg_add_float16(vg_to_float(whole), SIMD16(repeating: 0.5))
      let off = vg_magnitude_float(vg_subtract_float16(bins, middle))
      let unsure = ~UInt32(vg_less_or_equal_float(off, sure)) & 0xFFFF
      if unsure != 0 { whole = corrected(whole, unsure, own: own, other: other, k) }
      let within = UInt32(vg_less_int(whole, end))
      let label = labels.loadUnaligned(fromByteOffset: 4 * k, as: SIMD16<Int32>.self)
      let entry = whole &+ label &+ SIMD16(repeating: Int32(kind * length + start))
      vg_store_selected_float16(
        entries + next, within, unsafeBitCast(entry, to: SIMD16<Float>.self))
      next += within.nonzeroBitCount
    }
    var k = 0
    while k < count {
      let at = columns + k
      let x = at.load(), y = (at + stride).load(), z = (at + 2 * stride).load()
      add(x, y, z, kind: 0, own: 0, other: 0, k)
      if hasAtoms {
        // From the centre to the other's atoms, and from the other centre to the own atoms.
        let px = vg_add_float16(x, (at + 4 * stride).load())
        let py = vg_add_float16(y, (at + 5 * stride).load())
        let pz = vg_add_float16(z, (at + 6 * stride).load())
        let qx = vg_add_float16(x, (at + 7 * stride).load())
        let qy = vg_add_float16(y, (at + 8 * stride).load())
        let qz = vg_add_float16(z, (at + 9 * stride).load())
        add(px, py, pz, kind: 1, own: 0, other: 1, k)
        add(qx, qy, qz, kind: 1, own: 0, other: 2, k)
        if hasFirst {
          add(less(x, ax), less(y, ay), less(z, az), kind: 2, own: 1, other: 0, k)
          add(less(px, ax), less(py, ay), less(pz, az), kind: 3, own: 1, other: 1, k)
          add(less(qx, ax), less(qy, ay), less(qz, az), kind: 3, own: 1, other: 2, k)
        }
        if hasSecond {
          add(less(x, bx), less(y, by), less(z, bz), kind: 2, own: 2, other: 0, k)
          add(less(px, bx), less(py, by), less(pz, bz), kind: 3, own: 2, other: 1, k)
          add(less(qx, bx), less(qy, by), less(qz, bz), kind: 3, own: 2, other: 2, k)
        }
      }
      k += 16
    }
    return next
  }

  @inline(__always) private func repeated(_ value: Double) -> SIMD16<Float> {
    SIMD16(repeating: Float(value))
  }

  @inline(__always) private func less(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    vg_subtract_float16(a, b)
  }

  /// Bins of which some lanes are found again in double precision.
  ///
  /// - Parameters:
  ///   - lanes: bits of the lanes, the candidates from `k` on.
  ///   - own, other: as for the distances in `writeEntries`.
  @inline(never)
  private func corrected(
    _ bins: SIMD16<Int32>, _ lanes: UInt32, own: Int, other: Int, _ k: Int
  ) -> SIMD16<Int32> {
    var bins = bins, lanes = lanes
    while lanes != 0 {
      let lane = lanes.trailingZeroBitCount
      lanes &= lanes &- 1
      guard k + lane < foundCount else { continue }
      let j = Int(Int32(bitPattern: found[3 * capacity + k + lane].bitPattern))
      let images = molecules.images
      var d = Vector(images.x[j], images.y[j], images.z[j]) - origin
      let atoms = molecules.atoms(of: j)
      if other != 0 { d += other == 1 ? atoms.0 : atoms.1 }
      if own != 0 { d -= own == 1 ? self.own.0 : self.own.1 }
      let squared = vg_squared_length(
        SIMD8(repeating: d.x), SIMD8(repeating: d.y), SIMD8(repeating: d.z))[0]
      bins[lane] = Int32(min(squared.squareRoot() * scale, Double(binCount)))
    }
    return bins
  }
}
