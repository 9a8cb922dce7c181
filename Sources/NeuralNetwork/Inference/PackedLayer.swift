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

  init(_ layer: Model.Layer, tile: RegisterTile) {
    let lanes = Scalar.Vector.scalarCount
    let width = tile.vectors * lanes
    inputs = layer.inputs
    outputs = layer.outputs
    self.tile = tile
    panels = (outputs + width - 1) / width
    // Rows with a distance of a multiple of 512 bytes would share few sets of the L1 cache; one
    // vector more distributes them.
    leadingVectors =
      panels * tile.vectors % 8 == 0 ? panels * tile.vectors + 1 : panels * tile.vectors
    weights = AlignedBuffer(count: panels * inputs * tile.vectors)
    bias = AlignedBuffer(count: panels * tile.vectors)
    for output in 0..<outputs {
      let (panel, column) = output.quotientAndRemainder(dividingBy: width)
      let (vector, lane) = column.quotientAndRemainder(dividingBy: lanes)
      bias.pointer[panel * tile.vectors + vector][lane] = Scalar(layer.bias[output])
      for k in 0..<inputs {
        weights.pointer[(panel * inputs + k) * tile.vectors + vector][lane] = Scalar(
          layer.weight[output * inputs + k])
      }
    }
  }
}
