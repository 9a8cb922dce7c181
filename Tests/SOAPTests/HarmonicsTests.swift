import Foundation
import Geometry
import TestSupport
import Testing

@testable import SOAP

/// Real spherical harmonics from their recurrence.
@Suite(.tags(.fast)) struct HarmonicsTests {
  /// Y_lm of a unit vector, row l² + l ± m.
  static func values(_ recurrence: HarmonicsRecurrence, _ u: Vector) -> [Double] {
    let degree = recurrence.maximumDegree, width = degree + 1
    var result = [Double](repeating: 0, count: width * width)
    var cosine = 1.0, sine = 0.0
    for m in 0...degree {
      var below = 0.0, q = recurrence.diagonal[m]
      for l in m...degree {
        result[l * l + l + m] = q * cosine
        if m > 0 { result[l * l + l - m] = q * sine }
        guard l < degree else { break }
        let k = (l + 1) * width + m
        (below, q) = (q, recurrence.a[k] * u.z * q - recurrence.b[k] * below)
      }
      (cosine, sine) = (cosine * u.x - sine * u.y, sine * u.x + cosine * u.y)
    }
    return result
  }

  static func directions(_ count: Int) -> [Vector] {
    var generator = SeededGenerator(seed: 31)
    return [Vector(0, 0, 1), Vector(0, 0, -1), Vector(1, 0, 0), Vector(0, -1, 0)]
      + (0..<count).map { _ in Rotation(using: &generator)(Vector(0, 0, 1)) }
  }

  @Test("closed forms up to l = 3") func closedForms() {
    let recurrence = HarmonicsRecurrence(maximumDegree: 3)
    for u in Self.directions(50) {
      let (x, y, z) = (u.x, u.y, u.z)
      func c(_ numerator: Double, _ denominator: Double) -> Double {
        (numerator / (denominator * .pi)).squareRoot()
      }
      let expected = [
        c(1, 4),
        c(3, 4) * y, c(3, 4) * z, c(3, 4) * x,
        c(15, 4) * x * y, c(15, 4) * y * z, c(5, 16) * (3 * z * z - 1), c(15, 4) * x * z,
        c(15, 16) * (x * x - y * y),
        c(35, 32) * y * (3 * x * x - y * y), c(105, 4) * x * y * z, c(21, 32) * y * (5 * z * z - 1),
        c(7, 16) * (5 * z * z * z - 3 * z),
        c(21, 32) * x * (5 * z * z - 1), c(105, 16) * (x * x - y * y) * z,
        c(35, 32) * x * (x * x - 3 * y * y),
      ]
      let found = Self.values(recurrence, u)
      for k in expected.indices { #expect(abs(found[k] - expected[k]) < 1e-14, "row \(k) at \(u)") }
    }
  }

  @Test("addition theorem: Σ_m Y_lm(u)·Y_lm(v) = (2l+1)/4π·P_l(u·v)", arguments: [1, 6, 9, 20])
  func addition(degree: Int) {
    let recurrence = HarmonicsRecurrence(maximumDegree: degree)
    let directions = Self.directions(20)
    for u in directions {
      for v in directions.prefix(8) {
        let a = Self.values(recurrence, u), b = Self.values(recurrence, v)
        let t = dot(u, v)
        var below = 1.0, legendre = t
        for l in 0...degree {
          let p = l == 0 ? 1 : legendre
          let sum = (l * l..<(l + 1) * (l + 1)).reduce(0) { $0 + a[$1] * b[$1] }
          #expect(abs(sum - Double(2 * l + 1) / (4 * .pi) * p) < 1e-12, "l \(l)")
          guard l > 0 else { continue }
          let next = (Double(2 * l + 1) * t * legendre - Double(l) * below) / Double(l + 1)
          below = legendre
          legendre = next
        }
      }
    }
  }
}
