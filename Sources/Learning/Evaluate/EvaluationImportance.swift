import JobControl
import MPI
import Models
import NeuralNetwork

/// Permutation importance of every feature, overall and for each pair of classes, by all ranks.
///
/// Ranks share the rows; the column of a feature, which the permutations need, is gathered when it
/// is needed. Only counts are added.
struct EvaluationImportance: Equatable, Sendable {
  /// Sets of rows: all, then the pairs of classes.
  let groups: [PermutationImportance.Group]
  /// Rows of each group.
  let counts: [Int]
  /// Correct predictions without shuffling, `[groups]`.
  let base: [Int]
  /// Correct predictions with one feature shuffled, `[groups, features, repeats]`.
  let correct: [Int]
  /// Permutations of each feature.
  let repeats: Int
  /// Seconds on the slowest rank.
  let seconds: Double

  /// Measures it. Collective.
  ///
  /// - Parameters:
  ///   - rows: this rank's standardised rows, `share` of all evaluated ones.
  ///   - labels: classes of all evaluated rows.
  init(
    _ model: Model, rows: [Float], share: Range<Int>, labels: [UInt8], settings: EvaluationSettings,
    on world: Communicator, log: Log
  ) throws {
    let start = MPIRuntime.wallTime
    let d = model.featureCount
    var log = log
    let kernel: any ImportanceCounting =
      model.layers.count > 1
      ? ImportanceKernel(model, rows: rows.span, firstRow: share.lowerBound, labels: labels.span)
      : LinearImportance(model, rows: rows.span, firstRow: share.lowerBound, labels: labels.span)
    groups = kernel.groups
    counts = kernel.groupCounts
    repeats = settings.repeats
    var base = kernel.baseline()
    try world.allReduce(&base, .sum)
    self.base = base
    var correct = [Int](repeating: 0, count: groups.count * d * repeats)
    for feature in 0..<d {
      let column = try world.allGatherVariable((0..<share.count).map { rows[$0 * d + feature] })
        .values
      let found = kernel.counts(
        feature: feature, column: column.span, repeats: repeats, seed: settings.seed)
      for group in groups.indices {
        for r in 0..<repeats {
          correct[(group * d + feature) * repeats + r] = found[group * repeats + r]
        }
      }
      guard world.isRoot else { continue }
      let seconds = MPIRuntime.wallTime - start
      log.progress(
        done: feature + 1, total: d, of: "features", seconds: seconds,
        rate: "\(Log.fixed(Double(feature + 1) / seconds, 1)) features/s")
    }
    try world.allReduce(&correct, .sum)
    self.correct = correct
    seconds = try world.allReduce(MPIRuntime.wallTime - start, .maximum)
  }

  /// Features D.
  var featureCount: Int { correct.count / (groups.count * repeats) }

  /// Loss of accuracy by shuffling each feature in a group, `[features]`.
  func drops(group: Int) -> [PermutationImportance.Drop] {
    (0..<featureCount).map { feature in
      let start = (group * featureCount + feature) * repeats
      return PermutationImportance.drop(
        base: base[group], shuffled: Array(correct[start..<start + repeats]), count: counts[group])
    }
  }

  /// Names of the groups: `all`, `LDA-HDA`.
  func names(classes: [String]) -> [String] {
    groups.map { group in
      switch group {
      case .all: "all"
      case .pair(let a, let b): "\(classes[a])-\(classes[b])"
      }
    }
  }
}
