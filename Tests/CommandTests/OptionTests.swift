import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Options of the real commands.
@Suite(.serialized, .tags(.fast)) struct OptionTests {
  @Test(
    "pages in docs are those of the declarations",
    arguments: [("markdown", "docs/options.md"), ("man", "docs/verglas.1")])
  func pages(format: String, path: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let stored = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    let made = try Program.run(["manual", "--format", format])
    #expect(made.code == 0 && made.output == stored, "\(path) is stale: run ci/manual")
  }

  @Test("suggestions for mistyped words") func suggestions() throws {
    let command = try Program.run(["analyse", "x"])
    #expect(command.code == 64 && command.error.contains("Did you mean 'analyze'?"), "\(command)")
    let option = try Program.run(["analyze", "x", "--treshold", "0.9"], ranks: 2)
    #expect(option.code == 64 && option.complaints.count == 1, "\(option)")
    #expect(option.error.contains("Did you mean '--threshold'?"), "\(option)")
    let shell = try Program.run(["--generate-completion-script", "csh"])
    #expect(
      shell.code == 64 && shell.error.contains("expected bash, zsh or fish, found 'csh'"),
      "\(shell)")
  }

  @Test("a threshold below 1/K is refused, one at 1/K is not") func thresholds() throws {
    let bench = try Bench()
    let low = try bench.analyze(bench.item.trajectory, ["--threshold", "0.9,0.3"])
    #expect(low.code == 64 && low.complaints.count == 1, "\(low)")
    #expect(low.error.contains("--threshold: found 0.3, but"), "\(low)")
    #expect(try bench.folder.names() == [])
    let least = try bench.analyze(bench.item.trajectory, ["--threshold", "0.5"])
    #expect(least.code == 0, "\(least)")
  }

  @Test("--center is not needed with one species") func center() throws {
    let bench = try Bench()
    func describe(_ options: [String], _ name: String) throws -> Outcome {
      try Program.run(
        ["describe", bench.item.trajectory, "-o", bench.folder(name), "--quiet"] + Bench.types
          + options)
    }
    #expect(try describe(["--species", "H"], "a.h5").code == 0)
    #expect(try describe(["--species", "H", "--center", "H"], "b.h5").code == 0)
    let values = try ["a.h5", "b.h5"].map { name in
      try File.open(bench.folder(name)).dataset("/soap/value").readAll(Double.self)
    }
    #expect(values[0] == values[1] && !values[0].isEmpty)
    let wrong = try describe(["--species", "H", "--center", "O"], "c.h5")
    #expect(
      wrong.code == 64 && wrong.error.contains("the centre species O is not among the species H"),
      "\(wrong)")
  }
}
