import ModelSupport
import TestSupport
import Testing

@testable import Models
@testable import NeuralNetwork

@Suite("Importance", .tags(.fast))
struct ImportanceTests {
  static let shapes: [[Int]] = [[9, 20, 20, 3], [6, 33, 2], [5, 40, 17, 30, 4]]

  /// Labels that agree with most predictions of the network, so that shuffling reduces the
  /// accuracy.
  private func problem(_ widths: [Int], rows: Int) -> (model: Model, x: [Float], labels: [UInt8]) {
    let model = Model.random(widths, seed: 4)
    let x = randomRows(rows, widths[0])
    let classes = widths.last!
    let p = Perceptron(model).probabilities(x, count: rows)
    let labels = (0..<rows).map { r in
      r % 9 == 0
        ? UInt8(r % classes)
        : UInt8((0..<classes).max { p[r * classes + $0] < p[r * classes + $1] }!)
    }
    return (model, x, labels)
  }

  @Test(
    "counts equal brute force: the whole network on rows with a shuffled column", arguments: shapes)
  func bruteForce(widths: [Int]) {
    let rows = 401
    let (model, x, labels) = problem(widths, rows: rows)
    let (width, classes) = (widths[0], widths.last!)
    let kernel = ImportanceKernel(model, rows: x.span, labels: labels.span)
    #expect(kernel.groups.count == (classes == 2 ? 1 : 1 + classes * (classes - 1) / 2))
    let baseline = kernel.baseline()
    for (g, group) in kernel.groups.enumerated() {
      let members = PermutationImportance.rows(of: group, labels: labels.span).map { Int($0) }
      #expect(members.count == kernel.groupCounts[g])
      let own = members.flatMap { x[($0 * width)..<(($0 + 1) * width)] }
      #expect(correct(model, own, members.map { labels[$0] }) == baseline[g])
    }
    for feature in 0..<width {
      let column = (0..<rows).map { x[$0 * width + feature] }
      let counts = kernel.counts(feature: feature, column: column.span, repeats: 3, seed: 8)
      for (g, group) in kernel.groups.enumerated() {
        let members = PermutationImportance.rows(of: group, labels: labels.span).map { Int($0) }
        for r in 0..<3 {
          let permutation = PermutationImportance.permutation(
            count: members.count, seed: 8, feature: feature, repeat: r, group: g)
          #expect(permutation.sorted() == Array(0..<Int32(members.count)))
          var shuffled = members.flatMap { x[($0 * width)..<(($0 + 1) * width)] }
          for (i, other) in permutation.enumerated() {
            shuffled[i * width + feature] = column[members[Int(other)]]
          }
          // Z differs by rounding, so a prediction could differ if two classes tie within 1e-6;
          // with these seeds none does.
          #expect(counts[g * 3 + r] == correct(model, shuffled, members.map { labels[$0] }))
        }
      }
    }
  }

  @Test("ranks that share rows add up to the same integers", arguments: [2, 3, 7])
  func ranks(count: Int) {
    let rows = 500
    let (model, x, labels) = problem([9, 20, 20, 3], rows: rows)
    let column = (0..<rows).map { x[$0 * 9 + 2] }
    let whole = ImportanceKernel(model, rows: x.span, labels: labels.span)
    var baseline = [Int](repeating: 0, count: 4)
    var counts = [Int](repeating: 0, count: 4 * 5)
    for rank in 0..<count {
      let part = (rows * rank / count)..<(rows * (rank + 1) / count)
      let own = Array(x[(part.lowerBound * 9)..<(part.upperBound * 9)])
      let kernel = ImportanceKernel(
        model, rows: own.span, firstRow: part.lowerBound, labels: labels.span)
      for (i, value) in kernel.baseline().enumerated() { baseline[i] += value }
      for (i, value) in kernel.counts(feature: 2, column: column.span, repeats: 5, seed: 1)
        .enumerated()
      { counts[i] += value }
    }
    #expect(baseline == whole.baseline())
    #expect(counts == whole.counts(feature: 2, column: column.span, repeats: 5, seed: 1))
    #expect(counts != whole.counts(feature: 2, column: column.span, repeats: 5, seed: 2))
    let noRows: [Float] = []
    let none = ImportanceKernel(model, rows: noRows.span, firstRow: rows, labels: labels.span)
    #expect(
      none.baseline() == [0, 0, 0, 0]
        && none.counts(feature: 2, column: column.span, repeats: 1, seed: 1) == [0, 0, 0, 0])
  }

  @Test("a feature without weight has no importance; drops are means and deviations")
  func drops() {
    let (original, x, labels) = problem([9, 20, 20, 3], rows: 300)
    var model = original
    for unit in 0..<20 { model.layers[0].weight[unit * 9 + 3] = 0 }
    let kernel = ImportanceKernel(model, rows: x.span, labels: labels.span)
    let column = (0..<300).map { x[$0 * 9 + 3] }
    let counts = kernel.counts(feature: 3, column: column.span, repeats: 4, seed: 1)
    let base = kernel.baseline()
    #expect(counts == base.flatMap { [Int](repeating: $0, count: 4) })
    let drop = PermutationImportance.drop(base: 90, shuffled: [80, 70, 90, 60], count: 100)
    #expect(
      abs(drop.mean - 0.15) < 1e-15 && abs(drop.standardDeviation - 0.0125.squareRoot()) < 1e-15)
    #expect(
      PermutationImportance.drop(base: base[0], shuffled: Array(counts[..<4]), count: 300).mean == 0
    )
    #expect(
      PermutationImportance.groups(classes: 3) == [.all, .pair(0, 1), .pair(0, 2), .pair(1, 2)])
  }
}

/// How many rows a model predicts correctly; the first of equally probable classes counts.
private func correct(_ model: Model, _ rows: [Float], _ labels: [UInt8]) -> Int {
  let classes = model.classCount
  let p = Perceptron(model).probabilities(rows, count: labels.count)
  return labels.indices.count { r in
    let row = p[(r * classes)..<((r + 1) * classes)]
    return row.firstIndex(of: row.max()!)! - row.startIndex == Int(labels[r])
  }
}
