import Foundation
import ModelSupport
import TestSupport
import Testing

@testable import Models
@testable import Training

@Suite("Principal components", .tags(.fast))
struct ComponentTests {
  /// NumPy's and scikit-learn's numbers, see make_training.py.
  struct Reference: Decodable {
    let features: Int
    let classes: Int
    let rows: Int
    let raw: [Float]
    let labels: [UInt8]
    let mean: [Double]
    let scale: [Double]
    let values: [Double]
    let components: [Double]
    let centroids: [Double]
    let distances: [Double]
    let accuracy: [Double]
    let coefficients: [[[Double]]]

    /// Covariance sums of the rows, computed by `ranks` ranks.
    func sums(ranks: Int) -> CovarianceSums {
      let offset = raw[..<features].map { Double($0) }
      var total = [Double](repeating: 0, count: CovarianceSums(offset: offset).flat.count)
      for rank in 0..<ranks {
        var part = CovarianceSums(offset: offset)
        let range = (rows * rank / ranks * features)..<(rows * (rank + 1) / ranks * features)
        part.add(Array(raw[range]))
        for (i, value) in part.flat.enumerated() { total[i] += value }
      }
      var result = CovarianceSums(offset: offset)
      result.unpack(total.span)
      return result
    }

    /// Rows standardised in double, `[rows, features]`.
    var standardised: [Double] {
      raw.indices.map { (Double(raw[$0]) - mean[$0 % features]) / scale[$0 % features] }
    }
  }

  static func reference() throws -> Reference {
    try JSONDecoder().decode(Reference.self, from: trainingFixture("components.json"))
  }

  @Test(
    "scaler, components and variances are scikit-learn's and NumPy's, for any number of ranks",
    arguments: [1, 2, 5])
  func components(ranks: Int) throws {
    let reference = try ComponentTests.reference()
    let sums = reference.sums(ranks: ranks)
    #expect(sums.count == reference.rows && sums.isFinite && sums.constantFeatures == [4])
    let scaler = sums.scaler
    #expect(largestDifference(scaler.mean, reference.mean) < 1e-12)
    #expect(largestDifference(scaler.scale, reference.scale) < 1e-12 && scaler.scale[4] == 1)
    let analysis = try #require(PrincipalComponentAnalysis(sums, scaler: scaler))
    #expect(largestDifference(analysis.variance, reference.values) < 1e-10)
    #expect(largestDifference(analysis.leading(5).components, reference.components) < 1e-9)
    let explained: Double = analysis.explainedVariance.reduce(0, +)
    #expect(abs(explained - 1) < 1e-14)
    for component in 0..<reference.features {
      let row = analysis.components[(component * 9)..<((component + 1) * 9)]
      #expect(row.max()! >= -row.min()!)
    }
    let needed = analysis.count(explaining: 0.95)
    let share = analysis.explainedVariance[..<needed].reduce(0, +)
    #expect(share >= 0.95 && share - analysis.explainedVariance[needed - 1] < 0.95)
  }

  @Test("double rows give the same sums; rows far from 0 keep their digits")
  func shifted() throws {
    let reference = try ComponentTests.reference()
    var double = CovarianceSums(offset: reference.raw[..<9].map { Double($0) })
    double.add(reference.raw.map { Double($0) })
    #expect(double.flat == reference.sums(ranks: 1).flat)
    var far = CovarianceSums(offset: reference.raw[..<9].map { Double($0) + 0x1p20 })
    far.add(reference.raw.map { Double($0) + 0x1p20 })
    #expect(largestDifference(far.scaler.scale, reference.scale) < 1e-10)
  }

