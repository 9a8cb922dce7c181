import Foundation
import Testing

@testable import SOAP

/// The table of the single-precision path compared with the radial functions that it interpolates.
@Suite(.tags(.fast)) struct SplineTests {
  /// β⁵(x) by its definition as a sum of truncated powers.
  private func spline(_ x: Double) -> Double {
    let binomials: [Double] = [1, -6, 15, -20, 15, -6, 1]
    var sum: Double = 0
    var t: Double = x + 3
    for binomial in binomials where t > 0 {
      sum += binomial * pow(t, 5)
      t -= 1
    }
    return sum / 120
  }

  @Test("the coefficients reproduce the values at the nodes")
  func nodes() {
    let values = (0..<120).map { (k: Int) -> Double in exp(-0.01 * pow(Double(k - 50), 2)) }
    let c = RadialTable.splineCoefficients(values)
    for k in 45..<75 {
      var sum = 0.0
      for i in -2...2 { sum += c[k + i] * spline(Double(i)) }
      #expect(abs(sum - values[k]) < 1e-13)
    }
  }

  @Test(
    "the table has the radial functions to 2e-6 of the largest",
    arguments: [(6, 6, 0.5), (8, 8, 0.5), (5, 3, 1), (9, 4, 0.4)])
  func accuracy(n: Int, maximumDegree: Int, sigma: Double) throws {
    let parameters = try SOAPParameters(
      species: ["O"], center: "O", cutoffRadius: 6, radialCount: n, maximumDegree: maximumDegree,
      sigma: sigma)
    let basis = RadialBasis(parameters)
    let table = RadialTable(basis: basis, parameters: parameters)
    let spacing = parameters.effectiveCutoff / Double(table.intervals)
    for l in 0...maximumDegree {
      var largest = 0.0, worst = 0.0
      for k in 0..<500 {
        let r = parameters.effectiveCutoff * Double(k) / 499
        let interval = min(Int(r / spacing), table.intervals - 1)
        let g = basis.derivative(0, degree: l, at: r)
        for (i, exact) in g.enumerated() {
          let lane = l * n + i
          var sum = 0.0
          for node in interval..<(interval + 6) {
            let coefficient = table.nodes[node * table.vectors + lane / 16][lane % 16]
            sum += Double(coefficient) * spline(r / spacing - Double(node - 2))
          }
          largest = max(largest, abs(exact))
          worst = max(worst, abs(sum - exact))
        }
      }
      #expect(worst < 2e-6 * largest, "l \(l): \(worst / largest)")
    }
  }
}
