import CBLAS
import Contracts

/// Matrix products by OpenBLAS, on one thread, because each rank uses one core.
///
/// Its kernels are fast, but the bits of a row of the product depend on its position (measured in
/// the README), so inference uses its own kernel; tests compare the two.
package enum LibraryProduct {
  /// Set once, by the first product, because the environment may request any number of threads.
  private static let isSingleThreaded: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// Limits the library to one thread; for callers that use it directly.
  package static func useOneThread() {
    require(isSingleThreaded, "OpenBLAS must run on one thread")
  }

  /// `C = A·Bᵀ`, `A [m, k]`, `B [n, k]`, `C [m, n]`, all row-major and dense.
  static func timesTransposed(_ a: [Float], _ b: [Float], m: Int, n: Int, k: Int) -> [Float] {
    require(
      a.count == m * k && b.count == n * k && isSingleThreaded,
      "the factors must be [m, k] and [n, k]")
    return [Float](unsafeUninitializedCapacity: m * n) { c, count in
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b,
        Int32(k), 0, c.baseAddress, Int32(n))
      count = m * n
    }
  }

  /// The same in double precision.
  static func timesTransposed(_ a: [Double], _ b: [Double], m: Int, n: Int, k: Int) -> [Double] {
    require(
      a.count == m * k && b.count == n * k && isSingleThreaded,
      "the factors must be [m, k] and [n, k]")
    return [Double](unsafeUninitializedCapacity: m * n) { c, count in
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b,
        Int32(k), 0, c.baseAddress, Int32(n))
      count = m * n
    }
  }
}
