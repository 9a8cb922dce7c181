import Foundation
import TestSupport

/// A separate directory for one test; all are removed when the test process ends.
struct Folder {
  let path: String

  init() throws {
    path = Self.base + "/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Removes the directory early.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  private static let base: String = {
    atexit { try? FileManager.default.removeItem(atPath: Folder.base) }
    return FileManager.default.temporaryDirectory.appendingPathComponent("verglas-hdf5-\(getpid())")
      .path
  }()
}

/// The helper: beside the test bundle, in the build directory of this configuration.
func helper() throws -> String {
  let build = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  return URL(fileURLWithPath: build).deletingLastPathComponent().appendingPathComponent(
    "hdf5-selftest"
  ).path
}

/// Runs the helper under mpirun; `claiming` is the number of ranks passed to the helper, `tinyDisk`
/// mounts 1 MiB at the directory for it.
func mpirun(
  _ check: String, ranks: Int, in directory: String = ".", claiming: Int? = nil,
  tinyDisk: Bool = false
) throws -> (status: Int32, output: String) {
  let command =
    try ["timeout", "-k", "10", "60"] + Launcher.command(ranks)
    + [helper(), check, "\(claiming ?? ranks)", directory]
  guard tinyDisk else { return try run(command[0], Array(command.dropFirst())) }
  return try run(
    "unshare",
    ["-m", "sh", "-c", "mount -t tmpfs -o size=1m none \"$0\" && exec \"$@\"", directory] + command)
}

/// Whether this process may mount file systems.
func canMount() -> Bool {
  let result = try? run(
    "unshare", ["-m", "mount", "-t", "tmpfs", "-o", "size=1m", "none", NSTemporaryDirectory()])
  return result?.status == 0
}

/// Runs a program found in PATH to its end; its standard output and error together.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.environment = Launcher.environment
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, output)
}
