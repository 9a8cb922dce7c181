import Frames
import JobControl
import MPI
import Models
import SOAP

/// A model and the dataset on which it is evaluated, checked for consistency.
struct EvaluationData {
  /// The model.
  let model: Model
  /// The dataset.
  let file: DatasetFile
  /// Part and class of each row; labels are in the order of the model's classes.
  let index: DatasetRows
  /// The dataset's columns that are the model's features.
  let columns: [Int]
  /// Names of the features.
  let featureNames: [String]
  /// Rows that are evaluated, ascending.
  let rows: [Int]
  /// Rows for principal components: the training part, or all rows if all are evaluated.
  let referenceRows: [Int]

  /// Opens both. Collective.
  ///
  /// - Parameter reserved: names that the model must not have.
  /// - Throws: the same `RunError` on all ranks.
  init(_ settings: EvaluationSettings, reserved: Set<String>, on world: Communicator) throws {
    let model = try openModels([settings.model], reserved: reserved, on: world)[0]
    let parameters = try model.soapParameters(path: settings.model)
    let file = try world.together { try DatasetFile.open(settings.dataset) }
    try world.together { try Self.check(model, parameters, file, settings) }
    let own = try world.together { try DatasetRows(file) }
    index = own.relabelled(file.header.classes.map { UInt8(model.classes.firstIndex(of: $0) ?? 0) })
    featureNames = parameters.featureNames
    columns = try file.columns(named: parameters.featureNames)
    rows = index.rows(ofPart: settings.part.index)
    referenceRows = settings.part == .all ? rows : index.rows(ofPart: 0)
    for (name, rows) in [
      (settings.part.rawValue, rows), (settings.part == .all ? "all" : "train", referenceRows),
    ] {
      let labels = index.labels(of: rows)
      if let missing = model.classes.indices.first(where: { !labels.contains(UInt8($0)) }) {
        throw RunError(
          "\(settings.dataset): class \(model.classes[missing]) has no environments in the \(name) "
            + "part; expected at least 1 (see --part)",
          .badData)
      }
    }
    self.model = model
    self.file = file
  }

  /// The dataset must have the model's features and its classes.
  private static func check(
    _ model: Model, _ wanted: SOAPParameters, _ file: DatasetFile, _ settings: EvaluationSettings
  ) throws {
    let found = file.header.parameters
    var differences: [String] = []
    func compare<Value: Equatable>(
      _ name: String, _ model: Value, _ dataset: Value, _ unit: String = ""
    ) {
      if model != dataset {
        differences.append(
          "\(name) is \(model)\(unit) in the model, \(dataset)\(unit) in the dataset")
      }
    }
    compare("centre", wanted.center, found.center)
    compare("r_cut", wanted.cutoffRadius, found.cutoffRadius, " Å")
    compare("sigma", wanted.sigma, found.sigma, " Å")
    compare("n_max", wanted.radialCount, found.radialCount)
    compare("l_max", wanted.maximumDegree, found.maximumDegree)
    let blocks = found.pairs.map { found.species[$0.second] + found.species[$0.first] }
    let missing = wanted.pairs.map { wanted.species[$0.second] + wanted.species[$0.first] }.filter {
      !blocks.contains($0)
    }
    if !missing.isEmpty {
      differences.append(
        "the model needs the blocks \(missing.joined(separator: ",")), the dataset has "
          + "\(blocks.joined(separator: ","))"
      )
    }
    guard differences.isEmpty else {
      throw RunError(
        "\(settings.model) was trained on other features than \(settings.dataset) holds: "
          + "\(differences.joined(separator: "; ")); sample one with --model "
          + "\(settings.model)", .badData)
    }
    guard model.classes.sorted() == file.header.classes.sorted() else {
      throw RunError(
        "\(settings.model) has the classes \(model.classes.joined(separator: ", ")), "
          + "\(settings.dataset) has \(file.header.classes.joined(separator: ", ")); "
          + "expected the same classes", .badData)
    }
  }
}

extension DatasetRows {
  /// The same rows with renumbered classes.
  func relabelled(_ numbers: [UInt8]) -> DatasetRows {
    DatasetRows(labels: labels.map { numbers[Int($0)] }, parts: parts)
  }
}
