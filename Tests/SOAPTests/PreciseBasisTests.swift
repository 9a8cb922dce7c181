import Foundation
import TestSupport
import Testing

@testable import SOAP

/// Radial functions of bases that are nearly linearly dependent, against 60 digits (mpmath,
/// Fixtures/make_radial.py).
@Suite(.tags(.fast)) struct PreciseBasisTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let r_cut: Double, sigma: Double
    let n_max: Int, l: Int
    let distances: [Double]
    let values: [[Double]]
    var testDescription: String { "r_cut \(r_cut), n_max \(n_max), l \(l)" }
  }

  static let cases: [Case] = {
    let url = Bundle.module.url(forResource: "Fixtures/radial", withExtension: "json")!
    // A fixture that cannot be read is a broken checkout: trap.
    // swift-format-ignore: NeverUseForceTry
    return try! JSONDecoder().decode([Case].self, from: try! Data(contentsOf: url))
  }()

  private func parameters(_ r: Double, _ n: Int, _ l: Int) throws -> SOAPParameters {
    try SOAPParameters(
      species: ["O"], center: "O", cutoffRadius: r, radialCount: n, maximumDegree: l, sigma: 0.5)
  }

  @Test("radial functions have the digits promised", arguments: cases)
  func digits(_ c: Case) throws {
    let set = try parameters(c.r_cut, c.n_max, c.l)
    let basis = RadialBasis(set)
    #expect(basis.isUsable)
    for (r, expected) in zip(c.distances, c.values) {
      let found = basis.derivative(0, degree: c.l, at: r)
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-9, "r \(r): \(a), \(b)") }
    }
    // What the double-precision path does with the same numbers, and its error estimate.
    let rounding = try set.radialRoundingError()
    for (r, expected) in zip(c.distances, c.values) {
      for i in 0..<c.n_max {
        var sum = 0.0
        for k in 0..<c.n_max {
          sum +=
            basis.beta[c.l][i * c.n_max + k] * basis.amplitude[c.l][k]
            * exp(-basis.decay[c.l][k] * r * r) * pow(r, Double(c.l))
        }
        #expect(abs(sum - expected[i]) < max(1e-9, 8 * rounding))
      }
    }
  }

  @Test("derivatives of precise bases match differences")
  func derivatives() throws {
    let basis = RadialBasis(try parameters(4, 16, 4))
    #expect(basis.precise != nil)
    let h = 1e-3
    for order in 1...2 {
      let low = basis.derivative(order - 1, degree: 4, at: 2 - h)
      let high = basis.derivative(order - 1, degree: 4, at: 2 + h)
      for (k, value) in basis.derivative(order, degree: 4, at: 2).enumerated() {
        #expect(abs(value - (high[k] - low[k]) / (2 * h)) < 1e-4 * max(1, abs(value)))
      }
    }
  }

  @Test("the usual bases need doubles only, and a dependent one is refused")
  func ranges() throws {
    for (n, l) in [(6, 6), (8, 8)] {
      #expect(RadialBasis(try parameters(6, n, l)).precise == nil)
      #expect(try parameters(6, n, l).radialRoundingError() < 1e-10)
    }
    #expect(throws: SOAPError.self) { try parameters(1.01, 20, 0).radialRoundingError() }
  }

  @Test("pairs of doubles have 30 digits")
  func arithmetic() {
    let third = DoubleDouble(1) / DoubleDouble(3)
    let rest = third * DoubleDouble(3) - DoubleDouble(1)
    #expect(abs(rest.high) < 1e-31)
    let root = DoubleDouble(2).squareRoot()
    #expect(abs((root * root - DoubleDouble(2)).high) < 1e-31)
    for x in [0.1, 1, 7, 300] {
      let again = DoubleDouble(x).logarithm().exponential() / DoubleDouble(x) - DoubleDouble(1)
      #expect(abs(again.high) < 1e-27)
    }
  }
}
