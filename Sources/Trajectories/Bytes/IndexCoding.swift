import Serialization

typealias ByteWriter = Serialization.ByteWriter
/// Decodes data about a trajectory that ranks exchange.
typealias ByteReader = Serialization.ByteReader<TrajectoryError>

extension Serialization.ByteReader<TrajectoryError> {
  static var damaged: TrajectoryError {
    TrajectoryError(
      path: "frame index", reason: "the encoded index is truncated or was made by another version")
  }

  init(_ bytes: [UInt8]) { self.init(bytes, failure: { _ in Self.damaged }) }
}
