import CBLAS
import Contracts
import NeuralNetwork

/// Symmetric matrices by LAPACK, on one thread.
enum SymmetricMatrix {
  /// Eigenvalues in ascending order and eigenvectors, by divide and conquer (dsyevd).
  ///
  /// - Parameter matrix: `[n, n]`, symmetric and finite.
  /// - Returns: values `[n]` ascending, vectors `[n, n]` one per row; nil if LAPACK does not
  ///   converge.
  static func eigenvectors(_ matrix: [Double], n: Int) -> (values: [Double], vectors: [Double])? {
    require(matrix.count == n * n && n > 0, "an eigenproblem needs a square matrix")
    LibraryProduct.useOneThread()
    var vectors = matrix
    var values = [Double](repeating: 0, count: n)
    var (order, status) = (Int32(n), Int32(0))
    // LAPACK's documented sizes for both values and vectors. Column-major vectors are rows in
    // row-major order; a symmetric matrix is the same in both.
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

  /// The solution x of A·x = b for a positive definite A, by Cholesky's factors (dposv).
  ///
  /// If A is only semidefinite because of rounding, the solution has no component in directions
  /// with an eigenvalue below n·ε times the largest.
  ///
  /// - Parameters:
  ///   - matrix: A `[n, n]`, symmetric and finite.
  ///   - right: b `[n]`.
  static func solve(_ matrix: [Double], _ right: [Double]) -> [Double] {
    let n = right.count
    require(matrix.count == n * n && n > 0, "a linear system needs a square matrix")
    LibraryProduct.useOneThread()
    var (factors, x) = (matrix, right)
    var (order, columns, status) = (Int32(n), Int32(1), Int32(0))
    var (leading, triangle) = (order, CChar(UInt8(ascii: "U")))
    dposv_(&triangle, &order, &columns, &factors, &leading, &x, &order, &status, 1)
    if status == 0, x.allSatisfy(\.isFinite) { return x }
    guard let (values, vectors) = eigenvectors(matrix, n: n) else {
      return [Double](repeating: 0, count: n)
    }
    x = [Double](repeating: 0, count: n)
    for k in 0..<n where values[k] > Double(n) * 0x1p-52 * values[n - 1] {
      let vector = vectors[(k * n)..<((k + 1) * n)]
      let part = zip(vector, right).reduce(0) { $0 + $1.0 * $1.1 } / values[k]
      for (i, component) in vector.enumerated() { x[i] += part * component }
    }
    return x
  }
}
