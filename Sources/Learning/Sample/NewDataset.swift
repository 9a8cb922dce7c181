import Frames
import Geometry
import HDF5
import JobControl
import SOAP
import Serialization
import Trajectories

/// A dataset.h5 that `sample` creates; see `DatasetLayout`.
struct NewDataset {
  let plan: SamplingPlan
  let options: SamplingOptions
  let parameters: SOAPParameters

  /// Creates everything. Runs on one rank.
  func layOut(in h5: borrowing File) throws {
    let rows = plan.rowCount, d = parameters.featureCount
    let classes = options.classes.map(\.name)
    let values = try h5.createDataset(
      DatasetLayout.features, options.precision == .single ? .float32 : .float64, shape: [rows, d])
    try values.setAttribute(
      "description",
      to: "SOAP power spectrum of each environment, the centre's own contribution included")
    func column(_ path: String, _ type: Datatype, _ text: String) throws {
      try h5.createDataset(path, type, shape: [rows]).setAttribute("description", to: text)
    }
    try column(DatasetLayout.label, .enumeration(classes), "class")
    let parts = DatasetSplit.names.dropLast(plan.mixedPerClass > 0 ? 0 : 1)
    try column(DatasetLayout.split, .enumeration(Array(parts)), "part")
    try column(DatasetLayout.file, .int32, "index into /dataset/files")
    try column(DatasetLayout.frame, .int64, "frame in its file, from 0")
    try column(DatasetLayout.step, .int64, "MD step in its file")
    try column(DatasetLayout.center, .int64, "id of the centre atom")
    try writeTexts(parameters.featureNames, to: DatasetLayout.featureNames, in: h5)
    try layOutFiles(in: h5, classes)
    let bins = RadialDistribution(to: parameters.cutoffRadius).counts.count
    try h5.createDataset(DatasetLayout.distances, .int64, shape: [bins]).setAttribute(
      "description",
      to: "pairs of centres by distance in bins of \(RadialDistribution.binWidth) Å, all frames")
    try h5.createDataset(DatasetLayout.neighborCutoff, .float64, shape: [1]).setAttribute(
      "description",
      to: "neighbour distance in Å: first minimum of g(r), or the option; NaN if there is none")
    try describe(try h5.group(DatasetLayout.group))
  }

  private func layOutFiles(in h5: borrowing File, _ classes: [String]) throws {
    let files = plan.files
    try writeTexts(files.map(\.path), to: DatasetLayout.files, in: h5)
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
    try group.setAttribute("format", to: DatasetLayout.format)
    try group.setAttribute("format_version", to: DatasetLayout.version)
    try group.setAttribute("version", to: VerglasVersion.number)
    try group.setAttribute("command_line", to: options.commandLine)
    try group.setAttribute("classes", to: options.classes.map(\.name))
    try group.setAttribute("split_shares", to: DatasetSplit.shares)
    try options.record(in: group)
    try parameters.record(in: group)
    try group.setAttribute(
      "blocks",
      to: parameters.pairs.map { parameters.species[$0.second] + parameters.species[$0.first] })
    try group.setAttribute("row_order", to: "class, file, frame, centre id")
  }
}
