import Contracts
import Models

/// Counts correct predictions with one feature shuffled, without recomputing the first layer.
///
/// With Z = X·W₀ᵀ + b₀ stored for all rows, another value x′ of feature j in a row changes its
/// pre-activations by (x′ − x_j)·W₀[:, j]: one fused multiply-add per unit in place of D. The first
/// layer is 48 % of the work of a network 546-600-600-K. The following layers use the product of
/// inference, so the prediction for a row does not depend on other rows; it differs from that of
/// the whole network by the rounding of Z.
///
/// Owns scratch memory: one instance per thread. Memory: 4·(D + units of the first layer) bytes per
/// row.
public final class ImportanceKernel {
  /// Number of classes K.
  public let classes: Int
  /// Sets of rows, see `PermutationImportance.groups`.
  public let groups: [PermutationImportance.Group]
  /// Number of rows of each group over all ranks.
  public var groupCounts: [Int] { members.map(\.count) }

  private let features: Int
  private let rows: [Float]
  private let firstRow: Int
  private let labels: [UInt8]
  /// Rows of each group over all ranks, ascending.
  private let members: [[Int32]]
  private let model: Model
  /// The layers after the first; nil if there are none.
  private let following: HiddenLayers<Float>?
  private let output: OutputLayer
  /// Vectors of a row of the first layer.
  private let width: Int
  /// Z, `[rows, width]`.
  private let preActivations: AlignedBuffer<SIMD16<Float>>
  /// The first layer's output for a batch, `[batch, width]`.
  private let activations: AlignedBuffer<SIMD16<Float>>
  private let column: AlignedBuffer<SIMD16<Float>>
  private let probabilities: AlignedBuffer<Float>
  private static let batch = Perceptron.batchSize

  /// A kernel for some of the rows.
  ///
  /// - Parameters:
  ///   - model: at least one hidden layer.
  ///   - rows: this rank's standardised rows `[n, D]`, dense.
  ///   - firstRow: global index of the first of them.
  ///   - labels: class of **every** row of all ranks, `[N]`; each below K.
  public init(_ model: Model, rows: Span<Float>, firstRow: Int = 0, labels: Span<UInt8>) {
    features = model.featureCount
    classes = model.classCount
    let count = rows.count / features
    require(model.layers.count > 1, "importance by rank-1 updates needs a hidden layer")
    require(
      rows.count == count * features && firstRow >= 0 && firstRow + count <= labels.count,
      "importance: rows must be [n, D] of N rows")
    for i in labels.indices {
      require(Int(labels[i]) < model.classCount, "a label is not one of the classes")
    }
    groups = PermutationImportance.groups(classes: classes)
    self.model = model
    self.firstRow = firstRow
    self.rows = rows.withUnsafeBufferPointer { Array($0) }
    self.labels = labels.withUnsafeBufferPointer { Array($0) }
    members = groups.map { PermutationImportance.rows(of: $0, labels: labels) }
    let batch = ImportanceKernel.batch
    let hidden = model.layers.dropLast().map { PackedLayer<Float>($0, tile: .native) }
    following = hidden.count > 1 ? HiddenLayers(Array(hidden.dropFirst()), batch: batch) : nil
    output = OutputLayer(model.layers[model.layers.count - 1])
    width = hidden[0].leadingVectors
    activations = AlignedBuffer(count: batch * width)
    column = AlignedBuffer(count: width)
    probabilities = AlignedBuffer(count: batch * classes)
    preActivations = AlignedBuffer(count: count * width)
    computePreActivations(hidden[0], count)
  }

  /// Correct predictions for this rank's unchanged rows, per group: `[groups]`. Ranks that share
  /// rows add them.
  public func baseline() -> [Int] {
    groups.indices.map { group in
      var correct = 0
      forEachBatch(group) { _, places in
        for (r, place) in places.enumerated() {
          (activations.pointer + r * width).update(
            from: preActivations.pointer + local(members[group][place]) * width, count: width)
        }
        correct += answers(places, group)
      }
      return correct
    }
  }

