import Foundation
import TestSupport
import Testing

@testable import NeuralNetwork
@testable import Training

@Suite("Gradient", .tags(.fast))
struct GradientTests {
  static let shapes: [[Int]] = [[5, 3], [6, 7, 2], [9, 17, 16, 4], [4, 3, 5, 2, 3]]

  @Test(
    "equals central differences of plain double loops, with and without dropout", arguments: shapes,
    [0, 0.3])
  func centralDifferences(widths: [Int], dropout: Double) {
    let options = TrainingOptions(
      hidden: Array(widths[1..<(widths.count - 1)]), dropout: dropout, seed: 3)
    let state = TrainingState(features: widths[0], classes: widths.last!, options: options)
    let rows = 11
    let x = randomRows(rows, widths[0])
    let labels = (0..<rows).map { UInt8($0 * 7 % widths.last!) }
    let order = (0..<Int32(rows)).reversed() + [2]
    let (sums, loss) = Trainer(state, chunk: 4).gradient(x, labels, Array(order), sampleOffset: 40)

    let plain = PlainLoss(
      shape: state.shape, dropout: Dropout(probability: dropout, seed: 3, epoch: 0))
    var parameters = state.parameters.map { Double($0) }
    func total() -> Double {
      order.reduce(0) { sum, i in
        let row = Array(x[(Int(i) * widths[0])..<((Int(i) + 1) * widths[0])])
        return sum
          + plain.loss(of: row, label: Int(labels[Int(i)]), sample: 40 + Int(i), parameters)
      }
    }
    #expect(abs(loss.loss - total()) < 1e-5)
    for i in parameters.indices {
      let (value, h) = (parameters[i], 1e-5)
      parameters[i] = value + h
      let above = total()
      parameters[i] = value - h
      let below = total()
      parameters[i] = value
      #expect(abs(Double(sums[i]) - (above - below) / (2 * h)) < 2e-5)
    }
  }

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

/// The training loss of one row as plain loops in double precision, the function whose derivative
/// the gradient must be.
struct PlainLoss {
  let shape: NetworkShape
  let dropout: Dropout

  func loss(of row: [Float], label: Int, sample: Int, _ parameters: [Double]) -> Double {
    var x = row.map { Double($0) }
    for layer in 0..<shape.layerCount {
      let (weight, bias) = (shape.weightOffset(layer: layer), shape.biasOffset(layer: layer))
      x = (0..<shape.widths[layer + 1]).map { output in
        x.indices.reduce(parameters[bias + output]) {
          $0 + parameters[weight + output * x.count + $1] * x[$1]
        }
      }
      guard layer < shape.layerCount - 1 else { break }
      let key = dropout.rowKey(sample: sample, layer: layer)
      x = x.indices.map { tanh(x[$0]) * Double(dropout.factors(key, vector: $0 / 16)[$0 % 16]) }
    }
    let largest = x.max()!
    return log(x.reduce(0) { $0 + exp($1 - largest) }) + largest - x[label]
  }
}
