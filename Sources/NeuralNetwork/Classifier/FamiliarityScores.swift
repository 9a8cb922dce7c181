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
  private let single: ScorePass<Float>?
  private let double: ScorePass<Double>?

  /// Scores by a model's data, of rows in single or in double precision.
  ///
  /// - Parameters:
  ///   - data: components, edges and limits.
  ///   - features: number of features D.
  ///   - isSingle: which of the two `addBins` will be called.
  public init(_ data: Model.Familiarity, features: Int, isSingle: Bool) {
    scoreCount = data.scoreCount
    single = isSingle ? ScorePass(data, features: features, batch: Perceptron.batchSize) : nil
    double = isSingle ? nil : ScorePass(data, features: features, batch: PerceptronDouble.batchSize)
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
