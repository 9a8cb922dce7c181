import HDF5
import JobControl
import MPI
import SOAP

/// Part and class of each row of a dataset, the same on every rank; two bytes per row.
struct DatasetRows: Sendable {
  /// Class of each row, `[E]`.
  let labels: [UInt8]
  /// Part of each row, `[E]`: 0 train, 1 validation, 2 test, 3 mixed.
  let parts: [UInt8]

  init(labels: [UInt8], parts: [UInt8]) {
    self.labels = labels
    self.parts = parts
  }

  /// Reads both columns.
  init(_ file: DatasetFile) throws {
    (labels, parts) = try GuardedReads.guarded(reading: file.path) {
      (try file.labels(0..<file.rowCount), try file.parts(0..<file.rowCount))
    }
  }

  /// Rows of a part, ascending; all rows for nil.
  func rows(ofPart part: Int?) -> [Int] {
    parts.indices.filter { part == nil || Int(parts[$0]) == part }
  }

  /// Classes of some rows.
  func labels(of rows: [Int]) -> [UInt8] { rows.map { labels[$0] } }

  /// Rows of each class and part, `[classes, parts]`.
  func counts(classes: Int) -> [Int] {
    let width = DatasetSplit.names.count
    var counts = [Int](repeating: 0, count: classes * width)
    for (label, part) in zip(labels, parts) { counts[Int(label) * width + Int(part)] += 1 }
    return counts
  }

  /// A rank's rows of a list: distributed round-robin in blocks of 32 consecutive rows, or smaller
  /// blocks if a rank would have fewer than 8.
  ///
  /// Rows of a dataset are ordered by class, file and frame, so every rank gets the same
  /// composition; and consecutive rows are read together.
  static func dealt(_ rows: [Int], to rank: Int, of size: Int) -> [Int] {
    let hand = max(1, min(32, rows.count / (8 * size)))
    return rows.indices.filter { $0 / hand % size == rank }.map { rows[$0] }
  }
}

extension DatasetFile {
  /// Bytes of features per read.
  private static var pieceSize: Int { 8 << 20 }
  /// Largest gap between two required rows that is read instead of skipped.
  private static var smallGap: Int { 16 }

  /// Reads some rows, ascending, a few MB at a time.
  ///
  /// - Parameters:
  ///   - rows: ascending row numbers.
  ///   - columns: features to keep, in their order in the result.
  ///   - body: receives indices into `rows` and the features of these rows `[indices, columns]`.
  /// - Throws: `RunError` (bad data) if a feature is not finite, or if the file is shorter than it
  ///   declares.
  func forEachPiece(
    of rows: [Int], columns: [Int],
    _ body: (_ places: Range<Int>, _ values: [Double]) throws -> Void
  ) throws {
    let width = featureCount, d = columns.count
    let span = max(1, Self.pieceSize / (8 * width))
    let isWhole = columns == Array(0..<width)
    var start = 0
    while start < rows.count {
      var end = start
      while end < rows.count && rows[end] - rows[start] < span { end += 1 }
      var values = [Double]()
      values.reserveCapacity((end - start) * d)
      var first = start
      while first < end {
        var last = first
        while last + 1 < end && rows[last + 1] - rows[last] <= Self.smallGap { last += 1 }
        let read = try readFeatures(rows[first]..<rows[last] + 1)
        for place in first...last {
          let row = (rows[place] - rows[first]) * width
          if isWhole {
            values += read[row..<row + width]
          } else {
            for column in columns { values.append(read[row + column]) }
          }
        }
        first = last + 1
      }
      // A value beyond the range of single precision is not a descriptor, and its square in a
      // variance would overflow.
      if let bad = values.firstIndex(where: { !(abs($0) <= Double(Float.greatestFiniteMagnitude)) })
      {
        throw RunError(
          "\(path): feature \(header.featureNames[columns[bad % d]]) of row "
            + "\(rows[start + bad / d]) is \(values[bad]); expected finite numbers "
            + "below 3.4e38: the dataset is damaged or was not made by verglas sample", .badData)
      }
      try body(start..<end, values)
      start = end
    }
  }

  private func readFeatures(_ rows: Range<Int>) throws -> [Double] {
    do { return try features(rows) } catch let error as HDF5Error {
      throw RunError(
        "\(path): its features cannot be read: \(error); the file is damaged or truncated: sample "
          + "it again",
        .badData)
    }
  }

  /// Parameters and columns of some species pairs of the dataset; of all for nil.
  ///
  /// - Throws: `RunError` (usage) if the dataset does not have a pair.
  func selection(blocks: [String]?) throws -> (parameters: SOAPParameters, columns: [Int]) {
    let own = header.parameters
    guard let blocks else { return (own, Array(0..<featureCount)) }
    func names(_ p: SOAPParameters) -> [String] {
      p.pairs.map { p.species[$0.second] + p.species[$0.first] }
    }
    let chosen: SOAPParameters
    do {
      chosen = try SOAPParameters(
        species: own.species, center: own.center, cutoffRadius: own.cutoffRadius,
        radialCount: own.radialCount,
        maximumDegree: own.maximumDegree, sigma: own.sigma, blocks: blocks)
    } catch { throw RunError("--blocks: \(error.description)", .usage) }
    let missing = names(chosen).filter { !names(own).contains($0) }
    guard missing.isEmpty else {
      throw RunError(
        "--blocks: \(path) has no block \(missing.joined(separator: ",")); it has "
          + "\(names(own).joined(separator: ","))",
        .usage)
    }
    return (chosen, try columns(named: chosen.featureNames))
  }

  /// Indices of features by name.
  ///
  /// - Throws: `RunError` (bad data) if one is missing.
  func columns(named names: [String]) throws -> [Int] {
    let places = Dictionary(
      header.featureNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return try names.map { name in
      guard let place = places[name] else {
        throw RunError("\(path): the dataset has no feature \(name)", .badData)
      }
      return place
    }
  }
}
