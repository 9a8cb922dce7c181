import HDF5
import MPI
import Options

import Glibc

/// Starting and ending the program on all ranks.
public enum Program {
  /// The rank of this process according to the launcher, before MPI is initialised; nil if there is
  /// no launcher.
  public static var launchedRank: Int? { LaunchEnvironment.atStart.rank }

  /// The user's name on this machine, for the author field that H5MD requires.
  public static var userName: String {
    guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
      return "user \(getuid())"
    }
    return String(cString: name)
  }

  /// A command that runs on all ranks.
  public static func command<Options: CommandOptions>(
    _ run: @escaping @Sendable (Options, Communicator) throws -> ExitCode
  ) -> Command {
    Command { (options: Options) in Program.run { world in try run(options, world) } }
  }

  /// Runs a command under MPI and never returns: all ranks exit with one code, and one of them
  /// prints the reason.
  public static func run(_ body: (Communicator) throws -> ExitCode) -> Never {
    var code = ExitCode.done
    // A file size limit gives a write error with a message, not a fatal signal.
    signal(SIGXFSZ, SIG_IGN)
    GuardedReads.sentence = {
      "verglas: error: cannot \($0): the HDF5 library cannot read the damaged file; use another "
        + "copy"
    }
    GuardedReads.exitCode = ExitCode.badData.rawValue
    // Cases in which the libraries would print a page of messages, or abort.
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
      // All output is flushed before the first rank exits, because a launcher kills the others when
      // one exits with a nonzero code.
      try world.barrier()
      try MPIRuntime.finalize(
        within: 60, otherwise: code.rawValue,
        "verglas: warning: MPI_Finalize has not returned within 60 s, although all ranks have "
          + "written everything; they exit without it, with code \(code.rawValue)")
    } catch {
      Log.print("verglas: error: \(error)")
      code = .bug
    }
    exit(code.rawValue)
  }

  /// Prints an error that every process of the launcher detects, once. The others wait a second for
  /// the first one to print, because launchers kill all processes when one exits with a nonzero
  /// code.
  private static func printForAll(_ error: String) {
    if LaunchEnvironment.atStart.printsForAll {
      Log.print("verglas: error: \(error)")
    } else {
      sleep(1)
    }
  }
}
