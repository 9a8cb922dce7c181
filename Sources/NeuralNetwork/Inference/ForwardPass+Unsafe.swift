import Contracts
import Models

/// A network ready to run in one precision: packed weights and scratch memory for one batch.
final class ForwardPass<Scalar: NetworkScalar> {
  let features: Int
  let classes: Int
  private let tile: RegisterTile
  private let batch: Int
  private let hidden: [PackedLayer<Scalar>]
  private let output: OutputLayer
  /// The last incomplete tile of the caller's rows, padded with zeros.
  private let tail: AlignedBuffer<Scalar.Vector>
  private let featureVectors: Int
  /// Activations, alternately read and written.
  private let activations: [AlignedBuffer<Scalar.Vector>]

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
    self.tile = tile
    self.batch = batch
    hidden = layers.dropLast().enumerated().map { index, layer in
      PackedLayer(layer, tile: tile, packed: packed?[index])
    }
    output = OutputLayer(layers.last!, temperature: temperature)
    let lanes = Scalar.Vector.scalarCount
    featureVectors = (features + lanes - 1) / lanes
    tail = AlignedBuffer(count: tile.rows * featureVectors)
    // Without hidden layers the output layer reads the features, which must then be in whole
    // vectors.
    let widest = hidden.map(\.leadingVectors).max() ?? featureVectors
    activations = (0..<min(2, max(1, hidden.count))).map { _ in AlignedBuffer(count: batch * widest)
    }
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
    guard !hidden.isEmpty else {
      copy(rows, leadingDimension, count, into: activations[0])
      Scalar.probabilities(
        of: activations[0].pointer, leadingVectors: featureVectors, count: count, output,
        into: result)
      return
    }
    let wholeRows = count / tile.rows * tile.rows
    copy(rows + wholeRows * leadingDimension, leadingDimension, count - wholeRows, into: tail)
    let lanes = Scalar.Vector.scalarCount
    var source = TileSource(
      base: rows, leadingDimension: leadingDimension, wholeRows: wholeRows, tail: scalars(tail),
      tailLeadingDimension: featureVectors * lanes)
    // Rows of the last tile beyond the count are computed from the padding of the tail but not
    // read.
    let padded = (count + tile.rows - 1) / tile.rows * tile.rows
    for (index, layer) in hidden.enumerated() {
      let target = activations[index % activations.count]
      Scalar.product(source, count: padded, layer, into: target.pointer)
      Scalar.hyperbolicTangent(target.pointer, count: padded * layer.leadingVectors)
      source.base = scalars(target)
      source.leadingDimension = layer.leadingVectors * lanes
      source.wholeRows = padded
    }
    let last = hidden.count - 1
    Scalar.probabilities(
      of: activations[last % activations.count].pointer,
      leadingVectors: hidden[last].leadingVectors, count: count, output, into: result)
  }

  private func scalars(_ buffer: AlignedBuffer<Scalar.Vector>) -> UnsafePointer<Scalar> {
    UnsafePointer(UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Scalar.self))
  }

  /// Copies rows to whole vectors; elements beyond the features stay 0.
  private func copy(
    _ rows: UnsafePointer<Scalar>, _ leadingDimension: Int, _ count: Int,
    into buffer: AlignedBuffer<Scalar.Vector>
  ) {
    let target = UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Scalar.self)
    let width = featureVectors * Scalar.Vector.scalarCount
    for row in 0..<count {
      (target + row * width).update(from: rows + row * leadingDimension, count: features)
    }
  }
}
