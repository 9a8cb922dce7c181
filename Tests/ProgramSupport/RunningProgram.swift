import Foundation
import TestSupport

/// A running program, to be signalled or killed. It is ended with the value's lifetime at the
/// latest.
public final class RunningProgram {
  private let process = Process()
  private let folder: Folder
  private var streams: [String] { ["out", "err"].map { folder($0) } }

  /// Starts `verglas` under `mpirun`, or without a launcher if `ranks` is nil. `prefix` precedes
  /// the program, e.g. `prlimit`.
  public init(
    _ arguments: [String], ranks: Int?, prefix: [String] = [], environment: [String: String] = [:]
  ) throws {
    folder = try Folder()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      (ranks.map { Launcher.command($0) } ?? []) + prefix + [Program.path]
      + arguments
    process.environment = Launcher.environment.merging(environment) { $1 }
    for path in streams { try Data().write(to: URL(fileURLWithPath: path)) }
    process.standardOutput = FileHandle(forWritingAtPath: streams[0])
    process.standardError = FileHandle(forWritingAtPath: streams[1])
    process.standardInput = FileHandle.nullDevice
    // A child inherits the signal mask of the thread that starts it, and threads of this process
    // block signals.
    var all = sigset_t(), previous = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    try process.run()
  }

  deinit { if process.isRunning { kill(SIGKILL) } }

  /// Whether it has not ended yet.
  public var isRunning: Bool { process.isRunning }

  /// The launcher, or the program itself if there is none.
  public var launcher: Int32 { process.processIdentifier }

  /// Processes of the ranks that run now: children of Open MPI's mpirun, grandchildren of Hydra's.
  public var ranks: [Int32] { Self.ranks(below: launcher) }

  private static func ranks(below process: Int32) -> [Int32] {
    let text =
      (try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8))
      ?? ""
    return text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }.flatMap {
      child -> [Int32] in
      let name = (try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)) ?? ""
      return name.hasPrefix("verglas") ? [child] : ranks(below: child)
    }
  }

  /// Sends a signal to one rank.
  public func signal(_ number: Int32, rank: Int32) { Foundation.kill(rank, number) }

  /// Sends a signal to all ranks and the launcher.
  public func kill(_ number: Int32) {
    let all = ranks
    for rank in all { Foundation.kill(rank, number) }
    Foundation.kill(launcher, number)
  }

  /// Waits for the end for at most `seconds`, then kills all processes; the code is then 124.
  public func wait(seconds: Double = 60) throws -> Outcome {
    let end = Date().addingTimeInterval(seconds)
    while process.isRunning && Date() < end { usleep(2000) }
    let isLate = process.isRunning
    if isLate { kill(SIGKILL) }
    process.waitUntilExit()
    let texts = try streams.map { String(decoding: try bytes(of: $0), as: UTF8.self) }
    let outcome = Outcome(
      code: isLate ? 124 : process.terminationStatus, output: texts[0], error: texts[1])
    Complaints.keep(outcome, of: process.arguments ?? [])
    return outcome
  }
}
