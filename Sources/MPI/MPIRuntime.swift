internal import CMPI
import Glibc

/// The MPI library of this process: initialised once, finalised once.
///
/// Every call of this module must be made on the thread that called `initialize`
/// (MPI_THREAD_FUNNELED).
public enum MPIRuntime {
  /// Starts MPI if nothing has started it, and returns the communicator of all ranks.
  ///
  /// The world's error handler becomes MPI_ERRORS_RETURN, so that failures throw `MPIError` instead
  /// of ending the job. The launcher's variables are read first, because MPI_Init itself sets such
  /// variables. The corresponding MPI function is `MPI_Init_thread` with MPI_THREAD_FUNNELED.
  /// - Throws: `MPIError` when the library cannot start or was finalised before; a start without a
  ///   runtime ends the process in the library.
  public static func initialize() throws -> Communicator {
    guard !isFinalized else {
      throw MPIError(
        function: "MPI_Init_thread", reason: "MPI was finalised and cannot start again")
    }
    _ = LaunchEnvironment.atStart
    if !isInitialized {
      var provided: Int32 = 0
      try MPIError.check(
        MPI_Init_thread(nil, nil, cmpi_thread_funneled(), &provided), "MPI_Init_thread")
      guard provided >= cmpi_thread_funneled() else {
        throw MPIError(
          function: "MPI_Init_thread",
          reason: "the library offers thread level \(provided), MPI_THREAD_FUNNELED is needed")
      }
    }
    return try Communicator(adopting: cmpi_comm_world(), isOwned: false)
  }

  /// Ends MPI; does nothing when it never started or has ended. Collective.
  ///
  /// Open HDF5 files must be closed first: no rank may finalise MPI while another still
  /// communicates. The corresponding MPI function is `MPI_Finalize`.
  public static func finalize() throws {
    guard isInitialized, !isFinalized else { return }
    try MPIError.check(MPI_Finalize(), "MPI_Finalize")
  }

  /// Whether MPI has been started (also after its end). The corresponding MPI function is
  /// `MPI_Initialized`.
  public static var isInitialized: Bool {
    var flag: Int32 = 0
    MPI_Initialized(&flag)
    return flag != 0
  }

  /// Whether MPI has ended. The corresponding MPI function is `MPI_Finalized`.
  public static var isFinalized: Bool {
    var flag: Int32 = 0
    MPI_Finalized(&flag)
    return flag != 0
  }

  /// Seconds since an arbitrary moment in the past, by the library's clock. The corresponding MPI
  /// function is `MPI_Wtime`.
  public static var wallTime: Double { MPI_Wtime() }

  /// The library's name and version on one line; usable before `initialize`. The corresponding MPI
  /// function is `MPI_Get_library_version`.
  public static var libraryVersion: String {
    let text =
      MPIError.text(capacity: cmpi_max_library_version()) { MPI_Get_library_version($0, $1) }
      ?? "unknown MPI library"
    return String(text.prefix { !$0.isNewline && $0 != "\0" })
  }

  /// The node's name as MPI knows it. The corresponding MPI function is `MPI_Get_processor_name`.
  public static var processorName: String {
    MPIError.text(capacity: cmpi_max_processor_name()) { MPI_Get_processor_name($0, $1) }
      ?? "unknown node"
  }

  /// Ends all ranks at once with exit code `code`, without waiting for other ranks; for errors that
  /// some ranks cannot know of.
  ///
  /// The corresponding MPI function is `MPI_Abort` on the world communicator; without a running MPI
  /// it is `exit`.
  public static func abort(code: Int32) -> Never {
    if isInitialized && !isFinalized { MPI_Abort(cmpi_comm_world(), code) }
    exit(code)
  }
}
