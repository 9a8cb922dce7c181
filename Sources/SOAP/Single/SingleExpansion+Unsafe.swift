import CVector
import Geometry

/// Expansion coefficients c_{nlm} of one centre and all species in single precision: the hot
/// kernel.
///
/// Neighbours of all species are processed in blocks of at most 96 (powers of two are a fifth
/// slower, because rows then share cache sets). Within a block
/// 1. lanes are neighbours: distances, unit vectors, harmonics Y[lm][j], spline weights;
/// 2. lanes are radial indices: each neighbour's g_{nl} from the table, two neighbours interleaved
///    (n₀j n₀j' n₁j n₁j' …);
/// 3. for each degree the 2l+1 accumulators stay in registers while the block's pairs are
///    processed; one 8-byte broadcast of (Y_j, Y_j') feeds one 16-lane multiply-add. Even and odd
///    lanes are added at the end.
/// A neighbour's lane depends only on its position in the centre's own lists, so the sum has the
/// same bits on any rank.
final class SingleExpansion {
  static let block = 96
  /// Neighbours whose functions are stored together where no instruction picks lanes.
  static let stored = 16
  let recurrence: HarmonicsRecurrence
  let table: RadialTable
  let maximumDegree: Int
  /// (l_max + 1)² harmonics.
  let harmonics: Int
  let radialCount: Int
  let rows: Int
  let groups: Int
  let largest: Float
  /// Position of each row of eight radial indices in the table's packed vectors.
  let picks: UnsafeMutablePointer<RowPick>
  let packed: UnsafeMutablePointer<SIMD16<Float>>
  /// Scratch memory and a copy of the table, in one allocation.
  let arena: UnsafeMutableRawPointer
  let nodes: UnsafeMutablePointer<SIMD16<Float>>
  let unit: UnsafeMutablePointer<SIMD16<Float>>
  let weights: UnsafeMutablePointer<SIMD16<Float>>
  let nodeIndex: UnsafeMutablePointer<SIMD16<Int32>>
  let angular: UnsafeMutablePointer<SIMD16<Float>>
  let radial: UnsafeMutablePointer<SIMD16<Float>>
  /// `[species][groups·harmonics]`.
  let sums: UnsafeMutablePointer<SIMD16<Float>>
  let speciesCount: Int
  let neighbors: NeighborSlots
  let coefficientA: UnsafeMutablePointer<Float>, coefficientB: UnsafeMutablePointer<Float>
  let diagonal: UnsafeMutablePointer<Float>

  /// A row is one degree and one group of eight radial indices. Its lanes start in vector `first`
  /// and may continue in the next.
  struct RowPick {
    /// Position of its first function among all.
    let start: Int
    let lanes: SIMD16<Int32>, lanesOver: SIMD16<Int32>
    /// Bits of the lanes that come from the next vector.
    let over: UInt32
    var first: Int { start / 16 }
  }

