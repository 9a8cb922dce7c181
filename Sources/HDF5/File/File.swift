internal import CHDF5
import Glibc
public import MPI

/// An open HDF5 file, seen as its root group; closed at the end of the value's lifetime, or by
/// `close`, which reports errors.
///
/// With a communicator the file belongs to all its ranks (H5FD_MPIO): metadata operations are
/// collective and every rank makes the same calls in the same order; raw data are written
/// independently or collectively. Without one it is an ordinary file of this process, and MPI need
/// not be initialised. Locks of serial files follow the environment variable HDF5_USE_FILE_LOCKING.
///
/// **Files of killed writers.** Files are created with superblock 2 (library bounds v1.8 … latest):
/// its checksums detect damage, and it has no “open for writing” mark, which in superblock 3
/// prevents opening after a crash. Once datasets exist (contiguous or unfiltered, allocated early)
/// and `flush` has returned, writes change raw data only, so that the file can be opened at any
/// moment.
public struct File: ~Copyable, Container, Sendable {
  /// The root group of the file.
  public let handle: ObjectHandle

  private init(handle: ObjectHandle) {
    self.handle = handle
  }

  deinit {
    guard !handle.context.isClosed else { return }
    HDF5Library.exclusively {
      if handle.context.isBeingLaidOut { divert() }
      _ = H5Fclose(handle.id)
    }
  }

  /// Redirects the remaining writes of a file that will be removed to memory: the library cannot
  /// close a file whose last writes fail, and would crash when the process ends (HDF5 1.10.8,
  /// H5F__close_cb). The file is sparse, so it takes no space.
  private func divert() {
    var descriptor: UnsafeMutableRawPointer?
    guard H5Fget_vfd_handle(handle.id, ch5_default(), &descriptor) >= 0, let descriptor else {
      return
    }
    let memory = ch5_memory_file()
    guard memory >= 0 else { return }
    dup2(memory, descriptor.load(as: Int32.self))
    Glibc.close(memory)
  }

  /// Creates a file at `path`. Collective. The corresponding HDF5 function is `H5Fcreate`.
  ///
  /// Use `createAtomically` for results files: it never leaves an incomplete file under the final
  /// name.
  /// - Parameter replacing: whether an existing file is truncated; otherwise it is an error.
  public static func create(
    _ path: String, on communicator: Communicator? = nil, options: FileOptions = FileOptions(),
    replacing: Bool = false
  ) throws -> File {
    try create(
      path, on: communicator, options: options, replacing: replacing,
      isParallel: communicator != nil)
  }

  /// As above; `isParallel` also for a file that one rank creates for all.
  static func create(
    _ path: String, on communicator: Communicator?, options: FileOptions, replacing: Bool,
    isParallel: Bool
  ) throws -> File {
    try HDF5Library.exclusively { () throws -> File in
      let context = FileContext(
        path: path, shownAs: options.shownName, communicator: communicator,
        largestTransfer: options.largestTransfer, isWritable: true,
        isParallel: isParallel)
      let access = try accessList(communicator, options)
      defer { H5Pclose(access) }
      let creation = H5Pcreate(ch5_class_file_create())
      defer { H5Pclose(creation) }
      H5Pset_obj_track_times(creation, false)
      let id = H5Fcreate(
        path, replacing ? ch5_access_truncate() : ch5_access_exclusive(), creation, access)
      try HDF5Library.check(id, "create \(context.path)")
      return File(handle: ObjectHandle(id: id, path: "/", context: context))
    }
  }

  /// Opens the file at `path`, for reading unless `writable`. Collective. The corresponding HDF5
  /// function is `H5Fopen`.
  public static func open(
    _ path: String, on communicator: Communicator? = nil, writable: Bool = false,
    options: FileOptions = FileOptions()
  ) throws -> File {
    try HDF5Library.exclusively { () throws -> File in
      let context = FileContext(
        path: path, shownAs: options.shownName, communicator: communicator,
        largestTransfer: options.largestTransfer, isWritable: writable,
        isParallel: communicator != nil)
      let access = try accessList(communicator, options)
      defer { H5Pclose(access) }
      let id = H5Fopen(path, writable ? ch5_access_read_write() : ch5_access_read_only(), access)
      try HDF5Library.check(id, "open \(path)")
      return File(handle: ObjectHandle(id: id, path: "/", context: context))
    }
  }

