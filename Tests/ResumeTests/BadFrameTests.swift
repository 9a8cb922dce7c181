import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// A frame with NaN in the middle and a truncated last frame, in three files on four ranks: the
/// documented behaviour, with the same bytes on any number of ranks.
@Suite(.serialized, .tags(.mpi, .kill)) struct BadFrameTests {
  @Test("skipped and recorded, resumed, the same on any number of ranks") func skipped() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let water = try WaterDump(frames: 9)
    var files: [String] = []
    for file in 0..<3 {
      var lines = (0..<3).flatMap { water.lines(3 * file + $0) }
      // Frame 4 has NaN; frame 8, the last one, is truncated.
      if file == 1 { lines[lines.count / 3 + 20] = "12 2 nan 1 1" }
      if file == 2 { lines.removeLast(7) }
      files.append(try folder.write(lines.map { $0 + "\n" }.joined(), as: "run\(file).lammpstrj"))
    }
    let arguments =
      ["analyze"] + files + [
        "--types", "1=O,2=H", "--model", item.model, "--profile", "x", "--per-molecule", "all",
        "--quiet",
      ]
    let stopped = try Program.run(arguments + ["-o", folder("stop.h5")], ranks: 4)
    #expect(stopped.code == 65 && stopped.complaints.count == 1, "\(stopped)")
    #expect(
      stopped.complaints.first?.range(
        of: "run1\\.lammpstrj:\\d+ \\(frame 1\\): .*atom.*12.*nan", options: .regularExpression)
        != nil,
      "\(stopped)")
    var expected: [String: Contents] = [:]
    for ranks in [1, 4, 2] {
      let output = folder("r\(ranks).h5")
      let outcome = try Program.run(
        arguments + ["--on-bad-frame", "skip", "-o", output], ranks: ranks)
      #expect(outcome.code == 1 && outcome.complaints.isEmpty, "\(outcome)")
      #expect(
        outcome.warnings.contains {
          $0.contains("run2.lammpstrj") && $0.contains("the last frame is truncated and ignored")
        }, "\(outcome)")
      let file = try File.open(output)
      #expect(try file.dataset("/verglas/done").readAll(UInt8.self) == [1, 1, 1, 1, 2, 1, 1, 1])
      let reasons = try file.dataset("/verglas/skip_reason").readTexts()
      #expect(reasons[4].contains("nan") && reasons.filter { $0.isEmpty }.count == 7, "\(reasons)")
      #expect(
        try file.dataset("/observables/small-OH/phase_count/value").read(
          Int64.self, at: [4, 0, 0], count: [1, 1, 3]) == [-1, -1, -1])
      let found = try LongCase.contents(of: output)
      if ranks == 1 { expected = found }
      #expect(differences(expected, found) == [], "\(ranks) ranks")
      // A completed file stays complete, and a skipped frame is still reported.
      #expect(
        try Program.run(arguments + ["--on-bad-frame", "skip", "--resume", "-o", output], ranks: 3)
          .code == 1)
    }
  }
}
