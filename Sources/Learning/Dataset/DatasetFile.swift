import HDF5
import JobControl
import NeuralNetwork
import SOAP
import Training

import Glibc

/// The description of a dataset.h5.
struct DatasetHeader: Sendable {
  /// Class names in the order of labels.
  let classes: [String]
  /// Names of the features.
  let featureNames: [String]
  /// Parameters of the features.
  let parameters: SOAPParameters
  /// Number of rows E.
  let rowCount: Int
  /// The unit of the split.
  let splitRule: String
  /// Whether features are Float in the file.
  let isSingle: Bool
  let commandLine: String
  /// Neighbour distance in Å; nil if the dataset has none.
  let neighborCutoff: Double?

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
        "\(path): expected format \(DatasetLayout.format) \(DatasetLayout.version), found "
          + "\(format) \(version)",
        .badData)
    }
    featureNames = try file.dataset(DatasetLayout.featureNames).readTexts()
    classes = try group.textAttributes("classes")
    guard classes.count >= 2 else {
      let found = classes.isEmpty ? "no class" : "one class, \(classes[0])"
      throw RunError(
        "\(path): found \(found); a classifier needs at least two: sample again with one --class "
          + "for each",
        .badData)
    }
    guard features.shape.count == 2, features.shape[1] == featureNames.count else {
      throw RunError(
        "\(path): found features \(features.shape), but \(featureNames.count) feature names",
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
        "\(path): the names of its \(featureNames.count) features are not the \(wanted.count) of "
          + "its SOAP parameters\(first)",
        .badData)
    }
    splitRule = try group.textAttribute("split_by")
    commandLine = try group.textAttribute("command_line")
    let distance =
      file.exists(DatasetLayout.neighborCutoff)
      ? try file.dataset(DatasetLayout.neighborCutoff).readAll(Double.self).first : nil
    neighborCutoff = distance.flatMap { $0 >= 0.1 && $0 <= 50 ? $0 : nil }
  }
}