  /// Whether the file at `path` exists and begins as HDF5 files do. The corresponding HDF5 function
  /// is `H5Fis_hdf5`.
  public static func isHDF5(_ path: String) -> Bool {
    HDF5Library.exclusively {
      let answer = H5Fis_hdf5(path)
      if answer < 0 { H5Eclear2(ch5_error_stack()) }
      return answer > 0
    }
  }

  /// The path that the file was opened under.
  public var path: String { handle.context.path }

  /// Flushes everything written so far to disk, so that it survives the death of any process.
  /// Collective.
  ///
  /// The corresponding HDF5 function is `H5Fflush` with H5F_SCOPE_GLOBAL, which calls
  /// `MPI_File_sync` in a parallel file; in a serial one `fsync` follows.
  public func flush() throws {
    try HDF5Library.exclusively { () throws -> Void in
      try HDF5Library.check(H5Fflush(handle.id, H5F_SCOPE_GLOBAL), "flush \(path)")
      guard handle.context.communicator == nil, handle.context.isWritable else { return }
      var descriptor: UnsafeMutableRawPointer?
      try HDF5Library.check(
        H5Fget_vfd_handle(handle.id, ch5_default(), &descriptor), "flush \(path)")
      guard let descriptor, fsync(descriptor.load(as: Int32.self)) != 0 else { return }
      throw HDF5Error.system("flush \(path)")
    }
  }

  /// Flushes and closes the file, and throws if that fails. Collective. The corresponding HDF5
  /// function is `H5Fclose`.
  ///
  /// All its groups and datasets must have been closed before: an open object would keep the file
  /// open, and the last write error would go unnoticed.
  public consuming func close() throws {
    try HDF5Library.exclusively { () throws -> Void in
      if handle.context.isWritable { try flush() }
      let open = H5Fget_obj_count(handle.id, ch5_objects_open())
      guard open == 0 else {
        throw HDF5Error(
          action: "close \(handle.context.path)",
          reason: "\(open) of its groups and datasets are still open")
      }
      handle.context.isClosed = true
      try HDF5Library.check(H5Fclose(handle.id), "close \(handle.context.path)")
    }
  }

  private static func accessList(_ communicator: Communicator?, _ options: FileOptions) throws
    -> Int64
  {
    let list = try HDF5Library.check(H5Pcreate(ch5_class_file_access()), "make a file access list")
    H5Pset_libver_bounds(list, H5F_LIBVER_V18, ch5_newest_format())
    H5Pset_fclose_degree(list, H5F_CLOSE_WEAK)
    H5Pset_alignment(list, hsize_t(options.alignmentThreshold), hsize_t(options.alignment))
    if let communicator {
      try HDF5Library.check(
        H5Pset_fapl_mpio(list, communicator.handle, ch5_info_null()), "choose the MPI file driver")
      H5Pset_coll_metadata_write(list, true)
    } else {
      // No sieve buffer: a small write reaches the operating system immediately, so it is not lost
      // if the process dies.
      H5Pset_sieve_buf_size(list, 0)
    }
    return list
  }
}

/// How a file is structured and accessed.
public struct FileOptions: Sendable {
  /// Objects of at least `alignmentThreshold` bytes begin at multiples of this many bytes; a file
  /// system's stripe size is a good choice.
  public var alignment = 4096
  /// Bytes from which an object is aligned.
  public var alignmentThreshold = 65536
  /// Bytes that one transfer may carry; larger ones are split. The MPI driver of HDF5 1.10 refuses
  /// more than 2³¹ − 1.
  public var largestTransfer = 1 << 30
  /// The path used in error messages instead of the file's own, for a file that is created under a
  /// hidden name and renamed later.
  public var shownName: String?
  /// Free space in bytes that `createAtomically` requires before it creates anything, about the
  /// size of the file; nil for no check.
  public var expectedSize: Int?
  /// Whether `createAtomically` reserves all space in advance, if the file system supports it
  /// (`fallocate`).
  public var reservesSpace = true

  /// The defaults.
  public init() {}
}
