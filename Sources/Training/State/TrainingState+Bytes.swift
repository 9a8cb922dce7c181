import Serialization
import Models
import NeuralNetwork

/// A training state as bytes, so that an interrupted training run can be resumed with the same bits
/// as without the interruption.
///
/// `verglas-training\n`, version (UInt32), length of what follows without the digest (UInt64), then
/// little-endian: options, widths, step, best epoch (−1 for none), history, parameters, first
/// moment, second moment, best parameters; last the checksum of everything before it (UInt64).
/// Incomplete or altered data are refused.
extension TrainingState {
  private static let magic = Array("verglas-training\n".utf8)
  private static let version: UInt32 = 1
  /// The version of states whose options have a smallest improvement, which is stored after the
  /// seed.
  private static let versionWithDelta: UInt32 = 2
  private static let headerLength = magic.count + 12

  /// The state as bytes.
  public var bytes: [UInt8] {
    var payload = ByteWriter()
    payload.put(options.hidden.count)
    for width in options.hidden { payload.put(width) }
    payload.put(options.dropout.bitPattern)
    payload.put(options.learningRate.bitPattern)
    payload.put(options.batch)
    payload.put(options.patience)
    payload.put(options.maximumEpochs)
    payload.put(options.seed)
    if options.minimumDelta != 0 { payload.put(options.minimumDelta.bitPattern) }
    payload.put(shape.widths.count)
    for width in shape.widths { payload.put(width) }
    payload.put(step)
    payload.put(bestEpoch ?? -1)
    payload.put(history.count)
    for line in history {
      for value in [
        line.trainingLoss, line.trainingAccuracy, line.validationLoss, line.validationAccuracy,
      ] {
        payload.put(value.bitPattern)
      }
    }
    for values in [parameters, firstMoment, secondMoment, bestParameters] {
      payload.put(raw: values)
    }
    var all = ByteWriter(TrainingState.magic)
    all.put(
      options.minimumDelta != 0 ? TrainingState.versionWithDelta : TrainingState.version)
    all.put(payload.bytes.count)
    all.put(raw: payload.bytes)
    all.put(Checksum.of(all.bytes[...]))
    return all.bytes
  }

  /// The state that `bytes` holds.
  ///
  /// - Parameter path: the file the bytes are from, for the error.
  /// - Throws: `ModelError` if they are not a complete, unaltered training state.
  public init(bytes: [UInt8], path: String) throws {
    func refuse(_ reason: String) -> ModelError { ModelError(path: path, reason: reason) }
    let remedy = "remove it to start the training over"
    guard bytes.count >= TrainingState.headerLength + 8,
      Array(bytes[..<TrainingState.magic.count]) == TrainingState.magic
    else {
      throw refuse("this is not a training state of verglas; \(remedy)")
    }
    func decoder(from place: Int) -> ByteReader<FormatError> {
      ByteReader(bytes, from: place) { FormatError("the training state: \($0)") }
    }
    var reader = decoder(from: TrainingState.magic.count)
    let version: UInt32 = try reader.next()
    guard version == TrainingState.version || version == TrainingState.versionWithDelta else {
      throw refuse(
        "a training state of version \(version), expected \(TrainingState.version): it was written "
          + "by another release; \(remedy)"
      )
    }
    let length: Int = try reader.next()
    guard length == bytes.count - TrainingState.headerLength - 8 else {
      throw refuse(
        "the training state has \(bytes.count) bytes, expected \(length) and "
          + "\(TrainingState.headerLength + 8) around them: it is incomplete; \(remedy)"
      )
    }
    var last = decoder(from: bytes.count - 8)
    let checksum: UInt64 = try last.next()
    guard Checksum.of(bytes[..<(bytes.count - 8)]) == checksum else {
      throw refuse("the training state does not match its checksum: it is damaged; \(remedy)")
    }
    do {
      try self.init(reading: &reader, hasDelta: version == TrainingState.versionWithDelta)
    } catch let error as FormatError {
      throw refuse("\(error.reason); \(remedy)")
    }
    guard reader.position == bytes.count - 8 else {
      throw refuse(
        "the training state holds \(bytes.count - 8 - reader.position) bytes after its last part; "
          + "\(remedy)"
      )
    }
  }

  private init(reading reader: inout ByteReader<FormatError>, hasDelta: Bool) throws {
    var options = TrainingOptions()
    options.hidden = try TrainingState.integers(&reader)
    options.dropout = Double(bitPattern: try reader.next())
    options.learningRate = Double(bitPattern: try reader.next())
    options.batch = try reader.next()
    options.patience = try reader.next()
    options.maximumEpochs = try reader.next()
    options.seed = try reader.next()
    if hasDelta { options.minimumDelta = Double(bitPattern: try reader.next()) }
    if let problem = options.problem { throw FormatError("the training state holds \(problem)") }
    let widths = try TrainingState.integers(&reader)
    guard widths.count >= 2, widths.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }),
      widths[widths.count - 1] >= 2
    else {
      throw FormatError(
        "the training state holds layer widths \(widths.prefix(8)), expected two or more from 1 to "
          + "1048576, the last at least 2"
      )
    }
    let shape = NetworkShape(widths: widths)
    let step: Int = try reader.next()
    let bestEpoch: Int = try reader.next()
    let epochs: Int = try reader.next()
    guard step >= 0, epochs >= 0, epochs <= reader.remaining / 32, (-1..<epochs).contains(bestEpoch)
    else {
      throw FormatError(
        "the training state holds step \(step) and best epoch \(bestEpoch) of \(epochs) epochs, "
          + "which is impossible"
      )
    }
    var history: [Epoch] = []
    for _ in 0..<epochs {
      history.append(Epoch(try (0..<4).map { _ in Double(bitPattern: try reader.next()) }))
    }
    self.init(shape: shape, options: options, parameters: try reader.floats(shape.parameterCount))
    firstMoment = try reader.floats(shape.parameterCount)
    secondMoment = try reader.floats(shape.parameterCount)
    bestParameters = try reader.floats(shape.parameterCount)
    self.step = step
    self.bestEpoch = bestEpoch < 0 ? nil : bestEpoch
    self.history = history
  }

  private static func integers(
    _ reader: inout ByteReader<FormatError>
  ) throws(FormatError) -> [Int] {
    let count = try reader.count(ofSize: 8)
    var values: [Int] = []
    for _ in 0..<count { values.append(try reader.next()) }
    return values
  }
}
