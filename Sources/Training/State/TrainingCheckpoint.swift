import Models

/// The file from which an interrupted training is resumed: a description of the training and its
/// state after an epoch.
///
/// `verglas-checkpoint\n`, the description of the run as one line of JSON, `\n`, then
/// `TrainingState.bytes`.
public struct TrainingCheckpoint: Equatable, Sendable {
  /// Everything that the result depends on, as in the model's `TrainingRecord`.
  public let run: [TrainingRecord.Fact]
  /// Parameters, moments and history.
  public let state: TrainingState

  private static let magic = Array("verglas-checkpoint\n".utf8)

  /// A checkpoint from its parts.
  public init(run: [TrainingRecord.Fact], state: TrainingState) {
    self.run = run
    self.state = state
  }

  /// The checkpoint in a file.
  ///
  /// - Throws: `ModelError` if it cannot be read or is incomplete.
  public init(path: String) throws(ModelError) {
    let bytes: [UInt8]
    do { bytes = try readFile(path, as: "checkpoint") } catch {
      throw ModelError(path: path, reason: error.reason)
    }
    try self.init(bytes: bytes, path: path)
  }

  /// The checkpoint in the bytes of a file.
  ///
  /// - Throws: `ModelError` if they are not a complete, unaltered checkpoint.
  public init(bytes: [UInt8], path: String) throws(ModelError) {
    let start = Self.magic.count
    guard bytes.starts(with: Self.magic),
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")),
      let run = Self.facts(String(decoding: bytes[start..<end], as: UTF8.self))
    else {
      throw ModelError(
        path: path,
        reason: "this is not a training checkpoint; remove it to start the training over")
    }
    self.run = run
    do { state = try TrainingState(bytes: Array(bytes[(end + 1)...]), path: path) } catch {
      throw (error as? ModelError) ?? ModelError(path: path, reason: "\(error)")
    }
  }

  /// The checkpoint as bytes.
  public var bytes: [UInt8] {
    let members = run.map { JSON.Member(key: $0.name, value: .string($0.value)) }
    var bytes = Self.magic + Array(JSON.object(members).serialised.utf8) + [UInt8(ascii: "\n")]
    bytes += state.bytes
    return bytes
  }

  /// Writes the checkpoint under a temporary name and renames it, so that the file is complete
  /// however the run is killed.
  ///
  /// It is not flushed to disk, which would take longer than an epoch; after a power failure it may
  /// be incomplete, and is then refused.
  ///
  /// - Parameter temporary: the temporary name; nil for a name with this process's id.
  /// - Throws: `ModelError` naming the file.
  public func write(to path: String, temporary: String? = nil) throws(ModelError) {
    do {
      try writeFile(
        path, bytes, as: "checkpoint", overwrite: true, temporary: temporary, isLasting: false)
    } catch {
      throw ModelError(path: path, reason: error.reason)
    }
  }

  private static func facts(_ text: String) -> [TrainingRecord.Fact]? {
    guard case .object(let members)? = try? JSON.parse(text) else { return nil }
    let facts = members.compactMap { member in
      member.value.text.map { TrainingRecord.Fact(member.key, $0) }
    }
    return facts.count == members.count ? facts : nil
  }
}
