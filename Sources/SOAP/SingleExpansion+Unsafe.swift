import Geometry

/// Expansion coefficients c_{nlm} of one centre and one species in single precision: the hot kernel.
///
/// Neighbours are taken in blocks of 64. Within a block
/// 1. lanes are neighbours: distances, unit vectors, harmonics Y[lm][j], Hermite weights;
/// 2. lanes are radial indices: each neighbour's g_{nl} from the table, two neighbours interleaved (n₀j n₀j' n₁j n₁j' …);
/// 3. for each degree the 2l+1 accumulators stay in registers while the block's pairs stream by; one 8-byte broadcast of
///    (Y_j, Y_j') feeds one 16-lane multiply-add. Even and odd lanes are added at the end.
/// Everything between the steps lives in the first-level cache. A neighbour's lane depends on its place in the centre's own
/// list alone, so the sum has the same bits on any rank.
final class SingleExpansion {
  static let block = 64
  let recurrence: HarmonicsRecurrence
  let table: RadialTable
  let maximumDegree: Int
  /// (l_max + 1)² harmonics.
  let harmonics: Int
  private let largest: Float
  private let unit: UnsafeMutablePointer<SIMD16<Float>>
  private let weights: UnsafeMutablePointer<SIMD16<Float>>
  private let nodeIndex: UnsafeMutablePointer<Int32>
  private let angular: UnsafeMutablePointer<SIMD16<Float>>
  private let radial: UnsafeMutablePointer<SIMD16<Float>>
  private let sums: UnsafeMutablePointer<SIMD16<Float>>
  private let coefficientA: [Float], coefficientB: [Float], diagonal: [Float]

  init(basis: RadialBasis, cutoff: Double, intervals: Int) {
    recurrence = HarmonicsRecurrence(maximumDegree: basis.maximumDegree)
    table = RadialTable(basis: basis, cutoff: cutoff, intervals: intervals)
    maximumDegree = basis.maximumDegree
    harmonics = (maximumDegree + 1) * (maximumDegree + 1)
    largest = Float(intervals - 1)
    let vectors = Self.block / 16
    func room(_ n: Int) -> UnsafeMutablePointer<SIMD16<Float>> {
      let pointer = UnsafeMutablePointer<SIMD16<Float>>.allocate(capacity: n)
      pointer.initialize(repeating: .zero, count: n)
      return pointer
    }
    unit = room(3 * vectors)
    weights = room(4 * vectors)
    nodeIndex = .allocate(capacity: Self.block)
    nodeIndex.initialize(repeating: 0, count: Self.block)
    angular = room(harmonics * vectors)
    radial = room((table.rows + 1) * Self.block / 2)
    sums = room(table.groups * harmonics)
    coefficientA = recurrence.a.map(Float.init)
    coefficientB = recurrence.b.map(Float.init)
    diagonal = recurrence.diagonal.map(Float.init)
  }

  deinit {
    for pointer in [unit, weights, angular, radial, sums] { pointer.deallocate() }
    nodeIndex.deallocate()
  }

  /// Writes the coefficients of all neighbours: `[groups·harmonics]` vectors of eight radial indices; overwrites.
  func expand(_ neighbors: Neighbors<Float>, into coefficients: UnsafeMutablePointer<SIMD8<Float>>) {
    let total = table.groups * harmonics
    for k in 0..<total { sums[k] = .zero }
    var start = 0
    while start < neighbors.count {
      let count = min(Self.block, neighbors.count - start)
      prepare(neighbors, start, count)
      evaluateHarmonics((count + 15) / 16)
      interpolate(count)
      accumulate((count + 1) / 2)
      start += count
    }
    for k in 0..<total { coefficients[k] = sums[k].evenHalf + sums[k].oddHalf }
  }

