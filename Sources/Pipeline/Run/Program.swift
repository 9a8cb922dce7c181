import HDF5
import MPI

import Glibc

/// Starting and ending the program on all ranks.
public enum Program {
  /// The rank that this process will have, as the launcher tells before MPI is started; nil when
  /// there is no launcher.
  public static var launchedRank: Int? { LaunchEnvironment.atStart.rank }

  /// The user's name on this machine, for the author that H5MD asks for.
  static var userName: String {
    guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
      return "user \(getuid())"
    }
    return String(cString: name)
  }

  /// Runs a command under MPI and never returns: all ranks leave with one code, and one of them
  /// says why.
  public static func run(_ body: (Communicator) throws -> ExitCode) -> Never {
    var code = ExitCode.done
    // A file size limit is an error of the write, with a message, not a sudden death.
    signal(SIGXFSZ, SIG_IGN)
    GuardedReads.sentence = {
      "verglas: error: cannot \($0): the file is damaged beyond what the HDF5 library can read; take another copy"
    }
    GuardedReads.exitCode = ExitCode.badData.rawValue
    // What the libraries would answer with a page of their own, or with an abort.
    let refusal =
      HDF5Library.mismatch ?? LaunchEnvironment.atStart.refusal(family: MPIRuntime.family)
    if let refusal {
      printForAll(refusal)
      exit(ExitCode.usage.rawValue)
    }
    do {
      let world = try MPIRuntime.initialize()
      if let mismatch = world.launchMismatch() {
        if world.isRoot { printForAll(mismatch) }
        code = .usage
      } else {
        do {
          code = try body(world)
        } catch {
          let failure = RunError(error)
          if world.rank == failure.rank ?? 0 { Log.print("verglas: error: \(failure)") }
          code = failure.code
        }
      }
      fflush(nil)
      // All output is on its way before the first rank leaves: a launcher ends the others when one
      // exits with a code.
      try world.barrier()
      try MPIRuntime.finalize()
    } catch {
      Log.print("verglas: error: \(error)")
      code = .bug
    }
    exit(code.rawValue)
  }

  /// Prints an error that every process of the launcher finds by itself, once. The others give the
  /// first one a second to print: launchers end all processes when one leaves with a code.
  private static func printForAll(_ error: String) {
    if LaunchEnvironment.atStart.printsForAll {
      Log.print("verglas: error: \(error)")
    } else {
      sleep(1)
    }
  }
}
