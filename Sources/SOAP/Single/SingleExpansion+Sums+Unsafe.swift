import CVector

/// Step 3 of the kernel: sums over the neighbours of a block. In one file, as step 2.
extension SingleExpansion {
  /// Step 3: adds pairs of the block, from `first` on, to the sums of their species.
  @inline(__always)
  func accumulate(
    from first: Int, _ pairs: Int, into sums: UnsafeMutablePointer<SIMD16<Float>>
  ) {
    let y = UnsafeRawPointer(angular) + 8 * first
    let radial = radial + first
    let degrees = maximumDegree + 1
    for group in 0..<groups {
      let g = radial + group * degrees * (Self.block / 2)
      let c = sums + group * harmonics
      guard vg_has_512_bit_vectors() != 0 else {
        accumulateNarrow(g, y, pairs, c, degrees)
        continue
      }
      var l = 0
      if degrees >= 5 {
        accumulateDegrees0to4(g, y, pairs, c)
        l = 5
      }
      if degrees >= 7 {
        accumulateDegrees5and6(g + 5 * (Self.block / 2), y + 25 * Self.block * 4, pairs, c + 25)
        l = 7
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
            accumulateDegree(
              row, base + m * Self.block * 4, pairs, c + l * l + m, InlineArray<8, Int>.self)
            m += 8
          }
          while m < 2 * l + 1 {
            accumulateDegree(
              row, base + m * Self.block * 4, pairs, c + l * l + m, InlineArray<1, Int>.self)
            m += 1
          }
        }
        l += 1
      }
    }
  }
}

/// Adds one degree's pairs to `M` accumulators that stay in registers; Y rows are a block of floats
/// apart.
@inline(__always)
private func accumulateDegree<let M: Int>(
  _ radial: UnsafePointer<SIMD16<Float>>, _ angular: UnsafeRawPointer, _ pairs: Int,
  _ sums: UnsafeMutablePointer<SIMD16<Float>>,
  _ shape: InlineArray<M, Int>.Type
) {
  var accumulator = InlineArray<M, SIMD16<Float>>(repeating: .zero)
  for m in 0..<M { accumulator[m] = sums[m] }
  for p in 0..<pairs {
    let g = radial[p]
    for m in 0..<M {
      accumulator[m] = vg_multiply_add_float16(g, broadcastPair(angular, m, p), accumulator[m])
    }
  }
  for m in 0..<M { sums[m] = accumulator[m] }
}

/// The same for 16 registers of half the width: at most six sums, which take twelve of them.
private func accumulateNarrow(
  _ radial: UnsafeMutablePointer<SIMD16<Float>>, _ angular: UnsafeRawPointer, _ pairs: Int,
  _ sums: UnsafeMutablePointer<SIMD16<Float>>, _ degrees: Int
) {
  let stride = SingleExpansion.block
  var l = 0
  if degrees >= 2 {
    accumulateDegrees0and1(radial, angular, pairs, sums)
    l = 2
  }
  while l < degrees {
    let row = UnsafePointer(radial + l * (stride / 2))
    var m = l * l
    let end = m + 2 * l + 1
    while m < end {
      let base = angular + m * stride * 4, c = sums + m
      // Passes of almost equal size, so that each has enough independent sums.
      let passes = (end - m + 5) / 6
      let size = (end - m + passes - 1) / passes
      switch size {
      case 1: accumulateDegree(row, base, pairs, c, InlineArray<1, Int>.self)
      case 2: accumulateDegree(row, base, pairs, c, InlineArray<2, Int>.self)
      case 3: accumulateDegree(row, base, pairs, c, InlineArray<3, Int>.self)
      case 4: accumulateDegree(row, base, pairs, c, InlineArray<4, Int>.self)
      case 5: accumulateDegree(row, base, pairs, c, InlineArray<5, Int>.self)
      default: accumulateDegree(row, base, pairs, c, InlineArray<6, Int>.self)
      }
      m += size
    }
    l += 1
  }
}

