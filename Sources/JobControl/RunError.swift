import HDF5
import MPI

import Glibc

/// Exit codes of the program, from sysexits where possible.
public enum ExitCode: Int32, Sendable {
  case done = 0
  /// Completed, but frames were skipped as requested.
  case skippedFrames = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  /// Internal error.
  case bug = 70
  case cannotCreate = 73
  case inputOutput = 74
  /// Stopped early; `--resume` continues.
  case stopped = 75
}

/// An error of another module that has a sentence for the user and an exit code of the program. The
/// module that knows both declares the conformance (`Frames`, for errors of science modules).
public protocol ReportedError: Error, CustomStringConvertible {
  /// The exit code of a program that it ends.
  var exitCode: ExitCode { get }
}

/// One sentence for the user, and the exit code.
public struct RunError: Error, CustomStringConvertible, Sendable {
  /// What was found and where, what was expected, what to do.
  public let description: String
  /// The exit code.
  public let code: ExitCode
  /// The rank that prints it, which is the one that detected it. Nil means rank 0.
  public var rank: Int?
  /// Whether all ranks of the team have agreed on this error.
  public var isAgreed: Bool { rank != nil }

  /// An error for the user.
  public init(_ description: String, _ code: ExitCode) {
    self.description = description
    self.code = code
  }

  /// Any error of the other modules, with its exit code.
  public init(_ error: any Error) {
    switch error {
    case let error as RunError: self = error
    case let error as any ReportedError: self.init(error.description, error.exitCode)
    case let error as HDF5Error: self.init(error.description, .inputOutput)
    case let error as MPIError: self.init(error.description, .bug)
    default: self.init("unexpected: \(error)", .bug)
    }
  }
}

extension Communicator {
  /// Runs `body` on every rank and continues only if all succeed.
  ///
  /// - Throws: on all ranks the same `RunError`, that of the lowest rank that failed, so that all
  ///   exit with one code and one of them prints one message.
  public func together<Result>(_ body: () throws -> Result) throws -> Result {
    var failure: RunError?
    var result: Result?
    do { result = try body() } catch { failure = RunError(error) }
    let first = Int(try allReduce(Int64(failure == nil ? size : rank), .minimum))
    if first == size, let result { return result }
    throw try agreed(on: failure, from: first)
  }

  /// As `together`, for work that takes long or may never end on another rank (if its disk hangs):
  /// a rank that fails waits 20 s for the others, then prints its error and ends the job.
  public func togetherOrEnd<Result>(_ body: () throws -> Result) throws -> Result {
    var failure: RunError?
    var result: Result?
    do { result = try body() } catch { failure = RunError(error) }
    let arrival = try beginAllReduce(Int64(failure == nil ? size : rank), .minimum)
    if let failure {
      let start = MPIRuntime.wallTime
      while try arrival.poll() == nil {
        if MPIRuntime.wallTime - start > Self.patience {
          Log.print("verglas: error: \(failure)")
          MPIRuntime.abort(code: failure.code.rawValue)
        }
        usleep(2000)
      }
    }
    let first = Int(try arrival.wait())
    if first == size, let result { return result }
    throw try agreed(on: failure, from: first)
  }

  /// Seconds that a failed rank waits for the others.
  static var patience: Double { 20 }

  /// The error of rank `first`, for all.
  private func agreed(on failure: RunError?, from first: Int) throws -> RunError {
    let message = try broadcast(failure?.description ?? "", from: first)
    let code = try broadcast(Int64(failure?.code.rawValue ?? 0), from: first)
    var agreed = RunError(message, ExitCode(rawValue: Int32(code)) ?? .bug)
    agreed.rank = first
    return agreed
  }
}
