internal import CHDF5
import Glibc

/// The HDF5 library of this process.
///
/// Debian's parallel build is not safe to call from several threads: every function of this room
/// holds one process-wide lock while it is inside the library (some 20 ns), so that readers on
/// several threads are merely slow together. Files opened on a communicator belong on MPI's thread.
public enum HDF5Library {
  /// The version of the library at run time, e.g. `1.10.8`. The corresponding HDF5 function is
  /// `H5get_libversion`.
  public static var version: String {
    exclusively {
      var major: UInt32 = 0
      var minor: UInt32 = 0
      var release: UInt32 = 0
      H5get_libversion(&major, &minor, &release)
      return "\(major).\(minor).\(release)"
    }
  }

  /// Runs `body` alone in the library. Recursive: functions of this room call each other.
  @discardableResult
  static func exclusively<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    _ = isReady
    return try body()
  }

  /// Returns `result` unless it is negative, which is how HDF5 says that it failed.
  @discardableResult
  static func check<Result: SignedInteger>(_ result: Result, _ action: @autoclosure () -> String)
    throws -> Result
  {
    guard result >= 0 else { throw HDF5Error.captured(action()) }
    return result
  }

  private nonisolated(unsafe) static let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(mutex, &attributes)
    return mutex
  }()

  /// Opens the library and turns its own error printing off: the stack goes into `HDF5Error`.
  private static let isReady: Bool = {
    H5open()
    H5Eset_auto2(ch5_error_stack(), nil, nil)
    return true
  }()
}

/// Property lists that never change and live as long as the process.
enum PropertyLists {
  /// Links: UTF-8 names. Groups on the way are made by `makeParents`, because those that HDF5 makes
  /// carry the time of day.
  static let linkCreation: Int64 = {
    let list = H5Pcreate(ch5_class_link_create())
    H5Pset_char_encoding(list, H5T_CSET_UTF8)
    return list
  }()

  /// Groups without modification times: the same run gives the same bytes on any day.
  static let groupCreation: Int64 = {
    let list = H5Pcreate(ch5_class_group_create())
    H5Pset_obj_track_times(list, false)
    return list
  }()

  /// Transfers in which all ranks take part.
  static let collectiveTransfer: Int64 = {
    let list = H5Pcreate(ch5_class_dataset_transfer())
    H5Pset_dxpl_mpio(list, H5FD_MPIO_COLLECTIVE)
    return list
  }()
}
