import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Dropout", .tags(.fast))
struct DropoutTests {
  @Test("dropout drops the share it should, independently by sample, unit, layer and epoch")
  func dropoutShare() {
    let dropout = Dropout(probability: 0.2, seed: 1, epoch: 4)
    func mask(_ dropout: Dropout, sample: Int, layer: Int) -> [Bool] {
      (0..<38).flatMap { v in
        let factors = dropout.factors(dropout.rowKey(sample: sample, layer: layer), vector: v)
        return (0..<16).map { factors[$0] == 0 }
      }
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
    #expect(dropout.factors(7, vector: 0)[0] == 0 || dropout.factors(7, vector: 0)[0] == 1.25)
  }
}
