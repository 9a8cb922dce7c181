import ModelSupport
import TestSupport
import Testing

@testable import NeuralNetwork

/// Gradients by their bits; by their values in TrainingTests.
@Suite("Back-propagation", .tags(.fast)) struct BackPropagationTests {
  private static let shapes = [
    [5, 3], [6, 7, 2], [17, 1, 2], [40, 33, 16, 4], [9, 128, 50, 2], [128, 21, 3],
  ]

  @Test("gradients have the same bits with either tile", arguments: shapes, [1, 15, 32, 77])
  func tiles(widths: [Int], count: Int) {
    let dropout = Dropout(probability: 0.3, seed: 2, epoch: 1)
    let wide = gradient(widths, count, dropout, chunk: count, .wide)
    let narrow = gradient(widths, count, dropout, chunk: count, .narrow)
    #expect(wide.sums == narrow.sums && wide.loss == narrow.loss)
    #expect(wide.sums.contains { $0 != 0 })
    // In chunks the sums are in groups, which differ by rounding, but not between the tiles.
    let wideChunks = gradient(widths, count, dropout, chunk: 20, .wide)
    let narrowChunks = gradient(widths, count, dropout, chunk: 20, .narrow)
    #expect(wideChunks.sums == narrowChunks.sums && wideChunks.loss == narrowChunks.loss)
    #expect(largestDifference(wideChunks.sums, wide.sums) < 1e-4)
  }

  @Test(
    "chunks are added, whatever a larger one before has left",
    arguments: [
      RegisterTile.wide, .narrow,
    ])
  func chunks(tile: RegisterTile) {
    let shape = NetworkShape(widths: [9, 50, 33, 3]), count = 97, chunk = 40
    let parameters = randomRows(1, shape.parameterCount, seed: 1)
    let rows = randomRows(count, 9, seed: 2)
    let labels = (0..<count).map { UInt8($0 * 7 % 3) }
    let dropout = Dropout(probability: 0.3, seed: 2, epoch: 1)
    let order = (0..<Int32(count)).reversed() as [Int32]
    let whole = gradient(
      BackPropagation(shape, chunk: chunk, tile: tile), shape, parameters, rows, labels, order,
      dropout)
    var sums = [Float](repeating: 0, count: shape.parameterCount)
    for start in stride(from: 0, to: count, by: chunk) {
      let part = Array(order[start..<min(start + chunk, count)])
      let own = gradient(
        BackPropagation(shape, chunk: chunk, tile: tile), shape, parameters, rows, labels, part,
        dropout)
      for i in sums.indices { sums[i] += own.sums[i] }
    }
    for layer in 0..<shape.layerCount {
      // The chains of biases go on from chunk to chunk.
      let weights = shape.weightOffset(layer: layer)..<shape.biasOffset(layer: layer)
      #expect(whole.sums[weights] == sums[weights])
    }
    #expect(largestDifference(whole.sums, sums) < 1e-4)
  }

  @Test(
    "NaN of an earlier chunk does not reach a later one", arguments: [RegisterTile.wide, .narrow])
  func staleValues(tile: RegisterTile) {
    let shape = NetworkShape(widths: [6, 7, 2])
    let parameters = randomRows(1, shape.parameterCount, seed: 1)
    let pass = BackPropagation(shape, chunk: 40, tile: tile)
    var rows = randomRows(40, 6, seed: 2)
    let off = Dropout(probability: 0, seed: 0, epoch: 0)
    let expected = gradient(pass, shape, parameters, rows, 3, off)
    for i in 18..<rows.count { rows[i] = .nan }
    #expect(gradient(pass, shape, parameters, rows, 40, off).sums[0].isNaN)
    #expect(gradient(pass, shape, parameters, rows, 3, off).sums == expected.sums)
  }

  private typealias Result = (sums: [Float], loss: LossSums)

  private func gradient(
    _ widths: [Int], _ count: Int, _ dropout: Dropout, chunk: Int, _ tile: RegisterTile
  ) -> Result {
    let shape = NetworkShape(widths: widths)
    return gradient(
      BackPropagation(shape, chunk: chunk, tile: tile), shape,
      randomRows(1, shape.parameterCount, seed: 1), randomRows(count, widths[0], seed: 2), count,
      dropout)
  }

  private func gradient(
    _ pass: BackPropagation, _ shape: NetworkShape, _ parameters: [Float], _ rows: [Float],
    _ count: Int, _ dropout: Dropout
  ) -> Result {
    gradient(
      pass, shape, parameters, rows, (0..<count).map { UInt8($0 * 7 % shape.classes) },
      (0..<Int32(count)).reversed(), dropout)
  }

  private func gradient(
    _ pass: BackPropagation, _ shape: NetworkShape, _ parameters: [Float], _ rows: [Float],
    _ labels: [UInt8], _ order: [Int32], _ dropout: Dropout
  ) -> Result {
    var sums = [Float](repeating: 7, count: shape.parameterCount)
    let loss = parameters.withUnsafeBufferPointer { parameters in
      rows.withUnsafeBufferPointer { rows in
        labels.withUnsafeBufferPointer { labels in
          order.withUnsafeBufferPointer { order in
            sums.withUnsafeMutableBufferPointer { sums in
              pass.gradient(
                parameters.baseAddress!, rows, labels, order, sampleOffset: 40, dropout,
                into: sums.baseAddress!)
            }
          }
        }
      }
    }
    return (sums, loss)
  }
}
