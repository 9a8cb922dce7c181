import HDF5
import Training

extension EvaluationQuality {
  /// Writes `/evaluation/reliability`, `/evaluation/files` and `/evaluation/parents`.
  func write(to h5: borrowing File, temperature: Double?) throws {
    try writeBins(to: h5)
    let group = try h5.group("/evaluation/reliability")
    try Self.writeScores(reliability, prefix: "", to: group)
    if let uncalibrated, let temperature {
      try group.setAttribute("temperature", to: temperature)
      try Self.writeScores(uncalibrated, prefix: "uncalibrated_", to: group)
    }
    for (folder, list) in [("files", files), ("parents", parents)] {
      let width = max(1, list.map(\.name.utf8.count).max() ?? 1)
      try h5.createDataset("/evaluation/\(folder)/name", .text(bytes: width), shape: [list.count])
        .writeTexts(list.map(\.name))
      try Self.integers(list.map(\.count), "\(folder)/count", "evaluated rows", to: h5)
      try Self.integers(list.map(\.correct), "\(folder)/correct", "correct predictions", to: h5)
      try Self.reals(
        list.map(\.confidence), [list.count], "\(folder)/confidence",
        "mean probability of the predicted class", to: h5)
      try Self.reals(
        list.flatMap { [$0.interval.lower, $0.interval.upper] }, [list.count, 2],
        "\(folder)/interval", "Wilson's 95 % interval of the accuracy", to: h5)
    }
  }

  private func writeBins(to h5: borrowing File) throws {
    let bins = reliability.counts.count
    try Self.reals(
      Reliability.edges, [bins + 1], "reliability/edges",
      "limits of the bins of the predicted class's probability", to: h5)
    for (prefix, part, note) in [
      ("", reliability, ""), ("uncalibrated_", uncalibrated, ", without the temperature"),
    ] {
      guard let part else { continue }
      try Self.integers(
        part.counts, "reliability/\(prefix)count", "rows in each bin\(note)", to: h5)
      try Self.integers(
        part.correct, "reliability/\(prefix)correct",
        "correct predictions in each bin\(note)", to: h5)
      try Self.reals(
        part.confidences, [bins], "reliability/\(prefix)confidence",
        "mean probability of the predicted class in each bin, NaN in empty bins\(note)", to: h5)
    }
  }

  private static func writeScores(
    _ reliability: Reliability, prefix: String, to group: borrowing HDF5.Group
  ) throws {
    try group.setAttribute(
      "\(prefix)expected_calibration_error", to: reliability.expectedCalibrationError)
    try group.setAttribute("\(prefix)brier_score", to: reliability.brierScore)
    try group.setAttribute("\(prefix)cross_entropy", to: reliability.crossEntropy)
  }

  private static func reals(
    _ values: [Double], _ shape: [Int], _ path: String, _ text: String, to h5: borrowing File
  ) throws {
    let dataset = try h5.createDataset("/evaluation/\(path)", .float64, shape: shape)
    try dataset.write(values)
    try dataset.setAttribute("description", to: text)
  }

  private static func integers(
    _ values: [Int], _ path: String, _ text: String, to h5: borrowing File
  ) throws {
    let dataset = try h5.createDataset("/evaluation/\(path)", .int64, shape: [values.count])
    try dataset.write(values)
    try dataset.setAttribute("description", to: text)
  }
}
