import Foundation
import ProgramSupport
import Testing

/// Damaged files of every kind: no crash, no hang, no memory beyond a bound, always one of our errors.
///
/// `verglas-fuzz` reads them in a process of its own, ten seconds for each kind; VERGLAS_FUZZ_SECONDS asks for more, VERGLAS_FUZZ_SEED for others.
@Suite(.serialized) struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test(arguments: ["dump", "gzip", "zstd", "model", "thermo", "results", "dataset"]) func fuzz(target: String) throws {
    let folder = try Folder()
    let seconds = Double(Self.environment["VERGLAS_FUZZ_SECONDS"] ?? "") ?? 10
    var seed = UInt64(Self.environment["VERGLAS_FUZZ_SEED"] ?? "") ?? 1
    let program = URL(fileURLWithPath: Program.path).deletingLastPathComponent().appendingPathComponent("verglas-fuzz").path
    let end = Date().addingTimeInterval(seconds)
    var outcome: Outcome
    repeat {
      outcome = try Program.start([program, target, "\(max(1, end.timeIntervalSinceNow))", "\(seed)", folder.path])
      seed += 1
      // Code 65: the library met a damaged heap, and the process ended with a message, as the program does.
    } while outcome.code == 65 && outcome.error.contains("guarded: ") && Date() < end
    if outcome.code == 65, outcome.error.contains("guarded: ") { return }
    if outcome.code != 0 {
      let kept = FileManager.default.temporaryDirectory.appendingPathComponent("verglas-mutant-\(target)").path
      try? FileManager.default.removeItem(atPath: kept)
      try? FileManager.default.copyItem(atPath: folder("mutant"), toPath: kept)
      Issue.record("\(target), seed \(seed): the input is kept as \(kept)\n\(outcome)")
    }
    print(outcome.output.split(separator: "\n").last ?? "")
    #expect(outcome.output.contains("\(target): "), "\(outcome)")
  }
}
