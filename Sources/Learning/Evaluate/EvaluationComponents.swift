import JobControl
import MPI
import Training

/// Principal components of the standardised training part, and how well the first of them separate
/// the classes.
///
/// All sums are grouped by fixed segments of the rows (`DatasetStatistics`): the same bits for any
/// number of ranks.
struct EvaluationComponents: Equatable, Sendable {
  /// Fraction of the variance that each of all D components explains, `[D]`.
  let explainedVariance: [Double]
  /// Components that together explain 95 %.
  let countFor95Percent: Int
  /// The first components `[C, D]`: those of the model if it has any, otherwise those of these
  /// rows.
  let components: [Double]
  /// Whether they are those of the model.
  let areModels: Bool
  /// Centroids of the classes in the plane of the first two components, `[K, 2]`.
  let centroids: [Double]
  /// Distances between them, `[K, K]`.
  let distances: [Double]
  /// Accuracy of a multinomial logistic regression on each single component, over the rows it was
  /// fitted to, `[C]`.
  let separation: [Double]

  /// Number of components C.
  var count: Int { separation.count }

  /// Number of components if the model has none.
  private static let defaultCount = 10

  /// Collective.
  ///
  /// - Throws: the same `RunError` on all ranks.
  init(_ data: EvaluationData, on world: Communicator) throws {
    let d = data.columns.count, classes = data.model.classCount
    let sums = try DatasetStatistics.covariance(
      data.file, rows: data.referenceRows, columns: data.columns, on: world)
    let own = try world.together { () throws -> PrincipalComponentAnalysis? in
      guard world.isRoot else { return nil }
      guard let analysis = PrincipalComponentAnalysis(sums, scaler: data.model.scaler) else {
        throw RunError(
          "\(data.file.path): no feature varies over its training part; there are no principal "
            + "components",
          .badData)
      }
      return analysis
    }
    explainedVariance = try world.broadcast(own?.explainedVariance ?? [])
    countFor95Percent = try world.broadcast(own?.count(explaining: 0.95) ?? 0)
    let kept = data.model.principalComponents
    areModels = kept != nil
    let components =
      try kept?.components
      ?? world.broadcast(own?.leading(min(Self.defaultCount, d)).components ?? [])
    self.components = components
    let count = components.count / d
    let scores = try ComponentScores(data, components, on: world)
    let totals = try DatasetStatistics.added(scores.classSums, on: world)
    centroids = (0..<classes * 2).map { place in
      let (k, axis) = (place / 2, place % 2)
      return axis < count ? totals[classes + k * count + axis] / totals[k] : 0
    }
    distances = PrincipalComponentAnalysis.distances(centroids)
    separation = try (0..<count).map {
      try scores.separation(
        component: $0, classes: classes, rows: data.referenceRows.count, on: world)
    }
  }
}

/// Projections of this rank's segments of the reference rows.
private struct ComponentScores {
  /// Sums by class for each segment: rows of each class `[K]`, then sums of their scores `[K, C]`.
  private(set) var classSums: [[Double]] = []
  /// Scores on each component by segment, `[C][segments][rows]`.
  private var scores: [[[Double]]]
  /// Classes of the rows by segment.
  private var labels: [[UInt8]] = []

  init(_ data: EvaluationData, _ components: [Double], on world: Communicator) throws {
    let d = data.columns.count, count = components.count / d, classes = data.model.classCount
    var scores = [[[Double]]](repeating: [], count: count), labels: [[UInt8]] = [],
      classSums: [[Double]] = []
    try world.together {
      for segment in DatasetStatistics.segments(DatasetStatistics.narrowSegments, of: world) {
        let rows = DatasetStatistics.part(
          segment, of: DatasetStatistics.narrowSegments, data.referenceRows)
        let part = try TrainingRows(
          data.file, data.index, rows: rows, columns: data.columns, scaler: data.model.scaler)
        let projected = Self.project(part.features, components, d)
        var sums = [Double](repeating: 0, count: classes * (count + 1))
        for (r, label) in part.labels.enumerated() {
          sums[Int(label)] += 1
          for c in 0..<count { sums[classes + Int(label) * count + c] += projected[c][r] }
        }
        for c in 0..<count { scores[c].append(projected[c]) }
        labels.append(part.labels)
        classSums.append(sums)
      }
    }
    self.scores = scores
    self.labels = labels
    self.classSums = classSums
  }

  /// Scores `[C][rows]` of standardised rows `[rows, D]`.
  private static func project(_ rows: [Float], _ components: [Double], _ d: Int) -> [[Double]] {
    stride(from: 0, to: components.count, by: d).map { component in
      stride(from: 0, to: rows.count, by: d).map { row in
        var sum = 0.0
        for i in 0..<d { sum += components[component + i] * Double(rows[row + i]) }
        return sum
      }
    }
  }

  /// Accuracy of a logistic regression on one component. Collective; every rank makes the same
  /// steps.
  func separation(component: Int, classes: Int, rows: Int, on world: Communicator) throws -> Double
  {
    var regression = LogisticRegression(classes: classes)
    for _ in 0..<100 {
      let sums = zip(scores[component], labels).map { regression.sums($0.span, labels: $1.span) }
      guard regression.update(try DatasetStatistics.added(sums, on: world)) else { break }
    }
    var right = 0
    for (values, labels) in zip(scores[component], labels) {
      for (value, label) in zip(values, labels) where regression.prediction(value) == Int(label) {
        right += 1
      }
    }
    return Double(try world.allReduce(right, .sum)) / Double(max(rows, 1))
  }
}
