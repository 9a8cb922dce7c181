import Glibc

/// An open file of known size, read by offset.
///
/// `pread` copies at 3.7 GB/s, needs no shared offset, and, unlike a memory mapping, cannot crash
/// the process if the file shrinks.
final class PlainFile: ByteSource {
  let path: String
  /// Size when the file was opened; bytes appended later are ignored.
  let size: Int64
  /// Time of last change in ns since 1970.
  let modified: Int64
  private let descriptor: Int32

  /// Opens a regular file for reading; `size` limits it to its size when the trajectory was first
  /// opened.
  init(path: String, size knownSize: Int64? = nil) throws(TrajectoryError) {
    // Non-blocking, so that a pipe without a writer is refused below instead of waited for. Regular
    // files never block.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw TrajectoryError(
        path: path, reason: "cannot be opened: \(systemReason())", kind: .missing)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = systemReason()
      close(descriptor)
      throw TrajectoryError(path: path, reason: "cannot be examined: \(reason)", kind: .io)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw TrajectoryError(
        path: path,
        reason: "is not a regular file (a directory or a pipe cannot be read by position)",
        kind: .missing)
    }
    let size = Int64(status.st_size)
    if let knownSize, size < knownSize {
      close(descriptor)
      throw TrajectoryError(
        path: path, reason: "shrank from \(knownSize) to \(size) bytes since it was first read",
        kind: .io)
    }
    self.path = path
    self.size = knownSize ?? size
    self.modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(TrajectoryError)
    -> Int
  {
    guard offset >= 0, offset < size else { return 0 }
    let wanted = Int(min(Int64(buffer.count), size - offset))
    var found = 0
    while found < wanted {
      let count = pread(
        descriptor, buffer.baseAddress! + found, wanted - found, off_t(offset) + off_t(found))
      if count < 0 {
        if errno == EINTR { continue }
        throw TrajectoryError(
          path: path, reason: "cannot be read at byte \(offset + Int64(found)): \(systemReason())",
          kind: .io)
      }
      if count == 0 {
        throw TrajectoryError(
          path: path,
          reason: "ends at byte \(offset + Int64(found)), but had \(size) bytes: it shrank",
          kind: .io)
      }
      found += count
    }
    return found
  }
}

/// The operating system's message for the last error.
func systemReason() -> String { String(cString: strerror(errno)) }
