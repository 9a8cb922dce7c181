import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Results that an older program began are completed without the datasets that it did not have.
@Suite(.serialized, .tags(.mpi)) struct OlderResultsTests {
  private let item: SmallCase
  private let folder: Folder
  private static let densities = ["volume", "number_density", "mass_density"].map {
    "/observables/\($0)"
  }

  init() throws {
    item = try SmallCase.shared.get()
    folder = try Folder()
  }

  private func run(_ options: [String], ranks: Int? = nil) throws -> Outcome {
    try Program.run(
      [
        "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--profile", "x",
        "-o", folder("r.h5"),
      ] + options, ranks: ranks)
  }

  /// Marks frames 0 and 1 of 3 missing, sets their rows of a dataset to zero, and removes objects.
  private func begin(without removed: [String]) throws {
    let file = try File.open(folder("r.h5"), writable: true)
    try file.dataset("/verglas/done").write([0, 0, 1] as [UInt8])
    do {
      let counts = try file.dataset("/observables/small-OH/phase_count/value")
      let rows = try counts.readAll(Int64.self)
      let first = rows.count / 3 * 2
      try counts.write([Int64](repeating: 0, count: first) + rows[first...])
    }
    for path in removed { try file.remove(path) }
    try file.close()
  }

  private func contents() throws -> [String: Contents] {
    try LongCase.contents(of: folder("r.h5"))
  }

  @Test(
    "without volume and densities, the same bytes otherwise",
    arguments: [(1, []), (3, []), (4, ["--ranks-per-frame", "2"])] as [(Int, [String])])
  func densities(ranks: Int, teams: [String]) throws {
    #expect(try run(["--quiet"]).code == 0)
    let whole = try contents()
    let expected = whole.filter { path, _ in
      !Self.densities.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
    try #require(whole.count >= expected.count + 3, "a new file has the densities")
    try begin(without: Self.densities)
    try #require(differences(expected, try contents()) != [], "rows are missing")
    let outcome = try run(["--resume"] + teams, ranks: ranks)
    #expect(outcome.code == 0 && outcome.error.contains("has 1 of 3 frames"), "\(outcome)")
    #expect(differences(expected, try contents()) == [])
    #expect(
      try File.open(folder("r.h5")).dataset("/verglas/done").readAll(UInt8.self) == [1, 1, 1])
    let again = try run(["--resume"], ranks: ranks)
    #expect(again.code == 0 && again.error.contains("is complete: 3 frames"), "\(again)")
    let summary = try Program.run(["inspect", folder("r.h5")])
    #expect(summary.code == 0 && !summary.output.contains("volume"), "\(summary)")
  }

  @Test("a file with only some datasets of an observable is refused") func incomplete() throws {
    #expect(try run(["--quiet"]).code == 0)
    try begin(without: [Self.densities[0]])
    let before = try bytes(of: folder("r.h5"))
    let outcome = try run(["--resume"])
    #expect(
      outcome.code == 65
        && outcome.error.contains("dataset /observables/volume/value: it has none"), "\(outcome)")
    #expect(try bytes(of: folder("r.h5")) == before)
  }
}
