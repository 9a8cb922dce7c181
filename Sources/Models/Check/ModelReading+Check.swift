extension ModelReading {
  /// Rows that are computed when a file is read; a file may hold more.
  private static let checkedRows = 32

  /// The rows with known probabilities, if the file has them, compared with the network.
  mutating func check(of model: Model) throws(FormatError) -> Model.Check? {
    guard tensors["check.features"] != nil || tensors["check.probability"] != nil else {
      return nil
    }
    let features = try doubles(
      "check.features", [-1, model.featureCount], "[rows, \(model.featureCount)]")
    let rows = features.count / model.featureCount
    let expected = try doubles(
      "check.probability", [rows, model.classCount],
      "[\(rows), \(model.classCount)], a row for each of check.features")
    let count = min(rows, Self.checkedRows)
    let found = model.probabilities(ofFeatures: Array(features[..<(count * model.featureCount)]))
    for (place, value) in found.enumerated()
    where !(abs(value - expected[place]) <= Model.checkTolerance) {
      let (row, column) = place.quotientAndRemainder(dividingBy: model.classCount)
      throw FormatError(
        "the network gives row \(row) of check.features the probability \(Float(value)) of "
          + "\(model.classes[column]), expected \(Float(expected[place])) (check.probability): "
          + "weights, scaler or activations are not those of the network that was saved; save it "
          + "again as the README shows, with contiguous arrays")
    }
    return Model.Check(features: features, probabilities: expected)
  }
}
