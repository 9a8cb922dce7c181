import CVector

/// Distances between atoms of molecules, counted by the labels of the two molecules.
///
/// A molecule is a centre and up to two attached atoms. `counts[k]` has, for pairs of kind k, one
/// histogram [labels, labels, bins] for each labelling, row-major: the first label is that of the
/// first atom's molecule. Every pair is counted from both sides, so `centers` and `attached` are
/// symmetric in the labels. Bin b holds distances b·w ≤ r < (b + 1)·w with w = cutoff / bins,
/// computed as ⌊r·(1/w)⌋.
public struct PairHistogram: Sendable {
  /// Centre–centre, centre–attached (first label: the centre's molecule), attached–attached.
  public enum Kind: Int, CaseIterable, Sendable {
    /// Of two centres.
    case centers
    /// Of a centre and an attached atom.
    case mixed
    /// Of two attached atoms.
    case attached
  }

  /// Bins of a histogram.
  public let binCount: Int
  /// Number of labels of each labelling.
  public let labelCounts: [Int]
  /// Pairs of each kind: [labels, labels, bins] for each labelling.
  public private(set) var counts: [[[Int64]]]

  /// Adds every entry's mirror image to histograms in which pairs were counted from one side.
  ///
  /// - Parameter sides: the three kinds, the second of them with the centre on either side.
  fileprivate init(
    binCount: Int, labelCounts: [Int], once: [[[Int64]]], mixedBack: [[Int64]]
  ) {
    self.binCount = binCount
    self.labelCounts = labelCounts
    counts = once
    for (m, labels) in labelCounts.enumerated() {
      for p in 0..<labels {
        for q in 0..<labels {
          let there = (p * labels + q) * binCount, back = (q * labels + p) * binCount
          for b in 0..<binCount {
            counts[0][m][there + b] += once[0][m][back + b]
            counts[1][m][there + b] += mixedBack[m][back + b]
            counts[2][m][there + b] += once[2][m][back + b]
          }
        }
      }
    }
  }
}

extension ExtendedGrid {
  /// Histograms of the distances below `cutoff` Å between the atoms of all molecules, of this
  /// part's share of the pairs.
  ///
  /// **Each pair once, on any partition.** A pair of molecules is found from the centre whose grid
  /// cell precedes the other's in the order of cells (z, y, x), or, within a cell, whose id is
  /// smaller. Seen from the other centre the offset between the cells is the opposite one, so
  /// exactly one of the two finds the pair, and the part that owns it counts it. The distance is
  /// that of the same numbers on any rank: the sums over parts are those of the whole frame.
  ///
  /// Candidates are compressed to those whose molecules can have atoms within the cutoff; then the
  /// nine distances of a pair of molecules are computed for eight pairs at a time.
  ///
  /// - Parameters:
  ///   - s: the species of the centres.
  ///   - attached: atoms of the centres, complete for all centres on this rank; nil: only centres.
  ///   - labels: for each labelling, labels of all centres on this rank, [local].
  ///   - labelCounts: number of labels of each labelling.
  ///   - index: local index of each row of the atom table.
  ///   - cutoff: at most the cutoff that the grid was built for, less twice the length of the
  ///     longest displacement in `attached`.
  /// - Complexity: O(pairs).
  public func pairHistogram(
    of s: Int, attached: AttachedAtoms?, labels: [[UInt8]], labelCounts: [Int], index: [Int32],
    cutoff: Double, binCount: Int
  ) -> PairHistogram {
    let columns = MoleculeColumns(
      species[s], attached: attached, labels: labels, index: index,
      rowLength: PairCounter.rowLength(binCount))
    let counter = PairCounter(
      labelCounts: labelCounts, binCount: binCount, cutoff: cutoff, hasAtoms: attached != nil)
    let reach = cutoff + 2 * columns.longest
    let stencil = Stencil(grid: self, cutoff: reach)
    let limit = SIMD8<Double>(repeating: reach * reach)
    let images = species[s]
    forEachOwnedImage(of: s) { i, home, local in
      counter.begin(columns, slot: i)
      for row in stencil.rows {
        // Only the half of the cells that follow this one.
        if row.z < 0 || row.z == 0 && row.y < 0 { continue }
        let y = local.y + row.y, z = local.z + row.z
        if y < 0 || y >= size.y || z < 0 || z >= size.z { continue }
        let low = max(local.x - row.x, 0), high = min(local.x + row.x, size.x - 1)
        let start = home + row.start + (low - (local.x - row.x))
        let end = Int(images.offsets[start + high - low + 1])
        let isOwn = row.z == 0 && row.y == 0
        counter.collect(columns, isOwn ? i + 1 : Int(images.offsets[start]), end, limit)
      }
      counter.count()
    }
    return counter.result
  }
}

