import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Results and trajectories that `verglas export` must refuse: one message, and no file is written.
@Suite(.serialized, .tags(.fuzz)) struct DamagedResultsTests {
  /// Expects one message of `export`, of a file `r.h5` in the folder.
  private func expect(_ folder: Folder, _ output: String, _ options: [String], _ words: String)
    throws
  {
    let before = try folder.names()
    for ranks in [nil, 2] {
      let outcome = try Program.run(
        ["export", "r.h5", "-o", output] + options, ranks: ranks, in: folder.path)
      #expect(
        outcome.code == 65 && outcome.complaints.count == 1 && outcome.error.contains(words),
        "\(words): \(outcome)")
      #expect(try folder.names() == before)
    }
  }

  /// Results of the small water.
  private func analyzed(_ options: [String] = []) throws -> (folder: Folder, item: SmallCase) {
    let (item, folder) = (try SmallCase.shared.get(), try Folder())
    let outcome = try Program.run(
      [
        "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "-o",
        folder("r.h5"), "--quiet",
      ] + options)
    try #require(outcome.code == 0, "\(outcome)")
    return (folder, item)
  }

  @Test("centres of another run") func otherCenters() throws {
    let (folder, item) = try analyzed()
    var style = WaterDump.Style()
    style.id = { $0 + 1001 }
    try folder.write(item.water.text(style), as: "other.lammpstrj")
    try expect(
      folder, "o.extxyz", ["--trajectory", "other.lammpstrj"],
      "expected the 32 centres (O) of r.h5, found 32 others (id 1001, expected 1); specify the "
        + "trajectory that was analysed"
    )
  }

  @Test("no pressure to choose by, in the results or the table") func pressures() throws {
    let (folder, item) = try analyzed()
    try folder.write("Step Press\n100 2000\n", as: "p.txt")
    try expect(
      folder, "o.extxyz", ["--at-pressure", "0.1", "--thermo", "p.txt", "--frames", "0"],
      "--at-pressure: none of the 1 selected frames of "
    )
    let (stored, _) = try analyzed(["--thermo", folder("p.txt")])
    let file = try File.open(stored("r.h5"), writable: true)
    try file.dataset("/observables/pressure/value").write(
      [Double](repeating: .nan, count: item.water.frames.count))
    try file.close()
    try expect(stored, "o.csv", ["--at-pressure", "0.1"], "--at-pressure: none of the ")
  }

  @Test("stored positions that are no positions", arguments: [Float.nan, .infinity, 2e9])
  func positions(value: Float) throws {
    let (stored, item) = try analyzed(["--per-molecule", "all"])
    let file = try File.open(stored("r.h5"), writable: true)
    try file.dataset("/particles/centers/position/value").write(
      [value, 0, 0], at: [1, 2, 0], count: [1, 1, 3])
    try file.close()
    try expect(
      stored, "o.extxyz", [],
      "/particles/centers/position/value: expected positions within 1e9 Å, found ")
    #expect(item.water.molecules > 2)
  }

  @Test("a stored cell that no frame can have had") func thinCell() throws {
    let (stored, _) = try analyzed(["--per-molecule", "all"])
    let file = try File.open(stored("r.h5"), writable: true)
    try file.dataset("/particles/centers/box/edges/value").write(
      [1e-5, 0, 0], at: [1, 0, 0], count: [1, 1, 3])
    try file.close()
    try expect(stored, "o.extxyz", [], "the cell of frame 1: it is only ")
  }

  @Test(
    "observables of other dimensions",
    arguments: [("phase_count", 3), ("largest_spans", 3), ("cluster_count", 2)])
  func dimensions(name: String, wanted: Int) throws {
    let (folder, _) = try analyzed()
    let place = "/observables/small-OH/\(name)/value"
    let file = try File.open(folder("r.h5"), writable: true)
    try file.remove(place)
    try file.createDataset(place, .int64, shape: [3, 1, 1, 1]).write(
      [Int64](repeating: 1, count: 3))
    try file.close()
    try expect(folder, "o.csv", [], "r.h5: \(place): expected \(wanted) dimensions, found 4")
  }
}
