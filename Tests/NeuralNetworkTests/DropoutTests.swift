import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Dropout", .tags(.fast))
struct DropoutTests {
  @Test("dropout drops the share it should, independently by sample, unit, layer and epoch")
  func dropoutShare() {
    let dropout = Dropout(probability: 0.2, seed: 1, epoch: 4)
    func mask(_ dropout: Dropout, sample: Int, layer: Int) -> [Bool] {
      let key = dropout.rowKey(sample: sample, layer: layer)
      return (0..<608).map { factor(dropout, key, unit: $0) == 0 }
    }
    let masks = (0..<2000).map { mask(dropout, sample: $0, layer: 0) }
    let share = Double(masks.joined().count { $0 }) / (2000 * 608)
    #expect(abs(share - 0.2) < 0.002)
    // Per unit, and for neighbours in either direction: both dropped in 4 %.
    for unit in 0..<608 { #expect(abs(Double(masks.count { $0[unit] }) / 2000 - 0.2) < 0.05) }
    let sideways = masks.reduce(0) { sum, m in sum + (1..<608).count { m[$0] && m[$0 - 1] } }
    let across = (1..<2000).reduce(0) { sum, s in
      sum + (0..<608).count { masks[s][$0] && masks[s - 1][$0] }
    }
    #expect(
      abs(Double(sideways) / (2000 * 607) - 0.04) < 0.001
        && abs(Double(across) / (1999 * 608) - 0.04) < 0.001)
    #expect(mask(dropout, sample: 3, layer: 1) != masks[3])
    #expect(mask(Dropout(probability: 0.2, seed: 1, epoch: 5), sample: 3, layer: 0) != masks[3])
    #expect(mask(Dropout(probability: 0.2, seed: 2, epoch: 4), sample: 3, layer: 0) != masks[3])
    #expect([0, 1.25].contains(factor(dropout, 7, unit: 0)))
  }

  @Test("the factor of a sample does not depend on the others in its vector")
  func lanes() {
    let dropout = Dropout(probability: 0.5, seed: 3, epoch: 0)
    let keys = (0..<16).map { dropout.rowKey(sample: 5 * $0, layer: 1) }
    var lower = SIMD16<UInt32>.zero, upper = lower
    for (lane, key) in keys.enumerated() {
      lower[lane] = UInt32(truncatingIfNeeded: key)
      upper[lane] = UInt32(truncatingIfNeeded: key >> 32)
    }
    for unit in 0..<50 {
      let factors = dropout.factors(lower, upper, unit: unit)
      for (lane, key) in keys.enumerated() {
        #expect(factors[lane] == factor(dropout, key, unit: unit))
      }
    }
  }

  private func factor(_ dropout: Dropout, _ key: UInt64, unit: Int) -> Float {
    dropout.factors(
      SIMD16(repeating: UInt32(truncatingIfNeeded: key)),
      SIMD16(repeating: UInt32(truncatingIfNeeded: key >> 32)), unit: unit)[0]
  }
}
