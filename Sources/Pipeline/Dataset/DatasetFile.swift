import HDF5
import SOAP

import Glibc

/// What a dataset.h5 says of itself.
struct DatasetHeader: Sendable {
  /// Class names in the order of labels.
  let classes: [String]
  /// Names of the features.
  let featureNames: [String]
  /// Parameters of the features.
  let parameters: SOAPParameters
  /// Number of rows E.
  let rowCount: Int
  /// What stays together in the split.
  let splitRule: String
  /// Whether features are Float in the file.
  let isSingle: Bool
  let commandLine: String

  /// Reads and checks it.
  ///
  /// - Throws: `RunError` (bad data) with what was found and expected.
  init(_ file: borrowing File, _ features: borrowing Dataset) throws {
    let path = file.path
    let group = try file.group(DatasetLayout.group)
    let format = try group.textAttribute("format"),
      version = try group.attribute("format_version", as: Int64.self)
    guard format == DatasetLayout.format, version == DatasetLayout.version else {
      throw RunError(
        "\(path): expected format \(DatasetLayout.format) \(DatasetLayout.version), found \(format) \(version)",
        .badData)
    }
    featureNames = try file.dataset(DatasetLayout.featureNames).readTexts()
    classes = try group.textAttributes("classes")
    guard classes.count >= 2 else {
      let found = classes.isEmpty ? "no class" : "one class, \(classes[0])"
      throw RunError(
        "\(path): found \(found); a classifier needs at least two: sample it with a --class for each",
        .badData)
    }
    guard features.shape.count == 2, features.shape[1] == featureNames.count else {
      throw RunError(
        "\(path): features \(features.shape) and \(featureNames.count) names of features do not fit",
        .badData)
    }
    rowCount = features.shape[0]
    isSingle = features.datatype == .float32
    for column in [DatasetLayout.label, DatasetLayout.split] {
      let shape = try file.dataset(column).shape
      guard shape == [rowCount] else {
        throw RunError("\(path): expected \(column) [\(rowCount)], found \(shape)", .badData)
      }
    }
    do {
      parameters = try SOAPParameters(
        species: group.textAttributes("species"), center: group.textAttribute("center"),
        cutoffRadius: group.attribute("r_cut"),
        radialCount: Int(group.attribute("n_max", as: Int64.self)),
        maximumDegree: Int(group.attribute("l_max", as: Int64.self)),
        sigma: group.attribute("sigma"), blocks: group.textAttributes("blocks"))
    } catch let error as SOAPError {
      throw RunError("\(path): \(error.description)", .badData)
    }
    guard parameters.featureNames == featureNames else {
      let wanted = parameters.featureNames
      let first =
        zip(featureNames, wanted).first { $0 != $1 }.map { ": \($0), expected \($1)" } ?? ""
      throw RunError(
        "\(path): the names of its \(featureNames.count) features are not the \(wanted.count) of its SOAP parameters\(first)",
        .badData)
    }
    splitRule = try group.textAttribute("split_by")
    commandLine = try group.textAttribute("command_line")
  }
}

/// An open dataset.h5: its rows, of which every rank reads those that it needs.
final class DatasetFile {
  let path: String
  let header: DatasetHeader
  private let features: Dataset
  private let file: File

  /// Number of features D.
  var featureCount: Int { header.featureNames.count }
  /// Number of classes K.
  var classCount: Int { header.classes.count }
  /// Number of rows E.
  var rowCount: Int { header.rowCount }

  /// Whether an HDF5 file claims to be a dataset.
  static func isDataset(_ file: borrowing File) -> Bool { file.exists(DatasetLayout.features) }

