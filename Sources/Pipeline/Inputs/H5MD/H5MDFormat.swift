import HDF5
import Trajectories

/// H5MD, read through HDF5.
struct H5MDFormat: StoredFormat {
  let identifier = "h5md"
  let name = "H5MD"

  /// The signature of HDF5.
  func detect(_ start: [UInt8]) -> Detection {
    start.starts(with: [0x89, 0x48, 0x44, 0x46]) ? .certain : .no
  }

  func store(_ source: TrajectorySource) throws(TrajectoryError) -> any CoordinateStore {
    do {
      return try GuardedReads.guarded(reading: source.path) {
        try H5MDStore(path: source.path, size: source.size)
      }
    } catch {
      let reason = Self.explanation(of: "\(error)") ?? "\(error)"
      throw (error as? TrajectoryError) ?? TrajectoryError(path: source.path, reason: reason)
    }
  }

  /// What to do about an error of the HDF5 library if another program writes the file; nil for any
  /// other error.
  static func explanation(of reason: String) -> String? {
    let isLocked = ["unable to lock file", "already open for write", "file is already open"]
      .contains { reason.contains($0) }
    guard isLocked else { return nil }
    return
      "the file is locked, because another program is writing it (\(reason)): wait until that program has closed it, or copy the file and read the copy; if none is writing, the file was not closed: h5clear -s clears its mark, and HDF5_USE_FILE_LOCKING=FALSE reads without locks"
  }
}
