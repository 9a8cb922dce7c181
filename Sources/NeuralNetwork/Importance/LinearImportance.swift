import Contracts
import Models

/// Counts correct predictions with one feature shuffled; see `PermutationImportance`.
public protocol ImportanceCounting {
  /// Sets of rows, see `PermutationImportance.groups`.
  var groups: [PermutationImportance.Group] { get }
  /// Number of rows of each group over all ranks.
  var groupCounts: [Int] { get }
  /// Correct predictions for this rank's unchanged rows, per group: `[groups]`. Ranks that share
  /// rows add them.
  func baseline() -> [Int]
  /// Correct predictions for this rank's rows with a feature shuffled: `[groups, repeats]`. Ranks
  /// that share rows add them.
  ///
  /// - Parameters:
  ///   - feature: the column j.
  ///   - column: its standardised values in **every** row of all ranks, `[N]`.
  ///   - repeats: number of permutations R.
  ///   - seed: determines the permutations, with feature, repeat and group.
  func counts(feature: Int, column: Span<Float>, repeats: Int, seed: UInt64) -> [Int]
}

extension ImportanceKernel: ImportanceCounting {}

/// The same for a network without a hidden layer, softmax(W·x + b): the logits are stored, and
/// change by (x′ − x_j)·W[:, j].
///
/// In double precision throughout, so a prediction equals that for the changed row itself, up to
/// ties.
public final class LinearImportance: ImportanceCounting {
  /// Sets of rows.
  public let groups: [PermutationImportance.Group]
  /// Number of rows of each group over all ranks.
  public var groupCounts: [Int] { members.map(\.count) }

  private let layer: Model.Layer
  private let labels: [UInt8]
  private let members: [[Int32]]
  private let firstRow: Int
  private let count: Int
  /// This rank's rows `[n, D]`, and their logits `[n, K]`.
  private let rows: [Float]
  private let logits: [Double]

  /// Counts for some of the rows; parameters as in `ImportanceKernel`.
  public init(_ model: Model, rows: Span<Float>, firstRow: Int = 0, labels: Span<UInt8>) {
    require(model.layers.count == 1, "this is for networks of a single layer")
    let layer = model.layers[0]
    let count = rows.count / layer.inputs
    require(
      rows.count == count * layer.inputs && firstRow >= 0 && firstRow + count <= labels.count,
      "importance: rows must be [n, D] of N rows")
    for i in labels.indices {
      require(Int(labels[i]) < model.classCount, "a label is not one of the classes")
    }
    groups = PermutationImportance.groups(classes: model.classCount)
    members = groups.map { PermutationImportance.rows(of: $0, labels: labels) }
    self.layer = layer
    self.firstRow = firstRow
    self.count = count
    self.rows = (0..<rows.count).map { rows[$0] }
    self.labels = labels.indices.map { labels[$0] }
    var logits: [Double] = []
    for r in 0..<count {
      for k in 0..<layer.outputs {
        var sum = Double(layer.bias[k])
        for i in 0..<layer.inputs {
          sum += Double(layer.weight[k * layer.inputs + i]) * Double(rows[r * layer.inputs + i])
        }
        logits.append(sum)
      }
    }
    self.logits = logits
  }

  /// Correct predictions for this rank's unchanged rows, per group.
  public func baseline() -> [Int] {
    members.map { rows in
      rows.reduce(0) { $0 + (isOwn($1) && isRight(row: Int($1), feature: 0, change: 0) ? 1 : 0) }
    }
  }

  /// Correct predictions for this rank's rows with a feature shuffled, `[groups, repeats]`.
  ///
  /// - Complexity: O(groups · R · n · K).
  public func counts(feature: Int, column: Span<Float>, repeats: Int, seed: UInt64) -> [Int] {
    require(
      feature >= 0 && feature < layer.inputs && column.count == labels.count,
      "importance: a column of N values of a feature")
    var correct: [Int] = []
    for (group, rows) in members.enumerated() {
      for repetition in 0..<repeats {
        let permutation = PermutationImportance.permutation(
          count: rows.count, seed: seed, feature: feature, repeat: repetition, group: group)
        var right = 0
        for (place, row) in rows.enumerated() where isOwn(row) {
          let change =
            Double(column[Int(rows[Int(permutation[place])])])
            - Double(self.rows[(Int(row) - firstRow) * layer.inputs + feature])
          if isRight(row: Int(row), feature: feature, change: change) { right += 1 }
        }
        correct.append(right)
      }
    }
    return correct
  }

  private func isOwn(_ row: Int32) -> Bool { Int(row) >= firstRow && Int(row) < firstRow + count }

  private func isRight(row: Int, feature: Int, change: Double) -> Bool {
    let start = (row - firstRow) * layer.outputs
    var top = 0
    var largest = -Double.infinity
    for k in 0..<layer.outputs {
      let logit = logits[start + k] + change * Double(layer.weight[k * layer.inputs + feature])
      if logit > largest { (top, largest) = (k, logit) }
    }
    return top == Int(labels[row])
  }
}
