import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// The program under a real mpirun: the same bytes on any number of ranks.
@Suite(.serialized, .tags(.mpi)) struct SameBytesTests {
  /// Numbers of ranks besides 1, including more ranks than the three frames.
  static let ranks = Launcher.counts(2, 3, 4, 5, 7)

  @Test("analyze with two models, a profile and thresholds", arguments: ["single", "double"])
  func analyze(precision: String) throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let arguments = [
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--model",
      item.other, "--threshold", "0.9,0.7,0.5",
      "--profile", "x", "--per-molecule", "all", "--rdf", "--order", "all", "--precision",
      precision,
      "--quiet",
    ]
    let expected = try results(arguments, ranks: 1, folder)
    #expect(expected.count > 40)
    // The results are not trivial: every class occurs.
    for path in [
      "/observables/small-OH/argmax_count/value", "/observables/small-O/phase_count/value",
    ] {
      #expect(
        (expected[path]?.values.filter { $0 > 0 }.count ?? 0) >= 3,
        "\(path) \(expected[path]?.values ?? [])")
    }
    for count in Self.ranks {
      let found = try results(arguments, ranks: count, folder)
      #expect(differences(expected, found) == [], "\(count) ranks")
    }
    // Alone, without a launcher.
    #expect(differences(expected, try results(arguments, ranks: nil, folder)) == [])
  }

  @Test("describe", arguments: ["single", "double"]) func describe(precision: String) throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    var expected: [String: Contents] = [:]
    for ranks in [1, 2, 5] {
      let path = folder("\(ranks).h5")
      let outcome = try Program.run(
        [
          "describe", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--precision",
          precision, "-o", path,
        ], ranks: ranks)
      try #require(outcome.code == 0, "\(outcome)")
      var found = try Contents.all(of: path, below: "/soap")
      found["/soap"]?.attributes["command_line"] = nil
      if ranks == 1 { expected = found }
      #expect(differences(expected, found) == [], "\(ranks) ranks")
    }
    #expect(
      expected["/soap/value"]?.kind
        == "\(precision == "single" ? "float32" : "float64") [3, 32, 84]")
  }

  @Test("real water: two trained models on any number of ranks") func realWater() throws {
    let folder = try Folder()
    let arguments = [
      "analyze", Checkout.compression, "--types", "1=O,2=H", "--model", Checkout.model("M2-OH"),
      "--model", Checkout.model("M3-OH"),
      "--threshold", "0.95,0.9", "--profile", "z",
      "--frames", "40:70:6", "--quiet",
    ]
    let expected = try results(arguments, ranks: 1, frames: 5, folder)
    for count in [2, 3, 4, 7] {
      #expect(
        differences(expected, try results(arguments, ranks: count, frames: 5, folder)) == [],
        "\(count) ranks")
    }
  }

  @Test("many files, gz among them, on several ranks") func chained() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    var files: [String] = []
    for f in 0..<3 {
      files.append(
        try folder.write(item.water.lines(f).map { $0 + "\n" }.joined(), as: "run\(f).lammpstrj"))
    }
    let packed = try Program.start(["gzip", files[1]])
    #expect(packed.code == 0)
    let options = ["--types", "1=O,2=H", "--model", item.model, "--quiet"]
    let expected = try results(["analyze", item.trajectory] + options, ranks: 1, folder)
    for count in [1, 2, 4] {
      #expect(
        differences(
          expected, try results(["analyze", folder("run*")] + options, ranks: count, folder)) == [],
        "\(count) ranks")
    }
  }

  @Test("a skipped frame is the same everywhere") func skipped() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    var lines = (0..<3).flatMap { item.water.lines($0) }
    let perFrame = lines.count / 3
    lines[perFrame + 20] = "12 2 nan 1 1"
    let path = try folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
    let arguments = [
      "analyze", path, "--types", "1=O,2=H", "--model", item.model, "--profile", "x",
      "--on-bad-frame", "skip", "--quiet",
    ]
    let expected = try results(arguments, ranks: 1, code: 1, folder)
    for count in [2, 3, 4] {
      #expect(
        differences(expected, try results(arguments, ranks: count, code: 1, folder)) == [],
        "\(count) ranks")
    }
  }

  /// Everything under /particles and /observables after a run, which must have seen exactly `ranks`
  /// ranks.
  private func results(
    _ arguments: [String], ranks: Int?, frames: Int = 3, code: Int32 = 0, _ folder: Folder
  ) throws -> [String: Contents] {
    let path = folder("\(UUID().uuidString).h5")
    let outcome = try Program.run(arguments + ["-o", path], ranks: ranks)
    try #require(outcome.code == code, "\(ranks ?? 0) ranks: \(outcome)")
    let file = try File.open(path)
    #expect(try file.dataset("/timings/read").shape == [ranks ?? 1])
    #expect(try file.group("/verglas").attribute("ranks", as: Int64.self) == Int64(ranks ?? 1))
    let done = try file.dataset("/verglas/done").readAll(UInt8.self)
    #expect(done.count == frames && done.allSatisfy { $0 == 1 || code == 1 && $0 == 2 })
    let perRank = try file.dataset("/timings/frames").readAll(Int64.self)
    #expect(perRank.reduce(0, +) == Int64(done.filter { $0 == 1 }.count))
    // Frames count at their team's root; molecules wherever they are analysed.
    let molecules = try file.dataset("/timings/molecules").readAll(Int64.self)
    if code == 0 { #expect(molecules.filter { $0 > 0 }.count >= min(ranks ?? 1, frames)) }
    return try Contents.all(of: path, below: "/particles").merging(
      Contents.all(of: path, below: "/observables")
    ) { $1 }
  }
}
