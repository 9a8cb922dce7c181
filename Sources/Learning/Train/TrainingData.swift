import JobControl
import MPI
import Models
import NeuralNetwork
import Randomness
import SOAP
import Serialization
import Training

/// One rank's rows of one part of a dataset, standardised.
struct TrainingRows: Sendable {
  /// `[rows, D]`.
  var features: [Float]
  /// Class of each row.
  var labels: [UInt8]
  /// Class, file and frame of each row, as `FamiliarityFit` takes them; empty if not read.
  var origins: [Int64] = []
  /// Sum over rows of a checksum of the features' bytes and the row's number: the sum over ranks is
  /// the same for any number of ranks.
  var checksum: UInt64 = 0

  /// Rows that are standardised already.
  init(features: [Float], labels: [UInt8]) {
    self.features = features
    self.labels = labels
  }

  /// Reads rows and standardises them in double precision.
  ///
  /// - Parameters:
  ///   - rows: ascending row numbers of the dataset.
  ///   - columns: the features that are used.
  ///   - scaler: their mean and scale.
  /// - Throws: `RunError` naming a feature that is not finite.
  init(_ file: DatasetFile, _ index: DatasetRows, rows: [Int], columns: [Int], scaler: Scaler)
    throws
  {
    let d = columns.count
    var features = [Float](repeating: 0, count: rows.count * d)
    var checksum: UInt64 = 0
    try file.forEachPiece(of: rows, columns: columns) { places, values in
      for place in places {
        let first = (place - places.lowerBound) * d
        var writer = ByteWriter()
        for value in values[first..<(first + d)] { writer.put(value) }
        checksum &+= RandomStream.mixed(Checksum.of(writer.bytes[...]) ^ UInt64(rows[place]))
      }
      var standardised = values
      var target = standardised.mutableSpan
      scaler.standardise(&target)
      let start = places.lowerBound * d
      for i in standardised.indices { features[start + i] = Float(standardised[i]) }
    }
    self.features = features
    self.checksum = checksum
    labels = index.labels(of: rows)
    origins = try file.origins(of: rows, labels: labels)
  }
}

/// The data of a training run: this rank's share of the rows, and statistics of the whole training
/// part.
struct TrainingData {
  /// Class names.
  let classes: [String]
  /// Description of the features.
  let soap: SOAPDescription
  /// Names of the features.
  let featureNames: [String]
  /// Scaler of the whole training part: the same bits for any number of ranks.
  let scaler: Scaler
  /// Constant features of the training part.
  let constantFeatures: [Int]
  /// Principal components of the whole training part; on rank 0 only.
  let components: PrincipalComponentAnalysis?
  /// This rank's rows.
  let training: TrainingRows, validation: TrainingRows
  /// Training rows of each rank.
  let trainingCounts: [Int]
  /// Rows of each class and part over all ranks, `[classes, parts]`.
  let counts: [Int]
  /// A hash that identifies this dataset and these columns.
  let fingerprint: String
  /// Neighbour distance in Å; nil if the dataset has none.
  let neighborCutoff: Double?
  /// The unit of the dataset's split.
  let splitRule: String

  /// Reads the dataset. Collective.
  ///
  /// - Parameter kept: a trained model of these classes and features, whose scaler is used.
  /// - Throws: the same `RunError` on all ranks.
  init(_ settings: TrainingSettings, kept: Model? = nil, on world: Communicator) throws {
    // Each rank opens the file independently, so that a rank that fails does not leave others
    // waiting.
    let file = try world.together { try DatasetFile.open(settings.dataset) }
    let header = file.header
    let index = try world.together { try DatasetRows(file) }
    let (parameters, columns) = try world.together { try file.selection(blocks: settings.blocks) }
    counts = index.counts(classes: header.classes.count)
    try world.together {
      try Self.check(index.counts(classes: header.classes.count), header.classes, path: file.path)
    }
    if let kept {
      try world.together {
        try Self.check(kept, header.classes, parameters, path: file.path)
      }
    }
    let training = index.rows(ofPart: 0)
    let sums = try DatasetStatistics.covariance(file, rows: training, columns: columns, on: world)
    constantFeatures = sums.constantFeatures
    guard constantFeatures.count < columns.count else {
      throw RunError(
        "\(file.path): no feature varies over the training part; there is nothing to learn from",
        .badData)
    }
    let scaler = kept?.scaler ?? sums.scaler
    if let extreme = scaler.scale.firstIndex(where: { !Float(1 / $0).isFinite }) {
      throw RunError(
        "\(file.path): feature \(header.featureNames[columns[extreme]]) has a standard deviation "
          + "of only \(scaler.scale[extreme]); expected more than 1e-38",
        .badData)
    }
    components = world.isRoot ? PrincipalComponentAnalysis(sums, scaler: scaler) : nil
    func rows(_ all: [Int]) throws -> TrainingRows {
      let own = DatasetRows.dealt(all, to: world.rank, of: world.size)
      return try world.together {
        try TrainingRows(file, index, rows: own, columns: columns, scaler: scaler)
      }
    }
    self.training = try rows(training)
    validation = try rows(index.rows(ofPart: 1))
    try world.together { [components] in
      guard world.isRoot, components == nil else { return }
      throw RunError(
        "\(file.path): the principal components of its training part cannot be computed: expected "
          + "finite features that vary; check what it was sampled from",
        .badData)
    }
    trainingCounts = try world.allGather(self.training.labels.count)
    self.scaler = scaler
    classes = header.classes
    featureNames = columns.map { header.featureNames[$0] }
    soap = SOAPDescription(parameters)
    let own = Int64(bitPattern: self.training.checksum &+ validation.checksum)
    let content = UInt64(bitPattern: try world.allGather(own).reduce(0, &+))
    fingerprint = Self.fingerprint(index, featureNames, content)
    splitRule = header.splitRule
    neighborCutoff = header.neighborCutoff
  }

