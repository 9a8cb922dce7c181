import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// `inspect` of results: the closing table again, and `--follow` of a running analysis.
@Suite(.serialized, .tags(.mpi)) struct FollowTests {
  @Test("inspect prints the closing table of analyze") func table() throws {
    let item = try SmallCase.shared.get(), folder = try Folder(), path = folder("r.h5")
    let run = try Program.run([
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--model",
      item.other, "--threshold", "0.7,0.5", "--profile", "x", "--neighbor-count", "LDA,HDA=5:3.2",
      "--order", "all", "-o", path,
    ])
    try #require(run.code == 0, "\(run)")
    let table = run.output.split(separator: "\n").map(String.init)
    let end = try #require(table.firstIndex { $0.contains("molecules/s") })
    let shown = try Program.run(["inspect", path])
    #expect(shown.code == 0, "\(shown)")
    let lines = Set(shown.output.split(separator: "\n").map(String.init))
    // Regions apart, every line of the table before that of the speed.
    for line in table[..<end] { #expect(lines.contains(line), "\(line)\n\(shown)") }
    let export = try Program.run(["export", path, "--totals", "-o", folder("t.csv")])
    try #require(export.code == 0, "\(export)")
    let totals = try String(contentsOfFile: folder("t.csv"), encoding: .utf8).split(
      separator: "\n"
    ).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(totals.count == 1 + (3 + 3) + (4 + 3))
    #expect(totals[1...3].reduce(0) { $0 + Int($1[2])! } == 3 * item.water.molecules)
    let refused = try Program.run(["export", path, "--totals", "-o", folder("t.extxyz")])
    #expect(
      refused.code == 64 && refused.error.contains("--totals applies to .csv only and excludes"),
      "\(refused)")
  }

  @Test("--follow waits for the file, and ends when it is complete") func follow() throws {
    let item = try LongCase.shared.get(), folder = try Folder(), path = folder("r.h5")
    let arguments = item.arguments(to: path)
    let stopped = try Program.run(arguments + ["--max-hours", "1e-6"])
    try #require(stopped.code == 75, "\(stopped)")
    let watcher = try RunningProgram(["inspect", "--follow", "--interval", "0.05", path], ranks: 1)
    let resumed = try Program.run(arguments + ["--resume"])
    #expect(resumed.code == 0, "\(resumed)")
    let outcome = try watcher.wait()
    #expect(outcome.code == 0 && outcome.complaints.isEmpty, "\(outcome)")
    #expect(outcome.output.contains("28 of 28 frames, 100 %"), "\(outcome)")
  }

  @Test("--follow warns of frames unlike the training data") func warnings() throws {
    let folder = try Folder(), path = folder("r.h5"), water = folder("w.lammpstrj")
    let made = try Program.run([
      "generate", "--molecules", "200", "--dense-share", "0", "-o", water, "--quiet",
    ])
    try #require(made.code == 0, "\(made)")
    let run = try Program.run([
      "analyze", water, "--model", Checkout.model("M2-OH"), "-o", path, "--quiet",
    ])
    try #require(run.code == 0 && run.error.contains("familiarity_warning"), "\(run)")
    let shown = try Program.run(["inspect", "--follow", path])
    #expect(
      shown.code == 0 && shown.output.contains("warning: 1 of 1 frame unlike its training data"),
      "\(shown)")
  }

  @Test("--follow of something else, or of several files") func refusals() throws {
    let item = try SmallCase.shared.get()
    let two = try Program.run(["inspect", "--follow", item.trajectory, item.model])
    #expect(two.code == 64 && two.error.contains("--follow watches one results file"), "\(two)")
    let dump = try Program.run(["inspect", "--follow", item.trajectory])
    #expect(dump.code == 65 && dump.error.contains("expected a results file"), "\(dump)")
    let soap = item.folder("follow-soap.h5")
    let described = try Program.run([
      "describe", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--frames", "0",
      "--quiet", "--overwrite", "-o", soap,
    ])
    try #require(described.code == 0, "\(described)")
    let vectors = try Program.run(["inspect", "--follow", soap])
    #expect(
      vectors.code == 65 && vectors.error.contains("--follow expects results of verglas analyze"),
      "\(vectors)")
    let interval = try Program.run(["inspect", "--follow", "--interval", "0", soap])
    #expect(
      interval.code == 64 && interval.error.contains("a time in s from 0.01 to 3600"),
      "\(interval)")
    let column = try Program.run([
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--thermo-column",
      "p", "-o", item.folder("none.h5"),
    ])
    #expect(
      column.code == 64 && column.error.contains("--thermo-column names a column of a table"),
      "\(column)")
  }
}
