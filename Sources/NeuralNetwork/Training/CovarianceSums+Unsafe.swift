import CBLAS

extension CovarianceSums {
  /// Rows that are widened, shifted and multiplied at once.
  private static let blockRows = 256

  /// Adds rows `[count, D]`.
  mutating func addRows(_ rows: UnsafeBufferPointer<Float>) {
    let block = AlignedBuffer<Double>(count: CovarianceSums.blockRows * features)
    let width = features
    for start in stride(from: 0, to: rows.count, by: block.count) {
      let count = min(block.count, rows.count - start) / width
      for r in 0..<count {
        for i in 0..<width {
          block.pointer[r * width + i] = Double(rows[start + r * width + i]) - offset[i]
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
      for r in 0..<count {
        for i in 0..<width {
          block.pointer[r * width + i] = rows[start + r * width + i] - offset[i]
        }
      }
      addBlock(block.pointer, count)
    }
  }

  private mutating func addBlock(_ block: UnsafePointer<Double>, _ rows: Int) {
    LibraryProduct.useOneThread()
    let width = features
    for r in 0..<rows { for i in 0..<width { sums[i] += block[r * width + i] } }
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, Int32(width), Int32(rows), 1, block, Int32(width), 1,
      &products, Int32(width))
    count += rows
  }
}

/// Eigenvalues in rising order and eigenvectors of a symmetric matrix, by LAPACK's divide and
/// conquer (dsyevd).
enum SymmetricEigenproblem {
  /// - Parameter matrix: `[n, n]`, symmetric and finite.
  /// - Returns: values `[n]` rising, vectors `[n, n]` one per row; nil if LAPACK does not converge.
  static func solve(_ matrix: [Double], n: Int) -> (values: [Double], vectors: [Double])? {
    requirement(matrix.count == n * n && n > 0, "an eigenproblem needs a square matrix")
    LibraryProduct.useOneThread()
    var vectors = matrix
    var values = [Double](repeating: 0, count: n)
    var (order, status) = (Int32(n), Int32(0))
    // LAPACK's documented sizes for both values and vectors. Column-major vectors are rows to us; a
    // symmetric matrix does not mind.
    var workSize = Int32(1 + 6 * n + 2 * n * n)
    var integerSize = Int32(3 + 5 * n)
    var work = [Double](repeating: 0, count: Int(workSize))
    var integers = [Int32](repeating: 0, count: Int(integerSize))
    var (leading, job, triangle) = (order, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
    dsyevd_(
      &job, &triangle, &order, &vectors, &leading, &values, &work, &workSize, &integers,
      &integerSize, &status, 1, 1)
    return status == 0 ? (values, vectors) : nil
  }
}
