import CVector
import Geometry

/// Expansion coefficients c_{nlm} of one centre and one species in double precision: the reference
/// path.
///
/// No tables are used: every neighbour's primitives are exponentials, orthonormalised by β as in
/// the formula of `RadialBasis`. Lanes are neighbours for the harmonics and radial indices for
/// everything else.
final class DoubleExpansion {
  static let block = 32
  let basis: RadialBasis
  let recurrence: HarmonicsRecurrence
  let maximumDegree: Int
  let groups: Int
  let harmonics: Int
  private let angular: UnsafeMutablePointer<SIMD8<Double>>
  private let radial: UnsafeMutablePointer<SIMD8<Double>>
  private let distance: UnsafeMutablePointer<SIMD8<Double>>
  private let squaredDistance: UnsafeMutablePointer<SIMD8<Double>>
  private let unit: UnsafeMutablePointer<SIMD8<Double>>
  /// −γ and the amplitudes, `[l][group]`; columns of β, `[l][n'][group]`.
  private let decay: UnsafeMutablePointer<SIMD8<Double>>
  private let amplitude: UnsafeMutablePointer<SIMD8<Double>>
  private let beta: UnsafeMutablePointer<SIMD8<Double>>

  init(basis: RadialBasis) {
    self.basis = basis
    recurrence = HarmonicsRecurrence(maximumDegree: basis.maximumDegree)
    maximumDegree = basis.maximumDegree
    groups = (basis.radialCount + 7) / 8
    harmonics = (maximumDegree + 1) * (maximumDegree + 1)
    func room(_ n: Int) -> UnsafeMutablePointer<SIMD8<Double>> {
      let pointer = UnsafeMutablePointer<SIMD8<Double>>.allocate(capacity: n)
      pointer.initialize(repeating: .zero, count: n)
      return pointer
    }
    let degrees = maximumDegree + 1
    let n = basis.radialCount
    angular = room(harmonics * Self.block / 8)
    radial = room(groups * degrees * Self.block)
    distance = room(Self.block / 8)
    squaredDistance = room(Self.block / 8)
    unit = room(3 * Self.block / 8)
    decay = room(degrees * groups)
    amplitude = room(degrees * groups)
    beta = room(degrees * n * groups)
    for l in 0..<degrees {
      for k in 0..<n {
        decay[l * groups + k / 8][k % 8] = -basis.decay[l][k]
        amplitude[l * groups + k / 8][k % 8] = basis.amplitude[l][k]
        for i in 0..<n { beta[(l * n + k) * groups + i / 8][i % 8] = basis.beta[l][i * n + k] }
      }
    }
  }

  deinit {
    for pointer in [angular, radial, distance, squaredDistance, unit, decay, amplitude, beta] {
      pointer.deallocate()
    }
  }

  /// Writes the coefficients from all neighbours: `[groups·harmonics]` vectors of eight radial
  /// indices; overwrites.
  func expand(
    _ neighbors: Neighbors<Double>, into coefficients: UnsafeMutablePointer<SIMD8<Double>>
  ) {
    for k in 0..<groups * harmonics { coefficients[k] = .zero }
    var start = 0
    while start < neighbors.count {
      let count = min(Self.block, neighbors.count - start)
      prepare(neighbors, start, (count + 7) / 8)
      evaluateHarmonics((count + 7) / 8)
      evaluateRadial(count)
      accumulate(count, coefficients)
      start += count
    }
  }

  private func prepare(_ neighbors: Neighbors<Double>, _ start: Int, _ vectors: Int) {
    let x = UnsafeRawPointer(neighbors.x + start), y = UnsafeRawPointer(neighbors.y + start)
    let z = UnsafeRawPointer(neighbors.z + start),
      squared = UnsafeRawPointer(neighbors.squared + start)
    for v in 0..<vectors {
      let r2 = squared.loadUnaligned(fromByteOffset: 64 * v, as: SIMD8<Double>.self)
      let r = vg_sqrt_double(r2)
      // An atom at the centre has no direction; only degree 0 has a nonzero radial part there, so
      // any finite vector can be used.
      let inverse = 1 / vg_max_double(r, SIMD8(repeating: 1e-100))
      squaredDistance[v] = r2
      distance[v] = r
      unit[3 * v] = x.loadUnaligned(fromByteOffset: 64 * v, as: SIMD8<Double>.self) * inverse
      unit[3 * v + 1] = y.loadUnaligned(fromByteOffset: 64 * v, as: SIMD8<Double>.self) * inverse
      unit[3 * v + 2] = z.loadUnaligned(fromByteOffset: 64 * v, as: SIMD8<Double>.self) * inverse
    }
  }

  private func evaluateHarmonics(_ vectors: Int) {
    let width = maximumDegree + 1
    let stride = Self.block / 8
    for v in 0..<vectors {
      let x = unit[3 * v], y = unit[3 * v + 1], z = unit[3 * v + 2]
      var cosine = SIMD8<Double>(repeating: 1), sine = SIMD8<Double>.zero
      for m in 0...maximumDegree {
        var below = SIMD8<Double>.zero
        var q = SIMD8<Double>(repeating: recurrence.diagonal[m])
        var l = m
        while true {
          let center = (l * l + l) * stride + v
          angular[center + m * stride] = q * cosine
          if m > 0 { angular[center - m * stride] = q * sine }
          l += 1
          if l > maximumDegree { break }
          let k = l * width + m
          let next =
            (SIMD8(repeating: recurrence.a[k]) * z) * q - SIMD8(repeating: recurrence.b[k]) * below
          below = q
          q = next
        }
        let c = cosine * x - sine * y
        sine = sine * x + cosine * y
        cosine = c
      }
    }
  }

