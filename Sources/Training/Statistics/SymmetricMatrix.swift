import Contracts

/// Linear systems with symmetric matrices, with the same bits on every processor.
enum SymmetricMatrix {
  /// The solution x of A·x = b for a positive definite A, by Cholesky's factors A = L·Lᵀ.
  ///
  /// If A is only semidefinite because of rounding, the solution has no component in directions
  /// with an eigenvalue below n·ε times the largest.
  ///
  /// - Parameters:
  ///   - matrix: A `[n, n]`, symmetric and finite.
  ///   - right: b `[n]`.
  /// - Complexity: n³/3 operations.
  static func solve(_ matrix: [Double], _ right: [Double]) -> [Double] {
    let n = right.count
    require(matrix.count == n * n && n > 0, "a linear system needs a square matrix")
    if let x = solveByFactors(matrix, right), x.allSatisfy(\.isFinite) { return x }
    guard let (values, vectors) = SymmetricEigenproblem.solve(matrix, n: n) else {
      return [Double](repeating: 0, count: n)
    }
    var x = [Double](repeating: 0, count: n)
    for k in 0..<n where values[k] > Double(n) * 0x1p-52 * values[n - 1] {
      let vector = vectors[(k * n)..<((k + 1) * n)]
      let part = zip(vector, right).reduce(0) { $0 + $1.0 * $1.1 } / values[k]
      for (i, component) in vector.enumerated() { x[i] += part * component }
    }
    return x
  }

  /// L·y = b, then Lᵀ·x = y; nil if A is not positive definite.
  private static func solveByFactors(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    let n = right.count
    var (factor, x) = (matrix, right)
    for i in 0..<n {
      for j in 0...i {
        var sum = matrix[i * n + j]
        for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
        if i == j {
          guard sum > 0 else { return nil }
          factor[i * n + i] = sum.squareRoot()
        } else {
          factor[i * n + j] = sum / factor[j * n + j]
        }
      }
    }
    for i in 0..<n {
      for k in 0..<i { x[i] -= factor[i * n + k] * x[k] }
      x[i] /= factor[i * n + i]
    }
    for i in (0..<n).reversed() {
      for k in (i + 1)..<n { x[i] -= factor[k * n + i] * x[k] }
      x[i] /= factor[i * n + i]
    }
    return x
  }
}
