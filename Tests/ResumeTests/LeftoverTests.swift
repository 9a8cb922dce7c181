import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Commands that cannot be resumed: when they are killed, they leave no file under the output's
/// name, and the next run removes their temporary files.
@Suite(.serialized, .tags(.mpi, .kill)) struct LeftoverTests {
  /// Kills a run as soon as its hidden file exists.
  private func interrupt(
    _ arguments: [String], _ output: String, _ number: Int32, in folder: Folder
  ) throws -> Outcome {
    let program = try RunningProgram(arguments + ["-o", folder(output)], ranks: 2)
    while program.isRunning,
      try !folder.names().contains(where: {
        $0.hasPrefix(".\(output)") && $0.hasSuffix(".unfinished")
      })
    {
      usleep(200)
    }
    for rank in program.ranks { program.signal(number, rank: rank) }
    return try program.wait()
  }

  @Test(
    "ended by a signal", arguments: ["describe", "sample", "generate"], [SIGTERM, SIGINT, SIGKILL])
  func ended(
    command: String, number: Int32
  ) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let output = command == "generate" ? "o.lammpstrj" : "o.h5"
    let arguments =
      switch command {
      case "describe":
        ["describe"] + item.files + ["--types", "1=O,2=H", "--n-max", "10", "--l-max", "10"]
      case "sample":
        [
          "sample", "--class", "a=\(item.files[0])", "--class", "b=\(item.files[2])", "--types",
          "1=O,2=H", "--n-max", "10", "--l-max",
          "10",
          "--per-class", "9000",
        ]
      default: ["generate", "--molecules", "2000000", "--frames", "3"]
      }
    let outcome = try interrupt(arguments, output, number, in: folder)
    #expect(outcome.code != 0 && outcome.complaints.isEmpty, "\(outcome)")
    #expect(try !folder.names().contains(output), "\(outcome)")
    // A small run with the same output removes the leftovers.
    let small =
      switch command {
      case "describe":
        [
          "describe", item.files[0], "--types", "1=O,2=H", "--frames", "0", "--n-max", "2",
          "--l-max", "1",
        ]
      case "sample":
        Array(arguments.dropLast(6)) + ["--n-max", "2", "--l-max", "1", "--per-class", "20"]
      default: ["generate", "--molecules", "2000"]
      }
    let next = try Program.run(small + ["-o", folder(output)], ranks: 2)
    #expect(next.code == 0, "\(next)")
    #expect(try folder.names() == [output], "\(next)")
  }

  @Test("what a killed run left is cleared by the next, of every command") func cleared() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, 255)
    let host = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    // A process that no longer exists: its id belonged to a child that has been waited for.
    let gone = Process()
    gone.executableURL = URL(fileURLWithPath: "/bin/true")
    try gone.run()
    gone.waitUntilExit()
    let analyze = [
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--profile", "z",
    ]
    let sample = [
      "sample", "--class", "LDA=\(item.trajectory)", "--class",
      "HDA=\(try folder.write(try WaterDump(frames: 3, seed: 9).text(), as: "w.lammpstrj"))",
      "--types", "1=O,2=H", "--per-class", "60", "--r-cut", "4", "--n-max", "3", "--l-max", "3",
    ]
    for (arguments, output) in [
      (analyze, "r.h5"), (["export", folder("r.h5")], "o.csv"),
      (["interface", folder("r.h5")], "i.h5"), (sample, "d.h5"),
      (["train", folder("d.h5"), "--max-epochs", "2", "--hidden", "4"], "m.safetensors"),
      (["evaluate", item.model, folder("d.h5"), "--repeats", "0"], "e.h5"),
      (["describe", item.trajectory, "--types", "1=O,2=H"], "s.h5"),
      (["generate", "--molecules", "2000"], "g.lammpstrj"),
    ] {
      let left = try folder.write(
        "half",
        as:
          ".\(output).\(host).\(gone.processIdentifier).\(output == "d.h5" ? "unfinished" : "partial")"
      )
      // A file of another process, which may still be running, stays.
      let others = try folder.write("half", as: ".\(output).elsewhere.1.partial")
      let outcome = try Program.run(arguments + ["-o", folder(output)])
      #expect(outcome.code == 0, "\(outcome)")
      #expect(
        !FileManager.default.fileExists(atPath: left)
          && FileManager.default.fileExists(atPath: others), "\(arguments[0])")
    }
  }

  @Test("a bad frame in the middle leaves no half-filled vectors") func describeBadFrame() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    var lines = (0..<3).flatMap { item.water.lines($0) }
    lines[lines.count / 3 * 2 + 20] = "12 2 nan 1 1"
    let path = try folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
    let outcome = try Program.run(
      ["describe", path, "--types", "1=O,2=H", "-o", folder("s.h5")], ranks: 2)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(try folder.names() == ["bad.lammpstrj"])
  }
}
