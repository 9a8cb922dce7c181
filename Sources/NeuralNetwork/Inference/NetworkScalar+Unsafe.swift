/// A precision of the network: its vector of 64 bytes and its three kernels.
///
/// The kernels are concrete functions in the same module as their loops; the protocol only lets one
/// `ForwardPass` handle both precisions.
protocol NetworkScalar: BinaryFloatingPoint, SIMDScalar, Codable {
  /// 64 bytes of scalars.
  associatedtype Vector: SIMD where Vector.Scalar == Self

  /// `c = bias + rows·Wᵀ` for `count` rows (a multiple of the tile's); `c` has
  /// `layer.leadingVectors` vectors per row.
  static func product(
    _ source: TileSource<Self>, count: Int, _ layer: PackedLayer<Self>,
    into c: UnsafeMutablePointer<Vector>)

  /// tanh of `count` vectors in place.
  static func hyperbolicTangent(_ vectors: UnsafeMutablePointer<Vector>, count: Int)

  /// Softmax probabilities, `[count, classes]`, of rows with `leadingVectors` vectors each.
  static func probabilities(
    of rows: UnsafePointer<Vector>, leadingVectors: Int, count: Int, _ layer: OutputLayer,
    into result: UnsafeMutablePointer<Self>)
}
