internal import CMPI
import Glibc

/// The MPI library of this process: initialised once, finalised once.
///
/// Every call of this module must be made on the thread that called `initialize`
/// (MPI_THREAD_FUNNELED).
public enum MPIRuntime {
  /// Starts MPI if nothing has started it, and returns the communicator of all ranks.
  ///
  /// The world's error handler becomes one that records the code, so that failures throw `MPIError`
  /// instead of ending the job. The launcher's variables are read first, because MPI_Init itself
  /// sets such variables. The corresponding MPI function is `MPI_Init_thread` with
  /// MPI_THREAD_FUNNELED.
  /// - Throws: `MPIError` when the library cannot start or was finalised before; a start without a
  ///   runtime ends the process in the library.
  public static func initialize() throws -> Communicator {
    guard !isFinalized else {
      throw MPIError(
        function: "MPI_Init_thread", reason: "MPI was finalised and cannot be initialised again")
    }
    if !isInitialized {
      LaunchEnvironment.atStart.removeVariablesOfTheStep(family: family)
      var suffices: Int32 = 0
      var provided: Int32 = 0
      try MPIError.check(cmpi_init(&suffices, &provided), "MPI_Init_thread")
      guard suffices != 0 else {
        throw MPIError(
          function: "MPI_Init_thread",
          reason: "the library offers thread level \(provided), MPI_THREAD_FUNNELED is needed")
      }
    }
    return try Communicator(adopting: cmpi_world(), isOwned: false)
  }

  /// Ends MPI; does nothing when it never started or has ended. Collective.
  ///
  /// Open HDF5 files must be closed first: no rank may finalise MPI while another still
  /// communicates. The corresponding MPI function is `MPI_Finalize`.
  public static func finalize() throws {
    guard isInitialized, !isFinalized else { return }
    try MPIError.check(cmpi_finalize(), "MPI_Finalize")
  }

  /// As `finalize`, for a process whose results are stored: where the library does not return
  /// within `seconds`, rank 0 prints `warning` and all ranks exit with `code`.
  ///
  /// MPICH 4.0.2 over UCX 1.13's TCP waits forever now and then, with one rank in the launcher's
  /// barrier and another that disconnects from it; a batch job would last until its time limit.
  public static func finalize(within seconds: UInt32, otherwise code: Int32, _ warning: String)
    throws
  {
    guard isInitialized, !isFinalized else { return }
    let isRoot = try Communicator(adopting: cmpi_world(), isOwned: false).isRoot
    lastWords = isRoot ? Array((warning + "\n").utf8CString.dropLast()) : []
    lastCode = code
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      // Only functions that a signal handler may call.
      _ = MPIRuntime.lastWords.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      _exit(MPIRuntime.lastCode)
    }
    sigaction(SIGALRM, &action, nil)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGALRM)
    sigprocmask(SIG_UNBLOCK, &signals, nil)
    // Rank 0 first, because launchers end all ranks when one exits with a code.
    alarm(isRoot ? seconds : seconds + 2)
    try finalize()
    alarm(0)
  }

  // Written once, before the alarm is set.
  nonisolated(unsafe) private static var lastWords: [CChar] = []
  nonisolated(unsafe) private static var lastCode: Int32 = 0

  /// Whether MPI has been started (also after its end). The corresponding MPI function is
  /// `MPI_Initialized`.
  public static var isInitialized: Bool { cmpi_is_initialized() != 0 }

  /// Whether MPI has ended. The corresponding MPI function is `MPI_Finalized`.
  public static var isFinalized: Bool { cmpi_is_finalized() != 0 }

  /// Seconds since an arbitrary moment in the past, by the library's clock. The corresponding MPI
  /// function is `MPI_Wtime`.
  public static var wallTime: Double { cmpi_wall_time() }

  /// The library's name and version on one line; usable before `initialize`. The corresponding MPI
  /// function is `MPI_Get_library_version`.
  public static var libraryVersion: String { MPIError.text { cmpi_library_version($0, $1) } }

  /// The MPI with which `CMPI` was compiled: library, release, version of the standard, ABI.
  public static var libraryAtBuild: String { MPIError.text { cmpi_built_with($0, $1) } }

  /// The implementation, from the library's own version text; usable before `initialize`.
  public static var family: MPIFamily {
    switch Int(cmpi_family()) {
    case CMPI_OPEN_MPI: .openMPI
    case CMPI_MPICH: .mpich
    case CMPI_INTEL: .intel
    case CMPI_CRAY: .cray
    default: .other
    }
  }

  /// The node's name as MPI knows it. The corresponding MPI function is `MPI_Get_processor_name`.
  public static var processorName: String { MPIError.text { cmpi_processor_name($0, $1) } }

  /// Ends all ranks at once with exit code `code`, without waiting for other ranks; for errors that
  /// some ranks cannot know of.
  ///
  /// The corresponding MPI function is `MPI_Abort` on the world communicator; without a running MPI
  /// it is `exit`.
  public static func abort(code: Int32) -> Never {
    if isInitialized && !isFinalized {
      // MPICH's launcher may discard what a rank has printed just before: it needs time to read it.
      usleep(500_000)
      cmpi_abort(code)
    }
    exit(code)
  }
}

/// Implementations of MPI, which differ in their launchers and messages.
public enum MPIFamily: Sendable {
  /// Open MPI.
  case openMPI
  /// MPICH, and derivatives that identify themselves as MPICH.
  case mpich
  /// Intel MPI.
  case intel
  /// Cray MPICH.
  case cray
  /// Any other.
  case other
}