  /// Other rows with the features of a dataset.
  init(
    classes: [String], like other: TrainingData, training: TrainingRows, validation: TrainingRows,
    trainingCounts: [Int]
  ) {
    self.classes = classes
    soap = other.soap
    featureNames = other.featureNames
    scaler = other.scaler
    constantFeatures = other.constantFeatures
    components = nil
    self.training = training
    self.validation = validation
    self.trainingCounts = trainingCounts
    counts = []
    fingerprint = ""
    splitRule = other.splitRule
    neighborCutoff = other.neighborCutoff
  }

  /// A kept model must be of the dataset's classes and features.
  private static func check(
    _ model: Model, _ classes: [String], _ parameters: SOAPParameters, path: String
  ) throws {
    guard model.classes == classes else {
      throw RunError(
        "\(path): its classes are \(classes.joined(separator: ", ")), expected those of model "
          + "\(model.name): "
          + model.classes.joined(separator: ", "), .badData)
    }
    guard try model.soapParameters(path: path) == parameters else {
      throw RunError(
        "\(path): its SOAP parameters are \(SOAPDescription(parameters).json), expected those of "
          + "model \(model.name): "
          + model.soap.json, .badData)
    }
  }

  /// Every class must occur in both parts.
  private static func check(_ counts: [Int], _ classes: [String], path: String) throws {
    for (k, name) in classes.enumerated() {
      let own = counts[(k * DatasetSplit.names.count)...]
      for (part, least) in [(0, 2), (1, 1)] where own[own.startIndex + part] < least {
        throw RunError(
          "\(path): class \(name) has \(own[own.startIndex + part]) environments in the "
            + "\(DatasetSplit.names[part]) part; expected at least \(least): sample more "
            + "environments (--per-class)", .badData)
      }
    }
  }

  /// SHA-256 of labels, parts, names and the checksum of the features of the training and the
  /// validation part: any different row or number there changes it. It depends on bytes of the file
  /// only, not on anything computed from them.
  private static func fingerprint(_ index: DatasetRows, _ names: [String], _ content: UInt64)
    -> String
  {
    var writer = ByteWriter(
      index.labels + index.parts + Array(names.joined(separator: ",").utf8))
    writer.put(content)
    return String(SHA256.hexDigest(writer.bytes).prefix(16))
  }
}

extension TrainingData {
  /// The first training row of each class on this rank, with the probabilities that a model gives
  /// it: what `ModelFile` compares when the model is read. Nil if this rank has no rows.
  func check(of model: Model) -> Model.Check? {
    let width = scaler.mean.count
    var features: [Double] = []
    for label in classes.indices {
      guard let row = training.labels.firstIndex(of: UInt8(label)) else { continue }
      for k in 0..<width {
        features.append(
          Double(training.features[row * width + k]) * scaler.scale[k] + scaler.mean[k])
      }
    }
    guard !features.isEmpty else { return nil }
    let inverse = scaler.inverseScale
    let standardised = features.enumerated().map {
      ($0.element - scaler.mean[$0.offset % width]) * inverse[$0.offset % width]
    }
    let count = features.count / width
    // By our own products and exponentials, so that the file has the same bytes on any processor.
    var probabilities = [Double](repeating: 0, count: count * classes.count)
    var target = probabilities.mutableSpan
    PerceptronDouble(model).probabilities(
      of: standardised.span, leadingDimension: width, count: count, into: &target)
    return Model.Check(features: features, probabilities: probabilities)
  }
}

extension SOAPDescription {
  /// The parameters of a descriptor as stored in a model file.
  init(_ parameters: SOAPParameters) {
    let blocks = parameters.pairs.map {
      parameters.species[$0.second] + parameters.species[$0.first]
    }
    let isWhole =
      parameters.pairs.count == parameters.species.count * (parameters.species.count + 1) / 2
    self.init(
      species: parameters.species, center: parameters.center, r_cut: parameters.cutoffRadius,
      n_max: parameters.radialCount,
      l_max: parameters.maximumDegree, sigma: parameters.sigma, blocks: isWhole ? nil : blocks)
  }
}
