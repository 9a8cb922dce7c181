internal import CHDF5
import Glibc

/// The HDF5 library of this process.
///
/// Debian's parallel build is not thread-safe: every function of this module holds one process-wide
/// lock while it is inside the library (about 20 ns), so that readers on several threads are
/// serialised. Files opened on a communicator must be used on MPI's thread.
public enum HDF5Library {
  /// The version of the library at run time, e.g. `1.10.8`. The corresponding HDF5 function is
  /// `H5get_libversion`.
  public static var version: String {
    var major: UInt32 = 0
    var minor: UInt32 = 0
    var release: UInt32 = 0
    ch5_version(&major, &minor, &release)
    return "\(major).\(minor).\(release)"
  }

  /// The version of the headers with which `CHDF5` was compiled, e.g. `1.10.8`.
  public static var versionAtBuild: String {
    var major: UInt32 = 0
    var minor: UInt32 = 0
    var release: UInt32 = 0
    ch5_built_with(&major, &minor, &release)
    return "\(major).\(minor).\(release)"
  }

  /// Says in one sentence that the library is of another release than the headers; nil when both
  /// have the same major and minor number, without which no file may be touched.
  public static var mismatch: String? {
    func series(_ version: String) -> Substring {
      version[..<(version.lastIndex(of: ".") ?? version.endIndex)]
    }
    guard series(version) != series(versionAtBuild) else { return nil }
    return
      "libverglas_site.so was compiled with HDF5 \(versionAtBuild), and HDF5 \(version) is loaded; "
      + "load the module of that HDF5, or recompile the library with verglas-site"
  }

  /// Runs `body` with exclusive access to the library. Recursive, because functions of this module
  /// call each other.
  @discardableResult
  static func exclusively<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    _ = isReady
    return try body()
  }

  /// Returns `result` unless it is negative, which is HDF5's failure code.
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
  private static let isReady: Bool = ch5_start() >= 0
}

/// Constant property lists, which exist as long as the process.
enum PropertyLists {
  /// Links: UTF-8 names. Intermediate groups are created by `makeParents`, because those that HDF5
  /// creates carry modification times.
  static let linkCreation: Int64 = {
    let list = ch5_Plink_create()
    ch5_Pset_utf8(list)
    return list
  }()

  /// Groups without modification times: the same run gives the same bytes on any day.
  static let groupCreation: Int64 = {
    let list = ch5_Pgroup_create()
    ch5_Pset_no_times(list)
    return list
  }()

  /// Collective transfers.
  static let collectiveTransfer: Int64 = {
    let list = ch5_Pdataset_transfer()
    ch5_Pset_collective(list)
    return list
  }()
}
