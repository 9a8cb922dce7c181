internal import CHDF5
import Glibc

/// A failure that the HDF5 library reported, or an object of the wrong kind.
public struct HDF5Error: Error, CustomStringConvertible, Sendable {
  /// What was being done, e.g. `open dataset /verglas/done of results.h5`.
  public let action: String
  /// The library's own error stack, innermost first, on one line.
  public let reason: String
  /// The operating system's `errno` if the library reports one (28: no space left on device), else
  /// nil.
  public let errorNumber: Int32?
  /// Whether the file itself is sound as far as known and only its lock was refused; the reason
  /// then says what to do.
  public var isLockRefusal: Bool {
    reason.contains("HDF5_USE_FILE_LOCKING") || reason.contains("h5clear")
  }

  /// A failure of `action` for `reason`.
  public init(action: String, reason: String, errorNumber: Int32? = nil) {
    self.action = action
    self.reason = reason
    self.errorNumber = errorNumber
  }

  /// One line for the user.
  public var description: String { "cannot \(action): \(reason)" }
}

extension HDF5Error {
  /// The failure of `action` with the library's error stack, which is emptied.
  ///
  /// The innermost entry says what happened (`errno = 28, error message = 'No space left on
  /// device'`), the outermost what was requested; the functions between them do not help the
  /// reader of the message.
  static func captured(_ action: String) -> HDF5Error {
    var frames: [Frame] = []
    withUnsafeMutablePointer(to: &frames) { frames in
      ch5_walk_errors(
        { function, text, frames in
          let frame = Frame(
            function: function.map { String(cString: $0) } ?? "?",
            text: text.map { String(cString: $0) } ?? "?")
          frames?.assumingMemoryBound(to: [Frame].self).pointee.append(frame)
        }, frames)
    }
    ch5_clear_errors()
    guard let inner = frames.first, let outer = frames.last else {
      return HDF5Error(action: action, reason: "no reason given")
    }
    let number = errorNumber(in: frames)
    if let number, frames.contains(where: { $0.text.contains("lock file") }) {
      return HDF5Error(action: action, reason: lockRefusal(number), errorNumber: number)
    }
    // The mark that a writer sets in files of superblock 3.
    if frames.contains(where: { $0.text.contains("h5clear") }) {
      return HDF5Error(
        action: action,
        reason: "another program has it open for writing; wait until that program has closed it; "
          + "if it has crashed, clear its flag with h5clear -s", errorNumber: number)
    }
    var reason = oneLine(inner.text)
    // The entries of the drivers contain more than a message should: `file write failed: time = …,
    // errno = 28, error message = …, buf = 0x…`.
    if let number, let colon = reason.firstIndex(of: ":") {
      reason = "\(reason[..<colon]): \(String(cString: strerror(number)))"
    }
    if frames.count > 1, outer.text != inner.text { reason += "; \(oneLine(outer.text))" }
    return HDF5Error(action: action, reason: "\(reason) (\(outer.function))", errorNumber: number)
  }

  /// Why a lock was refused, and what to do: HDF5 locks serial files with `flock`, which some
  /// parallel and network file systems do not have.
  private static func lockRefusal(_ number: Int32) -> String {
    number == EAGAIN || number == EACCES
      ? "another program has it open for writing; wait until that program has closed it, or set "
        + "HDF5_USE_FILE_LOCKING=FALSE to read it anyway"
      : "its file system does not support file locks (\(String(cString: strerror(number)))); set "
        + "HDF5_USE_FILE_LOCKING=FALSE in the environment"
  }

  private struct Frame {
    let function: String
    let text: String
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The number after `errno = ` in the innermost entry that has one.
  private static func errorNumber(in frames: [Frame]) -> Int32? {
    for frame in frames {
      let words = frame.text.split(separator: " ")
      if let index = words.firstIndex(of: "errno"), index + 2 < words.count, words[index + 1] == "="
      {
        return Int32(words[index + 2].prefix { $0.isNumber })
      }
    }
    return nil
  }
}
