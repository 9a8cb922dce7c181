import Foundation
import TestSupport
import Testing

@testable import SOAP

/// The radial part compared with quadrature, and its components.
@Suite(.tags(.fast)) struct RadialTests {
  static func parameters(_ n: Int, _ l: Int, sigma: Double = 0.5, cutoff: Double = 6) throws
    -> SOAPParameters
  {
    try SOAPParameters(
      species: ["O"], center: "O", cutoffRadius: cutoff, radialCount: n, maximumDegree: l,
      sigma: sigma)
  }

  /// α_{nl} by the definition: r^l·exp(−α r²) is 10⁻³ at the node a_n.
  static func alpha(_ node: Double, _ l: Int) -> Double {
    (Double(l) * log(node) - log(1e-3)) / (node * node)
  }

  @Test("the basis functions are orthonormal on [0, ∞)", arguments: [(1, 0), (4, 3), (6, 6)])
  func orthonormal(n: Int, maximumDegree: Int) throws {
    let basis = RadialBasis(try Self.parameters(n, maximumDegree))
    for l in 0...maximumDegree {
      let alphas = (0..<n).map { Self.alpha(n == 1 ? 1 : 1 + 5 * Double($0) / Double(n - 1), l) }
      func functions(_ r: Double) -> [Double] {
        let primitive = alphas.map { pow(r, Double(l)) * exp(-$0 * r * r) }
        return (0..<n).map { i in
          (0..<n).reduce(0) { $0 + basis.beta[l][i * n + $1] * primitive[$1] }
        }
      }
      var overlap = [Double](repeating: 0, count: n * n)
      integrate(to: 24, steps: 4000) { r, weight in
        let g = functions(r)
        for i in 0..<n { for j in 0..<n { overlap[i * n + j] += weight * r * r * g[i] * g[j] } }
      }
      for i in 0..<n {
        for j in 0..<n {
          #expect(abs(overlap[i * n + j] - (i == j ? 1 : 0)) < 1e-7, "l \(l), \(i), \(j)")
        }
      }
    }
  }

  /// g_{nl}(R) is the overlap of basis function n with the degree-l part of a Gaussian at distance
  /// R: 4π·∫ r² g_n(r)·exp(−η(r² + R²))·i_l(2ηrR) dr, with i_l the modified spherical Bessel
  /// function; the factor Y_lm is separate.
  @Test("the projection of a Gaussian equals its integral", arguments: [0.3, 1.1, 2.76, 5.9, 7.5])
  func projection(distance: Double) throws {
    let n = 5, maximumDegree = 5
    for sigma in [0.4, 0.5, 1] {
      let basis = RadialBasis(try Self.parameters(n, maximumDegree, sigma: sigma))
      let eta = 1 / (2 * sigma * sigma)
      for l in 0...maximumDegree {
        let alphas = (0..<n).map { Self.alpha(1 + 5 * Double($0) / Double(n - 1), l) }
        var expected = [Double](repeating: 0, count: n)
        integrate(to: 20, steps: 6000) { r, weight in
          let gaussian =
            exp(-eta * (r - distance) * (r - distance)) * scaledBessel(l, 2 * eta * r * distance)
          for k in 0..<n {
            expected[k] +=
              weight * r * r * pow(r, Double(l)) * exp(-alphas[k] * r * r) * gaussian * 4 * .pi
          }
        }
        let found = basis.derivative(0, degree: l, at: distance)
        for i in 0..<n {
          let sum = (0..<n).reduce(0) { $0 + basis.beta[l][i * n + $1] * expected[$1] }
          #expect(
            abs(found[i] - sum) < 1e-9 * basis.beta[l].map(abs).max()!,
            "σ \(sigma), l \(l), n \(i): \(found[i]), \(sum)")
        }
      }
    }
  }

  @Test("derivatives against differences") func derivatives() throws {
    let basis = RadialBasis(try Self.parameters(4, 4))
    for l in 0...4 {
      for r in [0.5, 2.2, 4.9] {
        for order in 1...2 {
          let h = 1e-4
          let low = basis.derivative(order - 1, degree: l, at: r - h),
            high = basis.derivative(order - 1, degree: l, at: r + h)
          let found = basis.derivative(order, degree: l, at: r)
          for n in 0..<4 {
            #expect(abs(found[n] - (high[n] - low[n]) / (2 * h)) < 1e-5 * max(1, abs(found[n])))
          }
        }
      }
    }
  }

  @Test("S^(-1/2) by its definition") func inverseRoot() {
    let n = 4
    let matrix = (0..<n * n).map { k in 1 / Double(k / n + k % n + 1) + (k / n == k % n ? 0.3 : 0) }
    let root = inverseSquareRoot(matrix, order: n).root
    // β·S·β = 1.
    for i in 0..<n {
      for j in 0..<n {
        var sum = 0.0
        for p in 0..<n {
          for q in 0..<n { sum += root[i * n + p] * matrix[p * n + q] * root[q * n + j] }
        }
        #expect(abs(sum - (i == j ? 1 : 0)) < 1e-13)
        #expect(abs(root[i * n + j] - root[j * n + i]) < 1e-14)
      }
    }
  }

  @Test("the exponential is within 2 ulp, and 0 far below") func exponentials() {
    var generator = SeededGenerator(seed: 21)
    var worst = 0.0
    for _ in 0..<20_000 {
      var x = SIMD8<Double>.zero
      let span = generator.uniform() < 0.5 ? 2.0 : 700.0
      for lane in 0..<8 { x[lane] = -generator.uniform() * span }
      let y = exponentialLanes(x)
      for lane in 0..<8 { worst = max(worst, abs(y[lane] - exp(x[lane])) / exp(x[lane]).ulp) }
    }
    #expect(worst <= 2, "\(worst) ulp")
    #expect(exponentialLanes(.zero) == SIMD8(repeating: 1))
    #expect(
      exponentialLanes(SIMD8(repeating: -709)) == .zero
        && exponentialLanes(SIMD8(repeating: -1e300)) == .zero
    )
  }

  /// Simpson's rule on [0, end].
  private func integrate(
    to end: Double, steps: Int, _ body: (_ r: Double, _ weight: Double) -> Void
  ) {
    let h = end / Double(steps)
    for k in 0...steps {
      body(Double(k) * h, h / 3 * (k == 0 || k == steps ? 1 : k % 2 == 1 ? 4 : 2))
    }
  }

  /// e^(−x)·i_l(x): the series for small x, otherwise upward recurrence from closed forms, which is
  /// stable enough for l ≤ 5 and x > 4.
  private func scaledBessel(_ l: Int, _ x: Double) -> Double {
    if x < 8 {
      var term = 1.0
      for k in 0..<l { term *= x / Double(2 * k + 3) }
      var sum = 0.0
      for k in 0..<80 {
        sum += term
        let denominator = Double((k + 1) * (2 * l + 2 * k + 3))
        term *= 0.5 * x * x / denominator
      }
      return sum * exp(-x)
    }
    var below = (1 - exp(-2 * x)) / (2 * x)
    if l == 0 { return below }
    var here = (1 + exp(-2 * x)) / (2 * x) - below / x
    for k in 1..<max(l, 1) {
      let next = below - Double(2 * k + 1) / x * here
      below = here
      here = next
    }
    return here
  }
}
