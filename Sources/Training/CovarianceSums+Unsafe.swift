import CBLAS
import NeuralNetwork

extension CovarianceSums {
  /// Rows that are converted, shifted and multiplied together.
  private static let blockRows = 256

  /// Adds rows `[count, D]`.
  mutating func addRows(_ rows: UnsafeBufferPointer<Float>) {
    let block = AlignedBuffer<Double>(count: CovarianceSums.blockRows * features)
    let width = features
    for start in stride(from: 0, to: rows.count, by: block.count) {
      let count = min(block.count, rows.count - start) / width
      offset.withUnsafeBufferPointer { offset in
        let (source, offset) = (rows.baseAddress! + start, offset.baseAddress!)
        for r in 0..<count {
          for i in 0..<width {
            block.pointer[r * width + i] = Double(source[r * width + i]) - offset[i]
          }
        }
      }
      addBlock(block.pointer, count)
    }
  }

  /// Adds rows `[count, D]` in double precision.
  mutating func addRows(_ rows: UnsafeBufferPointer<Double>) {
    let block = AlignedBuffer<Double>(count: CovarianceSums.blockRows * features)
    let width = features
    for start in stride(from: 0, to: rows.count, by: block.count) {
      let count = min(block.count, rows.count - start) / width
      offset.withUnsafeBufferPointer { offset in
        let (source, offset) = (rows.baseAddress! + start, offset.baseAddress!)
        for r in 0..<count {
          for i in 0..<width { block.pointer[r * width + i] = source[r * width + i] - offset[i] }
        }
      }
      addBlock(block.pointer, count)
    }
  }

  private mutating func addBlock(_ block: UnsafePointer<Double>, _ rows: Int) {
    LibraryProduct.useOneThread()
    let width = features
    sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums.baseAddress!
      for r in 0..<rows { for i in 0..<width { sums[i] += block[r * width + i] } }
    }
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, Int32(width), Int32(rows), 1, block, Int32(width), 1,
      &products, Int32(width))
    count += rows
  }
}
