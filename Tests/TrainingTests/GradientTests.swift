import Foundation
import ModelSupport
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
      let lower = SIMD16(repeating: UInt32(truncatingIfNeeded: key)),
        upper = SIMD16(repeating: UInt32(truncatingIfNeeded: key >> 32))
      x = x.indices.map { tanh(x[$0]) * Double(dropout.factors(lower, upper, unit: $0)[0]) }
    }
    let largest = x.max()!
    return log(x.reduce(0) { $0 + exp($1 - largest) }) + largest - x[label]
  }
}
