/// The radial basis with 32 digits; see `RadialBasis` for the formulas.
///
/// The overlap matrix of many primitives is nearly singular: for r_cut = 6 Å and l = 0 its smallest
/// eigenvalue is 10⁻¹⁴ of the largest with n_max = 14 and 10⁻¹⁶ with 16, also if the primitives are
/// normalised. In double precision β then
/// has no correct digits, or is not a number, although the functions g_{nl} are well behaved.
struct PreciseBasis {
  /// Ratio of the smallest to the largest eigenvalue, of the overlap of normalised primitives
  /// (`reciprocalCondition`), below which doubles are not enough.
  static let threshold = 1e-12
  /// The same for pairs of doubles.
  private static let limit = 1e-24

  /// Prefactors without r^l, and decay constants in Å⁻²; `[l][n']`.
  let amplitude: [[DoubleDouble]], decay: [[DoubleDouble]]
  /// Löwdin matrices; `[l][n·n_max + n']`.
  let beta: [[DoubleDouble]]
  /// Whether the smallest eigenvalue of every overlap matrix is known.
  let isResolved: Bool

  init(_ parameters: SOAPParameters) {
    typealias Number = DoubleDouble
    let n = parameters.radialCount
    let sigma = Number(parameters.sigma)
    let eta = Number(1) / (Number(2) * sigma * sigma)
    let width = Number(parameters.cutoffRadius) - Number(1)
    let nodes = (0..<n).map { k in
      Number(1) + (n > 1 ? width * Number(Double(k)) / Number(Double(n - 1)) : Number(0))
    }
    let floor = Number(1e3).logarithm()
    let logarithms = nodes.map { $0.logarithm() }
    var amplitude: [[Number]] = [], decay: [[Number]] = [], beta: [[Number]] = []
    var isResolved = true
    // Γ(l + 3/2)/2 = √π/2·(1/2)·(3/2)⋯(l + 1/2).
    var gamma = Number.rootOfPi * Number(0.5)
    for l in 0...parameters.maximumDegree {
      gamma = gamma * Number(Double(l) + 0.5)
      let degree = Number(Double(l))
      let alpha = (0..<n).map { (floor + degree * logarithms[$0]) / (nodes[$0] * nodes[$0]) }
      var overlap = [Number](repeating: Number(0), count: n * n)
      for i in 0..<n {
        for j in 0..<n {
          let sum = alpha[i] + alpha[j]
          overlap[i * n + j] = gamma / (power(sum, l + 1) * sum.squareRoot())
        }
      }
      // After one failure the set is refused: no time is spent on the other degrees.
      isResolved = isResolved && reciprocalCondition(overlap, order: n) > Number(Self.limit)
      beta.append(
        isResolved
          ? inverseSquareRoot(overlap, order: n).root
          : [Number](repeating: Number(.nan), count: n * n))
      amplitude.append(
        alpha.map {
          let x = Number.pi / ($0 + eta)
          return x * x.squareRoot() * power(eta / ($0 + eta), l)
        })
      decay.append(alpha.map { $0 * eta / ($0 + eta) })
    }
    self.amplitude = amplitude
    self.decay = decay
    self.beta = beta
    self.isResolved = isResolved
  }

  /// As `RadialBasis.derivative`, rounded at the end.
  func derivative(_ order: Int, degree l: Int, at r: Double) -> [Double] {
    typealias Number = DoubleDouble
    let n = decay[l].count
    let distance = Number(r)
    let primitive = (0..<n).map { k in
      var polynomial = [Number](repeating: Number(0), count: l + order + 1)
      polynomial[l] = Number(1)
      for _ in 0..<order {
        var next = [Number](repeating: Number(0), count: polynomial.count)
        for power in polynomial.indices {
          if power > 0 {
            next[power - 1] = next[power - 1] + Number(Double(power)) * polynomial[power]
          }
          if power + 1 < next.count {
            next[power + 1] = next[power + 1] - Number(2) * decay[l][k] * polynomial[power]
          }
        }
        polynomial = next
      }
      let value = polynomial.reversed().reduce(Number(0)) { $0 * distance + $1 }
      return amplitude[l][k] * (-(decay[l][k] * distance * distance)).exponential() * value
    }
    return (0..<n).map { i in
      var sum = Number(0)
      for k in 0..<n { sum = sum + beta[l][i * n + k] * primitive[k] }
      return sum.rounded
    }
  }
}

/// x to an integer exponent ≥ 0.
private func power(_ x: DoubleDouble, _ exponent: Int) -> DoubleDouble {
  var result = DoubleDouble(1)
  for _ in 0..<exponent { result = result * x }
  return result
}
