import HDF5
import Trajectories

/// H5MD, read through HDF5.
public struct H5MDFormat: StoredFormat {
  /// The word for messages between ranks.
  public let identifier = "h5md"
  /// The name for users.
  public let name = "H5MD"

  /// The format.
  public init() {}

  /// The signature of HDF5.
  public func detect(_ start: [UInt8]) -> Detection {
    start.starts(with: [0x89, 0x48, 0x44, 0x46]) ? .certain : .no
  }

  /// Opens a file.
  public func store(_ source: TrajectorySource) throws(TrajectoryError) -> any CoordinateStore {
    do {
      return try GuardedReads.guarded(reading: source.path) {
        try H5MDStore(path: source.path, size: source.size)
      }
    } catch {
      throw (error as? TrajectoryError) ?? TrajectoryError(path: source.path, reason: "\(error)")
    }
  }
}
