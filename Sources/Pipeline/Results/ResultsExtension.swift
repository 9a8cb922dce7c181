import HDF5

/// Copies the contents of a results file into one for more frames.
///
/// Contiguous datasets cannot grow, which is the cost of files that stay readable if a writer is
/// killed. So the longer file is created under a hidden name, the rows of the older one are copied,
/// and it is renamed when everything is on disk: at any time, the name refers to one complete file.
struct ResultsExtension {
  /// Bytes per copy.
  private static let blockSize = 32 << 20

  /// Copies all rows and timings of the file at `path`; on one rank.
  static func copy(from path: String, into file: borrowing File, schema: ResultsSchema) throws {
    let old = try File.open(path)
    for entry in schema.entries {
      let source = try old.dataset(entry.path), target = try file.dataset(entry.path)
      if entry.isPerFrame {
        try copyRows(source, target)
      } else if entry.path.hasPrefix("/timings/") {
        try fold(source, target)
      }
    }
  }

  private static func copyRows(_ source: borrowing Dataset, _ target: borrowing Dataset) throws {
    switch source.datatype {
    case .real(bits: 32): try copyRows(source, target, as: Float.self)
    case .real: try copyRows(source, target, as: Double.self)
    case .integer(bits: 64, isSigned: _): try copyRows(source, target, as: Int64.self)
    case .text:
      for (row, text) in try source.readTexts(limit: .max).enumerated() where !text.isEmpty {
        try target.writeText(text, at: row)
      }
    default: try copyRows(source, target, as: UInt8.self)
    }
  }

  private static func copyRows<T: HDF5Scalar>(
    _ source: borrowing Dataset, _ target: borrowing Dataset, as type: T.Type
  ) throws {
    let shape = source.shape
    let bytes = shape.dropFirst().reduce(MemoryLayout<T>.stride, *)
    let rows = max(1, blockSize / max(bytes, 1))
    for row in stride(from: 0, to: shape[0], by: rows) {
      var start = [Int](repeating: 0, count: shape.count), count = shape
      start[0] = row
      count[0] = min(rows, shape[0] - row)
      try target.write(try source.read(type, at: start, count: count), at: start, count: count)
    }
  }

  /// Adds row r of the older timings to row r mod R of the newer.
  private static func fold(_ source: borrowing Dataset, _ target: borrowing Dataset) throws {
    let rows = target.shape[0]
    if case .real = source.datatype {
      var sums = [Double](repeating: 0, count: rows)
      for (row, value) in try source.readAll(Double.self).enumerated() { sums[row % rows] += value }
      try target.write(sums)
    } else {
      var sums = [Int64](repeating: 0, count: rows)
      for (row, value) in try source.readAll(Int64.self).enumerated() { sums[row % rows] += value }
      try target.write(sums)
    }
  }
}