  /// Correct predictions for this rank's rows with a feature shuffled: `[groups, repeats]`. Ranks
  /// that share rows add them.
  ///
  /// - Parameters:
  ///   - feature: the column j.
  ///   - column: its standardised values in **every** row of all ranks, `[N]`.
  ///   - repeats: number of permutations R.
  ///   - seed: determines the permutations, with feature, repeat and group.
  /// - Complexity: O(groups · R · n · weights after the first layer).
  public func counts(feature: Int, column values: Span<Float>, repeats: Int, seed: UInt64) -> [Int]
  {
    require(
      feature >= 0 && feature < features && values.count == labels.count,
      "importance: a column of N values of a feature")
    let layer = model.layers[0]
    for unit in 0..<layer.outputs {
      column.pointer[unit / 16][unit % 16] = layer.weight[unit * features + feature]
    }
    var correct = [Int](repeating: 0, count: groups.count * repeats)
    values.withUnsafeBufferPointer { values in
      for group in groups.indices {
        let rows = members[group]
        let permutations = (0..<repeats).map {
          PermutationImportance.permutation(
            count: rows.count, seed: seed, feature: feature, repeat: $0, group: group)
        }
        // Repeats are the inner loop, so that Z of a batch is read from the L2 cache in all repeats
        // except the first.
        forEachBatch(group) { _, places in
          for repetition in 0..<repeats {
            permutations[repetition].withUnsafeBufferPointer { permutation in
              for (r, place) in places.enumerated() {
                let row = local(rows[place])
                let change =
                  values[Int(rows[Int(permutation[place])])] - self.rows[row * features + feature]
                update(
                  activations.pointer + r * width, preActivations.pointer + row * width, change,
                  column.pointer, width)
              }
            }
            correct[group * repeats + repetition] += answers(places, group)
          }
        }
      }
    }
    return correct
  }

  // MARK: Batches

  private func local(_ row: Int32) -> Int { Int(row) - firstRow }

  /// Positions of this rank's rows in a group, one batch at a time.
  private func forEachBatch(_ group: Int, _ body: (_ batch: Int, _ places: Range<Int>) -> Void) {
    let last = firstRow + rows.count / features
    let start = members[group].firstIndex { Int($0) >= firstRow } ?? members[group].count
    let end = members[group].firstIndex { Int($0) >= last } ?? members[group].count
    for (batch, place) in stride(from: start, to: end, by: ImportanceKernel.batch).enumerated() {
      body(batch, place..<min(end, place + ImportanceKernel.batch))
    }
  }

  /// Correct predictions of a batch whose first layer's pre-activations are in `activations`.
  private func answers(_ places: Range<Int>, _ group: Int) -> Int {
    let count = places.count
    Float.hyperbolicTangent(activations.pointer, count: count * width)
    var last = activations.pointer
    if let following {
      let rows = UnsafeRawPointer(last).assumingMemoryBound(to: Float.self)
      last = following.run(rows, leadingDimension: 16 * width, count: count)
    }
    Float.probabilities(
      of: last, leadingVectors: following?.leadingVectors ?? width, count: count, output,
      into: probabilities.pointer)
    var correct = 0
    for (r, place) in places.enumerated() {
      let p = probabilities.pointer + r * classes
      var top = 0
      for k in 1..<classes where p[k] > p[top] { top = k }
      if top == Int(labels[Int(members[group][place])]) { correct += 1 }
    }
    return correct
  }

  private func computePreActivations(_ layer: PackedLayer<Float>, _ count: Int) {
    let first = HiddenLayers([layer], batch: ImportanceKernel.batch)
    rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      for start in stride(from: 0, to: count, by: first.batch) {
        let rowsNow = min(first.batch, count - start)
        let values = first.run(
          base + start * features, leadingDimension: features, count: rowsNow, activates: false)
        (preActivations.pointer + start * width).update(from: values, count: rowsNow * width)
      }
    }
  }
}

/// `target = z + change·column`.
@inline(__always)
private func update(
  _ target: UnsafeMutablePointer<SIMD16<Float>>, _ z: UnsafePointer<SIMD16<Float>>, _ change: Float,
  _ column: UnsafePointer<SIMD16<Float>>, _ count: Int
) {
  let factor = SIMD16<Float>(repeating: change)
  for v in 0..<count { target[v] = z[v].addingProduct(factor, column[v]) }
}
