import Contracts
import NeuralNetwork

/// Trains a network on standardised rows: gradients of batches, Adam's steps, losses.
///
/// Data-parallel by `pack → exchange → unpack`: each rank calls `gradient` for its rows of a batch,
/// the flat sums of all ranks are added, and `apply` takes the step. The loop of an epoch:
/// ```
/// let order = schedule.order(rank: rank, epoch: trainer.state.epoch, seed: options.seed)
/// for step in 0..<schedule.steps {
///   let own = order[schedule.range(rank: rank, step: step)]
///   training += trainer.gradient(rows, labels, own, sampleOffset: first, into: &sums)
///   // sum `sums` over ranks
///   trainer.apply(sums, batchCount: schedule.batchCount(step: step))
/// }
/// trainer.state.finishEpoch(…)
/// ```
/// Owns its scratch memory: one instance per thread. The same calls give the same bytes on any
/// processor; sums are grouped by rank, so other numbers of ranks differ by rounding.
public final class Trainer {
  /// Parameters, moments and history.
  public var state: TrainingState

  private let pass: BackPropagation
  /// Parameters of a piece of a step: 4 kB each of sums, parameters, two moments and the parts of
  /// two or three ranks fit in an L1 cache of 32 kB.
  private static let piece = 1024

  /// A trainer that continues from a state.
  ///
  /// - Parameter chunk: rows processed together; more rows are processed in several chunks.
  public init(_ state: TrainingState, chunk: Int = 256) {
    require(chunk > 0, "a trainer's chunk must have rows")
    self.state = state
    pass = BackPropagation(state.shape, chunk: chunk)
  }

  /// The sum over rows of the gradient of the cross-entropy, with the dropout of the state's epoch.
  ///
  /// - Parameters:
  ///   - rows: standardised features `[count, D]`, row-major and dense: all of this rank's rows.
  ///   - labels: class of each row, `[count]`.
  ///   - order: indices in `rows` of the rows to use.
  ///   - sampleOffset: global index of row 0, which dropout depends on.
  ///   - sums: `[parameterCount]`, overwritten (zeros for an empty `order`), in the flat layout of
  ///     `NetworkShape`.
  /// - Returns: loss, correct predictions and number of rows, with dropout.
  /// - Precondition: labels are below K and indices inside `rows`. Traps otherwise.
  /// - Complexity: 2·rows·(3·parameters − first layer's) floating-point operations.
  public func gradient(
    rows: Span<Float>, labels: Span<UInt8>, order: Span<Int32>, sampleOffset: Int,
    into sums: inout MutableSpan<Float>
  ) -> LossSums {
    let parameters = state.parameters
    return gradient(
      parameters: parameters.span, rows: rows, labels: labels, order: order,
      sampleOffset: sampleOffset, into: &sums)
  }

  /// The same with parameters other than the state's, `[parameterCount]`, such as those that the
  /// ranks of a node share.
  public func gradient(
    parameters: Span<Float>, rows: Span<Float>, labels: Span<UInt8>, order: Span<Int32>,
    sampleOffset: Int,
    into sums: inout MutableSpan<Float>
  ) -> LossSums {
    check(rows.count, labels)
    require(
      parameters.count == state.shape.parameterCount,
      "gradient: a flat vector must have one element per parameter")
    require(
      sums.count == state.shape.parameterCount,
      "gradient: the sums must have one element per parameter")
    for i in order.indices {
      require(
        order[i] >= 0 && Int(order[i]) < labels.count,
        "gradient: a place in the order lies outside the rows")
    }
    let dropout = Dropout(
      probability: state.options.dropout, seed: state.options.seed, epoch: state.epoch)
    return rows.withUnsafeBufferPointer { rows in
      labels.withUnsafeBufferPointer { labels in
        order.withUnsafeBufferPointer { order in
          sums.withUnsafeMutableBufferPointer { sums in
            parameters.withUnsafeBufferPointer { parameters in
              pass.gradient(
                parameters.baseAddress!, rows, labels, order, sampleOffset: sampleOffset, dropout,
                into: sums.baseAddress!)
            }
          }
        }
      }
    }
  }