/// The images of the centres as columns, in the order of the grid.
private final class MoleculeColumns {
  /// Coordinates, then displacements of two attached atoms, then the label of each labelling times
  /// the length of a row of the histograms; [columns, images], padded.
  let values: UnsafeMutablePointer<Double>
  let stride: Int
  let labellings: Int
  /// Length in Å of the longest displacement.
  let longest: Double

  init(
    _ images: SpeciesImages, attached: AttachedAtoms?, labels: [[UInt8]],
    index: [Int32], rowLength: Int
  ) {
    let count = images.count
    stride = count + 8
    labellings = labels.count
    values = .allocate(capacity: stride * (9 + labels.count))
    values.initialize(repeating: 0, count: stride * (9 + labels.count))
    var longest = 0.0
    for k in 0..<count {
      let center = Int(index[Int(images.atom[k])])
      (values[k], values[stride + k], values[2 * stride + k]) = (
        images.x[k], images.y[k], images.z[k]
      )
      if let attached {
        let lanes = attached.displacements[center]
        for c in 0..<6 { values[(3 + c) * stride + k] = lanes[c] }
        for a in 0..<min(Int(lanes[6]), AttachedAtoms.most) {
          let d = attached.displacement(a, of: center)
          longest = max(longest, dot(d, d))
        }
      }
      for (m, list) in labels.enumerated() {
        values[(9 + m) * stride + k] = Double(Int(list[center]) * rowLength)
      }
    }
    self.longest = longest.squareRoot()
  }

  deinit { values.deallocate() }

  @inline(__always) func column(_ c: Int) -> UnsafePointer<Double> {
    UnsafePointer(values + c * stride)
  }
}

/// Counts the pairs of one molecule after the other.
///
/// A row of a histogram ends with a bin for each lane of a vector, where distances beyond the last
/// bin are counted: eight distances are then counted without a branch, which was mispredicted every
/// time, and without two lanes waiting for the same place in memory.
private final class PairCounter {
  private let labelCounts: [Int], binCount: Int
  private let rowLength: Int
  private let hasAtoms: Bool
  private let scale: SIMD8<Double>, last: SIMD8<Double>
  /// The bins of distances beyond the last bin, one for each lane.
  private let beyond: SIMD8<Double>
  /// Four histograms of each labelling: centres, centre–atom, atom–centre, atoms.
  private let histograms: UnsafeMutablePointer<UnsafeMutablePointer<Int64>>
  /// Where the rows of the current molecule's label begin, for each labelling.
  private let first: UnsafeMutablePointer<Int>
  /// Bins of eight distances.
  private let places: UnsafeMutablePointer<Int32>
  /// Candidates of the current molecule: displacement, atoms, labels; [columns, capacity].
  private var found: UnsafeMutablePointer<Double>
  private var capacity = 256
  private var width: Int
  private var foundCount = 0
  private var origin = Vector.zero
  private var own = (Vector.zero, Vector.zero)

  /// Bins of a row, with those for distances beyond the last one.
  static func rowLength(_ binCount: Int) -> Int { binCount + 8 }

  init(labelCounts: [Int], binCount: Int, cutoff: Double, hasAtoms: Bool) {
    self.labelCounts = labelCounts
    self.binCount = binCount
    rowLength = Self.rowLength(binCount)
    beyond = SIMD8(repeating: Double(binCount)) + SIMD8(0, 1, 2, 3, 4, 5, 6, 7)
    self.hasAtoms = hasAtoms
    scale = SIMD8(repeating: 1 / (cutoff / Double(binCount)))
    last = SIMD8(repeating: Double(binCount).nextDown)
    width = 9 + labelCounts.count
    found = .allocate(capacity: capacity * width)
    found.initialize(repeating: 0, count: capacity * width)
    histograms = .allocate(capacity: 4 * labelCounts.count)
    places = .allocate(capacity: 8)
    places.initialize(repeating: 0, count: 8)
    first = .allocate(capacity: max(labelCounts.count, 1))
    first.initialize(repeating: 0, count: max(labelCounts.count, 1))
    for (m, labels) in labelCounts.enumerated() {
      for kind in 0..<4 {
        let size = labels * labels * rowLength
        histograms[4 * m + kind] = .allocate(capacity: size)
        histograms[4 * m + kind].initialize(repeating: 0, count: size)
      }
    }
  }

