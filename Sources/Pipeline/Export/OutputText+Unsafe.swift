import HDF5
import JobControl

import Glibc

/// A text file that gets its name when it is complete.
///
/// Written in the same folder as `.NAME.HOST.PID.partial`, flushed to disk, then renamed; discarded
/// if `commit` is not called.
final class OutputText {
  private let path: String, temporary: String
  private let replacing: Bool
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// - Throws: `RunError` (cannot create).
  init(_ path: String, replacing: Bool) throws {
    self.path = path
    self.replacing = replacing
    temporary = File.hiddenName(for: path, ending: "partial")
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw RunError(
        "\(path): cannot be created: \(String(cString: strerror(errno)))", .cannotCreate)
    }
    buffer.reserveCapacity(1 << 20)
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
  }

  /// Adds text.
  /// - Throws: `RunError` (input/output) when the disk is full.
  func write(_ text: String) throws {
    buffer += text.utf8
    if buffer.count >= 1 << 20 { try flush() }
  }

  private func flush() throws {
    var done = 0
    while done < buffer.count {
      let written = buffer.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done)
      }
      guard written > 0 else { throw failure("written") }
      done += written
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Renames the file.
  /// - Throws: `RunError`; `path` is then unchanged.
  func commit() throws {
    try flush()
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("written") }
    do {
      try File.rename(temporary, to: path, replacing: replacing)
    } catch let error as HDF5Error {
      if error.errorNumber == EEXIST { throw RunError(existing: path) }
      throw failure("renamed", error.errorNumber ?? EIO)
    }
    close(descriptor)
    descriptor = -1
  }

  private func failure(_ what: String, _ number: Int32 = errno) -> RunError {
    RunError("\(path): cannot be \(what): \(String(cString: strerror(number)))", .inputOutput)
  }
}
