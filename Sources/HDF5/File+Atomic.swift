internal import CHDF5
import Glibc
public import MPI

extension File {
  /// Creates a file that appears under its name only when it is complete in structure, and opens it for writing. Collective.
  ///
  /// The file grows under a temporary name beside `path`; `layOut` creates its groups, datasets and attributes. It is then flushed, closed
  /// and synchronised with the disk, rank 0 gives it its name and synchronises the directory, and all ranks open it again. Whoever finds
  /// `path` finds a file that opens and has all its datasets, whatever was killed and whenever. Unless `replacing`, the name is
  /// given by `link`, which fails when another program took it in the meantime; file systems without links fall back on `rename`.
  ///
  /// On failure the temporary file is removed and nothing has happened to `path`; every rank throws.
  /// - Parameters:
  ///   - replacing: whether an existing file is replaced; else it is an error, before anything is created.
  ///   - layOut: does the same on every rank, in the same order: its operations are collective, and one that only some ranks reach would
  ///     leave these waiting for ever.
  /// - Throws: `HDF5Error`, `MPIError`, or what `layOut` throws.
  public static func createAtomically(
    _ path: String, on communicator: Communicator? = nil, options: FileOptions = FileOptions(), replacing: Bool = false,
    layOut: (borrowing File) throws -> Void
  ) throws -> File {
    let isRoot = communicator?.isRoot ?? true
    let exists = isRoot && !replacing && access(path, F_OK) == 0
    try agree(
      communicator, "create \(path)", exists ? HDF5Error(action: "create \(path)", reason: "it exists already", errorNumber: EEXIST) : nil)
    let temporary = try temporaryName(for: path, communicator)
    do {
      let file = try create(temporary, on: communicator, options: options, replacing: true)
      var failure: (any Error)?
      do { try layOut(file) } catch { failure = error }
      // Agreed before the file closes, on every rank in the same way: closing is collective.
      try agree(communicator, "create \(path)", failure)
      try file.close()
      do {
        if isRoot { try publish(temporary, as: path, replacing: replacing, options) }
      } catch {
        failure = error
      }
      try agree(communicator, "create \(path)", failure)
    } catch {
      if isRoot { unlink(temporary) }
      throw error
    }
    return try open(path, on: communicator, writable: true, options: options)
  }

  /// Throws on every rank when one has a failure: the rank's own, else one that tells of it.
  private static func agree(_ communicator: Communicator?, _ action: String, _ failure: (any Error)?) throws {
    let everyone = try communicator?.allGather(failure.map { "\($0)" } ?? "") ?? []
    if let failure { throw failure }
    if let rank = everyone.firstIndex(where: { !$0.isEmpty }) {
      throw HDF5Error(action: action, reason: "rank \(rank): \(everyone[rank])")
    }
  }

  /// `.name.PID.partial` beside `path`: hidden, and in the same directory, because a name can move only within one file system.
  private static func temporaryName(for path: String, _ communicator: Communicator?) throws -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let name = parts.dropLast().map { "\($0)/" }.joined() + ".\(parts.last ?? "").\(getpid()).partial"
    return try communicator?.broadcast(name) ?? name
  }

  private static func publish(_ temporary: String, as path: String, replacing: Bool, _ options: FileOptions) throws {
    if options.reservesSpace { try reserve(temporary) }
    try synchronise(temporary)
    let isNamed = replacing ? false : try linked(temporary, as: path)
    if !isNamed {
      guard rename(temporary, path) == 0 else { throw HDF5Error.system("rename \(temporary) to \(path)") }
    }
    let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().map { "\($0)/" }.joined()
    try synchronise(directory.isEmpty ? "." : directory)
  }

  /// Moves `temporary` to `path` unless that exists; false when the file system has no links and nothing exists at `path`.
  private static func linked(_ temporary: String, as path: String) throws -> Bool {
    if Glibc.link(temporary, path) == 0 {
      unlink(temporary)
      return true
    }
    guard errno != EEXIST, access(path, F_OK) != 0 else {
      throw HDF5Error(action: "create \(path)", reason: "another program has created it meanwhile", errorNumber: EEXIST)
    }
    return false
  }

  /// Has the file system set aside all blocks of the file, so that a full disk is an error now and not after hours of work.
  private static func reserve(_ path: String) throws {
    let descriptor = Glibc.open(path, O_RDWR)
    guard descriptor >= 0 else { throw HDF5Error.system("open \(path)") }
    defer { Glibc.close(descriptor) }
    let length = lseek(descriptor, 0, SEEK_END)
    guard length > 0, ch5_reserve(descriptor, 0, length) != 0 else { return }
    let refusals = [ENOSPC, EDQUOT, EFBIG, EIO]
    if refusals.contains(errno) { throw HDF5Error.system("reserve \(length) bytes for \(path)") }
  }

  /// Brings a file or directory to the disk.
  private static func synchronise(_ path: String) throws {
    let descriptor = Glibc.open(path, O_RDONLY)
    guard descriptor >= 0 else { throw HDF5Error.system("open \(path)") }
    defer { Glibc.close(descriptor) }
    // EINVAL: file systems that cannot synchronise directories say so; there is nothing better to do.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw HDF5Error.system("synchronise \(path)") }
  }
}

extension HDF5Error {
  /// The failure of `action` for the reason in `errno`.
  static func system(_ action: String) -> HDF5Error {
    let number = errno
    return HDF5Error(action: action, reason: String(cString: strerror(number)), errorNumber: number)
  }
}
