import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Scaler", .tags(.fast))
struct ScalerTests {
  @Test(
    "rows alone and in a batch have the bits of the formula, in both precisions",
    arguments: [1, 15, 16, 17, 546])
  func formula(width: Int) {
    let rows = 5
    let raw = randomRows(rows, width + 2)
    let offset = randomRows(1, width, seed: 8)
    let inverse = randomRows(1, width, seed: 9)
    var result = [Float](repeating: -7, count: rows * (width + 1))
    var span = result.mutableSpan
    Scaler.standardise(
      raw: raw.span, rawLeadingDimension: width + 2, count: rows, offset: offset.span,
      inverseScale: inverse.span, into: &span,
      leadingDimension: width + 1)
    let wide = raw.map { Double($0) }
    let wideOffset = offset.map { Double($0) }
    let wideInverse = inverse.map { Double($0) }
    var row = [Double](repeating: 0, count: width)
    for r in 0..<rows {
      for f in 0..<width {
        #expect(result[r * (width + 1) + f] == (raw[r * (width + 2) + f] - offset[f]) * inverse[f])
      }
      #expect(result[r * (width + 1) + width] == -7)
      let wideRaw = Array(wide[(r * (width + 2))..<(r * (width + 2) + width)])
      var rowSpan = row.mutableSpan
      Scaler.standardise(
        raw: wideRaw.span, offset: wideOffset.span, inverseScale: wideInverse.span, into: &rowSpan)
      for f in 0..<width { #expect(row[f] == (wideRaw[f] - wideOffset[f]) * wideInverse[f]) }
    }
  }

  @Test("the inverse scale is the reciprocal")
  func inverse() {
    #expect(Scaler(mean: [0, 1], scale: [4, 0.5]).inverseScale == [0.25, 2])
  }

  @Test("the FMA peak is a plausible rate")
  func peak() {
    let peak = PeakFLOPS.measure(seconds: 0.02)
    #expect(peak > 1 && peak < 1e5)
  }
}
