import Bytes

typealias ByteWriter = Bytes.ByteWriter
/// Decodes data about a trajectory that ranks exchange.
typealias ByteReader = Bytes.ByteReader<TrajectoryError>

extension Bytes.ByteReader<TrajectoryError> {
  static var damaged: TrajectoryError {
    TrajectoryError(
      path: "frame index", reason: "the encoded index is truncated or was made by another version")
  }

  init(_ bytes: [UInt8]) { self.init(bytes, failure: { _ in Self.damaged }) }
}