  init(basis: RadialBasis, parameters: SOAPParameters) {
    recurrence = HarmonicsRecurrence(maximumDegree: basis.maximumDegree)
    table = RadialTable(basis: basis, parameters: parameters)
    speciesCount = parameters.species.count
    neighbors = NeighborSlots(speciesCount: speciesCount)
    maximumDegree = basis.maximumDegree
    harmonics = (maximumDegree + 1) * (maximumDegree + 1)
    largest = Float(table.intervals - 1)
    radialCount = basis.radialCount
    groups = (radialCount + 7) / 8
    rows = groups * (maximumDegree + 1)
    let rowPicks = Self.rowPicks(radialCount: radialCount, degrees: maximumDegree + 1)
    picks = .allocate(capacity: rows)
    picks.initialize(from: rowPicks, count: rows)
    let vectors = Self.block / 16
    // A row's eight lanes may end beyond the last function.
    let packedVectors =
      vg_has_512_bit_vectors() != 0
      ? 2 * (table.vectors + 1) : Self.stored * table.vectors + 1
    // One page-aligned allocation, so that the position of the parts in the caches does not depend
    // on the allocator; with separate allocations the time varied by a fifth from run to run.
    let sizes = [
      table.nodeVectors, rows * Self.block / 2, harmonics * vectors, 3 * vectors, 6 * vectors,
      packedVectors, speciesCount * groups * harmonics,
    ]
    arena = UnsafeMutableRawPointer.allocate(byteCount: 64 * sizes.reduce(0, +), alignment: 4096)
    var next = arena.bindMemory(to: SIMD16<Float>.self, capacity: sizes.reduce(0, +))
    next.initialize(repeating: .zero, count: sizes.reduce(0, +))
    func room(_ n: Int) -> UnsafeMutablePointer<SIMD16<Float>> {
      defer { next += n }
      return next
    }
    nodes = room(table.nodeVectors)
    nodes.update(from: table.nodes, count: table.nodeVectors)
    radial = room(rows * Self.block / 2)
    angular = room(harmonics * vectors)
    unit = room(3 * vectors)
    weights = room(6 * vectors)
    packed = room(packedVectors)
    nodeIndex = .allocate(capacity: vectors)
    nodeIndex.initialize(repeating: .zero, count: vectors)
    sums = room(speciesCount * groups * harmonics)
    func constants(_ values: [Double]) -> UnsafeMutablePointer<Float> {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
      pointer.initialize(from: values.map(Float.init), count: values.count)
      return pointer
    }
    coefficientA = constants(recurrence.a)
    coefficientB = constants(recurrence.b)
    diagonal = constants(recurrence.diagonal)
  }

  deinit {
    arena.deallocate()
    nodeIndex.deallocate()
    picks.deallocate()
    for pointer in [coefficientA, coefficientB, diagonal] { pointer.deallocate() }
  }

  /// Writes the coefficients of all species: `[species][groups·harmonics]` vectors of eight radial
  /// indices; overwrites.
  ///
  /// - Parameter species: index in the batch of each species.
  func expand(
    _ batch: NeighborBatch, species: [Int], into coefficients: UnsafeMutablePointer<SIMD8<Float>>
  ) {
    let slots = neighbors.fill(batch, species)
    let starts = neighbors.starts
    let total = groups * harmonics
    for k in 0..<(total * speciesCount) { sums[k] = .zero }
    // Blocks of equal size, because a last block with few neighbours would cost almost as much as a
    // full one.
    let blocks = (slots + Self.block - 1) / Self.block
    let even = blocks == 0 ? 0 : ((slots + blocks - 1) / blocks + 1) / 2 * 2
    var start = 0
    while start < slots {
      let count = min(even, slots - start)
      prepare(start, count)
      evaluateHarmonics((count + 15) / 16)
      interpolate(count)
      for s in 0..<speciesCount {
        let first = max(starts[s], start), last = min(starts[s + 1], start + count)
        if first < last {
          accumulate(from: (first - start) / 2, (last - first) / 2, into: sums + s * total)
        }
      }
      start += count
    }
    for k in 0..<(total * speciesCount) { coefficients[k] = vg_add_halves(sums[k]) }
  }