  deinit {
    for k in 0..<4 * labelCounts.count { histograms[k].deallocate() }
    histograms.deallocate()
    first.deallocate()
    places.deallocate()
    found.deallocate()
  }

  /// The counts so far, from both sides.
  var result: PairHistogram {
    func list(_ kind: Int) -> [[Int64]] {
      labelCounts.indices.map { m in
        (0..<labelCounts[m] * labelCounts[m]).flatMap { row in
          UnsafeBufferPointer(start: histograms[4 * m + kind] + row * rowLength, count: binCount)
        }
      }
    }
    return PairHistogram(
      binCount: binCount, labelCounts: labelCounts, once: [list(0), list(1), list(3)],
      mixedBack: list(2))
  }

  /// Goes on to the molecule at a slot, and counts its inner distances.
  @inline(__always)
  func begin(_ columns: MoleculeColumns, slot: Int) {
    foundCount = 0
    func value(_ c: Int) -> Double { columns.column(c)[slot] }
    origin = Vector(value(0), value(1), value(2))
    for m in labelCounts.indices { first[m] = Int(value(9 + m)) * labelCounts[m] }
    guard hasAtoms else { return }
    own = (Vector(value(3), value(4), value(5)), Vector(value(6), value(7), value(8)))
    let between = own.0 - own.1
    // Centre–atom, centre–atom, atom–atom, in three lanes; an atom that is missing is far away.
    let far = AttachedAtoms.missing
    let hasBoth = own.0.x < far && own.1.x < far
    let x = SIMD8(own.0.x, own.1.x, hasBoth ? between.x : far, far, far, far, far, far)
    let y = SIMD8(own.0.y, own.1.y, between.y, 0, 0, 0, 0, 0)
    let z = SIMD8(own.0.z, own.1.z, between.z, 0, 0, 0, 0, 0)
    let bins = vg_multiply_double8(vg_sqrt_double(vg_squared_length(x, y, z)), scale)
    for lane in 0..<3 where bins[lane] <= last[0] {
      for m in labelCounts.indices {
        let label = first[m] / labelCounts[m]
        histograms[4 * m + (lane < 2 ? 1 : 3)][first[m] + label + Int(bins[lane])] += 1
      }
    }
  }

  /// Keeps the images of a run that are near enough.
  @inline(__always)
  func collect(_ columns: MoleculeColumns, _ begin: Int, _ end: Int, _ limit: SIMD8<Double>) {
    let ox = SIMD8<Double>(repeating: origin.x), oy = SIMD8<Double>(repeating: origin.y),
      oz = SIMD8<Double>(repeating: origin.z)
    let x = columns.column(0), y = columns.column(1), z = columns.column(2)
    if foundCount + (end - begin) + 16 > capacity { grow(to: 2 * (foundCount + end - begin + 16)) }
    // Copies: stores to the columns cannot change them.
    let found = found, stride = capacity, width = width, hasAtoms = hasAtoms
    var count = foundCount
    var k = begin
    while k < end {
      let dx = vg_subtract_double8((x + k).load(), ox)
      let dy = vg_subtract_double8((y + k).load(), oy)
      let dz = vg_subtract_double8((z + k).load(), oz)
      var near = UInt32(vg_less_or_equal(vg_squared_length(dx, dy, dz), limit))
      if end - k < 8 { near &= (1 << UInt32(end - k)) - 1 }
      if near != 0 {
        let out = found + count
        store(vg_compress_double(near, dx), out)
        store(vg_compress_double(near, dy), out + stride)
        store(vg_compress_double(near, dz), out + 2 * stride)
        if hasAtoms {
          for c in 3..<9 {
            store(vg_compress_double(near, (columns.column(c) + k).load()), out + c * stride)
          }
        }
        for c in 9..<width {
          store(vg_compress_double(near, (columns.column(c) + k).load()), out + c * stride)
        }
        count += near.nonzeroBitCount
      }
      k += 8
    }
    foundCount = count
    // The lanes after the last candidate are far away.
    store(SIMD8(repeating: AttachedAtoms.missing), found + count)
  }

