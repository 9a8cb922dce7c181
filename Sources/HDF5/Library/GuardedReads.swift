import Glibc

/// The message and the exit code with which a guarded read ends the process if the library crashes
/// or hangs; prepared before the read, so that the signal handler has nothing to compute.
private nonisolated(unsafe) var message:
  (bytes: UnsafeMutablePointer<UInt8>?, count: Int, code: Int32) = (nil, 0, 1)
/// Separate pages for the messages of nested reads, one after the other: a library that corrupts
/// the heap of the process cannot overwrite them there.
private nonisolated(unsafe) let pages: UnsafeMutablePointer<UInt8>? = {
  let start = mmap(nil, pagesSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  return start == MAP_FAILED ? nil : start?.assumingMemoryBound(to: UInt8.self)
}()
private let pagesSize = 1 << 16
private nonisolated(unsafe) var pagesUsed = 0

/// Ends the process with an error message and its own exit code when a read hangs or crashes.
///
/// HDF5 1.10.8 was observed to hang and to crash while it read variable-length texts of damaged
/// files. This cannot be repaired outside the library.
public enum GuardedReads {
  /// Time limit in seconds for one read of texts, which normally takes microseconds.
  public nonisolated(unsafe) static var patience = 20.0
  /// The last message of the process for what was being read, e.g. `read attribute version of
  /// /verglas of results.h5`.
  public nonisolated(unsafe) static var sentence: @Sendable (String) -> String = {
    "cannot \($0): the file is damaged"
  }
  /// The exit code of the process in that case.
  public nonisolated(unsafe) static var exitCode: Int32 = 1

  /// Signals of a crash.
  private static let crashes = [SIGSEGV, SIGBUS, SIGABRT, SIGFPE]

  /// Runs `body`, which reads variable-length texts, for at most `patience` seconds.
  package static func guarded<R>(_ action: String, _ body: () throws -> R) rethrows -> R {
    try guarded(action, patience: patience, body)
  }

  /// Runs `body`, which reads a file that may be damaged: the library may then crash in any later
  /// call, such as closing a group.
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
    // Signals may be blocked by the parent process, which a child inherits.
    var awaited = sigset_t(), blocked = sigset_t()
    sigemptyset(&awaited)
    for number in fatalSignals { sigaddset(&awaited, number) }
    pthread_sigmask(SIG_UNBLOCK, &awaited, &blocked)
    // The kernel's timer, because a timer in this process's heap (such as Dispatch's) may be
    // damaged with it.
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
