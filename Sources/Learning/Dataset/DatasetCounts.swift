import JobControl

/// The table of a dataset's environments that `sample` and `inspect` print.
enum DatasetCounts {
  /// Environments by class and part; `counts` is `[classes, parts]`. An empty part `mixed` is
  /// omitted.
  static func lines(classes: [String], counts: [Int]) -> [String] {
    let width = max(13, (classes.map(\.count).max() ?? 0) + 2)
    let parts = DatasetSplit.names.count
    let hasMixed = classes.indices.contains { counts[($0 + 1) * parts - 1] > 0 }
    let shown = hasMixed ? parts : parts - 1
    let head =
      TextTable.pad("class", width)
      + (DatasetSplit.names.prefix(shown) + ["all"]).map { TextTable.pad($0, 13) }.joined()
    return [trimmed(head)]
      + classes.enumerated().map { label, name in
        let row = Array(counts[label * parts..<label * parts + shown])
        return trimmed(
          TextTable.pad(name, width)
            + (row + [row.reduce(0, +)]).map { TextTable.pad(Log.grouped($0), 13) }.joined())
      }
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
