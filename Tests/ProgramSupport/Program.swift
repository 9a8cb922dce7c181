import Foundation
import TestSupport

/// The outcome of a program.
public struct Outcome: Sendable, CustomStringConvertible {
  /// Exit code; that of `timeout` is 124.
  public let code: Int32
  /// Standard output.
  public let output: String
  /// Standard error.
  public let error: String

  /// Everything, for failed tests.
  public var description: String { "code \(code)\n\(output)\(error)" }

  /// The lines that are error messages of Verglas.
  public var complaints: [String] {
    error.split(separator: "\n").map(String.init).filter { $0.contains("verglas: error:") }
  }

  /// The lines that are warnings of Verglas.
  public var warnings: [String] {
    error.split(separator: "\n").map(String.init).filter { $0.contains("verglas: warning:") }
  }
}

/// The program under test, as a user starts it. This process never calls MPI.
public enum Program {
  /// The binary next to the test bundle, in the build directory of this configuration.
  public static let path: String = {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(
      "verglas"
    ).path
  }()

  /// Runs `verglas` with arguments, under `mpirun` if `ranks` are given, for at most two minutes.
  ///
  /// - Parameters:
  ///   - ranks: number of ranks; nil starts the program without a launcher.
  ///   - directory: working directory.
  ///   - environment: variables to add.
  public static func run(
    _ arguments: [String], ranks: Int? = nil, in directory: String? = nil,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    var command = ["timeout", "-k", "10", "120"]
    if let ranks { command += Launcher.command(ranks) }
    return try start(command + [path] + arguments, in: directory, environment: environment)
  }

  /// Runs any program found in PATH to its end.
  public static func start(
    _ command: [String], in directory: String? = nil, environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = Launcher.environment.merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    // Files, not pipes, so that the program never blocks on output.
    let folder = try Folder()
    let streams = ["out", "err"].map { folder($0) }
    for path in streams { try Data().write(to: URL(fileURLWithPath: path)) }
    process.standardOutput = FileHandle(forWritingAtPath: streams[0])
    process.standardError = FileHandle(forWritingAtPath: streams[1])
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let texts = try streams.map { String(decoding: try bytes(of: $0), as: UTF8.self) }
    try? FileManager.default.removeItem(atPath: folder.path)
    let outcome = Outcome(code: process.terminationStatus, output: texts[0], error: texts[1])
    Complaints.keep(outcome, of: command)
    return outcome
  }
}
