import Contracts
import Models

/// A network ready to run in one precision: packed weights and scratch memory for one batch.
final class ForwardPass<Scalar: NetworkScalar> {
  let features: Int
  let classes: Int
  private let batch: Int
  /// Nil without hidden layers.
  private let hidden: HiddenLayers<Scalar>?
  private let output: OutputLayer
  /// Without hidden layers, the features in whole vectors for the output layer.
  private let padded: AlignedBuffer<Scalar.Vector>
  private let featureVectors: Int

  /// - Parameter packed: weights of the hidden layers, which are then not taken from `layers`.
  init(
    _ layers: [Model.Layer], features: Int, classes: Int, temperature: Double, batch: Int,
    tile: RegisterTile, packed: [AlignedBuffer<Scalar.Vector>]? = nil
  ) {
    var width = features
    for (index, layer) in layers.enumerated() {
      let isPacked = packed != nil && index < layers.count - 1
      require(
        layer.inputs == width
          && (isPacked || layer.weight.count == layer.inputs * layer.outputs),
        "layers must fit each other")
      width = layer.outputs
    }
    require(
      !layers.isEmpty && width == classes && width >= 2,
      "the last layer must have one output per class")
    self.features = features
    self.classes = classes
    self.batch = batch
    let packedLayers = layers.dropLast().enumerated().map { index, layer in
      PackedLayer<Scalar>(layer, tile: tile, packed: packed?[index])
    }
    hidden = packedLayers.isEmpty ? nil : HiddenLayers(packedLayers, batch: batch)
    output = OutputLayer(layers.last!, temperature: temperature)
    featureVectors = (features + 15) / 16 * 16 / Scalar.Vector.scalarCount
    padded = AlignedBuffer(count: packedLayers.isEmpty ? batch * featureVectors : 0)
  }

  /// Probabilities `[count, classes]` of rows `[count, features]`, any count.
  func run(
    _ rows: UnsafePointer<Scalar>, leadingDimension: Int, count: Int,
    into result: UnsafeMutablePointer<Scalar>
  ) {
    var start = 0
    while start < count {
      let rowsNow = min(batch, count - start)
      run(
        batch: rows + start * leadingDimension, leadingDimension, rowsNow,
        into: result + start * classes)
      start += rowsNow
    }
  }

  private func run(
    batch rows: UnsafePointer<Scalar>, _ leadingDimension: Int, _ count: Int,
    into result: UnsafeMutablePointer<Scalar>
  ) {
    if let hidden {
      let values = hidden.run(rows, leadingDimension: leadingDimension, count: count)
      Scalar.probabilities(
        of: values, leadingVectors: hidden.leadingVectors, count: count, output, into: result)
    } else {
      let target = UnsafeMutableRawPointer(padded.pointer).assumingMemoryBound(to: Scalar.self)
      let width = featureVectors * Scalar.Vector.scalarCount
      for row in 0..<count {
        (target + row * width).update(from: rows + row * leadingDimension, count: features)
      }
      Scalar.probabilities(
        of: padded.pointer, leadingVectors: featureVectors, count: count, output, into: result)
    }
  }
}