  /// Opens a dataset for reading, each rank for itself or one alone: nothing here is collective.
  ///
  /// - Throws: `RunError` (no input, bad data).
  static func open(_ path: String) throws -> DatasetFile {
    guard access(path, R_OK) == 0 else {
      throw RunError(
        "\(path): the dataset cannot be opened: \(String(cString: strerror(errno)))", .noInput)
    }
    try requireRegularFile(path)
    guard File.isHDF5(path) else {
      throw RunError("\(path): expected a dataset of verglas sample, found no HDF5 file", .badData)
    }
    do {
      return try GuardedReads.guarded(reading: path) {
        let file = try File.open(path)
        guard isDataset(file) else {
          throw RunError(
            "\(path): an HDF5 file without \(DatasetLayout.features): no dataset", .badData)
        }
        let features = try file.dataset(DatasetLayout.features)
        return DatasetFile(
          path: path, header: try DatasetHeader(file, features), features: features, file: file)
      }
    } catch let error as HDF5Error where !error.isLockRefusal {
      throw RunError(
        "\(path): \(error); expected a whole dataset of verglas sample: sample it anew", .badData)
    }
  }

  private init(
    path: String, header: DatasetHeader, features: consuming Dataset, file: consuming File
  ) {
    self.path = path
    self.header = header
    self.features = features
    self.file = file
  }

  /// Labels of rows, `[rows]`.
  ///
  /// - Throws: `RunError` if one names no class.
  func labels(_ rows: Range<Int>) throws -> [UInt8] {
    try bytes(DatasetLayout.label, rows, below: classCount)
  }

  /// Parts of rows, `[rows]`: 0 train, 1 validation, 2 test.
  ///
  /// - Throws: `RunError` if one names no part.
  func parts(_ rows: Range<Int>) throws -> [UInt8] {
    try bytes(DatasetLayout.split, rows, below: DatasetSplit.names.count)
  }

  /// Features of rows, `[rows, D]`, Float in the file or not.
  func features(_ rows: Range<Int>) throws -> [Double] {
    try features.read(Double.self, at: [rows.lowerBound, 0], count: [rows.count, featureCount])
  }

  /// Files that the environments come from.
  func files() throws -> [String] { try file.dataset(DatasetLayout.files).readTexts() }

  private func bytes(_ name: String, _ rows: Range<Int>, below limit: Int) throws -> [UInt8] {
    let values = try file.dataset(name).read(UInt8.self, at: [rows.lowerBound], count: [rows.count])
    if let row = values.firstIndex(where: { Int($0) >= limit }) {
      throw RunError(
        "\(path): \(name) of row \(rows.lowerBound + row) is \(values[row]); expected less than \(limit)",
        .badData)
    }
    return values
  }
}

extension DatasetFile {
  /// What the file holds, for `inspect`.
  func summary() throws -> [String] {
    var counts = [Int](repeating: 0, count: classCount * 3)
    let block = 1 << 20
    for first in stride(from: 0, to: rowCount, by: block) {
      let rows = first..<min(first + block, rowCount)
      for (label, part) in zip(try labels(rows), try parts(rows)) {
        counts[Int(label) * 3 + Int(part)] += 1
      }
    }
    let files = try files()
    let parameters = header.parameters
    var lines = [
      "\(path): dataset, \(Log.grouped(rowCount)) environments of \(classCount) classes, \(featureCount) features "
        + "(\(header.isSingle ? "single" : "double") precision)",
      "  SOAP         species \(parameters.species.joined(separator: ",")), centre \(parameters.center), r_cut \(parameters.cutoffRadius) Å "
        + "(atoms to \(Log.fixed(parameters.effectiveCutoff, 4)) Å), n_max \(parameters.radialCount), l_max \(parameters.maximumDegree), "
        + "sigma \(parameters.sigma) Å, blocks "
        + parameters.pairs.map { parameters.species[$0.second] + parameters.species[$0.first] }
        .joined(separator: ","),
    ]
    lines += DatasetCounts.lines(classes: header.classes, counts: counts).map { "  " + $0 }
    lines.append("  split by     \(header.splitRule)")
    lines.append(
      "  files        \(files.count), \(files.prefix(3).joined(separator: ", "))\(files.count > 3 ? ", …" : "")"
    )
    lines.append("  command      \(header.commandLine)")
    return lines
  }
}
