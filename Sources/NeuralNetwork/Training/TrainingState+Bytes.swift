/// A training state as bytes, so that an interrupted training goes on: the same bits as without the
/// interruption.
///
/// `verglas-training\n`, version (UInt32), length of what follows without the digest (UInt64), then
/// little-endian: options, widths, step, best epoch (−1 for none), history, parameters, first
/// moment, second moment, best parameters; last the checksum of everything before it (UInt64).
/// Anything torn or altered is refused.
extension TrainingState {
  private static let magic = Array("verglas-training\n".utf8)
  private static let version: UInt32 = 1
  private static let headerLength = magic.count + 12

  /// The state as bytes.
  public var bytes: [UInt8] {
    var payload = ByteWriter()
    payload.append(options.hidden.count)
    for width in options.hidden { payload.append(width) }
    payload.append(options.dropout.bitPattern)
    payload.append(options.learningRate.bitPattern)
    payload.append(options.batch)
    payload.append(options.patience)
    payload.append(options.maximumEpochs)
    payload.append(options.seed)
    payload.append(shape.widths.count)
    for width in shape.widths { payload.append(width) }
    payload.append(step)
    payload.append(bestEpoch ?? -1)
    payload.append(history.count)
    for line in history {
      for value in [
        line.trainingLoss, line.trainingAccuracy, line.validationLoss, line.validationAccuracy,
      ] {
        payload.append(value.bitPattern)
      }
    }
    for values in [parameters, firstMoment, secondMoment, bestParameters] { payload.append(values) }
    var all = ByteWriter()
    all.bytes = TrainingState.magic
    all.append(TrainingState.version)
    all.append(payload.bytes.count)
    all.bytes += payload.bytes
    all.append(Checksum.of(all.bytes[...]))
    return all.bytes
  }

  /// The state that `bytes` holds.
  ///
  /// - Parameter path: the file the bytes are from, for the error.
  /// - Throws: `ModelError` if they are not a whole, unaltered training state.
  public init(bytes: [UInt8], path: String) throws {
    func refuse(_ reason: String) -> ModelError { ModelError(path: path, reason: reason) }
    let remedy = "remove it to start the training anew"
    guard bytes.count >= TrainingState.headerLength + 8,
      Array(bytes[..<TrainingState.magic.count]) == TrainingState.magic
    else {
      throw refuse("this is not a training state of verglas; \(remedy)")
    }
    var reader = ByteReader(bytes: bytes, position: TrainingState.magic.count)
    let version: UInt32 = try reader.next()
    guard version == TrainingState.version else {
      throw refuse(
        "a training state of version \(version), expected \(TrainingState.version): it is another release's; \(remedy)"
      )
    }
    let length: Int = try reader.next()
    guard length == bytes.count - TrainingState.headerLength - 8 else {
      throw refuse(
        "the training state has \(bytes.count) bytes, expected \(length) and \(TrainingState.headerLength + 8) around them: it is torn; \(remedy)"
      )
    }
    var last = ByteReader(bytes: bytes, position: bytes.count - 8)
    let checksum: UInt64 = try last.next()
    guard Checksum.of(bytes[..<(bytes.count - 8)]) == checksum else {
      throw refuse("the training state does not match its checksum: it was altered; \(remedy)")
    }
    do {
      try self.init(reading: &reader)
    } catch let error as FormatError {
      throw refuse("\(error.reason); \(remedy)")
    }
    guard reader.position == bytes.count - 8 else {
      throw refuse(
        "the training state holds \(bytes.count - 8 - reader.position) bytes more than its parts; \(remedy)"
      )
    }
  }

  private init(reading reader: inout ByteReader) throws {
    var options = TrainingOptions()
    options.hidden = try reader.integers()
    options.dropout = Double(bitPattern: try reader.next())
    options.learningRate = Double(bitPattern: try reader.next())
    options.batch = try reader.next()
    options.patience = try reader.next()
    options.maximumEpochs = try reader.next()
    options.seed = try reader.next()
    if let problem = options.problem { throw FormatError("the training state holds \(problem)") }
    let widths = try reader.integers()
    guard widths.count >= 2, widths.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }),
      widths[widths.count - 1] >= 2
    else {
      throw FormatError(
        "the training state holds layer widths \(widths.prefix(8)), expected two or more from 1 to 1048576, the last at least 2"
      )
    }
    let shape = NetworkShape(widths: widths)
    let step: Int = try reader.next()
    let bestEpoch: Int = try reader.next()
    let epochs: Int = try reader.next()
    guard step >= 0, epochs >= 0, epochs <= reader.remaining / 32, (-1..<epochs).contains(bestEpoch)
    else {
      throw FormatError(
        "the training state holds step \(step) and best epoch \(bestEpoch) of \(epochs) epochs, which cannot be"
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
}

/// Numbers to little-endian bytes.
private struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ values: [Float]) { bytes.append(littleEndian: values) }
}

/// Little-endian bytes to numbers; never reads beyond the end.
private struct ByteReader {
  let bytes: [UInt8]
  var position: Int

  var remaining: Int { bytes.count - position }

  mutating func next<Integer: FixedWidthInteger>() throws -> Integer {
    let size = MemoryLayout<Integer>.size
    guard remaining >= size else {
      throw FormatError(
        "the training state ends at byte \(bytes.count), expected \(size - remaining) more")
    }
    var value: Integer = 0
    for i in 0..<size {
      value |= Integer(truncatingIfNeeded: bytes[position + i]) << Integer(8 * i)
    }
    position += size
    return value
  }

  mutating func integers() throws -> [Int] {
    let count: Int = try next()
    guard count >= 0, count <= remaining / 8 else {
      throw FormatError("the training state holds a list of \(count) numbers in \(remaining) bytes")
    }
    return try (0..<count).map { _ in try next() }
  }

  mutating func floats(_ count: Int) throws -> [Float] {
    guard count >= 0, count <= remaining / 4 else {
      throw FormatError(
        "the training state ends at byte \(bytes.count), expected \(count) weights from byte \(position) on"
      )
    }
    defer { position += 4 * count }
    return bytes.floats(at: position, count: count)
  }
}
