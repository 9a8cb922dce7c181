import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// What `--resume` accepts, and what it refuses.
@Suite(.serialized, .tags(.mpi, .kill)) struct ResumeTests {
  /// A stopped run of the small case: frames 0 and 1 of 3 are marked missing again.
  private struct Begun {
    let item: SmallCase
    let folder: Folder
    let arguments: [String]

    init() throws {
      item = try SmallCase.shared.get()
      folder = try Folder()
      try folder.write(bytes(of: item.trajectory), as: "water.lammpstrj")
      arguments = [
        "analyze", folder("water.lammpstrj"), "--types", "1=O,2=H", "--model", item.model,
        "--profile", "x", "-o", folder("r.h5"),
      ]
      let outcome = try Program.run(arguments + ["--quiet"])
      guard outcome.code == 0 else { throw SmallModel.Failure(description: "\(outcome)") }
      let file = try File.open(folder("r.h5"), writable: true)
      try file.dataset("/verglas/done").write([0, 0, 1] as [UInt8])
      try file.close()
    }
  }

  @Test(
    "differences are told",
    arguments: [
      ("--neighbor-cutoff 3.5", 64, "--neighbor-cutoff: it has 3\\.0, this run 3\\.5"),
      ("--threshold 0.9", 64, "--threshold: it has 0\\.95, this run 0\\.9"),
      (
        "--precision double --min-cluster 4", 64,
        "--precision: it has single, this run double; --min-cluster: it has 1, this run 4"
      ),
      ("--frames :2", 64, "--frames: it has ::, this run :2:"),
      ("--profile y", 64, "--profile: it has x, this run y"),
      (
        "--per-molecule phase", 64,
        "--per-molecule: it has probability,phase,cluster, this run phase"
      ),
      ("--time-step 0.001", 64, "--time-step: it has 0\\.0, this run 0\\.001"),
      ("--on-bad-frame skip", 64, "--on-bad-frame: it has stop, this run skip"),
      ("--model OTHER", 65, "the models' names: it has small-OH, this run small-OH, small-O"),
      ("--overwrite", 64, "--resume keeps .* and --overwrite starts over"),
      ("--types 1=O,2=H,3=C", 64, "--types: it has 1=O,2=H, this run 1=O,2=H,3=C"),
    ]) func refuses(options: String, code: Int, pattern: String) throws
  {
    let begun = try Begun()
    var arguments = begun.arguments
    if options.hasPrefix("--types") { arguments.removeSubrange(2...3) }
    if options.hasPrefix("--profile") {
      arguments.removeSubrange(
        (arguments.firstIndex(of: "--profile")!)...(arguments.firstIndex(of: "x")!))
    }
    arguments += options.split(separator: " ").map { $0 == "OTHER" ? begun.item.other : String($0) }
    try expectRefusal(arguments + ["--resume"], Int32(code), pattern, begun.folder)
  }

  @Test("inputs and models that are others are refused") func others() throws {
    let begun = try Begun()
    let path = begun.folder("water.lammpstrj")
    let clean = try bytes(of: path)
    // One digit of an atom's position.
    var changed = clean
    let digit = changed.lastIndex { (0x31...0x38).contains($0) }!
    changed[digit] += 1
    try begun.folder.write(changed, as: "water.lammpstrj")
    try expectRefusal(
      begun.arguments + ["--resume"], 65,
      "input .*water\\.lammpstrj: it has .* bytes with hash [0-9a-f]{16}, this run", begun.folder)
    try begun.folder.write(Array(clean.prefix(clean.count * 2 / 3)), as: "water.lammpstrj")
    try expectRefusal(begun.arguments + ["--resume"], 65, "input .*water\\.lammpstrj", begun.folder)
    try begun.folder.write(clean, as: "water.lammpstrj")
    let second = try begun.folder.write(
      begun.item.water.lines(2).map { $0 + "\n" }.joined(), as: "more.lammpstrj")
    try expectRefusal(
      begun.arguments + [second, "--resume"], 65, "inputs: it has 1 \\(.*\\), this run 2",
      begun.folder)
    // A model of the same name with other weights.
    let model = try SmallModel.write(
      "small-OH", classes: ["LDA", "HDA"], species: ["O", "H"], radial: 3, degree: 3, for: path,
      in: begun.folder, seed: 99)
    let arguments = begun.arguments.map { $0 == begun.item.model ? model : $0 }
    try expectRefusal(
      arguments + ["--resume"], 65,
      "the models' hashes: it has [0-9a-f]{64}, this run [0-9a-f]{64}", begun.folder)
  }

  @Test("files that moved are the same files") func moved() throws {
    let begun = try Begun()
    try FileManager.default.moveItem(
      atPath: begun.folder("water.lammpstrj"), toPath: begun.folder("elsewhere.lammpstrj"))
    let arguments = begun.arguments.map {
      $0.replacing("water.lammpstrj", with: "elsewhere.lammpstrj")
    }
    let outcome = try Program.run(arguments + ["--resume"], ranks: 2)
    #expect(outcome.code == 0 && outcome.error.contains("has 1 of 3 frames"), "\(outcome)")
    #expect(outcome.output.contains("2 frames, 64 molecules in"), "\(outcome)")
  }

  @Test("a topology may move, but must say the same of the atoms") func topology() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent("TrajectoriesTests/Fixtures").path
    let gro = try bytes(of: "\(fixtures)/water.gro")
    func arguments(_ topology: String) -> [String] {
      [
        "analyze", "\(fixtures)/water.xtc", "--topology", topology, "--model", item.model,
        "--quiet", "-o", folder("r.h5"),
      ]
    }
    let first = try folder.write(gro, as: "first.gro")
    #expect(try Program.run(arguments(first)).code == 0)
    let file = try File.open(folder("r.h5"), writable: true)
    let frames = try file.dataset("/verglas/done").shape[0]
    try file.dataset("/verglas/done").write([0] + [UInt8](repeating: 1, count: frames - 1))
    try file.close()
    // Two neighbouring atoms are exchanged, with the same number of atoms of each element.
    var lines = String(decoding: gro, as: UTF8.self).components(separatedBy: "\n")
    lines.swapAt(2, 3)
    let changed = try folder.write(lines.joined(separator: "\n"), as: "first.gro")
    try expectRefusal(
      arguments(changed) + ["--resume"], 65,
      "the atoms of --topology: it has [0-9a-f]{16}, this run [0-9a-f]{16}", folder)
    let moved = try folder.write(gro, as: "moved.gro")
    let outcome = try Program.run(arguments(moved) + ["--resume"], ranks: 2)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(
      try File.open(folder("r.h5")).dataset("/verglas/done").readAll(UInt8.self).allSatisfy {
        $0 == 1
      })
  }

  @Test("nothing there, and nothing to do") func ends() throws {
    let begun = try Begun()
    #expect(try Program.run(begun.arguments + ["--resume"]).code == 0)
    let before = try bytes(of: begun.folder("r.h5"))
    let complete = try Program.run(begun.arguments + ["--resume"], ranks: 2)
    #expect(
      complete.code == 0 && complete.error.contains("r.h5 is complete: 3 frames; nothing to do"),
      "\(complete)")
    #expect(try bytes(of: begun.folder("r.h5")) == before)
    try FileManager.default.removeItem(atPath: begun.folder("r.h5"))
    let new = try Program.run(begun.arguments + ["--resume"], ranks: 2)
    #expect(
      new.code == 0
        && new.error.components(separatedBy: "r.h5 does not exist yet: creating it").count == 2,
      "\(new)")
  }

  @Test("what is no results file of this version is refused and kept") func foreign() throws {
    let begun = try Begun()
    let good = try bytes(of: begun.folder("r.h5"))
    func refused(_ content: [UInt8], _ pattern: String) throws {
      try begun.folder.write(content, as: "r.h5")
      try expectRefusal(begun.arguments + ["--resume"], 65, pattern, begun.folder)
    }
    try refused(Array("mine".utf8), "it is not an HDF5 file")
    try refused([], "it is not an HDF5 file")
    try refused(Array(good.prefix(good.count / 2)), "it is damaged .*truncated")
    try refused(Array(good.prefix(100)), "it is damaged|it is not an HDF5 file")
    #expect(
      try Program.run([
        "describe", begun.item.trajectory, "--types", "1=O,2=H", "-o", begun.folder("s.h5"),
        "--quiet",
      ]).code == 0)
    try refused(bytes(of: begun.folder("s.h5")), "it holds no results of verglas analyze")
    for (name, pattern) in [
      ("results_format", "results format 99"), ("version", "written by verglas 9\\.9\\.9"),
    ] {
      try begun.folder.write(good, as: "r.h5")
      let file = try File.open(begun.folder("r.h5"), writable: true)
      if name == "version" {
        try file.group("/verglas").setAttribute(name, to: "9.9.9")
      } else {
        try file.group("/verglas").setAttribute(name, to: Int64(99))
      }
      try file.close()
      try expectRefusal(begun.arguments + ["--resume"], 65, pattern, begun.folder)
    }
    try begun.folder.write(good, as: "r.h5")
    let file = try File.open(begun.folder("r.h5"), writable: true)
    try file.remove("/observables/small-OH/argmax_count/value")
    try file.close()
    try expectRefusal(
      begun.arguments + ["--resume"], 65,
      "dataset /observables/small-OH/argmax_count/value: it has none", begun.folder)
  }

  @Test("a trajectory that has grown goes on with --extend", arguments: [1, 3]) func extends(
    ranks: Int
  ) throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let water = try WaterDump(frames: 7)
    func grow(to frames: Int, cut: Int = 0) throws {
      var lines = (0..<frames).flatMap { water.lines($0) }
      if cut > 0 { lines += water.lines(frames).dropLast(cut) }
      try folder.write(lines.map { $0 + "\n" }.joined(), as: "water.lammpstrj")
    }
    let arguments = [
      "analyze", folder("water.lammpstrj"), "--types", "1=O,2=H", "--model", item.model,
      "--profile", "x", "--per-molecule", "all",
      "--on-bad-frame", "skip",
    ]
    // The simulation is still writing frame 3.
    try grow(to: 3, cut: 20)
    #expect(try Program.run(arguments + ["-o", folder("r.h5")], ranks: 2).code == 0)
    let names = try folder.names()
    try grow(to: 7)
    try expectRefusal(
      arguments + ["-o", folder("r.h5"), "--resume"], 65,
      "has grown \\(--extend also analyses its new frames\\)", folder)
    let outcome = try Program.run(
      arguments + ["-o", folder("r.h5"), "--resume", "--extend"], ranks: ranks)
    #expect(outcome.code == 0 && outcome.error.contains("has 3 of 7 frames"), "\(outcome)")
    #expect(outcome.output.contains("4 frames, 128 molecules in"), "only the new ones: \(outcome)")
    #expect(try Program.run(arguments + ["-o", folder("whole.h5")]).code == 0)
    #expect(
      differences(
        try LongCase.contents(of: folder("whole.h5")), try LongCase.contents(of: folder("r.h5")))
        == [])
    #expect(
      try File.open(folder("r.h5")).dataset("/timings/frames").readAll(Int64.self).reduce(0, +) == 7
    )
    // Nothing new: --extend is a plain --resume.
    let again = try Program.run(arguments + ["-o", folder("r.h5"), "--resume", "--extend"])
    #expect(again.code == 0 && again.error.contains("is complete: 7 frames"), "\(again)")
    // Other content in the old part.
    var changed = try bytes(of: folder("water.lammpstrj"))
    changed[water.lines(0).joined(separator: "\n").utf8.count - 3] = UInt8(ascii: "5")
    try folder.write(
      changed + Array(water.lines(6).joined(separator: "\n").utf8), as: "water.lammpstrj")
    try expectRefusal(
      arguments + ["-o", folder("r.h5"), "--resume", "--extend"], 65, "with different content",
      folder)
    #expect(try folder.names() == (names + ["whole.h5"]).sorted())
  }

  @Test("frames that would move are refused by --extend") func shifted() throws {
    let begun = try Begun()
    let lines = try WaterDump(frames: 5).text()
    let arguments =
      begun.arguments.map { $0 == begun.folder("r.h5") ? begun.folder("last.h5") : $0 } + [
        "--frames=-2:"
      ]
    #expect(try Program.run(arguments).code == 0)
    try begun.folder.write(lines, as: "water.lammpstrj")
    try expectRefusal(
      arguments + ["--resume", "--extend"], 65,
      "row 0: it has an older frame, this run a new frame",
      begun.folder)
  }

  @Test("leftovers of killed runs are removed, others are not") func leftovers() throws {
    let begun = try Begun()
    let host =
      ProcessInfo.processInfo.hostName.isEmpty
      ? "h" : try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
    let name = host.trimmingCharacters(in: .whitespacesAndNewlines)
    // A process id that is not in use, and that of this test.
    let dead = try Program.start(["sh", "-c", "echo $$"]).output.trimmingCharacters(
      in: .whitespacesAndNewlines)
    for file in [
      ".r.h5.\(name).\(dead).partial", ".r.h5.\(name).\(dead).unfinished.\(name).\(dead).partial",
      ".r.h5.\(name).\(dead).unfinished",
    ] {
      try begun.folder.write("left", as: file)
    }
    let kept = [
      ".r.h5.\(name).\(getpid()).partial", ".r.h5.elsewhere.1.partial", ".r.h5.notes",
      ".other.h5.\(name).\(dead).partial",
    ]
    for file in kept { try begun.folder.write("mine", as: file) }
    let outcome = try Program.run(begun.arguments + ["--resume"], ranks: 2)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(
      outcome.error.components(separatedBy: "left by a killed run").count == 4,
      "\(outcome)")
    #expect(try begun.folder.names() == (kept + ["r.h5", "water.lammpstrj"]).sorted())
  }

  @Test("--overwrite keeps the older file until frames of the new one are done") func overwriting()
    throws
  {
    let begun = try Begun()
    try begun.folder.write("older", as: "r.h5")
    var lines = (0..<3).flatMap { begun.item.water.lines($0) }
    lines[lines.count / 3 + 20] = "12 2 nan 1 1"
    let bad = try begun.folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
    let arguments =
      begun.arguments.map { $0.replacing("water.lammpstrj", with: "bad.lammpstrj") } + [
        "--overwrite"
      ]
    for ranks in [1, 3] {
      let outcome = try Program.run(arguments, ranks: ranks)
      #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
      if ranks == 1 { #expect(try bytes(of: begun.folder("r.h5")) == Array("older".utf8)) }
    }
    #expect(try begun.folder.names() == ["bad.lammpstrj", "r.h5", "water.lammpstrj"], "\(bad)")
    #expect(try Program.run(begun.arguments + ["--overwrite"], ranks: 5).code == 0)
    #expect(
      try File.open(begun.folder("r.h5")).dataset("/verglas/done").readAll(UInt8.self) == [1, 1, 1])
    #expect(try begun.folder.names() == ["bad.lammpstrj", "r.h5", "water.lammpstrj"])
  }

  /// Runs and expects one error message, and an unchanged results file.
  private func expectRefusal(
    _ arguments: [String], _ code: Int32, _ pattern: String, _ folder: Folder,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let output = arguments[arguments.firstIndex(of: "-o")! + 1]
    let before = try bytes(of: output)
    let outcome = try Program.run(arguments)
    #expect(
      outcome.code == code && outcome.complaints.count == 1, "\(outcome)", sourceLocation: location)
    let complaint = outcome.complaints.first ?? ""
    #expect(
      complaint.range(of: pattern, options: .regularExpression) != nil,
      "expected \(pattern), found \(outcome)", sourceLocation: location)
    #expect(try bytes(of: output) == before, "the results were touched", sourceLocation: location)
    #expect(try folder.names().allSatisfy { !$0.hasPrefix(".") }, sourceLocation: location)
  }
}
