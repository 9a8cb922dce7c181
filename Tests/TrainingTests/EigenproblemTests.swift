import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import Training

/// Eigenvectors and linear systems, by their definitions.
@Suite("Symmetric matrices", .tags(.fast)) struct EigenproblemTests {
  @Test(
    "eigenvectors by definition, also of degenerate matrices", arguments: [1, 2, 3, 8, 41, 130])
  func eigenvectors(n: Int) throws {
    let random = randomRows(n, n).map { Double($0) }
    var matrices = [
      (0..<n * n).map { random[$0] + random[$0 % n * n + $0 / n] },
      (0..<n * n).map { $0 % n == $0 / n ? 1.0 : 0 },
      (0..<n * n).map { _ in 1.0 },
      [Double](repeating: 0, count: n * n),
    ]
    matrices.append((0..<n * n).map { matrices[0][$0] * pow(10, -Double($0 % n + $0 / n) / 3) })
    // The covariance of fewer rows than features.
    for rows in [1, n / 2, n - 1] where rows > 0 {
      matrices.append(
        (0..<n * n).map { place in
          (0..<rows).reduce(0.0) {
            $0 + random[$1 * n + place % n] * random[$1 * n + place / n]
          }
        })
    }
    for matrix in matrices {
      let (values, vectors) = try #require(SymmetricEigenproblem.solve(matrix, n: n))
      let scale = matrix.map { abs($0) }.max()! * Double(n) + 1e-300
      #expect(values == values.sorted())
      for a in 0..<n {
        for i in 0..<n {
          let product = (0..<n).reduce(0.0) { $0 + matrix[i * n + $1] * vectors[a * n + $1] }
          #expect(abs(product - values[a] * vectors[a * n + i]) <= 1e-13 * scale)
        }
        for b in 0...a {
          let dot = (0..<n).reduce(0.0) { $0 + vectors[a * n + $1] * vectors[b * n + $1] }
          #expect(abs(dot - (a == b ? 1 : 0)) < 1e-12)
        }
      }
    }
  }

  @Test("linear systems, also semidefinite ones", arguments: [1, 2, 7, 30])
  func systems(n: Int) {
    let random = randomRows(n, n).map { Double($0) }
    // BᵀB + I, and BᵀB of rank one, where the solution lies in its range.
    var definite = [Double](repeating: 0, count: n * n), flat = definite
    for i in 0..<n {
      for j in 0..<n {
        for k in 0..<n { definite[i * n + j] += random[k * n + i] * random[k * n + j] }
        if i == j { definite[i * n + j] += 1 }
        flat[i * n + j] = Double((i + 1) * (j + 1))
      }
    }
    let x = (0..<n).map { Double($0 + 1) }
    for matrix in [definite, flat] {
      let right = (0..<n).map { i in (0..<n).reduce(0.0) { $0 + matrix[i * n + $1] * x[$1] } }
      let found = SymmetricMatrix.solve(matrix, right)
      let scale = x.map { abs($0) }.max()! * Double(n)
      #expect(zip(found, x).allSatisfy { abs($0 - $1) < 1e-10 * scale })
    }
  }
}
