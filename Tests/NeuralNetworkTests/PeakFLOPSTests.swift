import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Peak FLOPS", .tags(.fast))
struct PeakFLOPSTests {
  @Test("the FMA peak is a plausible rate")
  func peak() {
    let peak = PeakFLOPS.measure(seconds: 0.02)
    #expect(peak > 1 && peak < 1e5)
  }
}
