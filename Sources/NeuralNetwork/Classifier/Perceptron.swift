import Contracts
import Models

/// The classifier in single precision: standardised features to class probabilities.
///
/// `h₀ = tanh(W₀x + b₀), h₁ = tanh(W₁h₀ + b₁), …, p = softmax((W h + b)/T)` with the model's
/// temperature T; the hidden layers in single precision, the last layer and the softmax in double.
/// Owns its packed weights and scratch memory: one instance per thread.
///
/// Invariance: the bits of a row's probabilities depend on the model and on that row's features
/// alone, not on its position in a batch, the other rows or their number. This holds by
/// construction: each pre-activation is one chain of fused multiply-adds in the order of the
/// inputs (or, in int8, an exact sum), and everything after it is done element by element or row by
/// row. Nor do they depend on the width of the processor's vectors.
public final class Perceptron {
  /// Rows that are processed together. Any number of rows is accepted; multiples of this are
  /// fastest.
  ///
  /// A layer reads and writes 96 × 600 floats (two times 230 kB), which fit in an L2 cache of 512
  /// kB; whole panels of 32 and of 16 rows. Every rank has its own, so more rows cost memory.
  public static let batchSize = 96

  /// Number of features D of a row.
  public var featureCount: Int { pass.features }
  /// Number of classes K.
  public var classCount: Int { pass.classes }

  private let pass: ForwardPass<Float>
  private let digits: DigitPerceptron?

  /// Number of rows that is fastest with this classifier's arithmetic.
  public var preferredBatchSize: Int {
    digits == nil ? Perceptron.batchSize : DigitPerceptron.batchSize
  }

  /// A classifier with a model's weights.
  ///
  /// - Parameter arithmetic: that of the hidden layers.
  /// - Precondition: the shapes of the layers are consistent, as in every model that was read, and
  ///   the arithmetic fits the model.
  public convenience init(_ model: Model, arithmetic: NetworkArithmetic = .fp32) {
    require(arithmetic.fits(model), "int8 does not fit this model")
    self.init(model, tile: .native, engine: arithmetic == .int8 ? .native : nil)
  }

  /// A classifier in fp32 with a model's weights from memory that several ranks may share; those of
  /// the model's hidden layers are not read.
  public convenience init(_ model: Model, packed: PackedWeights) {
    self.init(
      model.layers, features: model.featureCount, classes: model.classCount,
      temperature: model.temperature ?? 1, tile: .native, packed: packed.layers(of: model))
  }

  /// A classifier with a guard's weights, for the same rows as the model's own.
  public convenience init(_ head: Model.Guard, features: Int) {
    self.init(
      head.layers, features: features, classes: head.classes.count, temperature: 1, tile: .native)
  }

  convenience init(_ model: Model, tile: RegisterTile, engine: DigitPerceptron.Engine? = nil) {
    self.init(
      model.layers, features: model.featureCount, classes: model.classCount,
      temperature: model.temperature ?? 1, tile: tile,
      digits: engine.map { DigitPerceptron(model, engine: $0) })
  }

  private init(
    _ layers: [Model.Layer], features: Int, classes: Int, temperature: Double, tile: RegisterTile,
    digits: DigitPerceptron? = nil, packed: [AlignedBuffer<SIMD16<Float>>]? = nil
  ) {
    self.digits = digits
    pass = ForwardPass(
      layers, features: features, classes: classes, temperature: temperature,
      batch: Perceptron.batchSize, tile: tile, packed: packed)
  }

  /// Class probabilities `[count, K]` of rows `[count, D]`, both row-major.
  ///
  /// - Parameters:
  ///   - rows: standardised features, row `r` at `r·leadingDimension`. A row with NaN has NaN
  ///     probabilities.
  ///   - leadingDimension: elements from row to row, ≥ D; best not a multiple of 128.
  ///   - count: number of rows, any.
  ///   - result: overwritten from its start, `count·K` elements, classes in model order; each row
  ///     sums to 1 within rounding.
  /// - Precondition: the spans hold the rows. Traps otherwise.
  /// - Complexity: 2·count·Σ inputs·outputs floating-point operations.
  public func probabilities(
    of rows: Span<Float>, leadingDimension: Int, count: Int, into result: inout MutableSpan<Float>
  ) {
    requireRoom(rows.count, leadingDimension, count, featureCount, result.count, classCount)
    guard count > 0 else { return }
    rows.withUnsafeBufferPointer { rows in
      result.withUnsafeMutableBufferPointer { result in
        if let digits {
          digits.run(
            rows.baseAddress!, leadingDimension: leadingDimension, count: count,
            into: result.baseAddress!)
        } else {
          pass.run(
            rows.baseAddress!, leadingDimension: leadingDimension, count: count,
            into: result.baseAddress!)
        }
      }
    }
  }
}

/// The classifier in double precision: the reference path, half as fast, otherwise as `Perceptron`.
///
/// The weights are the model's single-precision weights converted to double. The same invariance
/// holds.
public final class PerceptronDouble {
  /// Rows that are processed together, as many as in single precision.
  public static let batchSize = Perceptron.batchSize

  /// Number of features D of a row.
  public var featureCount: Int { pass.features }
  /// Number of classes K.
  public var classCount: Int { pass.classes }

  private let pass: ForwardPass<Double>

  /// A classifier with a model's weights.
  ///
  /// - Precondition: the shapes of the layers are consistent, as in every model that was read.
  public convenience init(_ model: Model) {
    self.init(model, tile: .native)
  }

  /// A classifier with a guard's weights, for the same rows as the model's own.
  public convenience init(_ head: Model.Guard, features: Int) {
    self.init(
      head.layers, features: features, classes: head.classes.count, temperature: 1, tile: .native)
  }

  convenience init(_ model: Model, tile: RegisterTile) {
    self.init(
      model.layers, features: model.featureCount, classes: model.classCount,
      temperature: model.temperature ?? 1, tile: tile)
  }

  private init(
    _ layers: [Model.Layer], features: Int, classes: Int, temperature: Double, tile: RegisterTile
  ) {
    pass = ForwardPass(
      layers, features: features, classes: classes, temperature: temperature,
      batch: PerceptronDouble.batchSize, tile: tile)
  }

  /// Class probabilities `[count, K]` of rows `[count, D]`, both row-major; parameters as
  /// `Perceptron.probabilities`.
  public func probabilities(
    of rows: Span<Double>, leadingDimension: Int, count: Int, into result: inout MutableSpan<Double>
  ) {
    requireRoom(rows.count, leadingDimension, count, featureCount, result.count, classCount)
    guard count > 0 else { return }
    rows.withUnsafeBufferPointer { rows in
      result.withUnsafeMutableBufferPointer { result in
        pass.run(
          rows.baseAddress!, leadingDimension: leadingDimension, count: count,
          into: result.baseAddress!)
      }
    }
  }
}

private func requireRoom(
  _ rows: Int, _ leadingDimension: Int, _ count: Int, _ features: Int, _ result: Int, _ classes: Int
) {
  require(
    leadingDimension >= features,
    "probabilities: the leading dimension is smaller than the number of features")
  require(
    count == 0
      || (count > 0 && rows >= (count - 1) * leadingDimension + features
        && result >= count * classes),
    "probabilities: a buffer is smaller than its rows")
}
