import Foundation
import ProgramSupport
import TestSupport
import Testing

/// Damaged files of every kind: no crash, no hang, bounded memory, always one of our errors.
///
/// `verglas-fuzz` reads them in a separate process, for two seconds of each kind after the inputs
/// that failed in the past; VERGLAS_FUZZ_SECONDS sets another time, VERGLAS_FUZZ_SEED another seed.
/// `ci/fuzz` does the same for longer, with sanitizers.
@Suite(.serialized, .tags(.fuzz)) struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment

  private static let targets = [
    "dump", "gzip", "zstd", "xtc", "trr", "dcd", "gro", "extxyz", "netcdf", "binary", "yaml",
    "h5md", "topology", "thermo",
    "words", "model", "checkpoint", "dataset",
    "train", "evaluate", "results", "interface", "export", "scaling", "inspect", "geometry",
  ]

  private static let program = URL(fileURLWithPath: Program.path).deletingLastPathComponent()
    .appendingPathComponent("verglas-fuzz").path

  @Test("every target of verglas-fuzz is tested here") func complete() throws {
    let usage = try Program.start([Self.program])
    #expect(
      usage.code == 64
        && usage.output.contains("verglas-fuzz \(Self.targets.joined(separator: "|")) SECONDS"),
      "\(usage)")
  }

  @Test(arguments: targets) func fuzz(target: String) throws {
    let folder = try Folder()
    let seconds = Double(Self.environment["VERGLAS_FUZZ_SECONDS"] ?? "") ?? 2
    var seed = UInt64(Self.environment["VERGLAS_FUZZ_SEED"] ?? "") ?? 1
    let end = Date().addingTimeInterval(seconds)
    var outcome: Outcome
    repeat {
      outcome = try Program.start([
        Self.program, target, "\(max(0.5, end.timeIntervalSinceNow))", "\(seed)", folder.path,
      ])
      seed += 1
      // Code 65: the library could not end a read, and the process ended with a message, as the
      // program does.
    } while outcome.code == 65 && outcome.error.contains("guarded: ") && Date() < end
    if outcome.code == 65, outcome.error.contains("guarded: ") { return }
    if outcome.code != 0 {
      let kept = FileManager.default.temporaryDirectory.appendingPathComponent(
        "verglas-mutant-\(target)"
      ).path
      try? FileManager.default.removeItem(atPath: kept)
      try? FileManager.default.copyItem(atPath: folder("mutant"), toPath: kept)
      Issue.record("\(target), seed \(seed): the input is kept as \(kept)\n\(outcome)")
    }
    print(outcome.output.split(separator: "\n").last ?? "")
    #expect(outcome.output.contains("\(target): "), "\(outcome)")
  }
}
