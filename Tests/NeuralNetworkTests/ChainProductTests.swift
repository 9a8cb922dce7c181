import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import NeuralNetwork

/// Products of training, by the definition of their bits.
@Suite("Chain products", .tags(.fast)) struct ChainProductTests {
  /// Inputs, outputs, samples: fewer outputs than a tile's rows, whole and incomplete tiles and
  /// panels, rows of weights in few sets of the cache, several packed groups of tiles.
  private static let shapes = [
    [1, 1, 1], [32, 10, 16], [45, 13, 7], [65, 37, 100], [17, 64, 33], [128, 21, 40], [200, 2, 64],
    [97, 120, 31],
  ]

  @Test("every element is one chain of fused multiply-adds, with either tile", arguments: shapes)
  func chains(shape: [Int]) {
    let (inputs, outputs, samples) = (shape[0], shape[1], shape[2])
    let weights = randomRows(outputs, inputs, seed: 3)
    let x = randomRows(samples, inputs, seed: 4), d = randomRows(samples, outputs, seed: 5)
    var forward = [Float](repeating: 0, count: samples * outputs)
    var backward = [Float](repeating: 0, count: samples * inputs)
    var gradient = [Float](repeating: 0, count: outputs * inputs)
    var bias = [Float](repeating: 0, count: outputs)
    for s in 0..<samples {
      for o in 0..<outputs {
        let delta = d[s * outputs + o]
        bias[o] += delta
        for i in 0..<inputs {
          let value = x[s * inputs + i], weight = weights[o * inputs + i]
          forward[s * outputs + o].addProduct(weight, value)
          backward[s * inputs + i].addProduct(weight, delta)
          gradient[o * inputs + i].addProduct(delta, value)
        }
      }
    }
    for tile in [RegisterTile.wide, .narrow] {
      let product = ChainProduct(widest: max(inputs, outputs), samples: samples, tile: tile)
      let values = Samples(x, width: inputs, tile), deltas = Samples(d, width: outputs, tile)
      let up = Samples(count: samples, width: outputs, tile)
      let down = Samples(count: samples, width: inputs, tile)
      let panels = SamplePanels<Float>.count(samples, tile)
      let columns = ChainProduct.Columns(units: inputs, samples: samples, tile: tile)
      var found = [Float](repeating: 1, count: outputs * inputs), foundByColumns = found
      var foundBias = [Float](repeating: 1, count: outputs)
      weights.withUnsafeBufferPointer { weights in
        let layer = ChainProduct.Weights(
          base: weights.baseAddress!, inputs: inputs, outputs: outputs)
        product.forward(layer, values.panels, panels: panels, into: up.panels)
        product.backward(layer, deltas.panels, panels: panels, into: down.panels)
      }
      x.withUnsafeBufferPointer { x in
        for s in 0..<samples { columns.set(s, x.baseAddress! + s * inputs, units: inputs) }
      }
      for adds in [false, true] {
        found.withUnsafeMutableBufferPointer {
          product.gradient(
            deltas.panels, outputs: outputs, values.panels, width: inputs, samples: samples,
            adds: adds, into: $0.baseAddress!)
        }
        foundByColumns.withUnsafeMutableBufferPointer {
          product.gradient(
            deltas.panels, outputs: outputs, columns, width: inputs, samples: samples, adds: adds,
            into: $0.baseAddress!)
        }
        #expect(found == (adds ? gradient.map { $0 + $0 } : gradient))
        #expect(foundByColumns == found)
      }
      for adds in [false, true] {
        // The chain goes on from what is there.
        let expected =
          adds
          ? (0..<samples).reduce(bias) { sums, s in
            zip(sums, d[(s * outputs)..<((s + 1) * outputs)]).map { $0 + $1 }
          } : bias
        foundBias.withUnsafeMutableBufferPointer {
          product.biasGradient(
            deltas.panels, outputs: outputs, samples: samples, adds: adds, into: $0.baseAddress!)
        }
        #expect(foundBias == expected)
      }
      #expect(up.rows(samples) == forward)
      #expect(down.rows(samples) == backward)
      let copy = Samples(count: samples, width: inputs, tile)
      columns.fill(copy.panels, units: inputs, samples: samples)
      #expect(copy.rows(samples) == x)
    }
  }

  /// Panels with their memory, which is not zero at first.
  private struct Samples {
    let memory: AlignedBuffer<SIMD16<Float>>
    let panels: SamplePanels<Float>
    let width: Int

    init(count: Int, width: Int, _ tile: RegisterTile) {
      let rows = SamplePanels<Float>.rows(for: width, tile)
      memory = AlignedBuffer(count: SamplePanels<Float>.count(count, tile) * rows * tile.vectors)
      memory.pointer.update(repeating: SIMD16(repeating: 7), count: memory.count)
      panels = SamplePanels(base: memory.pointer, rows: rows, tile: tile)
      self.width = width
    }

    init(_ rows: [Float], width: Int, _ tile: RegisterTile) {
      self.init(count: rows.count / width, width: width, tile)
      rows.withUnsafeBufferPointer {
        panels.load(
          $0.baseAddress!, leadingDimension: width, count: rows.count / width, width: width)
      }
    }

    func rows(_ count: Int) -> [Float] {
      var rows = [Float](repeating: 7, count: count * (width + 3))
      rows.withUnsafeMutableBufferPointer {
        panels.store(count: count, width: width, to: $0.baseAddress!, leadingDimension: width + 3)
      }
      #expect(
        (0..<count).allSatisfy { r in
          (0..<3).allSatisfy { rows[(r + 1) * (width + 3) - 1 - $0] == 0 }
        })
      return (0..<count).flatMap { rows[($0 * (width + 3))..<($0 * (width + 3) + width)] }
    }
  }

  @Test("the symmetric product adds blocks of chains to the upper triangle")
  func symmetric() {
    let (rows, width) = (50, 37)
    let product = SymmetricProduct(width: width)
    let values = randomRows(rows, width).map { Double($0) }
    for (k, value) in values.enumerated() { product.block.pointer[k] = value }
    var c = [Double](repeating: 0.5, count: width * width)
    c.withUnsafeMutableBufferPointer { product.add(rows: rows, to: $0.baseAddress!) }
    for i in 0..<width {
      for j in 0..<width {
        var sum = 0.0
        for k in 0..<rows {
          sum = sum.addingProduct(values[k * width + i], values[k * width + j])
        }
        #expect(c[i * width + j] == (j >= i ? 0.5 + sum : 0.5))
      }
    }
  }

  @Test("the logarithm is within 2 ulp of libm's")
  func logarithm() {
    for k in 0..<4000 {
      let x = exp2(Double(k - 2000) / 7.3)
      #expect(abs(naturalLogarithm(x) - log(x)) <= 2 * max(log(x).ulp, 1e-17))
    }
    for x in [1, 1.0000001, 0.9999999, 1.4142135623730951, 2, 3] {
      #expect(abs(naturalLogarithm(x) - log(x)) <= 4 * max(abs(log(x)).ulp, 1e-18))
    }
    #expect(naturalLogarithm(.nan).isNaN && naturalLogarithm(.infinity) == .infinity)
  }
}
