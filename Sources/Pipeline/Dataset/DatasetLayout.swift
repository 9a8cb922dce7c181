import HDF5
import SOAP
import Trajectories

/// The layout of dataset.h5.
///
/// E rows (environments), D features, K classes, M files. Rows are ordered by class, then file,
/// frame and centre id.
/// ```
/// /dataset                     attributes: format, version, command line, every parameter
/// /dataset/features       [E, D] f64 (f32 with --precision single)   SOAP with the centre's own
///                                      contribution
/// /dataset/label          [E] u8 enum (classes)
/// /dataset/split          [E] u8 enum (train, validation, test)
/// /dataset/file           [E] i32      index into /dataset/files
/// /dataset/frame          [E] i64      frame in its file, from 0
/// /dataset/step           [E] i64      MD step in its file
/// /dataset/center         [E] i64      atom id
/// /dataset/feature_names  [D] text
/// /dataset/files          [M] text     also file_label u8 enum, file_frames, file_centers,
///                                      file_size i64, file_hash text
/// ```
/// Nothing in it depends on the number of ranks.
struct DatasetLayout {
  let plan: SamplingPlan
  let options: SamplingOptions
  let parameters: SOAPParameters

  static let group = "/dataset"
  static let features = "/dataset/features"
  static let label = "/dataset/label"
  static let split = "/dataset/split"
  static let file = "/dataset/file"
  static let frame = "/dataset/frame"
  static let step = "/dataset/step"
  static let center = "/dataset/center"
  static let featureNames = "/dataset/feature_names"
  static let files = "/dataset/files"
  /// Format word and its version.
  static let format = "verglas-dataset"
  static let version: Int64 = 1

  /// Creates everything. Runs on one rank.
  func layOut(in h5: borrowing File) throws {
    let rows = plan.rowCount, d = parameters.featureCount
    let classes = options.classes.map(\.name)
    let values = try h5.createDataset(
      Self.features, options.precision == .single ? .float32 : .float64, shape: [rows, d])
    try values.setAttribute(
      "description",
      to: "SOAP power spectrum of each environment, the centre's own contribution included")
    func column(_ path: String, _ type: Datatype, _ text: String) throws {
      try h5.createDataset(path, type, shape: [rows]).setAttribute("description", to: text)
    }
    try column(Self.label, .enumeration(classes), "class")
    try column(Self.split, .enumeration(DatasetSplit.names), "part")
    try column(Self.file, .int32, "index into /dataset/files")
    try column(Self.frame, .int64, "frame in its file, from 0")
    try column(Self.step, .int64, "MD step in its file")
    try column(Self.center, .int64, "id of the centre atom")
    try writeTexts(parameters.featureNames, to: Self.featureNames, in: h5)
    try layOutFiles(in: h5, classes)
    try describe(try h5.group(Self.group))
  }

  private func layOutFiles(in h5: borrowing File, _ classes: [String]) throws {
    let files = plan.files
    try writeTexts(files.map(\.path), to: Self.files, in: h5)
    try writeTexts(files.map { hexadecimal($0.fingerprint) }, to: "/dataset/file_hash", in: h5)
    try h5.createDataset("/dataset/file_label", .enumeration(classes), shape: [files.count]).write(
      files.map { UInt8($0.label) })
    try h5.createDataset("/dataset/file_frames", .int64, shape: [files.count]).write(
      files.map { Int64($0.frames.count) })
    try h5.createDataset("/dataset/file_centers", .int64, shape: [files.count]).write(
      files.map { Int64($0.centerCount) })
    try h5.createDataset("/dataset/file_size", .int64, shape: [files.count]).write(
      files.map(\.size))
  }

  private func writeTexts(_ texts: [String], to path: String, in h5: borrowing File) throws {
    let width = texts.map { $0.utf8.count }.max() ?? 1
    try h5.createDataset(path, .text(bytes: max(width, 1)), shape: [texts.count]).writeTexts(texts)
  }

  private func describe(_ group: borrowing Group) throws {
    try group.setAttribute("format", to: Self.format)
    try group.setAttribute("format_version", to: Self.version)
    try group.setAttribute("version", to: VerglasVersion.number)
    try group.setAttribute("command_line", to: options.commandLine)
    try group.setAttribute("classes", to: options.classes.map(\.name))
    try group.setAttribute("per_class", to: Int64(options.perClass))
    try group.setAttribute("seed", to: options.seed)
    try group.setAttribute("split_by", to: options.splitRule.rawValue)
    try group.setAttribute("split_shares", to: DatasetSplit.shares)
    let slice = [options.frames.start, options.frames.stop, options.frames.step].map {
      $0.map(String.init) ?? ""
    }
    try group.setAttribute("frames", to: slice.joined(separator: ":"))
    try group.setAttribute(
      "types",
      to: options.types.description)
    try group.setAttribute("precision", to: "\(options.precision)")
    try parameters.record(in: group)
    try group.setAttribute(
      "blocks",
      to: parameters.pairs.map { parameters.species[$0.second] + parameters.species[$0.first] })
    try group.setAttribute("row_order", to: "class, file, frame, centre id")
  }
}