/// An open dataset.h5, of which every rank reads the rows that it needs.
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

  /// Whether an HDF5 file is marked as a dataset.
  static func isDataset(_ file: borrowing File) -> Bool { file.exists(DatasetLayout.features) }

  /// Opens a dataset for reading, on each rank or only one; nothing here is collective.
  ///
  /// - Throws: `RunError` (no input, bad data).
  static func open(_ path: String) throws -> DatasetFile {
    guard access(path, R_OK) == 0 else {
      throw RunError(
        "\(path): the dataset cannot be opened: \(String(cString: strerror(errno)))", .noInput)
    }
    try requireRegularFile(path)
    guard File.isHDF5(path) else {
      throw RunError(
        "\(path): expected a dataset of verglas sample, found a file that is not HDF5", .badData)
    }
    do {
      return try GuardedReads.guarded(reading: path) {
        let file = try File.open(path)
        guard isDataset(file) else {
          throw RunError(
            "\(path): an HDF5 file without \(DatasetLayout.features), so not a dataset", .badData)
        }
        let features = try file.dataset(DatasetLayout.features)
        return DatasetFile(
          path: path, header: try DatasetHeader(file, features), features: features, file: file)
      }
    } catch let error as HDF5Error where !error.isLockRefusal {
      throw RunError(
        "\(path): \(error); expected a complete dataset of verglas sample: sample it again",
        .badData)
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
  /// - Throws: `RunError` if one is not a class.
  func labels(_ rows: Range<Int>) throws -> [UInt8] {
    try bytes(DatasetLayout.label, rows, below: classCount)
  }

  /// Parts of rows, `[rows]`: 0 train, 1 validation, 2 test, 3 mixed.
  ///
  /// - Throws: `RunError` if one is not a part.
  func parts(_ rows: Range<Int>) throws -> [UInt8] {
    try bytes(DatasetLayout.split, rows, below: DatasetSplit.names.count)
  }

  /// Features of rows, `[rows, D]`, Float in the file or not.
  func features(_ rows: Range<Int>) throws -> [Double] {
    try features.read(Double.self, at: [rows.lowerBound, 0], count: [rows.count, featureCount])
  }

  /// Class, file and frame of rows, as `FamiliarityFit` takes them.
  ///
  /// - Parameters:
  ///   - rows: ascending row numbers.
  ///   - labels: their classes.
  func origins(of rows: [Int], labels: [UInt8]) throws -> [Int64] {
    let files = try file.dataset(DatasetLayout.file).readAll(Int32.self)
    let frames = try file.dataset(DatasetLayout.frame).readAll(Int64.self)
    guard files.count == rowCount, frames.count == rowCount else {
      throw RunError(
        "\(path): expected \(DatasetLayout.file) and \(DatasetLayout.frame) [\(rowCount)], found "
          + "[\(files.count)] and [\(frames.count)]",
        .badData)
    }
    let mask = Int64(1) << FamiliarityFit.fileShift - 1
    return zip(rows, labels).map { row, label in
      Int64(label) << FamiliarityFit.classShift
        | Int64(max(files[row], 0) & 0xFF_FFFF) << FamiliarityFit.fileShift | frames[row] & mask
    }
  }

  /// The file of each of some rows, as an index into `files()`.
  ///
  /// - Throws: `RunError` (bad data) for an index of no file.
  func fileIndices(of rows: [Int], fileCount: Int) throws -> [Int] {
    let all = try file.dataset(DatasetLayout.file).readAll(Int32.self)
    return try rows.map { row in
      guard row < all.count, (0..<fileCount).contains(Int(all[row])) else {
        throw RunError(
          "\(path): \(DatasetLayout.file) of row \(row) is "
            + "\(row < all.count ? "\(all[row])" : "missing"); expected the index of one of its "
            + "\(fileCount) files", .badData)
      }
      return Int(all[row])
    }
  }

  /// Files that the environments come from.
  func files() throws -> [String] { try file.dataset(DatasetLayout.files).readTexts() }

  private func bytes(_ name: String, _ rows: Range<Int>, below limit: Int) throws -> [UInt8] {
    let values = try file.dataset(name).read(UInt8.self, at: [rows.lowerBound], count: [rows.count])
    if let row = values.firstIndex(where: { Int($0) >= limit }) {
      throw RunError(
        "\(path): \(name) of row \(rows.lowerBound + row) is \(values[row]); expected less than "
          + "\(limit)",
        .badData)
    }
    return values
  }
}

extension DatasetFile {
  /// The contents of the file, for `inspect`.
  func summary() throws -> [String] {
    let parts = DatasetSplit.names.count
    var counts = [Int](repeating: 0, count: classCount * parts)
    let block = 1 << 20
    for first in stride(from: 0, to: rowCount, by: block) {
      let rows = first..<min(first + block, rowCount)
      for (label, part) in zip(try labels(rows), try self.parts(rows)) {
        counts[Int(label) * parts + Int(part)] += 1
      }
    }
    let files = try files()
    let parameters = header.parameters
    var lines = [
      "\(path): dataset, \(Log.grouped(rowCount)) environments of \(classCount) classes, "
        + "\(featureCount) features (\(header.isSingle ? "single" : "double") precision)",
      "  SOAP         species \(parameters.species.joined(separator: ",")), centre "
        + "\(parameters.center), r_cut \(parameters.cutoffRadius) Å (atoms to "
        + "\(Log.fixed(parameters.effectiveCutoff, 4)) Å), n_max \(parameters.radialCount), l_max "
        + "\(parameters.maximumDegree), sigma \(parameters.sigma) Å, blocks "
        + parameters.pairs.map { parameters.species[$0.second] + parameters.species[$0.first] }
        .joined(separator: ","),
    ]
    lines += DatasetCounts.lines(classes: header.classes, counts: counts).map { "  " + $0 }
    lines.append("  split by     \(header.splitRule)")
    if let distance = header.neighborCutoff {
      lines.append("  neighbours   within \(Log.fixed(distance, 3)) Å")
    }
    lines.append(
      "  files        \(files.count), "
        + "\(files.prefix(3).joined(separator: ", "))\(files.count > 3 ? ", …" : "")"
    )
    lines.append("  command      \(header.commandLine)")
    return lines
  }
}
