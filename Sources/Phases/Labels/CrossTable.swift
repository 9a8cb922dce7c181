import Contracts

/// The joint counts of two labellings of the same molecules, for instance one model's IA and
/// another model's classes.
public struct CrossTable: Sendable, Equatable {
  /// Number of phases of the first and of the second labelling (rows, columns).
  public let shape: (rows: Int, columns: Int)
  /// Molecules [K+1, K'+1], row-major: row = phase in the first labelling, column = in the second.
  /// Integers, additive over parts of a frame.
  public let counts: [Int64]

  /// Counts pairs of labels.
  ///
  /// - Parameters:
  ///   - first: phases [N], each below `rows`.
  ///   - second: phases [N] of the same molecules in the same order, each below `columns`.
  ///   - rows: phases of the first labelling, IA included.
  ///   - columns: phases of the second labelling, IA included.
  public init(_ first: [UInt8], _ second: [UInt8], rows: Int, columns: Int) {
    require(first.count == second.count, "a cross table needs two labels per molecule")
    var counts = [Int64](repeating: 0, count: rows * columns)
    for i in first.indices {
      require(first[i] < rows && second[i] < columns, "a label beyond the number of phases")
      counts[Int(first[i]) * columns + Int(second[i])] += 1
    }
    shape = (rows, columns)
    self.counts = counts
  }

  /// Molecules of phase `row` in the first labelling and `column` in the second.
  public subscript(row: Int, column: Int) -> Int64 { counts[row * shape.columns + column] }

  /// Whether shapes and counts are equal.
  public static func == (left: CrossTable, right: CrossTable) -> Bool {
    left.shape == right.shape && left.counts == right.counts
  }
}
