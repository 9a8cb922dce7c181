import Glibc

/// The message and the code with which a guarded read that cannot be saved ends the process; made
/// before the read, so that the handler of a signal has nothing to compute.
private nonisolated(unsafe) var message:
  (bytes: UnsafeMutablePointer<UInt8>?, count: Int, code: Int32) = (nil, 0, 1)
/// Pages of their own for messages, one behind the other as reads are nested: on the heap, which a
/// damaged file can bring into disorder, one was found overwritten with blanks.
private nonisolated(unsafe) let pages: UnsafeMutablePointer<UInt8>? = {
  let start = mmap(nil, pagesSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  return start == MAP_FAILED ? nil : start?.assumingMemoryBound(to: UInt8.self)
}()
private let pagesSize = 1 << 16
private nonisolated(unsafe) var pagesUsed = 0

/// Reads of the global heap, where texts of any length are kept.
///
/// The heap has no checksum, and a damaged one sends HDF5 1.10 round in circles
/// (H5HG__cache_heap_deserialize and an object of size 0) or beyond its memory (H5HG_read): both
/// found by feeding it damaged files. Nothing outside of the library can mend that, but the process
/// can end with a sentence and a code of its own instead of a signal or never.
public enum GuardedReads {
  /// Seconds that one read of texts, which takes microseconds, may last.
  public nonisolated(unsafe) static var patience = 20.0
  /// The process's last words for what was being read, e.g. `read attribute version of /verglas of
  /// results.h5`.
  public nonisolated(unsafe) static var sentence: @Sendable (String) -> String = {
    "cannot \($0): the file is damaged"
  }
  /// The process's exit code then.
  public nonisolated(unsafe) static var exitCode: Int32 = 1

  /// What damage ends in, if it ends.
  private static let crashes = [SIGSEGV, SIGBUS, SIGABRT, SIGFPE]

  /// Runs `body`, which reads texts of any length and may last no longer than `patience`.
  static func guarded<R>(_ action: String, _ body: () throws -> R) rethrows -> R {
    try guarded(action, patience: patience, body)
  }

  /// Runs `body`, in which a file is read that others may have damaged: the library, whose memory
  /// such a file can bring into disorder, may fail in any later call, as in closing a group (found
  /// by feeding it damaged files).
  public static func guarded<R>(reading path: String, _ body: () throws -> R) rethrows -> R {
    try guarded("read \(path)", patience: nil, body)
  }

  private static func guarded<R>(_ action: String, patience: Double?, _ body: () throws -> R)
    rethrows -> R
  {
    let text = Array((sentence(action) + "\n").utf8)
    let outer = (message, pagesUsed)
    let count = pages == nil ? 0 : min(text.count, pagesSize - pagesUsed)
    let bytes = pages.map { $0 + pagesUsed }
    bytes?.update(from: text, count: count)
    pagesUsed += count
    message = (bytes, count, exitCode)
    let fatalSignals = patience == nil ? crashes : crashes + [SIGALRM]
    var mine = sigaction()
    mine.__sigaction_handler.sa_handler = { _ in GuardedReads.end() }
    var previous = Array(repeating: mine, count: fatalSignals.count)
    for (k, number) in fatalSignals.enumerated() { sigaction(number, &mine, &previous[k]) }
    // Whoever started the program may have blocked signals, which a child inherits.
    var awaited = sigset_t(), blocked = sigset_t()
    sigemptyset(&awaited)
    for number in fatalSignals { sigaddset(&awaited, number) }
    pthread_sigmask(SIG_UNBLOCK, &awaited, &blocked)
    // The kernel's timer: one that lives in this process's heap (Dispatch's did) may be damaged
    // with it.
    var earlier = itimerval()
    if let patience {
      var limit = itimerval(
        it_interval: timeval(),
        it_value: timeval(
          tv_sec: Int(patience), tv_usec: Int(patience.truncatingRemainder(dividingBy: 1) * 1e6)))
      setitimer(.init(ITIMER_REAL.rawValue), &limit, &earlier)
    }
    defer {
      if patience != nil { setitimer(.init(ITIMER_REAL.rawValue), &earlier, nil) }
      pthread_sigmask(SIG_SETMASK, &blocked, nil)
      for (k, number) in fatalSignals.enumerated() { sigaction(number, &previous[k], nil) }
      (message, pagesUsed) = outer
    }
    return try body()
  }

  private static func end() -> Never {
    if let bytes = message.bytes { _ = write(STDERR_FILENO, bytes, message.count) }
    _exit(message.code)
  }
}
