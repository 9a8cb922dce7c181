/// A precision of the network: its vector of 64 bytes and its kernels.
///
/// The kernels are concrete functions in the same module as their loops; the protocol only lets one
/// `ForwardPass` handle both precisions.
protocol NetworkScalar: BinaryFloatingPoint, SIMDScalar, Codable {
  /// 64 bytes of scalars.
  associatedtype Vector: SIMD where Vector.Scalar == Self

  /// `target = start + a·source` for some tiles and all panels.
  ///
  /// - Parameters:
  ///   - depth: number of k, above 0.
  ///   - start: of each row of the tiles.
  static func product(
    _ tile: RegisterTile, _ a: TileFactor<Self>, tiles: Int, depth: Int,
    start: UnsafePointer<Self>, _ panels: TilePanels<Vector>)

  /// Transposes a matrix of 8 × 8: element (i, j) of `source`, rows `stride` apart, becomes element
  /// (j, i) of `target`, rows `step` apart.
  static func transpose(
    _ source: UnsafePointer<Self>, _ stride: Int, _ target: UnsafeMutablePointer<Self>,
    _ step: Int)

  /// tanh of `count` vectors in place.
  static func hyperbolicTangent(_ vectors: UnsafeMutablePointer<Vector>, count: Int)

  /// Softmax probabilities, `[count, classes]`, of rows with `leadingVectors` vectors each.
  static func probabilities(
    of rows: UnsafePointer<Vector>, leadingVectors: Int, count: Int, _ layer: OutputLayer,
    into result: UnsafeMutablePointer<Self>)
}
