import Foundation
import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Elementary functions", .tags(.fast))
struct HyperbolicTangentTests {
  @Test("tanh of floats over all scales: ≤ 2.5 ulp, odd, at most 1")
  func single() {
    var worst = 0.0
    // Every 1009th positive float from 0 to infinity: all exponents, all mantissas in turn.
    for start in stride(from: UInt32(0), to: 0x7F80_0000, by: 1009 * 16) {
      var x = SIMD16<Float>()
      for lane in 0..<16 {
        x[lane] = Float(bitPattern: min(start + UInt32(lane) * 1009, 0x7F7F_FFFF))
      }
      let t = hyperbolicTangent(x)
      #expect(hyperbolicTangent(-x) == -t)
      for lane in 0..<16 {
        let exact = tanh(Double(x[lane]))
        worst = max(worst, abs(Double(t[lane]) - exact) / Double(Float(exact).ulp))
        #expect(t[lane] <= 1)
      }
    }
    #expect(worst <= 2.5)
  }

  @Test("tanh of doubles over all scales: ≤ 4 ulp of libm, odd, at most 1")
  func double() {
    var generator = SeededGenerator(seed: 3)
    var worst = 0.0
    for exponent in -300...3 {
      for _ in 0..<200 {
        let x = pow(10, Double(exponent)) * Double.random(in: 1..<10, using: &generator)
        let t = hyperbolicTangent(SIMD8<Double>(repeating: x))[0]
        #expect(hyperbolicTangent(SIMD8<Double>(repeating: -x))[7] == -t && t <= 1)
        worst = max(worst, abs(t - tanh(x)) / tanh(x).ulp)
      }
    }
    #expect(worst <= 4)
  }

  @Test("zeros keep their sign, infinities give ±1, NaN stays NaN")
  func specialValues() {
    let t = hyperbolicTangent(
      SIMD16<Float>(0, -0.0, .infinity, -.infinity, .nan, 9.03, -9.03, 1e30, 0, 0, 0, 0, 0, 0, 0, 0)
    )
    #expect(
      t[0].sign == .plus && t[1].sign == .minus && t[1] == 0 && t[2] == 1 && t[3] == -1
        && t[4].isNaN)
    #expect(t[5] == 1 && t[6] == -1 && t[7] == 1)
    let d = hyperbolicTangent(SIMD8<Double>(0, -0.0, .infinity, -.infinity, .nan, 20, -25, 1e300))
    #expect(
      d[0].sign == .plus && d[1].sign == .minus && d[1] == 0 && d[2] == 1 && d[3] == -1
        && d[4].isNaN)
    #expect(d[5] == 1 && d[6] == -1 && d[7] == 1)
  }

  @Test("exp of doubles from −708 to 0: ≤ 2 ulp of libm")
  func exponentials() {
    var generator = SeededGenerator(seed: 4)
    var worst = 0.0
    for _ in 0..<20_000 {
      let x = Double.random(in: -708...0, using: &generator)
      worst = max(worst, abs(exponential(SIMD8(repeating: x))[3] - exp(x)) / exp(x).ulp)
    }
    #expect(worst <= 2)
    #expect(exponential(SIMD8(repeating: 0))[0] == 1)
  }
}
