import Models

/// A hidden layer with its weights in the order of the kernel's accesses.
///
/// `weights[tile][k][row]` are the weights from input k to the outputs of a tile; padding outputs
/// have weight and bias 0.
final class PackedLayer<Scalar: NetworkScalar> {
  let inputs: Int
  let outputs: Int
  let tile: RegisterTile
  /// Vectors from row to row of the layer's output, sample by sample.
  let leadingVectors: Int
  let weights: AlignedBuffer<Scalar.Vector>
  let bias: AlignedBuffer<Scalar>

  /// - Parameter packed: the layer's weights in this order, which are then not taken from `layer`.
  init(
    _ layer: Model.Layer, tile: RegisterTile, packed: AlignedBuffer<Scalar.Vector>? = nil
  ) {
    let lanes = Scalar.Vector.scalarCount
    inputs = layer.inputs
    outputs = layer.outputs
    self.tile = tile
    // Rows with a distance of a multiple of 512 bytes would share few sets of the L1 cache; one
    // vector more distributes them.
    let vectors = (outputs + 15) / 16 * 16 / lanes
    leadingVectors = vectors % 8 == 0 ? vectors + 1 : vectors
    weights = packed ?? AlignedBuffer(count: Self.vectorCount(layer, tile))
    bias = AlignedBuffer(count: tile.tiles(of: outputs) * tile.rows)
    for output in 0..<outputs { bias.pointer[output] = Scalar(layer.bias[output]) }
    if packed == nil { Self.pack(layer, tile, into: weights.pointer) }
  }

  /// Number of vectors of a layer's weights.
  static func vectorCount(_ layer: Model.Layer, _ tile: RegisterTile) -> Int {
    let lanes = Scalar.Vector.scalarCount
    return (tile.tiles(of: layer.outputs) * tile.rows * layer.inputs + lanes - 1) / lanes
  }

  /// Writes a layer's weights to `vectorCount` vectors that are zero.
  static func pack(
    _ layer: Model.Layer, _ tile: RegisterTile, into weights: UnsafeMutablePointer<Scalar.Vector>
  ) {
    let inputs = layer.inputs
    let target = UnsafeMutableRawPointer(weights).assumingMemoryBound(to: Scalar.self)
    for output in 0..<layer.outputs {
      let (index, row) = output.quotientAndRemainder(dividingBy: tile.rows)
      for k in 0..<inputs {
        target[(index * inputs + k) * tile.rows + row] = Scalar(layer.weight[output * inputs + k])
      }
    }
  }

  /// `target = bias + W·source` for some panels.
  func apply(
    _ source: SamplePanels<Scalar>, panels: Int, into target: SamplePanels<Scalar>
  ) {
    Scalar.product(
      tile,
      .packed(
        UnsafeRawPointer(weights.pointer).assumingMemoryBound(to: Scalar.self),
        depthStride: tile.rows, tileStride: tile.rows * inputs),
      tiles: tile.tiles(of: outputs), depth: inputs, start: bias.pointer,
      TilePanels(
        source: UnsafePointer(source.base), sourceStride: source.stride, target: target.base,
        targetStride: target.stride, count: panels))
  }
}
