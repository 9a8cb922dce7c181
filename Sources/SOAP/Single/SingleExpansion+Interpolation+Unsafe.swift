import CVector
import Geometry

/// Step 2 of the kernel: radial functions of a block of neighbours from the table. In one file,
/// because without whole-module optimisation only functions of the same file are inlined.
extension SingleExpansion {
  /// Step 2: g_{nl} of each neighbour from the table, two neighbours interleaved; `[row][pair]`.
  @inline(__always)
  func interpolate(_ count: Int) {
    // Common shapes are unrolled so that the functions of both neighbours stay in registers.
    switch (radialCount, maximumDegree) {
    case (6, 6):
      interpolate(
        count, InlineArray<3, Int>.self, InlineArray<6, Int>.self, InlineArray<7, Int>.self)
    case (8, 8):
      interpolate(
        count, InlineArray<5, Int>.self, InlineArray<8, Int>.self, InlineArray<9, Int>.self)
    default: interpolateAny(count)
    }
  }

  /// `V` packed vectors of `R` rows with `N` radial indices each, all known at compile time.
  @inline(__always)
  private func interpolate<let V: Int, let N: Int, let R: Int>(
    _ count: Int, _ vectors: InlineArray<V, Int>.Type, _ width: InlineArray<N, Int>.Type,
    _ rows: InlineArray<R, Int>.Type
  ) {
    if vg_has_512_bit_vectors() == 0 {
      interpolateStored(count, vectors: V, rows: R, position: { $0 * N }) { j, out in
        let functions = interpolated(j, vectors)
        for k in 0..<V { out[k] = functions[k] }
      }
      return
    }
    let stride = Self.block / 2
    // Read once, because the compiler must assume that the stores below change them.
    var lanes = InlineArray<R, SIMD16<Int32>>(repeating: .zero)
    var lanesOver = InlineArray<R, SIMD16<Int32>>(repeating: .zero)
    var over = InlineArray<R, UInt32>(repeating: 0)
    for row in 0..<R {
      lanes[row] = picks[row].lanes
      if row * N % 16 + N > 16 {
        lanesOver[row] = picks[row].lanesOver
        over[row] = picks[row].over
      }
    }
    var j = 0
    while j < count {
      // With an odd number of neighbours the last pair's second half has weight zero.
      let first = interpolated(j, vectors), second = interpolated(j + 1, vectors)
      let out = radial + j / 2
      for row in 0..<R {
        let k = row * N / 16
        var functions = vg_pick(first[k], second[k], lanes[row])
        if row * N % 16 + N > 16 {
          functions = vg_pick_into(
            functions, over[row], first[k + 1], second[k + 1], lanesOver[row])
        }
        out[row * stride] = functions
      }
      j += 2
    }
  }

  /// The same where no instruction picks lanes of two vectors: the functions of some neighbours are
  /// stored, then rows are loaded from any position. Some, because a load that spans two stores
  /// waits until both have reached the cache.
  ///
  /// - Parameters:
  ///   - vectors, rows: numbers of packed vectors and of rows.
  ///   - position: of the first function of a row.
  ///   - store: writes the functions of a neighbour.
  @inline(__always)
  private func interpolateStored(
    _ count: Int, vectors: Int, rows: Int, position: (Int) -> Int,
    store: (Int, UnsafeMutablePointer<SIMD16<Float>>) -> Void
  ) {
    var start = 0
    while start < count {
      let end = min(start + Self.stored, count + count % 2)
      for j in start..<end { store(j, packed + (j - start) * vectors) }
      for pair in 0..<((end - start) / 2) {
        let first = UnsafeRawPointer(packed + 2 * vectors * pair), second = first + 64 * vectors
        for row in 0..<rows {
          radial[row * (Self.block / 2) + start / 2 + pair] = interleavedRow(
            first, second, position(row))
        }
      }
      start = end
    }
  }

