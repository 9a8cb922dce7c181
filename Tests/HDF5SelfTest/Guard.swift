import Glibc
import HDF5

/// Stands in for a read that the HDF5 library cannot end: sleeps, or raises a signal, inside the
/// guard; never returns.
///
/// - Parameter kind: `sleep`, `nested`, `SEGV`, `BUS`, `ABRT`, `FPE`; or `returns` and `throws`,
///   after which the guard must be gone: the alarm that follows then ends the process by itself.
func endInGuard(_ kind: String) -> Never {
  GuardedReads.patience = 0.5
  GuardedReads.sentence = { "guarded: cannot \($0)" }
  GuardedReads.exitCode = 65
  let numbers = ["SEGV": SIGSEGV, "BUS": SIGBUS, "ABRT": SIGABRT, "FPE": SIGFPE]
  struct Refused: Error {}
  switch kind {
  case "sleep": GuardedReads.guarded("read a text") { _ = sleep(20) }
  case "nested":
    GuardedReads.guarded(reading: "outer.h5") {
      GuardedReads.guarded("read a text") {}
      raise(SIGSEGV)
    }
  case "returns", "throws":
    // The test process that starts this one may have blocked signals.
    var alarms = sigset_t()
    sigemptyset(&alarms)
    sigaddset(&alarms, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarms, nil)
    do {
      try GuardedReads.guarded("read a text") { if kind == "throws" { throw Refused() } }
    } catch {}
    // Longer than the patience: the guard's timer must not fire any more.
    usleep(800_000)
    raise(SIGALRM)
  default:
    guard let number = numbers[kind] else { break }
    GuardedReads.guarded("read a text") { _ = raise(number) }
  }
  complain("the guard let \(kind) pass")
  exit(1)
}
