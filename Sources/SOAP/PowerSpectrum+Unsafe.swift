import CVector

/// p^{ZZ'}_{nn'l} = π·sqrt(8/(2l+1))·Σ_m c^Z_{nlm}·c^{Z'}_{n'lm}, in the order of the features.
///
/// Coefficients are `[group][lm]` vectors of eight radial indices. The centre's own term s_n
/// (degree 0, its own species) is not in the coefficients; it is passed separately and multiplied
/// out: for the centre's own pair the constant s_n·s_n' is omitted and only s_n·δ_n' + δ_n·(s_n' +
/// δ_n') is written. That constant is up to 700 times the spread of the feature: in single
/// precision it would cost three digits. It is added (or included in the scaler's mean) in double
/// precision.
struct PowerSpectrum {
  let parameters: SOAPParameters
  let groups: Int
  let harmonics: Int
  let prefactor: [Double]
  private let prefactorSingle: [Float]

  init(_ parameters: SOAPParameters) {
    self.parameters = parameters
    groups = (parameters.radialCount + 7) / 8
    harmonics = (parameters.maximumDegree + 1) * (parameters.maximumDegree + 1)
    prefactor = (0...parameters.maximumDegree).map { l -> Double in
      Double.pi * (8 / Double(2 * l + 1)).squareRoot()
    }
    prefactorSingle = prefactor.map(Float.init)
  }