  @Test("class centroids and their distances in the plane of the first two components")
  func centroids() throws {
    let reference = try ComponentTests.reference()
    let analysis = try #require(
      PrincipalComponentAnalysis(reference.sums(ranks: 1), scaler: reference.sums(ranks: 1).scaler))
    let rows = reference.standardised.map { Float($0) }
    var sums = ClassSums(classes: 3, features: 9)
    sums.add(Array(rows[..<(100 * 9)]), Array(reference.labels[..<100]))
    sums.add(Array(rows[(100 * 9)...]), Array(reference.labels[100...]))
    #expect(sums.counts == [70, 70, 70])
    let centroids = analysis.centroids(sums.means)
    #expect(largestDifference(centroids, reference.centroids) < 1e-6)
    #expect(
      largestDifference(PrincipalComponentAnalysis.distances(centroids), reference.distances) < 1e-6
    )
    // The centroid is the mean of the scores.
    let scores = analysis.scores(component: 1, rows: rows.span)
    let mean = scores.indices.reduce(0) { $0 + (reference.labels[$1] == 2 ? scores[$1] / 70 : 0) }
    #expect(abs(mean - reference.centroids[5]) < 1e-6)
  }

  @Test(
    "regression on one component is scikit-learn's, also from ranks' sums", arguments: [0, 1, 2])
  func regression(component: Int) throws {
    let reference = try ComponentTests.reference()
    let x = reference.standardised
    let scores = (0..<reference.rows).map { r in
      (0..<9).reduce(0) { $0 + x[r * 9 + $1] * reference.components[component * 9 + $1] }
    }
    var regression = LogisticRegression(classes: 3)
    regression.fit(scores, reference.labels)
    // scikit-learn's intercepts are centred; so are ours, and the penalty centres the slopes.
    let expected = reference.coefficients[component][0] + reference.coefficients[component][1]
    #expect(largestDifference(regression.parameters, expected) < 2e-4)
    let correct = zip(scores, reference.labels).count { regression.prediction($0) == Int($1) }
    #expect(Double(correct) / Double(reference.rows) == reference.accuracy[component])

    var shared = LogisticRegression(classes: 3)
    for _ in 0..<50 {
      let halves = [0..<90, 90..<210].map {
        shared.sums(Array(scores[$0]), Array(reference.labels[$0]))
      }
      if !shared.update(zip(halves[0], halves[1]).map { $0 + $1 }) { break }
    }
    #expect(largestDifference(shared.parameters, regression.parameters) < 1e-8)
  }

  @Test("separable classes, far-off values and NaN end")
  func regressionEnds() {
    var regression = LogisticRegression(classes: 2)
    let values = (0..<100).map { k -> Double in k < 50 ? -3 - Double(k) : Double(k) }
    let labels = (0..<100).map { UInt8($0 < 50 ? 0 : 1) }
    regression.fit(values, labels)
    #expect(
      (0..<100).allSatisfy { regression.prediction(values[$0]) == Int(labels[$0]) }
        && regression.parameters.allSatisfy(\.isFinite))
    var huge = LogisticRegression(classes: 2)
    huge.fit(values.map { 1e6 * $0 }, labels)
    #expect(huge.parameters.allSatisfy { $0.isFinite })
    var nan = LogisticRegression(classes: 2)
    nan.fit([.nan, 1], [0, 1])
    #expect(nan.parameters.allSatisfy { $0 == 0 })
  }

  @Test("no rows, NaN and no variance give no components")
  func refusals() {
    var sums = CovarianceSums(offset: [0, 0])
    #expect(PrincipalComponentAnalysis(sums, scaler: Scaler(mean: [0, 0], scale: [1, 1])) == nil)
    sums.add([Float(1), 2, 1, 2])
    #expect(
      sums.constantFeatures == [0, 1]
        && PrincipalComponentAnalysis(sums, scaler: sums.scaler) == nil)
    sums.add([Float.nan, 2])
    #expect(
      !sums.isFinite
        && PrincipalComponentAnalysis(sums, scaler: Scaler(mean: [0, 0], scale: [1, 1])) == nil)
  }
}

// Spans of arrays that have a name: Swift 6.3 fails to compile spans of temporaries in some
// closures.

extension CovarianceSums {
  mutating func add(_ rows: [Float]) { add(rows.span) }
  mutating func add(_ rows: [Double]) { add(rows.span) }
}

extension ClassSums {
  mutating func add(_ rows: [Float], _ labels: [UInt8]) { add(rows.span, labels: labels.span) }
}

extension LogisticRegression {
  mutating func fit(_ values: [Double], _ labels: [UInt8]) { fit(values.span, labels: labels.span) }
  func sums(_ values: [Double], _ labels: [UInt8]) -> [Double] {
    sums(values.span, labels: labels.span)
  }
}
