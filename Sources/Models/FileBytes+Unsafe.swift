import Glibc

/// Why a file could not be read or written.
package struct FileError: Error {
  package let reason: String

  /// Our own message, or the system's message for `code`.
  init(_ reason: String, code: Int32? = nil) {
    self.reason = code.map { "\(reason): \(String(cString: strerror($0)))" } ?? reason
  }
}

/// The bytes of a regular file, as many as it had when it was opened.
///
/// If the file shrinks during the read, the remaining bytes are returned; if it grows, it is read
/// to its old end. Pipes and devices are refused, so memory is bounded by the size of the file.
package func readFile(_ path: String, as noun: String = "model") throws(FileError) -> [UInt8] {
  // Non-blocking, so that a pipe without a writer does not block the program.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw FileError("the \(noun) cannot be opened", code: errno) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else {
    throw FileError("the \(noun) cannot be read", code: errno)
  }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw FileError("the \(noun) is not a regular file")
  }
  let size = Int(status.st_size)
  var failure: Int32?
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    while count < size {
      let got = read(descriptor, buffer.baseAddress! + count, size - count)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { failure = errno }
      if got <= 0 { break }
      count += got
    }
  }
  if let failure { throw FileError("the \(noun) cannot be read", code: failure) }
  return bytes
}

/// Writes a file under a temporary name in the same directory, flushes it to disk and renames it.
///
/// - Parameters:
///   - temporary: the temporary name; nil for a name with this process's id.
///   - isLasting: whether it must survive a power failure; otherwise only the death of the program,
///     which needs no flush to disk.
package func writeFile(
  _ path: String, _ bytes: [UInt8], as noun: String = "model", overwrite: Bool,
  temporary: String? = nil, isLasting: Bool = true
) throws(FileError) {
  if !overwrite && access(path, F_OK) == 0 {
    throw FileError("the file already exists: choose another name or allow overwriting")
  }
  let temporary = temporary ?? "\(path).\(getpid()).tmp"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw FileError("the \(noun) cannot be created", code: errno) }
  var failure: Int32?
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let count = Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
      if count < 0 && errno == EINTR { continue }
      if count < 0 {
        failure = errno
        return
      }
      written += count
    }
  }
  if failure == nil && isLasting && fsync(descriptor) != 0 { failure = errno }
  if close(descriptor) != 0 && failure == nil { failure = errno }
  if failure == nil && rename(temporary, path) != 0 { failure = errno }
  if failure != nil { unlink(temporary) }
  if let failure { throw FileError("the \(noun) cannot be written", code: failure) }
}

/// At most `count` bytes from the beginning of a file; nil if it cannot be opened.
func firstBytes(of path: String, count: Int) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    filled = max(0, read(descriptor, buffer.baseAddress!, count))
  }
}
