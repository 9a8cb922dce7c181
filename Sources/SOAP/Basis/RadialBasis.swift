import Geometry
import Glibc

/// DScribe's Gaussian-type radial basis, already convolved with the Gaussians of the atoms.
///
/// The primitives r^l·exp(−α_{nl}·r²) fall to 10⁻³ at the nodes a_n = linspace(1, r_cut, n_max), so
/// α_{nl} = (l·ln a_n − ln 10⁻³)/a_n². Their overlap on [0, ∞) is S_{nm} =
/// ½·Γ(l+3/2)·(α_n+α_m)^{−(l+3/2)} and Löwdin's β_l = S^{−1/2} makes them orthonormal. The
/// projection of a Gaussian of width σ at distance r, η = 1/(2σ²), is then
///
///     g_{nl}(r) = Σ_n' β_{l,nn'} · (π/(α_{n'l}+η))^{3/2} · (η/(α_{n'l}+η))^l
///                · exp(−α_{n'l}·η/(α_{n'l}+η)·r²) · r^l
///
/// so that c_{nlm} = Σ_j g_{nl}(r_j)·Y_lm(r̂_j). Source: Himanen et al., Comput. Phys. Commun. 247,
/// 106949 (2020), and DScribe 2.1.
struct RadialBasis {
  let radialCount: Int
  let maximumDegree: Int
  /// Prefactors without r^l, and decay constants γ in Å⁻²; `[l][n']`.
  let amplitude: [[Double]], decay: [[Double]]
  /// Löwdin matrices β_l; `[l][n·n_max + n']`, symmetric.
  let beta: [[Double]]
  /// The same with 32 digits, if the primitives are too nearly linearly dependent for double
  /// precision (`PreciseBasis.threshold`).
  let precise: PreciseBasis?
  /// About the largest error of g_{nl}, relative to the norm of an atom's Gaussian, when its
  /// primitives are summed in double precision: their rounding times the largest element of β,
  /// columns scaled to normalised primitives.
  let roundingError: Double

  init(_ parameters: SOAPParameters) {
    let n = parameters.radialCount
    radialCount = n
    maximumDegree = parameters.maximumDegree
    let eta = 1 / (2 * parameters.sigma * parameters.sigma)
    // NumPy's linspace: start + i·step, the last node exactly r_cut.
    let step = n > 1 ? (parameters.cutoffRadius - 1) / Double(n - 1) : 0
    let nodes = (0..<n).map { k -> Double in
      n > 1 && k == n - 1 ? parameters.cutoffRadius : 1 + Double(k) * step
    }
    var amplitude: [[Double]] = [], decay: [[Double]] = [], beta: [[Double]] = []
    var isIllConditioned = false
    var norms: [[Double]] = []
    for l in 0...parameters.maximumDegree {
      let alpha = nodes.map { r -> Double in
        let exponent = log(1e-3) - Double(l) * log(r)
        return -exponent / (r * r)
      }
      let power = Double(l) + 1.5
      var overlap = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        for j in 0..<n {
          overlap[i * n + j] = 0.5 * tgamma(power) * pow(alpha[i] + alpha[j], -power)
        }
      }
      let (root, smallest, largest) = inverseSquareRoot(overlap, order: n)
      // Written so that NaN counts too.
      if !(smallest > PreciseBasis.threshold * largest),
        !(reciprocalCondition(overlap, order: n) > PreciseBasis.threshold)
      {
        isIllConditioned = true
      }
      norms.append((0..<n).map { overlap[$0 * n + $0].squareRoot() })
      beta.append(root)
      amplitude.append(alpha.map { pow(.pi / ($0 + eta), 1.5) * pow(eta / ($0 + eta), Double(l)) })
      decay.append(alpha.map { $0 * eta / ($0 + eta) })
    }
    precise = isIllConditioned ? PreciseBasis(parameters) : nil
    self.amplitude = precise?.amplitude.map { $0.map(\.rounded) } ?? amplitude
    self.decay = precise?.decay.map { $0.map(\.rounded) } ?? decay
    self.beta = precise?.beta.map { $0.map(\.rounded) } ?? beta
    var largest = 0.0
    for (matrix, norm) in zip(self.beta, norms) {
      for (k, element) in matrix.enumerated() { largest = max(largest, abs(element) * norm[k % n]) }
    }
    roundingError = largest * 0x1p-51
  }

  /// Whether all numbers are finite and the smallest eigenvalue of every overlap matrix is known.
  var isUsable: Bool {
    (precise?.isResolved ?? true)
      && [amplitude, decay, beta].allSatisfy { $0.allSatisfy { $0.allSatisfy(\.isFinite) } }
  }

  /// The `order`-th derivative of g_{nl}(r) with respect to r, for all n of one degree; order 0 is
  /// the function itself.
  ///
  /// r^k·exp(−γr²) differentiates to k·r^{k−1}·exp(−γr²) − 2γ·r^{k+1}·exp(−γr²): the code
  /// differentiates the polynomial factor.
  func derivative(_ order: Int, degree l: Int, at r: Double) -> [Double] {
    if let precise { return precise.derivative(order, degree: l, at: r) }
    let n = radialCount
    let primitive = (0..<n).map { k in
      let gamma = decay[l][k]
      var polynomial = [Double](repeating: 0, count: l + order + 1)
      polynomial[l] = 1
      for _ in 0..<order {
        var next = [Double](repeating: 0, count: polynomial.count)
        for power in polynomial.indices {
          if power > 0 { next[power - 1] += Double(power) * polynomial[power] }
          if power + 1 < next.count { next[power + 1] -= 2 * gamma * polynomial[power] }
        }
        polynomial = next
      }
      return amplitude[l][k] * exp(-gamma * r * r) * polynomial.reversed().reduce(0) { $0 * r + $1 }
    }
    return (0..<n).map { i in
      var sum = 0.0
      for k in 0..<n { sum += beta[l][i * n + k] * primitive[k] }
      return sum
    }
  }
}

