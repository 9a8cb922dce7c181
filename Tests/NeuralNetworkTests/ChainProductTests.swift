import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import NeuralNetwork

/// Products of training, by the definition of their bits.
@Suite("Chain products", .tags(.fast)) struct ChainProductTests {
  private static let shapes = [(1, 1, 1), (10, 32, 16), (13, 45, 7), (37, 100, 65), (64, 17, 33)]

  @Test("every element is one chain of fused multiply-adds", arguments: shapes)
  func chains(rows: Int, columns: Int, depth: Int) {
    let product = ChainProduct(largestDepth: depth)
    let slack = 16
    let leading = depth + 3
    let a = randomRows(rows + slack, leading, seed: 3)
    let b = randomRows(depth, columns, seed: 4)
    let weights = (0..<columns * depth).map { b[$0 % depth * columns + $0 / depth] }
    var expected = [Float](repeating: 0, count: rows * columns)
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<depth {
          expected[i * columns + j] = expected[i * columns + j].addingProduct(
            a[i * leading + k], b[k * columns + j])
        }
      }
    }
    var plain = [Float](repeating: 1, count: rows * columns), packedResult = plain
    var transposed = [Float](repeating: 0, count: (rows + slack) * depth + slack)
    for i in 0..<rows { for k in 0..<depth { transposed[k * rows + i] = a[i * leading + k] } }
    let packed = ChainProduct.PackedWeights(inputs: depth, outputs: columns)
    a.withUnsafeBufferPointer { a in
      let left = ChainProduct.Left(base: a.baseAddress!, rowStride: leading, depthStride: 1)
      plain.withUnsafeMutableBufferPointer {
        product.multiply(
          left, b, stride: columns, rows: rows, columns: columns, depth: depth,
          into: ChainProduct.Target(base: $0.baseAddress!, rowStride: columns, adds: false))
      }
      product.pack(weights, into: packed)
      packedResult.withUnsafeMutableBufferPointer {
        product.multiply(
          left, packed, rows: rows,
          into: ChainProduct.Target(base: $0.baseAddress!, rowStride: columns, adds: false))
      }
    }
    #expect(plain == expected && packedResult == expected)
    // The left factor by columns, added to what is there.
    transposed.withUnsafeBufferPointer { a in
      plain.withUnsafeMutableBufferPointer {
        product.multiply(
          ChainProduct.Left(base: a.baseAddress!, rowStride: 1, depthStride: rows), b,
          stride: columns, rows: rows, columns: columns, depth: depth,
          into: ChainProduct.Target(base: $0.baseAddress!, rowStride: columns, adds: true))
      }
    }
    #expect(plain == expected.map { $0 + $0 })
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
