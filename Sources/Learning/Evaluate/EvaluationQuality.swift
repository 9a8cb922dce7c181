import JobControl
import Models
import Training

/// How reliable the probabilities of an evaluation are, and its accuracy by file and by parent.
struct EvaluationQuality {
  /// Rows of one file or parent.
  struct Group {
    let name: String
    var count = 0, correct = 0
    /// Sum of p of the predicted class.
    var sum = 0.0

    /// Mean p of the predicted class.
    var confidence: Double { sum / Double(count) }
    var interval: WilsonInterval { WilsonInterval(correct: correct, count: count) }
  }

  /// The reliability of the model's probabilities.
  let reliability: Reliability
  /// The same without the model's temperature; nil if it has none.
  let uncalibrated: Reliability?
  /// Files with evaluated rows, in the dataset's order, and their parents.
  let files: [Group], parents: [Group]
  /// Environments of the training files that are not used in training: number and correct
  /// predictions; nil if the dataset has none, or if another part than the test part is evaluated.
  let mixed: (count: Int, correct: Int)?

  /// From probabilities `[n, K]` of the evaluated rows. Runs on one rank.
  ///
  /// - Throws: `RunError` (bad data) if the dataset's files are inconsistent.
  init(_ data: EvaluationData, probabilities: [Float], mixed: (count: Int, correct: Int)?) throws {
    let labels = data.index.labels(of: data.rows), k = data.model.classCount
    reliability = Reliability(probabilities: probabilities.span, labels: labels.span, classes: k)
    uncalibrated = data.model.temperature.map {
      Reliability(probabilities: probabilities.span, labels: labels.span, classes: k, undoing: $0)
    }
    self.mixed = mixed
    let paths = try data.file.files()
    let (names, parentOfFile) = FileParents.parents(of: paths)
    var files = paths.map { Group(name: $0) }, parents = names.map { Group(name: $0) }
    let places = try data.file.fileIndices(of: data.rows, fileCount: paths.count)
    for (r, file) in places.enumerated() {
      var top = r * k
      for place in r * k..<(r + 1) * k where probabilities[place] > probabilities[top] {
        top = place
      }
      let isCorrect = top - r * k == Int(labels[r]) ? 1 : 0, p = Double(probabilities[top])
      let parent = parentOfFile[file]
      files[file].count += 1
      files[file].correct += isCorrect
      files[file].sum += p
      parents[parent].count += 1
      parents[parent].correct += isCorrect
      parents[parent].sum += p
    }
    self.files = files.filter { $0.count > 0 }
    self.parents = parents.filter { $0.count > 0 }
  }

  // MARK: Tables

  /// An accuracy with its interval.
  static func text(_ correct: Int, of count: Int) -> String {
    let interval = WilsonInterval(correct: correct, count: count)
    return "\(Log.fixed(Double(correct) / Double(count), 4)) "
      + "(\(Log.fixed(interval.lower, 4))–\(Log.fixed(interval.upper, 4)))"
  }

  /// The accuracy that a split by environment would have given, if it was measured.
  var mixedLines: [String] {
    guard let mixed else { return [] }
    return [
      "environments of the training files that were not used in training: "
        + "\(Self.text(mixed.correct, of: mixed.count)), "
        + "\(Log.grouped(mixed.correct)) of \(Log.grouped(mixed.count)): the accuracy that a split "
        + "by environment would have given"
    ]
  }

  /// The reliability diagram as a table, and its summary.
  func reliabilityLines(temperature: Double?) -> [String] {
    func summary(_ r: Reliability) -> String {
      "expected calibration error \(Log.fixed(r.expectedCalibrationError, 4)), Brier score "
        + "\(Log.fixed(r.brierScore, 4)), cross-entropy \(Log.fixed(r.crossEntropy, 4))"
    }
    var lines = ["reliability: \(summary(reliability))"]
    if let uncalibrated, let temperature {
      lines.append(
        "with the model's temperature of \(Log.fixed(temperature, 4)); without it: "
          + summary(uncalibrated))
    }
    lines.append(
      TextTable.pad("p of the prediction", 22) + TextTable.pad("rows", 12)
        + TextTable.pad("mean p", 10)
        + "correct")
    let means = reliability.confidences
    for bin in reliability.counts.indices where reliability.counts[bin] > 0 {
      lines.append(
        TextTable.pad(
          "\(Log.fixed(Reliability.edges[bin], 2))–\(Log.fixed(Reliability.edges[bin + 1], 2))", 22)
          + TextTable.pad(Log.grouped(reliability.counts[bin]), 12)
          + TextTable.pad(Log.fixed(means[bin], 4), 10)
          + Self.text(reliability.correct[bin], of: reliability.counts[bin]))
    }
    return lines
  }

  /// Accuracy by parent, and of the least accurate files.
  var groupLines: [String] {
    guard files.count > 1 else { return [] }
    let shown = 8
    let worst = files.enumerated().sorted { a, b in
      let left = a.element.correct * b.element.count, right = b.element.correct * a.element.count
      return left == right ? a.offset < b.offset : left < right
    }.prefix(shown).map(\.element)
    var lines: [String] = []
    for (title, list) in [
      ("parent", parents.count > 1 && parents.count < files.count ? parents : []),
      (files.count > shown ? "least accurate files" : "file", files.count > shown ? worst : files),
    ] where !list.isEmpty {
      let names = list.map { String($0.name.split(separator: "/").last ?? "") }
      let width = max(22, (names.map(\.count).max() ?? 0) + 2)
      lines.append(
        TextTable.pad(title, width) + TextTable.pad("rows", 12) + TextTable.pad("mean p", 10)
          + "correct")
      for (name, group) in zip(names, list) {
        lines.append(
          TextTable.pad(name, width) + TextTable.pad(Log.grouped(group.count), 12)
            + TextTable.pad(Log.fixed(group.confidence, 4), 10)
            + Self.text(group.correct, of: group.count))
      }
    }
    return lines
  }
}