/// S^{−1/2} of a symmetric positive definite matrix, by cyclic Jacobi rotations.
///
/// Jacobi keeps the small eigenvalues of such matrices to high relative accuracy (Demmel & Veselić
/// 1992), which a tridiagonal solver does not; here they reach 10⁻⁹ of the largest and β amplifies
/// their error.
///
/// - Returns: the matrix `[n, n]`, and its smallest and largest eigenvalue.
func inverseSquareRoot<Number: BasisNumber>(_ matrix: [Number], order n: Int) -> (
  root: [Number], smallest: Number, largest: Number
) {
  let (zero, one, two) = (Number(0), Number(1), Number(2))
  var a = matrix
  var v = [Number](repeating: zero, count: n * n)
  for i in 0..<n { v[i * n + i] = one }
  for _ in 0..<60 {
    var rotated = false
    for p in 0..<n {
      for q in (p + 1)..<max(n, p + 1) {
        let off = a[p * n + q]
        let scale = (a[p * n + p] * a[q * n + q]).squareRoot()
        if off.magnitude <= Number.negligible * scale { continue }
        rotated = true
        let theta = (a[q * n + q] - a[p * n + p]) / (two * off)
        let t =
          (theta >= zero ? one : -one) / (theta.magnitude + (theta * theta + one).squareRoot())
        let c = one / (t * t + one).squareRoot(), s = t * c
        for k in 0..<n where k != p && k != q {
          let kp = a[k * n + p], kq = a[k * n + q]
          a[k * n + p] = c * kp - s * kq
          a[p * n + k] = a[k * n + p]
          a[k * n + q] = s * kp + c * kq
          a[q * n + k] = a[k * n + q]
        }
        a[p * n + p] = a[p * n + p] - t * off
        a[q * n + q] = a[q * n + q] + t * off
        a[p * n + q] = zero
        a[q * n + p] = zero
        for k in 0..<n {
          let kp = v[k * n + p], kq = v[k * n + q]
          v[k * n + p] = c * kp - s * kq
          v[k * n + q] = s * kp + c * kq
        }
      }
    }
    if !rotated { break }
  }
  let eigenvalues = (0..<n).map { a[$0 * n + $0] }
  var result = [Number](repeating: zero, count: n * n)
  for i in 0..<n {
    for j in 0..<n {
      var sum = zero
      for k in 0..<n { sum = sum + v[i * n + k] * v[j * n + k] / eigenvalues[k].squareRoot() }
      result[i * n + j] = sum
    }
  }
  return (
    result, eigenvalues.reduce(eigenvalues[0]) { $1 < $0 ? $1 : $0 },
    eigenvalues.reduce(eigenvalues[0]) { $0 < $1 ? $1 : $0 }
  )
}

/// Ratio of the smallest to the largest eigenvalue of a positive definite matrix scaled to a unit
/// diagonal; not above 0, or NaN, for a matrix that rounding has made indefinite.
///
/// The relative error of every eigenvalue that Jacobi's rotations find is the rounding error
/// divided by this ratio (Demmel & Veselić 1992), however different the diagonal elements are: with
/// l = 8 and r_cut = 10 Å they differ by 10¹⁵, and the ratio is 10⁻⁴.
func reciprocalCondition<Number: BasisNumber>(_ matrix: [Number], order n: Int) -> Number {
  let norms = (0..<n).map { matrix[$0 * n + $0].squareRoot() }
  let scaled = matrix.indices.map { matrix[$0] / (norms[$0 / n] * norms[$0 % n]) }
  let (_, smallest, largest) = inverseSquareRoot(scaled, order: n)
  return smallest / largest
}