  @inline(never)
  private func grow(to wanted: Int) {
    let larger = UnsafeMutablePointer<Double>.allocate(capacity: wanted * width)
    larger.initialize(repeating: 0, count: wanted * width)
    for c in 0..<width {
      (larger + c * wanted).update(from: found + c * capacity, count: foundCount)
    }
    found.deallocate()
    found = larger
    capacity = wanted
  }

  /// Counts the distances to all molecules that were kept.
  @inline(__always)
  func count() {
    let tally = Tally(
      scale: scale, beyond: beyond, histograms: histograms, first: first, places: places,
      labellings: labelCounts.count, labels: found + 9 * capacity, capacity: capacity)
    let count = foundCount, columns = UnsafePointer(found), stride = capacity
    let (a, b) = own
    let hasFirst = hasAtoms && a.x < AttachedAtoms.missing
    let hasSecond = hasAtoms && b.x < AttachedAtoms.missing
    let ax = SIMD8<Double>(repeating: a.x), ay = SIMD8<Double>(repeating: a.y),
      az = SIMD8<Double>(repeating: a.z)
    let bx = SIMD8<Double>(repeating: b.x), by = SIMD8<Double>(repeating: b.y),
      bz = SIMD8<Double>(repeating: b.z)
    var k = 0
    while k < count {
      let at = columns + k
      let x = at.load(), y = (at + stride).load(), z = (at + 2 * stride).load()
      tally.add(x, y, z, kind: 0, k)
      if hasAtoms {
        // From the centre to the other's atoms, and from the other centre to the own atoms.
        let px = vg_add_double8(x, (at + 3 * stride).load())
        let py = vg_add_double8(y, (at + 4 * stride).load())
        let pz = vg_add_double8(z, (at + 5 * stride).load())
        let qx = vg_add_double8(x, (at + 6 * stride).load())
        let qy = vg_add_double8(y, (at + 7 * stride).load())
        let qz = vg_add_double8(z, (at + 8 * stride).load())
        tally.add(px, py, pz, kind: 1, k)
        tally.add(qx, qy, qz, kind: 1, k)
        if hasFirst {
          tally.add(less(x, ax), less(y, ay), less(z, az), kind: 2, k)
          tally.add(less(px, ax), less(py, ay), less(pz, az), kind: 3, k)
          tally.add(less(qx, ax), less(qy, ay), less(qz, az), kind: 3, k)
        }
        if hasSecond {
          tally.add(less(x, bx), less(y, by), less(z, bz), kind: 2, k)
          tally.add(less(px, bx), less(py, by), less(pz, bz), kind: 3, k)
          tally.add(less(qx, bx), less(qy, by), less(qz, bz), kind: 3, k)
        }
      }
      k += 8
    }
  }

  @inline(__always) private func less(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> {
    vg_subtract_double8(a, b)
  }

  /// What is needed to count eight distances, in registers: stores to the histograms cannot change
  /// it.
  private struct Tally {
    let scale: SIMD8<Double>, beyond: SIMD8<Double>
    let histograms: UnsafeMutablePointer<UnsafeMutablePointer<Int64>>
    let first: UnsafeMutablePointer<Int>
    let places: UnsafeMutablePointer<Int32>
    let labellings: Int
    let labels: UnsafeMutablePointer<Double>
    let capacity: Int

    /// Counts eight distances to the candidates from `k` on.
    @inline(__always)
    func add(_ x: SIMD8<Double>, _ y: SIMD8<Double>, _ z: SIMD8<Double>, kind: Int, _ k: Int) {
      let bins = vg_multiply_double8(vg_sqrt_double(vg_squared_length(x, y, z)), scale)
      let whole = vg_truncate_double(vg_min_double(bins, beyond))
      for m in 0..<labellings {
        let label = vg_truncate_double(UnsafePointer(labels + m * capacity + k).load())
        UnsafeMutableRawPointer(places).storeBytes(of: whole &+ label, as: SIMD8<Int32>.self)
        let histogram = histograms[4 * m + kind] + first[m]
        histogram[Int(places[0])] += 1
        histogram[Int(places[1])] += 1
        histogram[Int(places[2])] += 1
        histogram[Int(places[3])] += 1
        histogram[Int(places[4])] += 1
        histogram[Int(places[5])] += 1
        histogram[Int(places[6])] += 1
        histogram[Int(places[7])] += 1
      }
    }
  }

  @inline(__always)
  private func store(_ lanes: SIMD8<Double>, _ place: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(place).storeBytes(of: lanes, as: SIMD8<Double>.self)
  }
}
