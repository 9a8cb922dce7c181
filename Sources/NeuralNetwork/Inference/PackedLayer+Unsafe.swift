import Models

/// A hidden layer with its weights in the order of the kernel's accesses.
///
/// `weights[panel][k][v]` are the weights from input k to the outputs of a panel, `tile.vectors`
/// vectors wide; padding outputs have weight and bias 0, so their activation is tanh(0) = 0 and the
/// next layer may read them.
final class PackedLayer<Scalar: NetworkScalar> {
  let inputs: Int
  let outputs: Int
  let tile: RegisterTile
  /// Number of panels of outputs.
  let panels: Int
  /// Vectors from row to row of the layer's output.
  let leadingVectors: Int
  let weights: AlignedBuffer<Scalar.Vector>
  let bias: AlignedBuffer<Scalar.Vector>

  /// - Parameter packed: the layer's weights in this order, which are then not taken from `layer`.
  init(
    _ layer: Model.Layer, tile: RegisterTile, packed: AlignedBuffer<Scalar.Vector>? = nil
  ) {
    let lanes = Scalar.Vector.scalarCount
    inputs = layer.inputs
    outputs = layer.outputs
    self.tile = tile
    panels = Self.panels(layer, tile)
    // Rows with a distance of a multiple of 512 bytes would share few sets of the L1 cache; one
    // vector more distributes them.
    leadingVectors =
      panels * tile.vectors % 8 == 0 ? panels * tile.vectors + 1 : panels * tile.vectors
    weights = packed ?? AlignedBuffer(count: Self.vectorCount(layer, tile))
    bias = AlignedBuffer(count: panels * tile.vectors)
    for output in 0..<outputs {
      let (vector, lane) = output.quotientAndRemainder(dividingBy: lanes)
      bias.pointer[vector][lane] = Scalar(layer.bias[output])
    }
    if packed == nil { Self.pack(layer, tile, into: weights.pointer) }
  }

  private static func panels(_ layer: Model.Layer, _ tile: RegisterTile) -> Int {
    let width = tile.vectors * Scalar.Vector.scalarCount
    return (layer.outputs + width - 1) / width
  }

  /// Number of vectors of a layer's weights.
  static func vectorCount(_ layer: Model.Layer, _ tile: RegisterTile) -> Int {
    panels(layer, tile) * layer.inputs * tile.vectors
  }

  /// Writes a layer's weights to `vectorCount` vectors that are zero.
  static func pack(
    _ layer: Model.Layer, _ tile: RegisterTile, into weights: UnsafeMutablePointer<Scalar.Vector>
  ) {
    let lanes = Scalar.Vector.scalarCount, inputs = layer.inputs
    for output in 0..<layer.outputs {
      let (panel, column) = output.quotientAndRemainder(dividingBy: tile.vectors * lanes)
      let (vector, lane) = column.quotientAndRemainder(dividingBy: lanes)
      for k in 0..<inputs {
        weights[(panel * inputs + k) * tile.vectors + vector][lane] = Scalar(
          layer.weight[output * inputs + k])
      }
    }
  }
}