/// Degrees 0 and 1 in one pass, four sums.
@inline(__always)
private func accumulateDegrees0and1(
  _ radial: UnsafeMutablePointer<SIMD16<Float>>, _ angular: UnsafeRawPointer, _ pairs: Int,
  _ sums: UnsafeMutablePointer<SIMD16<Float>>
) {
  let stride = SingleExpansion.block / 2
  var accumulator = InlineArray<4, SIMD16<Float>>(repeating: .zero)
  for m in 0..<4 { accumulator[m] = sums[m] }
  for p in 0..<pairs {
    let g0 = radial[p], g1 = radial[p + stride]
    accumulator[0] = vg_multiply_add_float16(g0, broadcastPair(angular, 0, p), accumulator[0])
    for m in 1..<4 {
      accumulator[m] = vg_multiply_add_float16(g1, broadcastPair(angular, m, p), accumulator[m])
    }
  }
  for m in 0..<4 { sums[m] = accumulator[m] }
}

/// Degrees 0 to 4 in one pass, 25 sums: the lowest degrees alone have too few independent sums to
/// hide the latency of a multiply-add, and fewer passes reload fewer sums.
@inline(__always)
private func accumulateDegrees0to4(
  _ radial: UnsafeMutablePointer<SIMD16<Float>>, _ angular: UnsafeRawPointer, _ pairs: Int,
  _ sums: UnsafeMutablePointer<SIMD16<Float>>
) {
  let stride = SingleExpansion.block / 2
  var accumulator = InlineArray<25, SIMD16<Float>>(repeating: .zero)
  for m in 0..<25 { accumulator[m] = sums[m] }
  for p in 0..<pairs {
    let g0 = radial[p], g1 = radial[p + stride], g2 = radial[p + 2 * stride],
      g3 = radial[p + 3 * stride], g4 = radial[p + 4 * stride]
    accumulator[0] = vg_multiply_add_float16(g0, broadcastPair(angular, 0, p), accumulator[0])
    for m in 1..<4 {
      accumulator[m] = vg_multiply_add_float16(g1, broadcastPair(angular, m, p), accumulator[m])
    }
    for m in 4..<9 {
      accumulator[m] = vg_multiply_add_float16(g2, broadcastPair(angular, m, p), accumulator[m])
    }
    for m in 9..<16 {
      accumulator[m] = vg_multiply_add_float16(g3, broadcastPair(angular, m, p), accumulator[m])
    }
    for m in 16..<25 {
      accumulator[m] = vg_multiply_add_float16(g4, broadcastPair(angular, m, p), accumulator[m])
    }
  }
  for m in 0..<25 { sums[m] = accumulator[m] }
}

/// Degrees 5 and 6 in one pass, 24 sums.
@inline(__always)
private func accumulateDegrees5and6(
  _ radial: UnsafeMutablePointer<SIMD16<Float>>, _ angular: UnsafeRawPointer, _ pairs: Int,
  _ sums: UnsafeMutablePointer<SIMD16<Float>>
) {
  let stride = SingleExpansion.block / 2
  var accumulator = InlineArray<24, SIMD16<Float>>(repeating: .zero)
  for m in 0..<24 { accumulator[m] = sums[m] }
  for p in 0..<pairs {
    let g5 = radial[p], g6 = radial[p + stride]
    for m in 0..<11 {
      accumulator[m] = vg_multiply_add_float16(g5, broadcastPair(angular, m, p), accumulator[m])
    }
    for m in 11..<24 {
      accumulator[m] = vg_multiply_add_float16(g6, broadcastPair(angular, m, p), accumulator[m])
    }
  }
  for m in 0..<24 { sums[m] = accumulator[m] }
}

/// (Y_j, Y_j') of harmonic row `m` and pair `p`, repeated over all lanes: one broadcast load.
@inline(__always)
private func broadcastPair(_ angular: UnsafeRawPointer, _ m: Int, _ p: Int) -> SIMD16<Float> {
  let pair = angular.loadUnaligned(
    fromByteOffset: (m * SingleExpansion.block + 2 * p) * 4, as: Double.self)
  return unsafeBitCast(SIMD8<Double>(repeating: pair), to: SIMD16<Float>.self)
}
