import Contracts
import Randomness

/// Permutation importance: the loss of accuracy when one feature's values are shuffled among the
/// rows (Breiman 2001).
///
/// For feature j and repeat r, I = A − A_r, A the accuracy on the unchanged rows and A_r that with
/// column j shuffled. There are several groups of rows: all of them, and for each pair of classes
/// the rows of these two, shuffled among themselves, so that values of a third class are not used;
/// the predicted class is the most probable of all classes in every group. With two classes the
/// pair includes all rows.
///
/// Everything that ranks exchange is an integer count, and each permutation is a function of seed,
/// feature, repeat and group; the prediction for a row does not depend on its position. So the
/// result is the same for any number of ranks, whether they share features or rows.
public struct PermutationImportance: Equatable, Sendable {
  /// A set of rows on which importance is measured.
  public enum Group: Hashable, Sendable {
    /// All rows.
    case all
    /// Rows of two classes, the lower one first.
    case pair(Int, Int)
  }

  /// Mean and spread of the loss of accuracy over repeats.
  public struct Drop: Equatable, Sendable {
    /// Accuracy on the unchanged rows minus the mean accuracy after shuffling; may be negative.
    public let mean: Double
    /// Standard deviation over repeats, R in the denominator as in scikit-learn.
    public let standardDeviation: Double
  }

  /// The groups for K classes: all, then pairs (0,1), (0,2) … in class order; for two classes only
  /// all, because the pair is the same.
  public static func groups(classes: Int) -> [Group] {
    guard classes > 2 else { return [.all] }
    return [.all]
      + (0..<classes).flatMap { a in ((a + 1)..<max(classes, a + 1)).map { Group.pair(a, $0) } }
  }

  /// Rows that belong to a group, ascending.
  public static func rows(of group: Group, labels: Span<UInt8>) -> [Int32] {
    var rows: [Int32] = []
    for i in labels.indices {
      switch group {
      case .all: rows.append(Int32(i))
      case .pair(let a, let b):
        if Int(labels[i]) == a || Int(labels[i]) == b { rows.append(Int32(i)) }
      }
    }
    return rows
  }

  /// The permutation of `0..<count`: the i-th row of the group gets the value of its
  /// `permutation[i]`-th row.
  public static func permutation(
    count: Int, seed: UInt64, feature: Int, repeat repetition: Int, group: Int
  ) -> [Int32] {
    var random = RandomStream(seed: seed, .importance, feature, repetition << 16 | group)
    return random.permutation(count)
  }

  /// Mean decrease and its spread from counts of correct predictions.
  ///
  /// - Parameters:
  ///   - base: correct predictions without permutation.
  ///   - shuffled: correct predictions in each repeat, at least one.
  ///   - count: rows of the group.
  public static func drop(base: Int, shuffled: [Int], count: Int) -> Drop {
    require(!shuffled.isEmpty, "importance needs at least one repeat")
    let drops = shuffled.map { Double(base - $0) / Double(count) }
    let mean = drops.reduce(0, +) / Double(drops.count)
    let variance = drops.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(drops.count)
    return Drop(mean: mean, standardDeviation: variance.squareRoot())
  }
}
