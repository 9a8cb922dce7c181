import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Formats whose frames are found from header to header, computed, or read through HDF5: the same
/// bytes on any number of ranks.
@Suite(.serialized, .tags(.mpi)) struct ParallelFormatTests {
  @Test(arguments: ["water.xtc", "water.trr", "water.dcd", "water.h5md"]) func sameBytes(
    _ name: String
  ) throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent("TrajectoriesTests/Fixtures").path
    var expected: [String: Contents] = [:]
    for ranks in 1...4 {
      let path = folder("\(ranks).h5")
      let outcome = try Program.run(
        [
          "analyze", "\(fixtures)/\(name)", "--topology", "\(fixtures)/water.gro", "--model",
          item.model, "--profile", "x",
          "--per-molecule",
          "all", "--quiet", "-o", path,
        ], ranks: ranks)
      try #require(outcome.code == 0, "\(ranks) ranks: \(outcome)")
      #expect(try File.open(path).dataset("/timings/read").shape == [ranks])
      let found = try Contents.all(of: path, below: "/particles").merging(
        Contents.all(of: path, below: "/observables")
      ) { $1 }
      if ranks == 1 { expected = found }
      #expect(differences(expected, found) == [], "\(ranks) ranks")
    }
    #expect(expected["/observables/small-OH/argmax_count/value"]?.values.reduce(0, +) == 128)
  }
}
