import CVector

/// The vectors for which the kernels of this build were compiled.
public enum KernelVectors {
  /// Bits of the widest vectors that the kernels use.
  public static var bits: Int { vg_has_512_bit_vectors() == 1 ? 512 : 256 }
}