  /// g_{nl} of each neighbour; `[group][l][neighbour]`.
  private func evaluateRadial(_ count: Int) {
    let degrees = maximumDegree + 1
    let n = basis.radialCount
    let r = UnsafeRawPointer(distance).assumingMemoryBound(to: Double.self)
    let r2 = UnsafeRawPointer(squaredDistance).assumingMemoryBound(to: Double.self)
    withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: groups) { primitive in
      let values = UnsafeRawPointer(primitive.baseAddress!).assumingMemoryBound(to: Double.self)
      for j in 0..<count {
        var power = 1.0
        for l in 0..<degrees {
          for group in 0..<groups {
            let k = l * groups + group
            primitive[group] = exponentialLanes(decay[k] * r2[j]) * amplitude[k] * power
          }
          for group in 0..<groups {
            var sum = SIMD8<Double>.zero
            for k in 0..<n {
              sum = vg_multiply_add_double8(
                SIMD8(repeating: values[k]), beta[(l * n + k) * groups + group], sum)
            }
            radial[(group * degrees + l) * Self.block + j] = sum
          }
          power *= r[j]
        }
      }
    }
  }

  private func accumulate(_ count: Int, _ coefficients: UnsafeMutablePointer<SIMD8<Double>>) {
    let degrees = maximumDegree + 1
    let y = UnsafeRawPointer(angular).assumingMemoryBound(to: Double.self)
    for group in 0..<groups {
      for l in 0..<degrees {
        let g = UnsafePointer(radial + (group * degrees + l) * Self.block)
        let c = coefficients + group * harmonics + l * l
        var m = 0
        while m < 2 * l + 1 {
          let base = y + (l * l + m) * Self.block
          let left = 2 * l + 1 - m
          if left >= 8 {
            accumulateRows(g, base, count, c + m, InlineArray<8, Int>.self)
            m += 8
          } else if left >= 4 {
            accumulateRows(g, base, count, c + m, InlineArray<4, Int>.self)
            m += 4
          } else {
            accumulateRows(g, base, count, c + m, InlineArray<1, Int>.self)
            m += 1
          }
        }
      }
    }
  }
}

/// Adds one degree's neighbours to `M` accumulators that stay in registers.
@inline(__always)
private func accumulateRows<let M: Int>(
  _ radial: UnsafePointer<SIMD8<Double>>, _ angular: UnsafePointer<Double>, _ count: Int,
  _ sums: UnsafeMutablePointer<SIMD8<Double>>,
  _ shape: InlineArray<M, Int>.Type
) {
  var accumulator = InlineArray<M, SIMD8<Double>>(repeating: .zero)
  for m in 0..<M { accumulator[m] = sums[m] }
  for j in 0..<count {
    let g = radial[j]
    for m in 0..<M {
      accumulator[m] = vg_multiply_add_double8(
        g, SIMD8(repeating: angular[m * DoubleExpansion.block + j]), accumulator[m])
    }
  }
  for m in 0..<M { sums[m] = accumulator[m] }
}

/// eˣ for x ≤ 0, lane by lane; within 1.5 ulp of the exact value down to e^−700, 0 below.
///
/// x = k·ln 2 + r with ln 2 in two parts (Cody & Waite), |r| ≤ ½ ln 2, Taylor to r¹³ (remainder
/// 2⁻⁵⁶), then scaling by 2ᵏ.
@inline(__always)
func exponentialLanes(_ x: SIMD8<Double>) -> SIMD8<Double> {
  let log2e = SIMD8<Double>(repeating: 1.4426950408889634)
  // Adding and subtracting 1.5·2⁵² rounds to an integer.
  let magic = SIMD8<Double>(repeating: 6755399441055744.0)
  let bounded = vg_max_double(x, SIMD8(repeating: -708))
  let shifted = vg_multiply_add_double8(bounded, log2e, magic)
  let k = vg_subtract_double8(shifted, magic)
  let high = vg_multiply_add_double8(k, SIMD8(repeating: -0.6931471803691238), bounded)
  let r = vg_multiply_add_double8(k, SIMD8(repeating: -1.9082149292705877e-10), high)
  var p = SIMD8<Double>(repeating: 1.6059043836821613e-10)
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 2.08767569878681e-09))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 2.505210838544172e-08))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 2.755731922398589e-07))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 2.7557319223985893e-06))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 2.48015873015873e-05))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 0.0001984126984126984))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 0.001388888888888889))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 0.008333333333333333))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 0.041666666666666664))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 0.16666666666666666))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 0.5))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 1))
  p = vg_multiply_add_double8(p, r, SIMD8(repeating: 1))
  // The integer k is in the low bits of `shifted`; moved into the exponent field it is 2ᵏ.
  let bits =
    unsafeBitCast(shifted, to: SIMD8<Int64>.self) &- unsafeBitCast(magic, to: SIMD8<Int64>.self)
  let scale = unsafeBitCast(
    (bits &+ SIMD8(repeating: 1023)) &<< SIMD8(repeating: 52), to: SIMD8<Double>.self)
  return vg_unless_less(x, SIMD8(repeating: -708), p * scale, .zero)
}
