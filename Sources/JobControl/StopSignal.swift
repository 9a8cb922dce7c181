import Synchronization

import Glibc

/// The signal that requested this process to stop; 0 for none.
private let received = Atomic<Int32>(0)

/// Signals that stop a run in an orderly way: SIGUSR1 (sent by schedulers before the time limit)
/// and SIGTERM.
///
/// The handler only stores a number, which the run checks between frames. Interrupted system calls
/// are restarted (SA_RESTART). SIGCONT, which mpirun and Slurm send before they end a job, has no
/// effect.
public enum StopSignal {
  /// Installs the handlers for the rest of the process.
  public static func install() {
    received.store(0, ordering: .relaxed)
    var action = sigaction()
    action.sa_flags = SA_RESTART
    action.__sigaction_handler.sa_handler = { number in received.store(number, ordering: .relaxed) }
    for number in [SIGUSR1, SIGTERM] { sigaction(number, &action, nil) }
    // The launcher may have blocked the signals.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGUSR1, SIGTERM] { sigaddset(&signals, number) }
    sigprocmask(SIG_UNBLOCK, &signals, nil)
    action.__sigaction_handler.sa_handler = SIG_IGN
    sigaction(SIGCONT, &action, nil)
  }

  /// The reason why this process was asked to stop, if any.
  public static var reason: StopReason? {
    switch received.load(ordering: .relaxed) {
    case 0: nil
    case SIGTERM: .termination
    default: .userSignal
    }
  }
}

/// The reason why a run stops before its last frame; the largest value of all ranks is used.
public enum StopReason: UInt8, Comparable {
  case timeLimit = 1, userSignal, termination, failure

  /// In the order of precedence.
  public static func < (a: StopReason, b: StopReason) -> Bool { a.rawValue < b.rawValue }

  /// Text for the user.
  public var text: String {
    switch self {
    case .timeLimit: "--max-hours"
    case .userSignal: "SIGUSR1"
    case .termination: "SIGTERM"
    case .failure: "an error"
    }
  }
}
