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
/// **Files of killed writers.** Files are created with superblock 2 (library bounds 1.8 to 1.10 in
/// every release, so that HDF5 1.10 reads all of them): its checksums detect damage, and it has no
/// “open for writing” mark, which in superblock 3 prevents opening after a crash. Once datasets
/// exist (contiguous or unfiltered, allocated early) and `flush` has returned, writes change raw
/// data only, so that the file can be opened at any moment.
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
      _ = ch5_Fclose(handle.id)
    }
  }

  /// Redirects the remaining writes of a file that will be removed to memory: the library cannot
  /// close a file whose last writes fail, and would crash when the process ends (HDF5 1.10.8,
  /// H5F__close_cb). The file is sparse, so it takes no space.
  private func divert() {
    var descriptor: Int32 = -1
    guard ch5_Fget_descriptor(handle.id, &descriptor) >= 0 else { return }
    let memory = ch5_memory_file()
    guard memory >= 0 else { return }
    dup2(memory, descriptor)
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
      let access = try accessList(communicator, options, writable: true)
      defer { ch5_Pclose(access) }
      let creation = ch5_Pfile_create()
      defer { ch5_Pclose(creation) }
      ch5_Pset_no_times(creation)
      let id = ch5_Fcreate(
        path, replacing ? 1 : 0, creation, access)
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
      let access = try accessList(communicator, options, writable: writable)
      defer { ch5_Pclose(access) }
      let id = ch5_Fopen(path, writable ? 1 : 0, access)
      try HDF5Library.check(id, "open \(path)")
      return File(handle: ObjectHandle(id: id, path: "/", context: context))
    }
  }

  /// Whether the file at `path` exists and begins as HDF5 files do. The corresponding HDF5 function
  /// is `H5Fis_hdf5`.
  public static func isHDF5(_ path: String) -> Bool {
    HDF5Library.exclusively {
      let answer = ch5_Fis_hdf5(path)
      if answer < 0 { ch5_clear_errors() }
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
      try HDF5Library.check(ch5_Fflush(handle.id), "flush \(path)")
      guard handle.context.communicator == nil, handle.context.isWritable else { return }
      var descriptor: Int32 = -1
      try HDF5Library.check(ch5_Fget_descriptor(handle.id, &descriptor), "flush \(path)")
      guard fsync(descriptor) != 0 else { return }
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
      let open = ch5_Fcount_open(handle.id)
      guard open == 0 else {
        throw HDF5Error(
          action: "close \(handle.context.path)",
          reason: "\(open) of its groups and datasets are still open")
      }
      handle.context.isClosed = true
      try HDF5Library.check(ch5_Fclose(handle.id), "close \(handle.context.path)")
    }
  }

  private static func accessList(
    _ communicator: Communicator?, _ options: FileOptions, writable: Bool
  ) throws -> Int64 {
    let list = try HDF5Library.check(ch5_Pfile_access(), "make a file access list")
    ch5_Pset_formats(list, writable ? 1 : 0)
    ch5_Pset_weak_close(list)
    ch5_Pset_alignment(list, UInt64(options.alignmentThreshold), UInt64(options.alignment))
    if let communicator {
      try HDF5Library.check(ch5_Pset_mpi(list, communicator.handle), "choose the MPI file driver")
    } else {
      // No sieve buffer: a small write reaches the operating system immediately, so it is not lost
      // if the process dies.
      ch5_Pset_sieve_buf_size(list, 0)
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