  /// The centre's own constant in every feature; `[D]`.
  func constants(ownTerm s: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: parameters.featureCount)
    var base = 0
    let n = parameters.radialCount
    for pair in parameters.pairs {
      if pair.first == parameters.centerIndex && pair.second == pair.first {
        var k = base
        for i in 0..<n {
          for j in i..<n {
            result[k] = prefactor[0] * s[i] * s[j]
            k += 1
          }
        }
      }
      base += parameters.featureCount(of: pair)
    }
    return result
  }

  /// Writes `[D]` features, less the constants; `output` must have space for eight more.
  func write(
    _ c: UnsafePointer<SIMD8<Float>>, ownTerm s: UnsafePointer<SIMD8<Float>>,
    to output: UnsafeMutablePointer<Float>
  ) {
    switch groups == 1 ? parameters.radialCount : 0 {
    case 1: writeRows(c, s, output, InlineArray<1, Int>.self)
    case 2: writeRows(c, s, output, InlineArray<2, Int>.self)
    case 3: writeRows(c, s, output, InlineArray<3, Int>.self)
    case 4: writeRows(c, s, output, InlineArray<4, Int>.self)
    case 5: writeRows(c, s, output, InlineArray<5, Int>.self)
    case 6: writeRows(c, s, output, InlineArray<6, Int>.self)
    case 7: writeRows(c, s, output, InlineArray<7, Int>.self)
    case 8: writeRows(c, s, output, InlineArray<8, Int>.self)
    default: writeGeneral(c, s, output)
    }
  }

  /// Up to eight radial indices: one accumulator row for each n, lanes are n'.
  @inline(__always)
  private func writeRows<let N: Int>(
    _ c: UnsafePointer<SIMD8<Float>>, _ s: UnsafePointer<SIMD8<Float>>,
    _ output: UnsafeMutablePointer<Float>,
    _ shape: InlineArray<N, Int>.Type
  ) {
    var out = output
    let center = parameters.centerIndex
    for pair in parameters.pairs {
      let a = c + pair.first * harmonics, b = c + pair.second * harmonics
      let own = pair.first == pair.second
      for l in 0...parameters.maximumDegree {
        var rows = InlineArray<N, SIMD8<Float>>(repeating: .zero)
        if l == 0 {
          let sa = pair.first == center ? s[0] : .zero
          let sb = pair.second == center ? s[0] : .zero
          let whole = b[0] + sb
          for n in 0..<N {
            // Own pair: s_n·δ_n' + δ_n·(s_n' + δ_n'); mixed pair: (s_n + δ_n)·(s_n' + δ_n'), where
            // one of the s vanishes.
            rows[n] = SIMD8(repeating: a[0][n]) * whole
            rows[n] = rows[n].addingProduct(SIMD8(repeating: sa[n]), own ? b[0] : whole)
          }
        } else {
          for m in (l * l)..<(l * l + 2 * l + 1) {
            let second = b[m]
            let first = UnsafeRawPointer(a + m).assumingMemoryBound(to: Float.self)
            for n in 0..<N {
              rows[n] = vg_multiply_add_float8(second, SIMD8(repeating: first[n]), rows[n])
            }
          }
        }
        let factor = SIMD8(repeating: prefactorSingle[l])
        // A triangular row is shifted to the front and stored as a whole vector; the next row
        // overwrites the excess.
        withUnsafeTemporaryAllocation(of: SIMD8<Float>.self, capacity: N + 1) { scratch in
          let raw = UnsafeRawPointer(scratch.baseAddress!)
          for n in 0..<N { scratch[n] = vg_multiply_float8(rows[n], factor) }
          scratch[N] = .zero
          for n in 0..<N {
            let skip = own ? n : 0
            let lanes = raw.loadUnaligned(fromByteOffset: 4 * (8 * n + skip), as: SIMD8<Float>.self)
            UnsafeMutableRawPointer(out).storeBytes(of: lanes, as: SIMD8<Float>.self)
            out += N - skip
          }
        }
      }
    }
  }

  /// Any number of radial indices, without vectors.
  private func writeGeneral(
    _ c: UnsafePointer<SIMD8<Float>>, _ s: UnsafePointer<SIMD8<Float>>,
    _ output: UnsafeMutablePointer<Float>
  ) {
    let all = groups * harmonics
    var k = 0
    for pair in parameters.pairs {
      let a = c + pair.first * all, b = c + pair.second * all
      for l in 0...parameters.maximumDegree {
        for n in 0..<parameters.radialCount {
          for n2 in (pair.first == pair.second ? n : 0)..<parameters.radialCount {
            var sum: Float = 0
            for m in (l * l)..<(l * l + 2 * l + 1) {
              sum.addProduct(a[n / 8 * harmonics + m][n % 8], b[n2 / 8 * harmonics + m][n2 % 8])
            }
            if l == 0 {
              let da = a[n / 8 * harmonics][n % 8], db = b[n2 / 8 * harmonics][n2 % 8]
              let sa = pair.first == parameters.centerIndex ? s[n / 8][n % 8] : 0
              let sb = pair.second == parameters.centerIndex ? s[n2 / 8][n2 % 8] : 0
              sum += sa * db + da * sb
            }
            output[k] = sum * prefactorSingle[l]
            k += 1
          }
        }
      }
    }
  }

  /// Writes `[D]` features in double precision, less the constants, without vectors.
  func write(
    _ c: UnsafePointer<SIMD8<Double>>, ownTerm s: [Double], to output: UnsafeMutablePointer<Double>
  ) {
    let all = groups * harmonics
    var k = 0
    for pair in parameters.pairs {
      let a = c + pair.first * all, b = c + pair.second * all
      for l in 0...parameters.maximumDegree {
        for n in 0..<parameters.radialCount {
          let ga = a + n / 8 * harmonics, lane = n % 8
          for n2 in (pair.first == pair.second ? n : 0)..<parameters.radialCount {
            let gb = b + n2 / 8 * harmonics, lane2 = n2 % 8
            var sum = 0.0
            for m in (l * l)..<(l * l + 2 * l + 1) { sum += ga[m][lane] * gb[m][lane2] }
            if l == 0 {
              let sa = pair.first == parameters.centerIndex ? s[n] : 0
              let sb = pair.second == parameters.centerIndex ? s[n2] : 0
              sum += sa * gb[0][lane2] + ga[0][lane] * sb
            }
            output[k] = sum * prefactor[l]
            k += 1
          }
        }
      }
    }
  }
}
