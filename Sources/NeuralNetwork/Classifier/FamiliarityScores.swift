import Contracts
import Models

/// The scores of a model's familiarity data: standardised features to bins, one byte a score.
///
/// Scores are the coordinates along the leading components, then the squared length of the
/// features, then the sums of squares along the leading and along the minor components. A score's
/// bin is the number of edges below it, of the class that the network predicts.
///
/// Invariance: the bins of a row depend on the model, that row and its class alone, as with
/// `Perceptron`. Owns its packed components and scratch memory: one instance per thread.
public final class FamiliarityScores {
  /// Number of scores J of a row.
  public let scoreCount: Int
  /// The largest number of rows that `project` takes at once.
  public let batch: Int
  private let single: ScorePass<Float>?
  private let double: ScorePass<Double>?

  /// Scores by a model's data, of rows in single or in double precision.
  ///
  /// - Parameters:
  ///   - data: components, edges and limits.
  ///   - features: number of features D.
  ///   - isSingle: which of the two `bins` will be called.
  ///   - batch: the largest number of rows that `project` takes at once: that of the network whose
  ///     rows they are; unless given, that of `Perceptron` or `PerceptronDouble`.
  public init(_ data: Model.Familiarity, features: Int, isSingle: Bool, batch: Int? = nil) {
    scoreCount = data.scoreCount
    self.batch = batch ?? (isSingle ? Perceptron.batchSize : PerceptronDouble.batchSize)
    single = isSingle ? ScorePass(data, features: features, batch: self.batch) : nil
    double = isSingle ? nil : ScorePass(data, features: features, batch: self.batch)
  }

  /// Bins `[count, J]` of rows `[count, D]`.
  ///
  /// - Parameters:
  ///   - rows: standardised features, row `r` at `r·leadingDimension`.
  ///   - leadingDimension: elements from row to row, ≥ D.
  ///   - count: number of rows, any.
  ///   - classes: the class that the network predicts for each row, `[count]`.
  ///   - result: overwritten from its start, `count·J` bytes.
  /// - Precondition: the spans hold the rows, and made for single precision. Traps otherwise.
  public func bins(
    of rows: Span<Float>, leadingDimension: Int, count: Int, classes: Span<UInt8>,
    into result: inout MutableSpan<UInt8>
  ) {
    guard let single else { fatalError("scores made for double precision") }
    single.requireRoom(rows.count, leadingDimension, count, classes.count, result.count)
    rows.withUnsafeBufferPointer { rows in
      classes.withUnsafeBufferPointer { classes in
        result.withUnsafeMutableBufferPointer { result in
          guard count > 0 else { return }
          single.run(
            rows.baseAddress!, leadingDimension, count, classes.baseAddress!, result.baseAddress!)
        }
      }
    }
  }

  /// As above, of rows in double precision; made for double precision.
  public func bins(
    of rows: Span<Double>, leadingDimension: Int, count: Int, classes: Span<UInt8>,
    into result: inout MutableSpan<UInt8>
  ) {
    guard let double else { fatalError("scores made for single precision") }
    double.requireRoom(rows.count, leadingDimension, count, classes.count, result.count)
    rows.withUnsafeBufferPointer { rows in
      classes.withUnsafeBufferPointer { classes in
        result.withUnsafeMutableBufferPointer { result in
          guard count > 0 else { return }
          double.run(
            rows.baseAddress!, leadingDimension, count, classes.baseAddress!, result.baseAddress!)
        }
      }
    }
  }

  /// Projects a batch of rows `[count, D]` on the components; their bins follow when the network
  /// has predicted their classes. Before the network, the rows are still in the cache.
  ///
  /// - Precondition: the span holds the rows, at most `batch`; made for single precision. Traps
  ///   otherwise.
  public func project(_ rows: Span<Float>, leadingDimension: Int, count: Int) {
    guard let single else { fatalError("scores made for double precision") }
    single.requireRoom(rows.count, leadingDimension, count, count, count * scoreCount)
    require(count <= batch, "project: more rows than a batch has")
    rows.withUnsafeBufferPointer { rows in
      if count > 0 { single.project(rows.baseAddress!, leadingDimension, count) }
    }
  }

  /// As above, of rows in double precision.
  public func project(_ rows: Span<Double>, leadingDimension: Int, count: Int) {
    guard let double else { fatalError("scores made for single precision") }
    double.requireRoom(rows.count, leadingDimension, count, count, count * scoreCount)
    require(count <= batch, "project: more rows than a batch has")
    rows.withUnsafeBufferPointer { rows in
      if count > 0 { double.project(rows.baseAddress!, leadingDimension, count) }
    }
  }

  /// Bins of the rows that were projected last, `[J]` of row `k` at row `destinations[k]` of the
  /// result.
  ///
  /// - Parameters:
  ///   - classes: the class that the network predicts for each row; as many as were projected.
  ///   - destinations: a row of the result for each of them.
  ///   - result: `[any, J]`; only those rows are overwritten.
  /// - Precondition: every destination is a row of the result. Traps otherwise.
  public func bins(
    ofProjected classes: Span<UInt8>, to destinations: [Int], into result: inout [UInt8]
  ) {
    let rows = result.count / max(scoreCount, 1)
    require(
      classes.count >= destinations.count && destinations.allSatisfy { $0 >= 0 && $0 < rows },
      "bins: a destination is no row of the result")
    classes.withUnsafeBufferPointer { classes in
      destinations.withUnsafeBufferPointer { destinations in
        result.withUnsafeMutableBufferPointer { result in
          guard destinations.count > 0, let target = result.baseAddress else { return }
          let (c, d) = (classes.baseAddress!, destinations.baseAddress!)
          single?.bins(destinations.count, c, d, target)
          double?.bins(destinations.count, c, d, target)
        }
      }
    }
  }

  /// Scores `[count, J]` of rows `[count, D]` in single precision, dense: what edges and limits are
  /// made from.
  public func scores(of rows: Span<Float>, count: Int) -> [Float] {
    guard let single else { fatalError("scores made for double precision") }
    let features = single.features
    require(rows.count == count * features, "scores: rows must be [count, features]")
    var result = [Float](repeating: 0, count: count * scoreCount)
    rows.withUnsafeBufferPointer { rows in
      result.withUnsafeMutableBufferPointer { result in
        guard count > 0 else { return }
        single.scores(rows.baseAddress!, features, count, into: result.baseAddress!)
      }
    }
    return result
  }
}
