import HDF5
import MPI
import NeuralNetwork

/// The layout of results.h5 (H5MD 1.1) and the open datasets of a run.
///
/// Everything is created and named up front, contiguous and allocated early, under a temporary name that is then renamed: after
/// that only raw data change, so a killed run leaves a readable file. Rows are written by whoever computed them, independently, each
/// straight to its place; a frame's mark in /verglas/done follows its data.
struct ResultsFile: ~Copyable {
  let file: File
  private let index: [String: Int]
  private var datasets: DatasetTable

  /// Creates the file and opens its datasets on all ranks.
  ///
  /// - Throws: `RunError`, the same on all ranks.
  static func create(_ plan: borrowing AnalysisPlan, schema: ResultsSchema, on world: Communicator) throws -> ResultsFile {
    let path = plan.options.output
    let overwrite = plan.options.overwrite
    do {
      let file = try File.createAtomically(path, on: world, replacing: overwrite) { file in
        try schema.layOut(in: file)
      }
      return try ResultsFile(file: file, schema: schema)
    } catch let error as HDF5Error {
      throw RunError(creating: path, error)
    }
  }

  private init(file: consuming File, schema: ResultsSchema) throws {
    var index: [String: Int] = [:]
    let table = DatasetTable()
    for (k, entry) in schema.entries.enumerated() {
      index[entry.path] = k
      table.append(try file.dataset(entry.path))
    }
    self.index = index
    datasets = table
    self.file = file
  }

  /// Writes rows `start…` of a dataset: `values` holds whole rows, row-major.
  func write<T: HDF5Scalar>(_ path: String, _ values: [T], fromRow start: Int) throws {
    guard let k = index[path] else { fatalError("\(path) is not in the layout") }
    try datasets.write(k, values, fromRow: start)
  }

  /// Writes a block of one frame's molecules: `values` holds rows `center…` of frame `frame`, row-major.
  func write<T: HDF5Scalar>(_ path: String, _ values: [T], frame: Int, fromCenter center: Int) throws {
    guard let k = index[path] else { fatalError("\(path) is not in the layout") }
    try datasets.write(k, values, frame: frame, fromCenter: center)
  }

  /// Writes one text of a dataset.
  func writeText(_ path: String, _ text: String, atRow row: Int) throws {
    guard let k = index[path] else { fatalError("\(path) is not in the layout") }
    try datasets.writeText(k, text, atRow: row)
  }

  /// Flushes and closes; collective.
  consuming func close() throws {
    try file.flush()
    datasets.removeAll()
    try file.close()
  }
}

/// Open datasets; a class because they cannot be copied.
private final class DatasetTable {
  private var list: [DatasetBox] = []

  private final class DatasetBox {
    let dataset: Dataset
    init(_ dataset: consuming Dataset) { self.dataset = dataset }
  }

  func append(_ dataset: consuming Dataset) { list.append(DatasetBox(dataset)) }
  func removeAll() { list.removeAll() }

  func writeText(_ k: Int, _ text: String, atRow row: Int) throws { try list[k].dataset.writeText(text, at: row) }

  func write<T: HDF5Scalar>(_ k: Int, _ values: [T], frame: Int, fromCenter center: Int) throws {
    let shape = list[k].dataset.shape
    let width = shape.dropFirst(2).reduce(1, *)
    guard !values.isEmpty else { return }
    var first = Array(repeating: 0, count: shape.count), count = shape
    (first[0], first[1]) = (frame, center)
    (count[0], count[1]) = (1, values.count / width)
    try list[k].dataset.write(values, at: first, count: count)
  }

  func write<T: HDF5Scalar>(_ k: Int, _ values: [T], fromRow start: Int) throws {
    let shape = list[k].dataset.shape
    let row = shape.dropFirst().reduce(1, *)
    guard row > 0 else { return }
    var first = Array(repeating: 0, count: shape.count), count = shape
    first[0] = start
    count[0] = values.count / row
    try list[k].dataset.write(values, at: first, count: count)
  }
}
