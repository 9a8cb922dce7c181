import CVector
import Geometry

/// Step 1 of the kernel: harmonics of a block of neighbours. In one file, because without
/// whole-module optimisation only functions of the same file are inlined.
extension SingleExpansion {
  /// Step 1: Y[lm][j] of the block's unit vectors.
  ///
  /// Columns of equal m are adjacent; with lengths known at compile time the recurrence is
  /// straight-line code.
  @inline(__always)
  func evaluateHarmonics(_ vectors: Int) {
    for v in 0..<vectors {
      let x = unit[3 * v], y = unit[3 * v + 1], z = unit[3 * v + 2]
      var azimuth = (cosine: SIMD16<Float>(repeating: 1), sine: SIMD16<Float>.zero)
      switch maximumDegree {
      case 6:
        column(v, 0, z, &azimuth, x, y, InlineArray<7, Int>.self)
        column(v, 1, z, &azimuth, x, y, InlineArray<6, Int>.self)
        column(v, 2, z, &azimuth, x, y, InlineArray<5, Int>.self)
        column(v, 3, z, &azimuth, x, y, InlineArray<4, Int>.self)
        column(v, 4, z, &azimuth, x, y, InlineArray<3, Int>.self)
        column(v, 5, z, &azimuth, x, y, InlineArray<2, Int>.self)
        column(v, 6, z, &azimuth, x, y, InlineArray<1, Int>.self)
      case 8:
        column(v, 0, z, &azimuth, x, y, InlineArray<9, Int>.self)
        column(v, 1, z, &azimuth, x, y, InlineArray<8, Int>.self)
        column(v, 2, z, &azimuth, x, y, InlineArray<7, Int>.self)
        column(v, 3, z, &azimuth, x, y, InlineArray<6, Int>.self)
        column(v, 4, z, &azimuth, x, y, InlineArray<5, Int>.self)
        column(v, 5, z, &azimuth, x, y, InlineArray<4, Int>.self)
        column(v, 6, z, &azimuth, x, y, InlineArray<3, Int>.self)
        column(v, 7, z, &azimuth, x, y, InlineArray<2, Int>.self)
        column(v, 8, z, &azimuth, x, y, InlineArray<1, Int>.self)
      default:
        for m in 0...maximumDegree {
          columnOfAnyLength(v, m, z, azimuth)
          rotate(&azimuth, x, y)
        }
      }
    }
  }

  /// Y_{l,±m} for the `N` degrees from m on, then (x + iy)^m → (x + iy)^{m+1}.
  @inline(__always)
  private func column<let N: Int>(
    _ v: Int, _ m: Int, _ z: SIMD16<Float>,
    _ azimuth: inout (cosine: SIMD16<Float>, sine: SIMD16<Float>), _ x: SIMD16<Float>,
    _ y: SIMD16<Float>, _ length: InlineArray<N, Int>.Type
  ) {
    let stride = Self.block / 16
    let width = maximumDegree + 1
    var below = SIMD16<Float>.zero
    var q = SIMD16<Float>(repeating: diagonal[m])
    for k in 0..<N {
      let l = m + k
      let center = (l * l + l) * stride + v
      angular[center + m * stride] = vg_multiply_float16(q, azimuth.cosine)
      if m > 0 { angular[center - m * stride] = vg_multiply_float16(q, azimuth.sine) }
      if k + 1 < N {
        let next = step(q, below, z, (l + 1) * width + m)
        below = q
        q = next
      }
    }
    rotate(&azimuth, x, y)
  }

  private func columnOfAnyLength(
    _ v: Int, _ m: Int, _ z: SIMD16<Float>, _ azimuth: (cosine: SIMD16<Float>, sine: SIMD16<Float>)
  ) {
    let stride = Self.block / 16
    let width = maximumDegree + 1
    var below = SIMD16<Float>.zero
    var q = SIMD16<Float>(repeating: diagonal[m])
    for l in m...maximumDegree {
      let center = (l * l + l) * stride + v
      angular[center + m * stride] = q * azimuth.cosine
      if m > 0 { angular[center - m * stride] = q * azimuth.sine }
      if l < maximumDegree {
        let next = step(q, below, z, (l + 1) * width + m)
        below = q
        q = next
      }
    }
  }

  /// q_{l+1,m} = a·z·q_{lm} − b·q_{l−1,m}, with the constants at index `c`.
  @inline(__always)
  private func step(_ q: SIMD16<Float>, _ below: SIMD16<Float>, _ z: SIMD16<Float>, _ c: Int)
    -> SIMD16<Float>
  {
    let az = vg_multiply_float16(z, SIMD16(repeating: coefficientA[c]))
    return vg_subtract_float16(
      vg_multiply_float16(az, q), vg_multiply_float16(below, SIMD16(repeating: coefficientB[c])))
  }

  @inline(__always)
  private func rotate(
    _ azimuth: inout (cosine: SIMD16<Float>, sine: SIMD16<Float>), _ x: SIMD16<Float>,
    _ y: SIMD16<Float>
  ) {
    let cosine = vg_subtract_float16(
      vg_multiply_float16(azimuth.cosine, x), vg_multiply_float16(azimuth.sine, y))
    azimuth.sine = vg_multiply_add_float16(azimuth.sine, x, vg_multiply_float16(azimuth.cosine, y))
    azimuth.cosine = cosine
  }
}
