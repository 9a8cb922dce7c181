import ModelSupport
import TestSupport
import Testing

@testable import Models

@Suite("Scaler", .tags(.fast))
struct ScalerTests {
  @Test("rows have the bits of the formula, alone and in a batch", arguments: [1, 15, 16, 17, 546])
  func formula(width: Int) {
    let rows = 5
    let raw = randomRows(rows, width).map { Double($0) }
    let mean = randomRows(1, width, seed: 8).map { Double($0) }
    let scale = randomRows(1, width, seed: 9).map { abs(Double($0)) + 0.1 }
    let scaler = Scaler(mean: mean, scale: scale)
    var batch = raw
    var span = batch.mutableSpan
    scaler.standardise(&span)
    for r in 0..<rows {
      var row = Array(raw[(r * width)..<((r + 1) * width)])
      var rowSpan = row.mutableSpan
      scaler.standardise(&rowSpan)
      #expect(row == Array(batch[(r * width)..<((r + 1) * width)]))
      for f in 0..<width {
        #expect(row[f] == (raw[r * width + f] - mean[f]) * (1 / scale[f]))
      }
    }
  }

  @Test("the inverse scale is the reciprocal")
  func inverse() {
    #expect(Scaler(mean: [0, 1], scale: [4, 0.5]).inverseScale == [0.25, 2])
  }
}
