import Glibc

/// Flushes what any process of this node has written to a file to disk, without the participation
/// of other ranks.
///
/// `File.flush` of a file on a communicator is collective (MPI_File_sync); ranks that work
/// independently need this one: the kernel keeps one copy of a file's pages for all descriptors of
/// a node, so that fdatasync on a separate descriptor covers what MPI wrote through another. It is
/// opened early: a write that fails after `write` returned (EIO, quota on a network file system) is
/// reported once, to descriptors that were open at that time.
public final class DiskBarrier: Sendable {
  private let path: String
  private let descriptor: Int32

  /// A barrier for the file at `path`, which errors call `name`.
  /// - Throws: `HDF5Error` if it cannot be opened.
  public init(path: String, shownAs name: String) throws {
    self.path = name
    descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw HDF5Error.system("open \(name)") }
  }

  deinit { close(descriptor) }

  /// Returns when everything this node has written to the file is on disk. The corresponding system
  /// call is `fdatasync`.
  /// - Throws: `HDF5Error` with the errno of a write that has failed since.
  public func wait() throws {
    while fdatasync(descriptor) != 0 {
      if errno == EINTR { continue }
      // EINVAL: the file system does not support synchronisation; there is no alternative.
      if errno == EINVAL { return }
      throw HDF5Error.system("write \(path) to the disk")
    }
  }
}
