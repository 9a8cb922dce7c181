import Synchronization

import Glibc

/// The signal that asked this process to stop: 0 for none.
private let received = Atomic<Int32>(0)

/// Signals that end a run politely: SIGUSR1 (schedulers send it before the time is over) and
/// SIGTERM.
///
/// The handler stores a number and nothing else; the run looks at it between frames. System calls
/// that a signal interrupts are taken up again (SA_RESTART). SIGCONT, which mpirun and Slurm send
/// before they end a job, changes nothing.
enum StopSignal {
  /// Catches the signals from now on, for the rest of the process.
  static func install() {
    received.store(0, ordering: .relaxed)
    var action = sigaction()
    action.sa_flags = SA_RESTART
    action.__sigaction_handler.sa_handler = { number in received.store(number, ordering: .relaxed) }
    for number in [SIGUSR1, SIGTERM] { sigaction(number, &action, nil) }
    // A launcher may have started this process with signals blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGUSR1, SIGTERM] { sigaddset(&signals, number) }
    sigprocmask(SIG_UNBLOCK, &signals, nil)
    action.__sigaction_handler.sa_handler = SIG_IGN
    sigaction(SIGCONT, &action, nil)
  }

  /// Why this process was asked to stop, if it was.
  static var reason: StopReason? {
    switch received.load(ordering: .relaxed) {
    case 0: nil
    case SIGTERM: .termination
    default: .userSignal
    }
  }
}

/// Why a run stops before its last frame; the largest of all ranks' counts.
enum StopReason: UInt8, Comparable {
  case timeLimit = 1, userSignal, termination, failure

  static func < (a: StopReason, b: StopReason) -> Bool { a.rawValue < b.rawValue }

  /// For the user.
  var text: String {
    switch self {
    case .timeLimit: "--max-hours"
    case .userSignal: "SIGUSR1"
    case .termination: "SIGTERM"
    case .failure: "an error"
    }
  }
}