  /// Step 1: unit vectors, table intervals and Hermite weights; lanes behind the last neighbour get weight zero.
  @inline(__always)
  private func prepare(_ neighbors: Neighbors<Float>, _ start: Int, _ count: Int) {
    let x = UnsafeRawPointer(neighbors.x + start), y = UnsafeRawPointer(neighbors.y + start)
    let z = UnsafeRawPointer(neighbors.z + start), squared = UnsafeRawPointer(neighbors.squared + start)
    let spacing = SIMD16<Float>(repeating: table.inverseSpacing)
    let last = SIMD16<Float>(repeating: largest)
    let vectors = (count + 15) / 16
    for v in 0..<vectors {
      let r2 = squared.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self)
      var r = SIMD16<Float>.zero, inverse = SIMD16<Float>.zero, node = SIMD16<Float>.zero
      for k in 0..<16 { r[k] = r2[k].squareRoot() }
      // An atom on the centre has no direction; only degree 0 has a radial part there, so any finite vector will do.
      for k in 0..<16 { inverse[k] = 1 / (r[k] > 1e-12 ? r[k] : 1e-12) }
      unit[3 * v] = x.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self) * inverse
      unit[3 * v + 1] = y.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self) * inverse
      unit[3 * v + 2] = z.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self) * inverse
      let t = r * spacing
      for k in 0..<16 {
        let bounded = t[k] < last[k] ? t[k] : last[k]
        let index = Int32(bounded)
        nodeIndex[16 * v + k] = index
        node[k] = Float(index)
      }
      let f = t - node
      let g = SIMD16<Float>(repeating: 1) - f
      // Hermite basis: value and slope at the near node, value and slope at the far one.
      let h00 = g * g * (SIMD16(repeating: 1) + f + f)
      let h10 = f * g * g
      let h01 = SIMD16<Float>(repeating: 1) - h00
      let h11 = SIMD16<Float>.zero - f * f * g
      var live = SIMD16<Float>(repeating: 1)
      let left = count - 16 * v
      if left < 16 { for k in 0..<16 { live[k] = k < left ? 1 : 0 } }
      weights[v] = h00 * live
      weights[v + 4] = h10 * live
      weights[v + 8] = h01 * live
      weights[v + 12] = h11 * live
      if left < 16 { for k in left..<16 { nodeIndex[16 * v + k] = 0 } }
    }
  }

  /// Step 1: Y[lm][j] of the block's unit vectors.
  @inline(__always)
  private func evaluateHarmonics(_ vectors: Int) {
    let width = maximumDegree + 1
    let stride = Self.block / 16
    coefficientA.withUnsafeBufferPointer { a in
      coefficientB.withUnsafeBufferPointer { b in
        for v in 0..<vectors {
          let x = unit[3 * v], y = unit[3 * v + 1], z = unit[3 * v + 2]
          var cosine = SIMD16<Float>(repeating: 1), sine = SIMD16<Float>.zero
          for m in 0...maximumDegree {
            var below = SIMD16<Float>.zero
            var q = SIMD16<Float>(repeating: diagonal[m])
            var l = m
            while true {
              let center = (l * l + l) * stride + v
              angular[center + m * stride] = q * cosine
              if m > 0 { angular[center - m * stride] = q * sine }
              l += 1
              if l > maximumDegree { break }
              let k = l * width + m
              let next = (SIMD16(repeating: a[k]) * z) * q - SIMD16(repeating: b[k]) * below
              below = q
              q = next
            }
            let c = cosine * x - sine * y
            sine = sine * x + cosine * y
            cosine = c
          }
        }
      }
    }
  }

  /// Step 2: g_{nl} of each neighbour from the table, two neighbours interleaved; `[row][pair]`.
  @inline(__always)
  private func interpolate(_ count: Int) {
    let w = UnsafeRawPointer(weights).assumingMemoryBound(to: Float.self)
    let rowPairs = table.rowPairs
    let stride = Self.block / 2
    var j = 0
    while j < count {
      // With an odd number of neighbours the last pair's second half has weight zero and node 0.
      let near = table.nodes + Int(nodeIndex[j]) * 2 * rowPairs
      let near1 = table.nodes + Int(nodeIndex[j + 1]) * 2 * rowPairs
      let a0 = SIMD16(repeating: w[j]), a1 = SIMD16(repeating: w[j + 64])
      let a2 = SIMD16(repeating: w[j + 128]), a3 = SIMD16(repeating: w[j + 192])
      let b0 = SIMD16(repeating: w[j + 1]), b1 = SIMD16(repeating: w[j + 65])
      let b2 = SIMD16(repeating: w[j + 129]), b3 = SIMD16(repeating: w[j + 193])
      let out = radial + j / 2
      for k in 0..<rowPairs {
        let first = (near[k] * a0).addingProduct(near[k + rowPairs], a1)
          .addingProduct(near[k + 2 * rowPairs], a2).addingProduct(near[k + 3 * rowPairs], a3)
        let second = (near1[k] * b0).addingProduct(near1[k + rowPairs], b1)
          .addingProduct(near1[k + 2 * rowPairs], b2).addingProduct(near1[k + 3 * rowPairs], b3)
        var low = SIMD16<Float>.zero, high = SIMD16<Float>.zero
        low.evenHalf = first.lowHalf
        low.oddHalf = second.lowHalf
        high.evenHalf = first.highHalf
        high.oddHalf = second.highHalf
        out[2 * k * stride] = low
        out[(2 * k + 1) * stride] = high
      }
      j += 2
    }
  }

  /// Step 3: adds the block's pairs to the sums.
  @inline(__always)
  private func accumulate(_ pairs: Int) {
    let y = UnsafeRawPointer(angular)
    let degrees = maximumDegree + 1
    for group in 0..<table.groups {
      let g = radial + group * degrees * (Self.block / 2)
      let c = sums + group * harmonics
      var l = 0
      if degrees >= 4 {
        accumulateLowDegrees(g, y, pairs, c)
        l = 4
      }
      while l < degrees {
        let row = UnsafePointer(g + l * (Self.block / 2))
        let base = y + l * l * Self.block * 4
        switch l {
        case 0: accumulateDegree(row, base, pairs, c, InlineArray<1, Int>.self)
        case 1: accumulateDegree(row, base, pairs, c + 1, InlineArray<3, Int>.self)
        case 2: accumulateDegree(row, base, pairs, c + 4, InlineArray<5, Int>.self)
        case 3: accumulateDegree(row, base, pairs, c + 9, InlineArray<7, Int>.self)
        case 4: accumulateDegree(row, base, pairs, c + 16, InlineArray<9, Int>.self)
        case 5: accumulateDegree(row, base, pairs, c + 25, InlineArray<11, Int>.self)
        case 6: accumulateDegree(row, base, pairs, c + 36, InlineArray<13, Int>.self)
        case 7: accumulateDegree(row, base, pairs, c + 49, InlineArray<15, Int>.self)
        case 8: accumulateDegree(row, base, pairs, c + 64, InlineArray<17, Int>.self)
        default:
          // 2l + 1 = 8·k + rest: eight at a time, then one by one.
          var m = 0
          while m + 8 <= 2 * l + 1 {
            accumulateDegree(row, base + m * Self.block * 4, pairs, c + l * l + m, InlineArray<8, Int>.self)
            m += 8
          }
          while m < 2 * l + 1 {
            accumulateDegree(row, base + m * Self.block * 4, pairs, c + l * l + m, InlineArray<1, Int>.self)
            m += 1
          }
        }
        l += 1
      }
    }
  }
}

