import CBLAS
import Contracts

/// Matrix products by OpenBLAS, on one thread: every rank is one core's worth of work.
///
/// Its kernels are fast but give a row of a product different bits at different places (the README
/// has the measurement), so inference has its own; tests hold the two against each other.
package enum LibraryProduct {
  /// Set once, by the first product: the environment may ask for any number of threads.
  private static let isSingleThreaded: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// Holds the library to one thread; for callers that use it directly.
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
