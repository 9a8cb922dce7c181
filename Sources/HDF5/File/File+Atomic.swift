internal import CHDF5
import Glibc
public import MPI

extension File {
  /// Creates a file that appears under its name only when it is complete in structure, and opens it
  /// for writing. Collective.
  ///
  /// Rank 0 alone creates the file, without MPI, under a temporary name next to `path`. `layOut`
  /// creates its groups, datasets and attributes; then the file is closed, flushed to disk and
  /// renamed, and the directory is flushed. Then all ranks open it together. If `path` exists, it
  /// is a file that can be opened and has all its datasets, however the run is killed. Unless
  /// `replacing`, the name is given by `link`, which fails when another program took it in the
  /// meantime; file systems without links fall back on `rename`.
  ///
  /// Only one rank does this because, if a collective metadata operation fails on one rank (a full
  /// disk, an error in `layOut`), the other ranks wait forever inside HDF5 1.10 (observed with 2
  /// and 4 ranks). Here such a failure is one error, which every rank throws; the temporary file is
  /// then removed, and `path` is unchanged.
  /// - Parameters:
  ///   - replacing: whether an existing file is replaced; otherwise it is an error, thrown before
  ///     anything is created.
  ///   - layOut: runs on rank 0 only, so it must not communicate. Fill values are written by this
  ///     rank alone: large datasets should have none.
  /// - Throws: `HDF5Error`, `MPIError`, or what `layOut` throws.
  public static func createAtomically(
    _ path: String, on communicator: Communicator? = nil, options: FileOptions = FileOptions(),
    replacing: Bool = false,
    layOut: (borrowing File) throws -> Void
  ) throws -> File {
    let isRoot = communicator?.isRoot ?? true
    var options = options
    options.shownName = options.shownName ?? path
    let exists = isRoot && !replacing && access(path, F_OK) == 0
    try agree(
      communicator, "create \(path)",
      exists
        ? HDF5Error(action: "create \(path)", reason: "it already exists", errorNumber: EEXIST)
        : nil)
    var failure: (any Error)?
    if isRoot {
      let temporary = hiddenName(for: path, ending: "partial")
      do {
        if let size = options.expectedSize {
          try tryRoom(temporary, size, shownAs: options.shownName ?? path)
        }
        let file = try create(
          temporary, on: nil, options: options, replacing: true, isParallel: communicator != nil)
        file.handle.context.isBeingLaidOut = true
        try layOut(file)
        try file.close()
        try publish(temporary, as: path, replacing: replacing, options)
      } catch {
        unlink(temporary)
        failure = error
      }
    }
    try agree(communicator, "create \(path)", failure)
    return try open(path, on: communicator, writable: true, options: options)
  }

  /// Throws on every rank if any rank has failed: the rank's own error, otherwise one that reports
  /// the failing rank.
  private static func agree(
    _ communicator: Communicator?, _ action: String, _ failure: (any Error)?
  ) throws {
    guard let communicator else {
      if let failure { throw failure }
      return
    }
    let none = communicator.size
    let first = try communicator.allReduce(failure == nil ? none : communicator.rank, .minimum)
    guard first < none else { return }
    let reason = try communicator.broadcast(failure.map { "\($0)" } ?? "", from: first)
    let number = (failure as? HDF5Error)?.errorNumber ?? 0
    let worst = try communicator.allReduce(number, .maximum)
    if let failure { throw failure }
    throw HDF5Error(
      action: action, reason: "rank \(first): \(reason)", errorNumber: worst == 0 ? nil : worst)
  }

  private static func publish(
    _ temporary: String, as path: String, replacing: Bool, _ options: FileOptions
  ) throws {
    if options.reservesSpace { try reserve(temporary, shownAs: options.shownName ?? path) }
    try synchronise(temporary)
    try rename(temporary, to: path, replacing: replacing)
  }

  /// Checks that a file of that size can be created, so that a full disk, a quota or a limit is
  /// detected before the library has unwritten data.
  private static func tryRoom(_ path: String, _ size: Int, shownAs name: String) throws {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw HDF5Error.system("create \(name)") }
    defer { Glibc.close(descriptor) }
    guard ftruncate(descriptor, size) == 0 else {
      throw HDF5Error.system("make \(name) \(size) bytes long")
    }
    guard ch5_reserve(descriptor, 0, size) != 0, errno != EOPNOTSUPP, errno != ENOSYS else {
      return
    }
    throw HDF5Error.system("reserve \(size) bytes for \(name)")
  }

  /// Reserves all blocks of the file, so that a full disk is an error now and not after hours of
  /// work.
  private static func reserve(_ path: String, shownAs name: String) throws {
    let descriptor = Glibc.open(path, O_RDWR)
    guard descriptor >= 0 else { throw HDF5Error.system("open \(path)") }
    defer { Glibc.close(descriptor) }
    let length = lseek(descriptor, 0, SEEK_END)
    guard length > 0, ch5_reserve(descriptor, 0, length) != 0 else { return }
    let refusals = [ENOSPC, EDQUOT, EFBIG, EIO]
    if refusals.contains(errno) { throw HDF5Error.system("reserve \(length) bytes for \(name)") }
  }
}

extension HDF5Error {
  /// The failure of `action` for the reason in `errno`.
  static func system(_ action: String) -> HDF5Error {
    let number = errno
    return HDF5Error(action: action, reason: String(cString: strerror(number)), errorNumber: number)
  }
}
