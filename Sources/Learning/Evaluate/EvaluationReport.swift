import HDF5
import JobControl
import Training

/// The tables `evaluate` prints.
enum EvaluationReport {
  /// Number of features in a table of importance.
  private static let shown = 10

  static func lines(_ file: EvaluationFile, elapsed: Double, ranks: Int) -> [String] {
    let settings = file.settings, evaluation = file.evaluation
    let part = settings.part == .all ? "all rows" : "\(settings.part.rawValue) part"
    var lines = [
      "\(settings.model) on \(settings.dataset), \(part)",
      "accuracy \(EvaluationQuality.text(evaluation.correct, of: evaluation.count)), "
        + "\(Log.grouped(evaluation.correct)) of \(Log.grouped(evaluation.count)); in parentheses "
        + "Wilson's 95 % interval, as if environments of one frame were independent",
    ]
    lines += file.quality.mixedLines + [""]
    lines += confusion(evaluation, classes: file.data.model.classes)
    lines += [""] + file.quality.reliabilityLines(temperature: file.data.model.temperature)
    if !file.quality.groupLines.isEmpty { lines += [""] + file.quality.groupLines }
    if let importance = file.importance { lines += [""] + table(importance, file.data) }
    lines += [""] + table(file.components, file.data)
    lines += [
      "",
      "evaluation: \(settings.output), in \(Log.duration(elapsed)) on \(ranks) "
        + "rank\(ranks == 1 ? "" : "s")",
    ]
    return lines.map(trimmed)
  }

  /// The contents of an evaluation.h5, for `inspect`.
  static func summary(of file: borrowing File) throws -> [String] {
    let group = try file.group("/evaluation")
    let classes = try group.textAttributes("classes")
    var evaluation = Evaluation(classes: max(classes.count, 2))
    let counts = try file.dataset("/evaluation/confusion").readAll(Int64.self)
    guard counts.count == evaluation.confusion.count else {
      throw RunError(
        "\(file.path): expected confusion [\(classes.count), \(classes.count)], found "
          + "\(counts.count) numbers",
        .badData)
    }
    evaluation.confusion = counts.map { Int($0) }
    let repeats = try group.attribute("repeats", as: Int64.self)
    return [
      "\(file.path): evaluation of \(try group.textAttribute("model")) on "
        + "\(try group.textAttribute("dataset")), part \(try group.textAttribute("part"))",
      "  accuracy     \(EvaluationQuality.text(evaluation.correct, of: evaluation.count)) of "
        + "\(Log.grouped(evaluation.count)) environments",
      "  importance   \(repeats == 0 ? "not measured" : "\(repeats) repeats")",
    ] + confusion(evaluation, classes: classes).map { "  " + trimmed($0) } + [
      "  model hash   \(try group.textAttribute("model_hash"))",
      "  command      \(try group.textAttribute("command_line"))",
    ]
  }

  private static func confusion(_ evaluation: Evaluation, classes: [String]) -> [String] {
    let width = max(10, (classes.map(\.count).max() ?? 0) + 2)
    let k = classes.count, rates = evaluation.rates, precision = evaluation.precision
    let names = classes.map { TextTable.pad($0, width) }.joined()
    return [
      TextTable.pad("", 15) + TextTable.pad("predicted", width * k) + "fraction of the true class",
      TextTable.pad("true class", 15) + names + names,
    ]
      + classes.indices.map { row in
        TextTable.pad(classes[row], 15)
          + (0..<k).map { TextTable.pad(Log.grouped(evaluation.confusion[row * k + $0]), width) }
          .joined()
          + (0..<k).map { TextTable.pad(Log.fixed(rates[row * k + $0], 4), width) }.joined()
      }
      + [
        TextTable.pad("precision", 15) + String(repeating: " ", count: width * k)
          + precision.map { TextTable.pad($0.isNaN ? "-" : Log.fixed($0, 4), width) }.joined()
      ]
  }

  private static func table(_ importance: EvaluationImportance, _ data: EvaluationData) -> [String]
  {
    let names = importance.names(classes: data.model.classes)
    // Only losses are ranked: features whose permutation costs nothing have no order.
    let ranked = importance.groups.indices.map { group in
      importance.drops(group: group).enumerated().filter { $0.element.mean > 0 }.sorted {
        $0.element.mean == $1.element.mean
          ? $0.offset < $1.offset : $0.element.mean > $1.element.mean
      }
    }
    let most = ranked.map(\.count).max() ?? 0
    guard most > 0 else {
      return [
        "permutation importance: no permutation of any of the \(importance.featureCount) features "
          + "lowers the accuracy on average, so the features have no order"
      ]
    }
    var lines = [
      "permutation importance, loss of accuracy × 10⁴ ± standard deviation over "
        + "\(importance.repeats) repeats"
    ]
    lines.append("     " + names.map { TextTable.pad($0, 28) }.joined())
    for place in 0..<min(shown, most) {
      let cells = ranked.map { list in
        guard place < list.count else {
          return TextTable.pad(place == 0 ? "no loss" : "", 28)
        }
        let (feature, drop) = list[place]
        return TextTable.pad(
          TextTable.pad(data.featureNames[feature], 11)
            + "\(Log.fixed(1e4 * drop.mean, 1)) ± \(Log.fixed(1e4 * drop.standardDeviation, 1))",
          28)
      }
      lines.append(TextTable.pad("\(place + 1)", 5) + cells.joined())
    }
    let useful = importance.groups.indices.map { group in
      importance.drops(group: group).filter { $0.mean > 2 * $0.standardDeviation && $0.mean > 0 }
        .count
    }
    lines.append(
      "     " + useful.map { TextTable.pad("\($0) features above 2 σ", 28) }.joined())
    return lines
  }

  private static func table(_ components: EvaluationComponents, _ data: EvaluationData) -> [String]
  {
    let d = data.columns.count, classes = data.model.classes
    var lines = [
      "principal components of the training part: \(components.countFor95Percent) of \(d) explain "
        + "95 % of the variance"
    ]
    lines.append(
      TextTable.pad("", 6) + TextTable.pad("variance", 12) + TextTable.pad("accuracy", 13)
        + "largest loadings")
    for c in 0..<min(components.count, 5) {
      let loadings = (0..<d).map { components.components[c * d + $0] }
      let largest = loadings.indices.sorted {
        abs(loadings[$0]) == abs(loadings[$1]) ? $0 < $1 : abs(loadings[$0]) > abs(loadings[$1])
      }
      .prefix(4)
      lines.append(
        TextTable.pad("PC\(c + 1)", 6)
          + TextTable.pad("\(Log.fixed(100 * components.explainedVariance[c], 2)) %", 12)
          + TextTable.pad(Log.fixed(components.separation[c], 4), 13)
          + largest.map { "\(data.featureNames[$0]) \(Log.fixed(loadings[$0], 3))" }.joined(
            separator: ", "))
    }
    let k = classes.count
    for a in 0..<k {
      lines.append(
        "\(TextTable.pad(classes[a], 8))at (\(Log.fixed(components.centroids[2 * a], 2)), "
          + "\(Log.fixed(components.centroids[2 * a + 1], 2)))  "
          + (0..<k).filter { $0 != a }.map {
            "to \(classes[$0]) \(Log.fixed(components.distances[a * k + $0], 2))"
          }.joined(separator: "  ")
      )
    }
    return lines
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
