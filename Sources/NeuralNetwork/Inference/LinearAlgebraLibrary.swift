import CBLAS

/// The BLAS that this build is linked to, and the vectors its kernels were compiled for.
public enum LinearAlgebraLibrary {
  /// OpenBLAS's own description, e.g. `OpenBLAS 0.3.21 NO_AFFINITY Cooperlake MAX_THREADS=64`.
  public static var version: String {
    guard let text = openblas_get_config() else { return "OpenBLAS of unknown version" }
    return String(cString: text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Bits of the widest vectors that the kernels use.
  public static var vectorBits: Int { verglas_has_512_bit_vectors() == 1 ? 512 : 256 }
}