  /// Eight functions of either neighbour from position `k` on. What lies beyond a narrower row is
  /// finite, and never read.
  @inline(__always)
  private func interleavedRow(_ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ k: Int)
    -> SIMD16<Float>
  {
    vg_interleave(
      first.loadUnaligned(fromByteOffset: 4 * k, as: SIMD8<Float>.self),
      second.loadUnaligned(fromByteOffset: 4 * k, as: SIMD8<Float>.self))
  }

  /// All functions of neighbour `j`, packed.
  @inline(__always)
  private func interpolated<let V: Int>(_ j: Int, _ shape: InlineArray<V, Int>.Type) -> InlineArray<
    V, SIMD16<Float>
  > {
    let w = UnsafeRawPointer(weights).assumingMemoryBound(to: Float.self) + j
    let node =
      nodes + Int(UnsafeRawPointer(nodeIndex).assumingMemoryBound(to: Int32.self)[j]) * V
    var g = InlineArray<V, SIMD16<Float>>(repeating: .zero)
    for k in 0..<V { g[k] = vg_multiply_float16(node[k], SIMD16(repeating: w[0])) }
    for k in 0..<V {
      g[k] = vg_multiply_add_float16(node[k + V], SIMD16(repeating: w[Self.block]), g[k])
    }
    for k in 0..<V {
      g[k] = vg_multiply_add_float16(node[k + 2 * V], SIMD16(repeating: w[2 * Self.block]), g[k])
    }
    for k in 0..<V {
      g[k] = vg_multiply_add_float16(node[k + 3 * V], SIMD16(repeating: w[3 * Self.block]), g[k])
    }
    for k in 0..<V {
      g[k] = vg_multiply_add_float16(node[k + 4 * V], SIMD16(repeating: w[4 * Self.block]), g[k])
    }
    for k in 0..<V {
      g[k] = vg_multiply_add_float16(node[k + 5 * V], SIMD16(repeating: w[5 * Self.block]), g[k])
    }
    return g
  }

  /// Any number of functions, without unrolling.
  private func interpolateAny(_ count: Int) {
    let vectors = table.vectors
    if vg_has_512_bit_vectors() == 0 {
      interpolateStored(count, vectors: vectors, rows: rows, position: { picks[$0].start }) {
        for k in 0..<vectors { $1[k] = interpolated($0, vector: k) }
      }
      return
    }
    for j in 0..<(count + count % 2) {
      for k in 0..<vectors { packed[2 * k + j % 2] = interpolated(j, vector: k) }
      if j % 2 == 1 { pickRows(radial + j / 2, Self.block / 2) }
    }
  }

  /// Vector `k` of the packed functions of neighbour `j`.
  @inline(__always)
  private func interpolated(_ j: Int, vector k: Int) -> SIMD16<Float> {
    let w = UnsafeRawPointer(weights).assumingMemoryBound(to: Float.self) + j
    let vectors = table.vectors
    let node =
      nodes + Int(UnsafeRawPointer(nodeIndex).assumingMemoryBound(to: Int32.self)[j]) * vectors + k
    var g = SIMD16<Float>.zero
    for part in 0..<6 {
      g = vg_multiply_add_float16(
        node[part * vectors], SIMD16(repeating: w[part * Self.block]), g)
    }
    return g
  }

  /// Spreads the packed functions of a pair over its rows, interleaved.
  @inline(__always)
  private func pickRows(_ out: UnsafeMutablePointer<SIMD16<Float>>, _ stride: Int) {
    for row in 0..<rows {
      let pick = picks + row
      let source = packed + 2 * pick.pointee.first
      var lanes = vg_pick(source[0], source[1], pick.pointee.lanes)
      if pick.pointee.over != 0 {
        lanes = vg_pick_into(lanes, pick.pointee.over, source[2], source[3], pick.pointee.lanesOver)
      }
      out[row * stride] = lanes
    }
  }
}
