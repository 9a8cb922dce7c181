import NeuralNetwork

extension CovarianceSums {
  /// Adds rows `[count, D]`.
  mutating func addRows(_ rows: UnsafeBufferPointer<Float>) {
    let offset = self.offset
    addBlocks(rows.count / features) { target, start, count in
      let source = rows.baseAddress! + start
      offset.withUnsafeBufferPointer { offset in
        let (offset, width) = (offset.baseAddress!, offset.count)
        for r in 0..<count {
          for i in 0..<width {
            target[r * width + i] = Double(source[r * width + i]) - offset[i]
          }
        }
      }
    }
  }

  /// Adds rows `[count, D]` in double precision.
  mutating func addRows(_ rows: UnsafeBufferPointer<Double>) {
    let offset = self.offset
    addBlocks(rows.count / features) { target, start, count in
      let source = rows.baseAddress! + start
      offset.withUnsafeBufferPointer { offset in
        let (offset, width) = (offset.baseAddress!, offset.count)
        for r in 0..<count {
          for i in 0..<width { target[r * width + i] = source[r * width + i] - offset[i] }
        }
      }
    }
  }

  /// Adds rows in blocks, each of which `fill` writes: shifted rows from an element on.
  private mutating func addBlocks(
    _ rows: Int, _ fill: (UnsafeMutablePointer<Double>, _ start: Int, _ count: Int) -> Void
  ) {
    let product = SymmetricProduct(width: features)
    let (block, width) = (product.block.pointer, features)
    var done = 0
    while done < rows {
      let count = min(SymmetricProduct.rows, rows - done)
      fill(block, done * width, count)
      sums.withUnsafeMutableBufferPointer { sums in
        let sums = sums.baseAddress!
        for r in 0..<count { for i in 0..<width { sums[i] += block[r * width + i] } }
      }
      products.withUnsafeMutableBufferPointer {
        product.add(rows: count, to: $0.baseAddress!)
      }
      done += count
    }
    self.count += rows
  }
}
