import CBLAS

/// Matrix products by OpenBLAS, on one thread, because each rank uses one core.
///
/// Its kernels are fast, but their bits depend on the processor and on a row's position (see the
/// module's README), so the program has its own; tests compare the two.
enum LibraryProduct {
  /// Set once, by the first product, because the environment may request any number of threads.
  private static let isSingleThreaded: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// `C = A·Bᵀ`, `A [m, k]`, `B [n, k]`, `C [m, n]`, all row-major and dense.
  static func timesTransposed(_ a: [Float], _ b: [Float], m: Int, n: Int, k: Int) -> [Float] {
    precondition(a.count == m * k && b.count == n * k && isSingleThreaded)
    return [Float](unsafeUninitializedCapacity: m * n) { c, count in
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b,
        Int32(k), 0, c.baseAddress, Int32(n))
      count = m * n
    }
  }

  /// The same in double precision.
  static func timesTransposed(_ a: [Double], _ b: [Double], m: Int, n: Int, k: Int) -> [Double] {
    precondition(a.count == m * k && b.count == n * k && isSingleThreaded)
    return [Double](unsafeUninitializedCapacity: m * n) { c, count in
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b,
        Int32(k), 0, c.baseAddress, Int32(n))
      count = m * n
    }
  }
}
