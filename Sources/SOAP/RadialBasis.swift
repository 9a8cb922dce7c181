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

  init(_ parameters: SOAPParameters) {
    let n = parameters.radialCount
    radialCount = n
    maximumDegree = parameters.maximumDegree
    let eta = 1 / (2 * parameters.sigma * parameters.sigma)
    // NumPy's linspace: start + i·step, the last node exactly r_cut.
    let step = n > 1 ? (parameters.cutoffRadius - 1) / Double(n - 1) : 0
    let nodes = (0..<n).map {
      n > 1 && $0 == n - 1 ? parameters.cutoffRadius : 1 + Double($0) * step
    }
    var amplitude: [[Double]] = [], decay: [[Double]] = [], beta: [[Double]] = []
    for l in 0...parameters.maximumDegree {
      let alpha = nodes.map { -(log(1e-3) - Double(l) * log($0)) / ($0 * $0) }
      let power = Double(l) + 1.5
      var overlap = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        for j in 0..<n {
          overlap[i * n + j] = 0.5 * tgamma(power) * pow(alpha[i] + alpha[j], -power)
        }
      }
      beta.append(inverseSquareRoot(overlap, order: n))
      amplitude.append(alpha.map { pow(.pi / ($0 + eta), 1.5) * pow(eta / ($0 + eta), Double(l)) })
      decay.append(alpha.map { $0 * eta / ($0 + eta) })
    }
    self.amplitude = amplitude
    self.decay = decay
    self.beta = beta
  }

  /// The `order`-th derivative of g_{nl}(r) with respect to r, for all n of one degree; order 0 is
  /// the function itself.
  ///
  /// r^k·exp(−γr²) differentiates to k·r^{k−1}·exp(−γr²) − 2γ·r^{k+1}·exp(−γr²): the code
  /// differentiates the polynomial factor.
  func derivative(_ order: Int, degree l: Int, at r: Double) -> [Double] {
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
func inverseSquareRoot(_ matrix: [Double], order n: Int) -> [Double] {
  var a = matrix
  var v = [Double](repeating: 0, count: n * n)
  for i in 0..<n { v[i * n + i] = 1 }
  for _ in 0..<60 {
    var rotated = false
    for p in 0..<n {
      for q in (p + 1)..<max(n, p + 1) {
        let off = a[p * n + q]
        if abs(off) <= 1e-17 * (a[p * n + p] * a[q * n + q]).squareRoot() { continue }
        rotated = true
        let theta = (a[q * n + q] - a[p * n + p]) / (2 * off)
        let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot(), s = t * c
        for k in 0..<n where k != p && k != q {
          let kp = a[k * n + p], kq = a[k * n + q]
          a[k * n + p] = c * kp - s * kq
          a[p * n + k] = a[k * n + p]
          a[k * n + q] = s * kp + c * kq
          a[q * n + k] = a[k * n + q]
        }
        a[p * n + p] -= t * off
        a[q * n + q] += t * off
        a[p * n + q] = 0
        a[q * n + p] = 0
        for k in 0..<n {
          let kp = v[k * n + p], kq = v[k * n + q]
          v[k * n + p] = c * kp - s * kq
          v[k * n + q] = s * kp + c * kq
        }
      }
    }
    if !rotated { break }
  }
  var result = [Double](repeating: 0, count: n * n)
  for i in 0..<n {
    for j in 0..<n {
      var sum = 0.0
      for k in 0..<n { sum += v[i * n + k] * v[j * n + k] / a[k * n + k].squareRoot() }
      result[i * n + j] = sum
    }
  }
  return result
}