/// Adds one degree's pairs to `M` accumulators that stay in registers; Y rows are a block of floats apart.
@inline(__always)
private func accumulateDegree<let M: Int>(
  _ radial: UnsafePointer<SIMD16<Float>>, _ angular: UnsafeRawPointer, _ pairs: Int, _ sums: UnsafeMutablePointer<SIMD16<Float>>,
  _ shape: InlineArray<M, Int>.Type
) {
  var accumulator = InlineArray<M, SIMD16<Float>>(repeating: .zero)
  for m in 0..<M { accumulator[m] = sums[m] }
  for p in 0..<pairs {
    let g = radial[p]
    for m in 0..<M { accumulator[m] = accumulator[m].addingProduct(g, broadcastPair(angular, m, p)) }
  }
  for m in 0..<M { sums[m] = accumulator[m] }
}

/// Degrees 0 to 3 in one sweep: alone they have too few independent sums to hide the latency of a multiply-add.
@inline(__always)
private func accumulateLowDegrees(
  _ radial: UnsafeMutablePointer<SIMD16<Float>>, _ angular: UnsafeRawPointer, _ pairs: Int, _ sums: UnsafeMutablePointer<SIMD16<Float>>
) {
  let stride = SingleExpansion.block / 2
  var accumulator = InlineArray<16, SIMD16<Float>>(repeating: .zero)
  for m in 0..<16 { accumulator[m] = sums[m] }
  for p in 0..<pairs {
    let g0 = radial[p], g1 = radial[p + stride], g2 = radial[p + 2 * stride], g3 = radial[p + 3 * stride]
    accumulator[0] = accumulator[0].addingProduct(g0, broadcastPair(angular, 0, p))
    for m in 1..<4 { accumulator[m] = accumulator[m].addingProduct(g1, broadcastPair(angular, m, p)) }
    for m in 4..<9 { accumulator[m] = accumulator[m].addingProduct(g2, broadcastPair(angular, m, p)) }
    for m in 9..<16 { accumulator[m] = accumulator[m].addingProduct(g3, broadcastPair(angular, m, p)) }
  }
  for m in 0..<16 { sums[m] = accumulator[m] }
}

/// (Y_j, Y_j') of harmonic row `m` and pair `p`, repeated over all lanes: one broadcast load.
@inline(__always)
private func broadcastPair(_ angular: UnsafeRawPointer, _ m: Int, _ p: Int) -> SIMD16<Float> {
  let pair = angular.loadUnaligned(fromByteOffset: (m * SingleExpansion.block + 2 * p) * 4, as: Double.self)
  return unsafeBitCast(SIMD8<Double>(repeating: pair), to: SIMD16<Float>.self)
}
