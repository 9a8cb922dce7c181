import Foundation

/// Records the error messages of the program in tests, for `ci/errors`: with
/// VERGLAS_COMPLAINTS=FILE one line for each message, `command, exit code, message`.
enum Complaints {
  private static let path = ProcessInfo.processInfo.environment["VERGLAS_COMPLAINTS"]

  static func keep(_ outcome: Outcome, of command: [String]) {
    guard let path, !outcome.complaints.isEmpty else { return }
    // mpirun and its options precede the program.
    let own = command.firstIndex(of: Program.path).map { command[($0 + 1)...] } ?? command[...]
    let lines = outcome.complaints.map { message in
      "\(own.first ?? "")\t\(outcome.code)\t\(message.replacingOccurrences(of: "\t", with: " "))\n"
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // One write for each outcome: suites run concurrently.
    let bytes = Array(lines.joined().utf8)
    bytes.withUnsafeBytes { _ = write(descriptor, $0.baseAddress, $0.count) }
  }
}
