/// Reading of the tensors and metadata entries that a model may have beside its network.
extension ModelReading {
  /// The guard, if the file has one.
  mutating func guardHead(features: Int) throws(FormatError) -> Model.Guard? {
    guard let text = metadata["guard.classes"] else {
      guard let stray = order.first(where: { $0.hasPrefix("guard.") }) else { return nil }
      throw FormatError(
        "the tensor \(stray) is there, but the metadata has no entry guard.classes: expected both "
          + "or none"
      )
    }
    let list: JSON
    do { list = try JSON.parse(text) } catch {
      throw FormatError(
        "the metadata entry guard.classes is not valid JSON at byte \(error.offset): "
          + "\(error.reason)"
      )
    }
    guard let classes = list.texts, classes.count >= 2, classes.count <= 255,
      classes[0] == Model.Guard.subject, !classes.contains(""), Set(classes).count == classes.count
    else {
      throw FormatError(
        "the metadata entry guard.classes is \(text), expected a JSON list of "
          + "\(Model.Guard.subject) and at least 1 other name"
      )
    }
    let threshold = try fraction("guard.threshold"), prior = try fraction("guard.prior")
    let training = metadata["guard.training"]
    if let training {
      do { _ = try JSON.parse(training) } catch {
        throw FormatError(
          "the metadata entry guard.training is not valid JSON at byte \(error.offset): "
            + "\(error.reason)"
        )
      }
    }
    let layers = try layers(prefix: "guard.", features: features, classes: classes.count)
    if let stray = order.first(where: { $0.hasPrefix("guard.") && !known.contains($0) }) {
      throw FormatError(
        "the tensor \(stray) does not belong to a guard of \(layers.count) layers "
          + "(guard.layers.N.weight, guard.layers.N.bias)"
      )
    }
    return Model.Guard(
      classes: classes, layers: layers, threshold: threshold, prior: prior, training: training)
  }

  /// The familiarity data, if the file has them.
  mutating func familiarity(features: Int, classes: Int) throws(FormatError) -> Model.Familiarity? {
    guard metadata["familiarity.warning"] != nil else {
      guard let stray = order.first(where: { $0.hasPrefix("familiarity.") }) else { return nil }
      throw FormatError(
        "the tensor \(stray) is there, but the metadata has no entry familiarity.warning: expected "
          + "both or none"
      )
    }
    let warning = try fraction("familiarity.warning")
    let leading = try floats(
      "familiarity.leading", [-1, features], "[components, \(features)]")
    let minor = try floats("familiarity.minor", [-1, features], "[components, \(features)]")
    let (l, m) = (leading.count / features, minor.count / features)
    let widest = Model.Familiarity.mostComponents
    guard l <= widest, m <= widest else {
      throw FormatError(
        "the tensors familiarity.leading and familiarity.minor have \(l) and \(m) components, "
          + "expected at most \(widest)"
      )
    }
    let scores = l + 3
    let edges = try floats(
      "familiarity.edges", [classes, scores, -1],
      "[\(classes), \(scores), edges]: classes, the leading components and 3")
    let count = edges.count / (classes * scores)
    guard count <= Model.Familiarity.mostEdges else {
      throw FormatError(
        "the tensor familiarity.edges has \(count) edges for each score, expected at most "
          + "\(Model.Familiarity.mostEdges)"
      )
    }
    for row in 0..<(classes * scores) {
      let own = edges[(row * count)..<((row + 1) * count)]
      guard zip(own, own.dropFirst()).allSatisfy({ $0 <= $1 }) else {
        throw FormatError(
          "the edges of score \(row % scores) of class \(row / scores) in the tensor "
            + "familiarity.edges decrease, expected ascending numbers"
        )
      }
    }
    let limits = try floats(
      "familiarity.limits", [classes, scores, count + 1],
      "[\(classes), \(scores), \(count + 1)], one more than familiarity.edges")
    if let place = limits.firstIndex(where: { $0 < 0 || $0 > 1 }) {
      throw FormatError(
        "element \(place) of the tensor familiarity.limits is \(limits[place]), expected fractions "
          + "from 0 to 1"
      )
    }
    return Model.Familiarity(
      leading: leading, minor: minor, leadingCount: l, minorCount: m, edges: edges, limits: limits,
      edgeCount: count, warningShare: warning)
  }

  /// A metadata entry between 0 and 1.
  private func fraction(_ key: String) throws(FormatError) -> Double {
    let text = metadata[key] ?? ""
    guard let value = Double(text), value > 0, value < 1 else {
      throw FormatError(
        "the metadata entry \(key) is \(JSON.quoted(text)), expected a number between 0 and 1")
    }
    return value
  }
}

extension Model.Familiarity {
  /// Most leading and most minor components: with their scores in a byte each and bins in a byte.
  static let mostComponents = 125
  /// Most edges of a score.
  static let mostEdges = 255
}