  /// Loss and correct predictions of rows `[count, D]` with labels `[count]`, without dropout.
  ///
  /// - Parameter usesBest: whether with the best epoch's parameters rather than the current ones.
  public func loss(rows: Span<Float>, labels: Span<UInt8>, usesBest: Bool = false) -> LossSums {
    check(rows.count, labels)
    return rows.withUnsafeBufferPointer { rows in
      labels.withUnsafeBufferPointer { labels in
        (usesBest ? state.bestParameters : state.parameters).withUnsafeBufferPointer { parameters in
          pass.loss(parameters.baseAddress!, rows, labels)
        }
      }
    }
  }

  /// One step of Adam with the mean gradient `sums / batchCount`.
  ///
  /// β = (0.9, 0.999), ε = 10⁻⁸ (Kingma & Ba 2015, as PyTorch's `optim.Adam` computes it): m ← m +
  /// (1 − β₁)(g − m), v ← β₂v + (1 − β₂)g², θ ← θ − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε).
  ///
  /// - Parameters:
  ///   - sums: gradient sums over all ranks, `[parameterCount]`.
  ///   - batchCount: rows of the batch over all ranks.
  public func apply(_ sums: Span<Float>, batchCount: Int) {
    require(
      sums.count == state.shape.parameterCount && batchCount > 0,
      "apply: one sum per parameter, and a batch with rows")
    sums.withUnsafeBufferPointer { sums in
      state.takeStep(batchCount: batchCount) { update in
        _ = update(sums.baseAddress!, 0..<sums.count)
      }
    }
  }

  /// The same for a range of parameters, with sums that are computed piece by piece, so that each
  /// is still in the cache when its parameters are updated.
  ///
  /// - Parameters:
  ///   - batchCount: rows of the batch over all ranks.
  ///   - range: parameters to update, if ranks share the work and exchange parameters afterwards.
  ///     Each rank then also has the moments of its own range only.
  ///   - sums: overwrites the sums of a piece of the range, `[piece]`.
  ///   - updated: receives its new parameters, `[piece]`.
  /// - Precondition: neither closure uses the trainer, whose state is being changed.
  public func apply(
    batchCount: Int, range: Range<Int>,
    sums: (_ piece: Range<Int>, _ into: inout MutableSpan<Float>) -> Void,
    updated: (_ piece: Range<Int>, _ parameters: Span<Float>) -> Void
  ) {
    require(batchCount > 0, "apply: a batch with rows")
    require(
      range.lowerBound >= 0 && range.upperBound <= state.shape.parameterCount,
      "apply: the range lies outside the parameters")
    var scratch = [Float](repeating: 0, count: min(range.count, Trainer.piece))
    state.takeStep(batchCount: batchCount) { update in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Trainer.piece) {
        let piece = start..<min(start + Trainer.piece, range.upperBound)
        scratch.withUnsafeMutableBufferPointer {
          var own = MutableSpan(_unsafeElements: $0.extracting(0..<piece.count))
          sums(piece, &own)
        }
        let new = scratch.withUnsafeBufferPointer { update($0.baseAddress!, piece) }
        updated(piece, Span(_unsafeElements: new))
      }
    }
  }

  /// Replaces parameters in a range by those computed on another rank.
  public func setParameters(_ values: Span<Float>, range: Range<Int>) {
    require(
      values.count == range.count && range.lowerBound >= 0
        && range.upperBound <= state.shape.parameterCount,
      "setParameters: as many values as places, all inside the parameters")
    values.withUnsafeBufferPointer { values in state.setParameters(values, from: range.lowerBound) }
  }

  /// Replaces Adam's moments, `[parameterCount]` each: collected from all ranks after each has
  /// updated a range.
  public func setMoments(first: [Float], second: [Float]) {
    require(
      first.count == state.shape.parameterCount && second.count == first.count,
      "setMoments: two moments for each parameter")
    state.firstMoment = first
    state.secondMoment = second
  }

  private func check(_ rows: Int, _ labels: Span<UInt8>) {
    require(rows == labels.count * state.shape.features, "rows must be [labels, features]")
    var largest: UInt8 = 0
    for i in labels.indices { largest = max(largest, labels[i]) }
    require(Int(largest) < state.shape.classes, "a label is not one of the classes")
  }
}
