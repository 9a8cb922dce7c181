import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// `verglas scaling` on results of the real program.
@Suite(.serialized, .tags(.mpi)) struct ScalingTests {
  private func analyze(
    _ folder: Folder, _ trajectory: String, ranks: Int, as name: String, _ options: [String] = []
  ) throws {
    let item = try SmallCase.shared.get()
    let outcome = try Program.run(
      [
        "analyze", trajectory, "--types", "1=O,2=H", "--model", item.model, "--quiet", "-o",
        folder(name),
      ] + options, ranks: ranks)
    try #require(outcome.code == 0, "\(outcome)")
  }

  /// A table as CSV: its title, and the cells of each line by title.
  private func table(_ path: String) throws -> [[String: String]] {
    let lines = String(decoding: try bytes(of: path), as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
  }

  private func elapsed(_ path: String) throws -> Double {
    try #require(try File.open(path).dataset("/timings/elapsed").readAll(Double.self).max())
  }

  @Test("strong: the same frames on 1, 2 and 3 ranks") func strong() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    for ranks in [3, 1, 2] {
      try analyze(folder, item.trajectory, ranks: ranks, as: "r\(ranks).h5")
    }
    let arguments = [
      "scaling", folder("r3.h5"), folder("r1.h5"), folder("r2.h5"), "--csv", folder("t.csv"),
    ]
    let outcome = try Program.run(arguments, ranks: 2)
    #expect(outcome.code == 0 && outcome.warnings.isEmpty, "\(outcome)")
    // "efficiency" may also occur in the line of the fit.
    #expect(outcome.output.contains("efficiency"), "\(outcome)")
    for text in [
      "speed-up", "molecules/s", "largest imbalance", "strong scaling: serial fraction s =",
      "Amdahl",
    ] {
      #expect(outcome.output.components(separatedBy: text).count == 2, "\(text) in \(outcome)")
    }
    let rows = try table(folder("t.csv"))
    #expect(rows.map { $0["ranks"] } == ["1", "2", "3"])
    let seconds = try (1...3).map { try elapsed(folder("r\($0).h5")) }
    for (k, row) in rows.enumerated() {
      func number(_ name: String) throws -> Double { try #require(Double(row[name] ?? "")) }
      #expect(
        try number("seconds") == seconds[k] && row["kind"] == "strong" && row["molecules"] == "96"
          && row["frames"] == "3")
      #expect(abs(try number("speedup") - seconds[0] / seconds[k]) < 1e-9)
      #expect(abs(try number("efficiency") - seconds[0] / seconds[k] / Double(k + 1)) < 1e-9)
      #expect(abs(try number("molecules_per_second") - 96 / seconds[k]) < 1e-6)
      for share in ["waiting", "exchange", "serial_share"] {
        #expect((0...1).contains(try number(share)))
      }
      #expect(try number("imbalance") >= 0 && number("soap_seconds") > 0)
    }
    // The table is overwritten only with --overwrite.
    let refused = try Program.run(arguments)
    #expect(refused.code == 73 && refused.complaints.count == 1, "\(refused)")
    #expect(try Program.run(arguments + ["--overwrite", "--quiet"]).output == "")
    #expect(try folder.names() == ["r1.h5", "r2.h5", "r3.h5", "t.csv"])
  }

  @Test("weak: frames in proportion to the ranks") func weak() throws {
    let folder = try Folder()
    for ranks in 1...3 {
      let made = try Program.run([
        "generate", "-o", folder("w\(ranks).lammpstrj"), "--cells", "4,2,2", "--dense-share", "0",
        "--frames", "\(ranks)", "--quiet",
      ])
      try #require(made.code == 0, "\(made)")
      try analyze(folder, folder("w\(ranks).lammpstrj"), ranks: ranks, as: "w\(ranks).h5")
    }
    let files = (1...3).map { folder("w\($0).h5") }
    let outcome = try Program.run(["scaling"] + files + ["--csv", folder("t.csv")])
    #expect(
      outcome.code == 0 && outcome.output.contains("weak scaling: serial fraction s =")
        && outcome.output.contains("Gustafson"), "\(outcome)")
    let rows = try table(folder("t.csv"))
    let rates = try rows.map { try #require(Double($0["molecules_per_second"] ?? "")) }
    for (k, row) in rows.enumerated() {
      #expect(row["molecules"] == "\(128 * (k + 1))" && row["kind"] == "weak")
      #expect(
        abs(try #require(Double(row["efficiency"] ?? "")) - rates[k] / rates[0] / Double(k + 1))
          < 1e-9)
    }
    // With --kind strong it is a strong-scaling study, with a warning.
    let told = try Program.run(["scaling"] + files + ["--kind", "strong"])
    #expect(
      told.code == 0 && told.warnings.count == 1 && told.output.contains("strong scaling"),
      "\(told)")
  }

  @Test("one run, and runs that do not begin with one rank") func fewRuns() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    try analyze(folder, item.trajectory, ranks: 2, as: "a.h5")
    try analyze(folder, item.trajectory, ranks: 2, as: "b.h5")
    let outcome = try Program.run(["scaling", folder("a.h5"), folder("b.h5")])
    #expect(
      outcome.code == 0
        && outcome.output.contains(
          "a single number of ranks does not determine the serial fraction"),
      "\(outcome)")
    #expect(
      outcome.warnings.count == 1 && outcome.warnings[0].contains("no run on one rank"),
      "\(outcome)")
  }

  @Test("what is odd about a set of runs is said") func warnings() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    try analyze(folder, item.trajectory, ranks: 1, as: "one.h5")
    try analyze(folder, item.trajectory, ranks: 4, as: "four.h5", ["--ranks-per-frame", "1"])
    for seed in 1...2 {
      let made = try Program.run([
        "generate", "-o", folder("s\(seed).lammpstrj"), "--cells", "4,2,2", "--dense-share", "0",
        "--seed", "\(seed)", "--quiet",
      ])
      try #require(made.code == 0, "\(made)")
      try analyze(folder, folder("s\(seed).lammpstrj"), ranks: 1, as: "s\(seed).h5")
    }
    let twice = try Program.run(["scaling", folder("one.h5"), folder("one.h5")])
    #expect(
      twice.code == 0 && twice.warnings.count == 1
        && twice.warnings[0].contains("one.h5 is given twice; it is used once"), "\(twice)")
    #expect(twice.output.components(separatedBy: "one.h5").count == 2, "\(twice)")
    let idle = try Program.run(["scaling", folder("one.h5"), folder("four.h5")])
    #expect(
      idle.code == 0 && idle.warnings.count == 1
        && idle.warnings[0].contains("four.h5: 1 of its 4 ranks were idle in 3 frames"),
      "\(idle)")
    let mixed = try Program.run(["scaling", folder("s1.h5"), folder("s2.h5")])
    #expect(
      mixed.code == 0 && mixed.warnings.count == 1
        && mixed.warnings[0].contains("are of different trajectories"), "\(mixed)")
  }

  @Test("files that are no timings") func refusals() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    try analyze(folder, item.trajectory, ranks: 1, as: "good.h5")
    try analyze(folder, item.trajectory, ranks: 1, as: "part.h5", ["--frames", "0:2"])
    try analyze(folder, item.trajectory, ranks: 2, as: "double.h5", ["--precision", "double"])
    try analyze(folder, item.trajectory, ranks: 2, as: "bare.h5", ["--per-molecule", "none"])
    let described = try Program.run([
      "describe", item.trajectory, "--types", "1=O,2=H", "-o", folder("soap.h5"), "--quiet",
    ])
    try #require(described.code == 0, "\(described)")
    func damaged(_ name: String, _ change: (borrowing File) throws -> Void) throws {
      try FileManager.default.copyItem(atPath: folder("good.h5"), toPath: folder(name))
      let file = try File.open(folder(name), writable: true)
      try change(file)
      try file.close()
    }
    try damaged("unfinished.h5") { try $0.dataset("/timings/elapsed").write([0.0]) }
    try damaged("stopped.h5") { try $0.dataset("/verglas/done").write([UInt8(1), 0, 1]) }
    try damaged("nan.h5") { try $0.dataset("/timings/soap").write([Double.nan]) }
    try damaged("stageless.h5") { try $0.remove("/timings/network") }
    try damaged("timeless.h5") { try $0.remove("/timings/elapsed") }
    try damaged("resumed.h5") { file in
      if file.exists("/timings/sessions") { try file.remove("/timings/sessions") }
      try file.createDataset("/timings/sessions", .int64, shape: [1]).write([Int64(3)])
    }
    let table: [(String, Int32, String)] = [
      ("none.h5", 66, "none.h5"),
      (
        item.trajectory, 65,
        "expected a results file of verglas analyze (HDF5), found a file of another kind"
      ),
      ("soap.h5", 65, "found SOAP vectors of verglas describe"),
      ("unfinished.h5", 65, "its timings are empty: the run has not ended"),
      ("stopped.h5", 65, "1 of its 3 frames are missing: the run was stopped"),
      ("bare.h5", 65, "differ in their data per molecule (none and probability,phase,cluster)"),
      ("nan.h5", 65, "its timings hold invalid numbers"),
      ("stageless.h5", 65, "its timings cannot be read"),
      ("timeless.h5", 65, "expected the timings of a run"),
      ("resumed.h5", 65, "its timings are sums over 3 runs, since it was resumed"),
      (
        "part.h5", 65,
        "expected the same molecules in all runs (strong) or on each rank (weak), found"
      ),
      ("double.h5", 65, "differ in their precision (double and single)"),
    ]
    for (name, code, text) in table {
      let path = name.hasPrefix("/") ? name : folder(name)
      let outcome = try Program.run(["scaling", folder("good.h5"), path])
      #expect(
        outcome.code == code && outcome.complaints.count == 1 && outcome.error.contains(text),
        "\(name): \(outcome)")
    }
    #expect(try Program.run(["scaling"]).code == 64)
    #expect(try Program.run(["scaling", folder("good.h5"), "--kind", "odd"]).code == 64)
    #expect(
      try Program.run(["scaling", folder("good.h5"), "--csv", folder("good.h5"), "--overwrite"])
        .code == 73)
  }
}
