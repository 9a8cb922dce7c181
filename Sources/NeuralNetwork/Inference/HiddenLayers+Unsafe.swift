/// Consecutive layers and the memory for a batch of samples between them: rows in, rows out.
final class HiddenLayers<Scalar: NetworkScalar> {
  let layers: [PackedLayer<Scalar>]
  /// The largest number of samples.
  let batch: Int
  /// Vectors from row to row of the result.
  var leadingVectors: Int { layers[layers.count - 1].leadingVectors }
  private let tile: RegisterTile
  /// Panels of the features and of the layers' results, alternately read and written; at the end
  /// one of them has the rows.
  private let buffers: [AlignedBuffer<Scalar.Vector>]

  /// - Parameter layers: at least one, each of the one before's width.
  init(_ layers: [PackedLayer<Scalar>], batch: Int) {
    self.layers = layers
    self.batch = batch
    let tile = layers[0].tile
    self.tile = tile
    let panels = SamplePanels<Scalar>.count(batch, tile) * tile.vectors
    let widths = [layers[0].inputs] + layers.map(\.outputs)
    var sizes = widths.map { panels * SamplePanels<Scalar>.rows(for: $0, tile) }
    sizes.append(batch * layers[layers.count - 1].leadingVectors)
    // Place n and n + 2 are the same buffer.
    buffers = (0..<2).map { parity in
      let places = sizes.indices.filter { $0 % 2 == parity }
      return AlignedBuffer(count: places.map { sizes[$0] }.max() ?? 0)
    }
  }

  /// Results `[count, leadingVectors]` of at most `batch` rows, valid until the next call; 0 beyond
  /// the outputs.
  ///
  /// - Parameter activates: whether each layer is followed by tanh.
  func run(
    _ rows: UnsafePointer<Scalar>, leadingDimension: Int, count: Int, activates: Bool = true
  ) -> UnsafeMutablePointer<Scalar.Vector> {
    let panels = SamplePanels<Scalar>.count(count, tile)
    var source = values(0, width: layers[0].inputs)
    source.load(rows, leadingDimension: leadingDimension, count: count, width: layers[0].inputs)
    for (index, layer) in layers.enumerated() {
      let target = values(index + 1, width: layer.outputs)
      layer.apply(source, panels: panels, into: target)
      if activates {
        for p in 0..<panels {
          Scalar.hyperbolicTangent(
            target.base + p * target.stride, count: layer.outputs * tile.vectors)
        }
      }
      source = target
    }
    let last = layers[layers.count - 1]
    let result = buffers[(layers.count + 1) % 2].pointer
    source.store(
      count: count, width: last.outputs,
      to: UnsafeMutableRawPointer(result).assumingMemoryBound(to: Scalar.self),
      leadingDimension: last.leadingVectors * Scalar.Vector.scalarCount)
    return result
  }

  private func values(_ index: Int, width: Int) -> SamplePanels<Scalar> {
    SamplePanels(
      base: buffers[index % 2].pointer, rows: SamplePanels<Scalar>.rows(for: width, tile),
      tile: tile)
  }
}
