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
  /// device'`), the outermost what was requested; the functions between them do not help the reader
  /// of the message.
  static func captured(_ action: String) -> HDF5Error {
    var frames: [Frame] = []
    withUnsafeMutablePointer(to: &frames) { frames in
      _ = H5Ewalk2(
        ch5_error_stack(), H5E_WALK_UPWARD,
        { _, entry, frames in
          guard let entry = entry?.pointee, let frames else { return 0 }
          let frame = Frame(
            function: entry.func_name.map { String(cString: $0) } ?? "?",
            text: entry.desc.map { String(cString: $0) } ?? "?")
          frames.assumingMemoryBound(to: [Frame].self).pointee.append(frame)
          return 0
        }, frames)
    }
    H5Eclear2(ch5_error_stack())
    guard let inner = frames.first, let outer = frames.last else {
      return HDF5Error(action: action, reason: "no reason given")
    }
    let number = errorNumber(in: frames)
    var reason = oneLine(inner.text)
    // The entries of the drivers contain more than a message should: `file write failed: time = …,
    // errno = 28, error message = …, buf = 0x…`.
    if let number, let colon = reason.firstIndex(of: ":") {
      reason = "\(reason[..<colon]): \(String(cString: strerror(number)))"
    }
    if frames.count > 1, outer.text != inner.text { reason += "; \(oneLine(outer.text))" }
    return HDF5Error(action: action, reason: "\(reason) (\(outer.function))", errorNumber: number)
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
