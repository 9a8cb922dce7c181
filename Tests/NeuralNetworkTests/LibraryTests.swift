import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import Models
@testable import NeuralNetwork

/// The network by OpenBLAS and libm, in double precision.
func libraryProbabilities(_ model: Model, _ rows: [Double], _ count: Int) -> [Double] {
  var x = rows
  for (index, layer) in model.layers.enumerated() {
    let product = LibraryProduct.timesTransposed(
      x, layer.weight.map { Double($0) }, m: count, n: layer.outputs, k: layer.inputs)
    x = product.enumerated().map { $0.element + Double(layer.bias[$0.offset % layer.outputs]) }
    if index < model.layers.count - 1 { x = x.map { tanh($0) } }
  }
  let classes = model.classCount
  for r in 0..<count {
    let logits = x[(r * classes)..<((r + 1) * classes)]
    let largest = logits.max()!
    let sum = logits.reduce(0) { $0 + exp($1 - largest) }
    for c in 0..<classes { x[r * classes + c] = exp(x[r * classes + c] - largest) / sum }
  }
  return x
}

@Suite("Library product", .tags(.fast))
struct LibraryTests {
  @Test(
    "double precision agrees with OpenBLAS and libm",
    arguments: [[546, 600, 600, 2], [30, 50, 5]])
  func network(widths: [Int]) {
    let model = Model.random(widths)
    let x = randomRows(130, widths[0]).map { Double($0) }
    #expect(
      largestDifference(
        PerceptronDouble(model).probabilities(x, count: 130), libraryProbabilities(model, x, 130))
        < 1e-13)
  }

  @Test("the single-precision product agrees with OpenBLAS within rounding")
  func product() {
    let (rows, inputs, outputs) = (29, 546, 600)
    let layer = Model.random([inputs, outputs]).layers[0]
    let x = randomRows(rows, inputs)
    let library = LibraryProduct.timesTransposed(x, layer.weight, m: rows, n: outputs, k: inputs)
    let hidden = HiddenLayers([PackedLayer<Float>(layer, tile: .native)], batch: rows)
    var largest: Float = 0
    x.withUnsafeBufferPointer { x in
      let found = hidden.run(
        x.baseAddress!, leadingDimension: inputs, count: rows, activates: false)
      for r in 0..<rows {
        for n in 0..<outputs {
          let ours = found[r * hidden.leadingVectors + n / 16][n % 16]
          largest = max(largest, abs(ours - (library[r * outputs + n] + layer.bias[n])))
        }
      }
    }
    #expect(largest < 5e-6)
  }
}