  /// Step 1: unit vectors, table intervals and spline weights; lanes after the last neighbour get
  /// weight zero.
  @inline(__always)
  private func prepare(_ start: Int, _ count: Int) {
    let capacity = neighbors.capacity
    let x = UnsafeRawPointer(neighbors.columns + start), y = x + 4 * capacity
    let z = y + 4 * capacity, squared = z + 4 * capacity
    let spacing = SIMD16<Float>(repeating: table.inverseSpacing)
    let last = SIMD16<Float>(repeating: largest)
    let vectors = (count + 15) / 16
    let vectorsInBlock = Self.block / 16
    for v in 0..<vectors {
      let r2 = squared.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self)
      let r = vg_sqrt_float(r2)
      // An atom at the centre has no direction; only degree 0 has a nonzero radial part there, so
      // any finite vector can be used.
      let inverse = 1 / vg_max_float(r, SIMD16(repeating: 1e-12))
      unit[3 * v] = x.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self) * inverse
      unit[3 * v + 1] = y.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self) * inverse
      unit[3 * v + 2] = z.loadUnaligned(fromByteOffset: 64 * v, as: SIMD16<Float>.self) * inverse
      let t = r * spacing
      // Lanes after the last neighbour hold values of earlier centres: distances within the cutoff,
      // or zeros.
      let index = vg_truncate(vg_min_float(t, last))
      nodeIndex[v] = index
      let node = vg_to_float(index)
      let f = t - node
      let g = SIMD16<Float>(repeating: 1) - f
      // The six pieces of the quintic B-spline; the last three mirror the first.
      let f2 = vg_multiply_float16(f, f), g2 = vg_multiply_float16(g, g)
      var live = SIMD16<Float>(repeating: 1)
      let left = count - 16 * v
      if left < 16 { for k in 0..<16 { live[k] = k < left ? 1 : 0 } }
      let scale = vg_multiply_float16(live, SIMD16(repeating: 1.0 / 120))
      let pieces = weights + v
      pieces[0] = vg_multiply_float16(vg_multiply_float16(vg_multiply_float16(g2, g2), g), scale)
      pieces[vectorsInBlock] = vg_multiply_float16(secondPiece(f), scale)
      pieces[2 * vectorsInBlock] = vg_multiply_float16(thirdPiece(f, f2), scale)
      pieces[3 * vectorsInBlock] = vg_multiply_float16(thirdPiece(g, g2), scale)
      pieces[4 * vectorsInBlock] = vg_multiply_float16(secondPiece(g), scale)
      pieces[5 * vectorsInBlock] = vg_multiply_float16(
        vg_multiply_float16(vg_multiply_float16(f2, f2), f), scale)
    }
    let lanes = UnsafeMutableRawPointer(weights).assumingMemoryBound(to: Float.self)
    for s in 0..<speciesCount {
      let slot = neighbors.empty[s] - start
      if slot >= 0 && slot < count {
        for piece in 0..<6 { lanes[piece * Self.block + slot] = 0 }
      }
    }
  }

  /// Lanes of every row; rows are ordered group by group, degrees within.
  private static func rowPicks(radialCount: Int, degrees: Int) -> [RowPick] {
    var picks: [RowPick] = []
    for group in 0..<(radialCount + 7) / 8 {
      for l in 0..<degrees {
        let start = l * radialCount + 8 * group
        let width = min(8, radialCount - 8 * group)
        var lanes = SIMD16<Int32>(repeating: 0), lanesOver = lanes
        var over: UInt32 = 0
        // Lanes without a function repeat lane 0: finite, and never read.
        for n in 0..<width {
          let lane = start % 16 + n
          for neighbor in 0..<2 {
            let index = Int32(lane % 16 + 16 * neighbor)
            if lane < 16 {
              lanes[2 * n + neighbor] = index
            } else {
              lanesOver[2 * n + neighbor] = index
              over |= 1 << UInt32(2 * n + neighbor)
            }
          }
        }
        picks.append(RowPick(start: start, lanes: lanes, lanesOver: lanesOver, over: over))
      }
    }
    return picks
  }
}

/// 120·β⁵ in the second interval of its support, at the distance f from the interval's far end.
@inline(__always)
private func secondPiece(_ f: SIMD16<Float>) -> SIMD16<Float> {
  var p = vg_multiply_add_float16(SIMD16(repeating: 5), f, SIMD16(repeating: -20))
  p = vg_multiply_add_float16(p, f, SIMD16(repeating: 20))
  p = vg_multiply_add_float16(p, f, SIMD16(repeating: 20))
  p = vg_multiply_add_float16(p, f, SIMD16(repeating: -50))
  return vg_multiply_add_float16(p, f, SIMD16(repeating: 26))
}

/// 120·β⁵ in the interval beside its centre, at the distance f from the centre.
@inline(__always)
private func thirdPiece(_ f: SIMD16<Float>, _ f2: SIMD16<Float>) -> SIMD16<Float> {
  var p = vg_multiply_add_float16(SIMD16(repeating: -10), f, SIMD16(repeating: 30))
  p = vg_multiply_add_float16(p, f2, SIMD16(repeating: -60))
  return vg_multiply_add_float16(p, f2, SIMD16(repeating: 66))
}
