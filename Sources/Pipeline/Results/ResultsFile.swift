import Frames
import HDF5
import JobControl
import MPI

import Glibc

/// The layout of results.h5 (H5MD 1.1) and the open datasets of a run.
///
/// Everything is created in advance, contiguous and allocated early, under a temporary name that is
/// then renamed: after that only raw data change, so a killed run leaves a readable file. Rows are
/// written independently by the ranks that computed them; a frame's mark in /verglas/done follows
/// its data.
struct ResultsFile: StoredRows, ~Copyable {
  let file: File
  /// Marks complete frames.
  let checkpoint: Checkpoint
  private let index: [String: Int]
  private var datasets: DatasetTable

  /// Creates the file and opens its datasets on all ranks.
  ///
  /// An older file that is to be replaced is kept until the first frames of this one are complete;
  /// until then this one has a hidden name.
  /// - Throws: `RunError`, the same on all ranks.
  static func create(_ plan: borrowing AnalysisPlan, schema: ResultsSchema, on world: Communicator)
    throws -> ResultsFile
  {
    let path = plan.options.output
    var options = FileOptions()
    options.shownName = path
    options.expectedSize = schema.size
    let hides = plan.options.overwrite && access(path, F_OK) == 0
    let storage = try world.broadcast(
      hides ? File.hiddenName(for: path, ending: "unfinished") : path)
    do {
      let file = try File.createAtomically(
        storage, on: world, options: options, replacing: plan.options.overwrite
      ) { file in
        try schema.layOut(in: file)
      }
      return try ResultsFile(file: file, storage: storage, path: path, schema: schema, on: world)
    } catch let error as HDF5Error {
      throw RunError(creating: path, error)
    }
  }

  /// Opens the file of an earlier run to continue it, on all ranks.
  /// - Throws: `RunError`, the same on all ranks.
  static func reopen(_ plan: borrowing AnalysisPlan, schema: ResultsSchema, on world: Communicator)
    throws -> ResultsFile
  {
    let path = plan.options.output
    do {
      let file = try File.open(path, on: world, writable: true)
      return try ResultsFile(file: file, storage: path, path: path, schema: schema, on: world)
    } catch let error as HDF5Error {
      throw RunError("\(path): \(error)", .cannotCreate)
    }
  }

  /// Replaces the file of an earlier run by a longer one with its rows, and opens it on all ranks.
  /// - Throws: `RunError`, the same on all ranks.
  static func extend(_ plan: borrowing AnalysisPlan, schema: ResultsSchema, on world: Communicator)
    throws -> ResultsFile
  {
    let path = plan.options.output
    do {
      var options = FileOptions()
      options.expectedSize = schema.size
      let file = try File.createAtomically(path, on: world, options: options, replacing: true) {
        file in
        try schema.layOut(in: file)
        try ResultsExtension.copy(from: path, into: file, schema: schema)
      }
      return try ResultsFile(file: file, storage: path, path: path, schema: schema, on: world)
    } catch let error as HDF5Error {
      throw RunError(creating: path, error)
    }
  }

  private init(
    file: consuming File, storage: String, path: String, schema: ResultsSchema,
    on world: Communicator
  ) throws {
    var index: [String: Int] = [:]
    let table = DatasetTable()
    for (k, entry) in schema.entries.enumerated() {
      index[entry.path] = k
      table.append(try file.dataset(entry.path))
    }
    checkpoint = try world.together {
      try Checkpoint(storagePath: storage, path: path, isPublisher: world.isRoot)
    }
    self.index = index
    datasets = table
    self.file = file
  }

  /// Records that the data of consecutive rows are written, to be marked when they are on disk; on
  /// the root of the team.
  func add(_ rows: Range<Int>, as mark: UInt8) { checkpoint.add(rows, as: mark) }

  /// Flushes everything to disk and marks it, if a commit is due according to the root's clock.
  /// Collective over the team.
  func commitIfDue(together team: FrameTeam) throws {
    if try team.any(team.isRoot && checkpoint.isDue) { try commit(together: team) }
  }

  /// Flushes everything to disk and marks it. Collective over the team: first the data of every
  /// rank, then the marks of the root.
  func commit(together team: FrameTeam) throws {
    try team.together { if !team.isRoot { try checkpoint.waitForDisk() } }
    try team.together {
      if team.isRoot { try checkpoint.commit { try write(ResultsSchema.done, $0, fromRow: $1) } }
    }
  }

  /// Throws the error of a failed rank on all ranks, if any; otherwise the file has its final name
  /// from now on. Collective.
  func settle(_ outcome: RunError?, on world: Communicator) throws {
    do {
      try world.together {
        if let outcome { throw outcome }
        try checkpoint.publish()
      }
    } catch {
      checkpoint.abandon()
      throw error
    }
  }

  /// Index of a dataset of the layout among the open ones.
  private func place(of path: String) -> Int {
    guard let place = index[path] else { fatalError("\(path) is not in the layout") }
    return place
  }

  /// Length of a dataset along its first dimension.
  func rowCount(of path: String) -> Int {
    datasets.rowCount(place(of: path))
  }

  /// One row of a dataset.
  func read<T: HDF5Scalar>(_ path: String, row: Int) throws -> [T] {
    try datasets.read(place(of: path), row: row)
  }

  /// Writes rows `start…` of a dataset: `values` holds whole rows, row-major.
  func write<T: HDF5Scalar>(_ path: String, _ values: [T], fromRow start: Int) throws {
    try datasets.write(place(of: path), values, fromRow: start)
  }

  /// Writes a block of one frame's molecules: `values` holds rows `center…` of frame `frame`,
  /// row-major.
  func write<T: HDF5Scalar>(_ path: String, _ values: [T], frame: Int, fromCenter center: Int)
    throws
  {
    try datasets.write(place(of: path), values, frame: frame, fromCenter: center)
  }

  /// Writes one text of a dataset.
  func writeText(_ path: String, _ text: String, atRow row: Int) throws {
    try datasets.writeText(place(of: path), text, atRow: row)
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

  func writeText(_ k: Int, _ text: String, atRow row: Int) throws {
    try list[k].dataset.writeText(text, at: row)
  }

  func rowCount(_ k: Int) -> Int { list[k].dataset.shape.first ?? 1 }

  func read<T: HDF5Scalar>(_ k: Int, row: Int) throws -> [T] {
    var first = [Int](repeating: 0, count: list[k].dataset.shape.count),
      count = list[k].dataset.shape
    first[0] = row
    count[0] = 1
    return try list[k].dataset.read(T.self, at: first, count: count)
  }

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
