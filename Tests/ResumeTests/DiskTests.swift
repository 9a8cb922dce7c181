import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Disks that are full, faulty or read-only: an exit code, the file's name, and frames that are
/// marked complete stay correct.
@Suite(.serialized, .tags(.mpi, .kill)) struct DiskTests {
  /// A library that makes writes fail, built once with the compiler that comes with Swift.
  static let library = Result { () throws -> String in
    let folder = try Folder()
    let source = Checkout.root + "/Tests/ResumeTests/faults.c"
    let outcome = try Program.start([
      "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", source, "-o", folder("faults.so"),
      "-ldl",
    ])
    guard outcome.code == 0 else { throw SmallModel.Failure(description: "\(outcome)") }
    return folder("faults.so")
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    let kind: String
    /// Ranks, and the rank with the fault; nil: all.
    let ranks: Int, rank: Int?
    let pattern: String
    var testDescription: String {
      "\(kind), \(ranks) ranks, on \(rank.map { "rank \($0)" } ?? "all")"
    }
  }

  static let faults = [
    Fault(kind: "enospc", ranks: 1, rank: nil, pattern: "No space left on device"),
    Fault(kind: "enospc", ranks: 3, rank: nil, pattern: "No space left on device"),
    Fault(kind: "eio", ranks: 3, rank: 1, pattern: "write"),
    Fault(kind: "edquot", ranks: 2, rank: 0, pattern: "Disk quota exceeded"),
    Fault(kind: "sync", ranks: 2, rank: 1, pattern: "to the disk: Input/output error"),
  ]

  @Test("writes that fail", arguments: faults) func fails(_ fault: Fault) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    var environment = [
      "LD_PRELOAD": try Self.library.get(), "FAULT_FILE": "/r.h5", "FAULT_KIND": fault.kind,
      "FAULT_AFTER": fault.ranks == 1 ? "500000" : "350000",
    ]
    environment["FAULT_RANK"] = fault.rank.map { "\($0)" }
    let outcome = try Program.run(
      item.arguments(to: folder("r.h5")), ranks: fault.ranks, environment: environment)
    #expect(outcome.code == 74 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.complaints.first?.range(
        of: "\(folder("r.h5")).*\(fault.pattern)|\(fault.pattern).*\(folder("r.h5"))",
        options: .regularExpression) != nil, "\(outcome)")
    let marks = try item.checkedMarks(of: folder("r.h5"))
    #expect(marks.contains(0), "\(marks)")
    let resumed = try Program.run(item.arguments(to: folder("r.h5")) + ["--resume"], ranks: 2)
    #expect(resumed.code == 0, "\(resumed)")
    #expect(differences(item.expected, try LongCase.contents(of: folder("r.h5"))) == [])
  }

  /// The disk of rank 2 hangs, rank 1 meets a bad frame: it waits for the others for 20 s, then
  /// prints the reason and ends all ranks.
  @Test("a rank that fails while the disk of another hangs") func hangs() throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    var lines = LongCase.parts[1].flatMap { item.water.lines($0) }
    // Frame 12 of 28 is rank 1's; the second of its file.
    let place = item.water.lines(0).count * 2 + 20
    lines[place] = "12 2 nan 1 1"
    let bad = try folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
    let arguments = LongCase.arguments(
      [item.files[0], bad, item.files[2]], item.model, to: folder("r.h5"))
    let start = Date()
    let program = try RunningProgram(
      arguments, ranks: 3,
      environment: [
        "LD_PRELOAD": try Self.library.get(), "FAULT_FILE": "/r.h5", "FAULT_KIND": "hang",
        "FAULT_AFTER": "20000", "FAULT_RANK": "2",
      ])
    var ranks: [Int32] = []
    while program.isRunning, ranks.count < 3 { ranks = program.ranks }
    let outcome = try program.wait(seconds: 90)
    let seconds = Date().timeIntervalSince(start)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.complaints.first?.contains("bad.lammpstrj:\(place + 1) (frame 2): ") == true,
      "\(outcome)")
    #expect(seconds > 20 && seconds < 60, "\(seconds) s")
    #expect(ranks.count == 3)
    for rank in ranks {
      // A process that has ended may still be a zombie (state Z).
      func isThere() -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(rank)/stat", encoding: .utf8) else {
          return false
        }
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
      }
      let end = Date().addingTimeInterval(5)
      while isThere(), Date() < end { usleep(10_000) }
      #expect(!isThere(), "rank process \(rank) is still there")
    }
    let marks = try item.checkedMarks(of: folder("r.h5"))
    #expect(marks.contains(0), "\(marks)")
  }

  /// The same for `describe`, whose ranks synchronise only at the end; no file is left under the
  /// output's name.
  @Test("describe: a rank that fails while the disk of another hangs") func describeHangs() throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    var lines = LongCase.parts[1].flatMap { item.water.lines($0) }
    lines[item.water.lines(0).count * 2 + 20] = "12 2 nan 1 1"
    let bad = try folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
    let start = Date()
    let program = try RunningProgram(
      [
        "describe", item.files[0], bad, item.files[2], "--types", "1=O,2=H", "--n-max", "2",
        "--l-max", "2", "--quiet", "-o",
        folder("s.h5"),
      ], ranks: 3,
      environment: [
        "LD_PRELOAD": try Self.library.get(), "FAULT_FILE": ".unfinished", "FAULT_KIND": "hang",
        "FAULT_AFTER": "20000", "FAULT_RANK": "2",
      ])
    let outcome = try program.wait(seconds: 90)
    #expect(
      outcome.code == 65 && outcome.complaints.count == 1
        && outcome.error.contains("bad.lammpstrj"), "\(outcome)")
    #expect(Date().timeIntervalSince(start) > 20, "nothing hung")
    #expect(try !folder.names().contains("s.h5"))
    // The next run removes temporary files and succeeds.
    #expect(
      try Program.run([
        "describe", item.files[0], "--types", "1=O,2=H", "--n-max", "2", "--l-max", "2", "-o",
        folder("s.h5"),
      ]).code == 0)
    #expect(try folder.names() == ["bad.lammpstrj", "s.h5"])
  }

  @Test("short writes are taken up or told", arguments: [1, 2]) func short(ranks: Int) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let environment = [
      "LD_PRELOAD": try Self.library.get(), "FAULT_FILE": "/r.h5", "FAULT_KIND": "short",
    ]
    let outcome = try Program.run(
      item.arguments(to: folder("r.h5")), ranks: ranks, environment: environment)
    if outcome.code == 0 {
      #expect(differences(item.expected, try LongCase.contents(of: folder("r.h5"))) == [])
    } else {
      #expect(
        outcome.code == 74 && outcome.complaints.count == 1
          && outcome.error.contains(folder("r.h5")), "\(outcome)")
      _ = try item.checkedMarks(of: folder("r.h5"))
      #expect(try Program.run(item.arguments(to: folder("r.h5")) + ["--resume"]).code == 0)
      #expect(differences(item.expected, try LongCase.contents(of: folder("r.h5"))) == [])
    }
  }

  /// Under MPICH on one rank: UCX's shared memory is a file that exceeds the limit, and MPI_Init
  /// ends the ranks.
  @Test("a file size limit", arguments: Launcher.counts(1, 3))
  func limit(ranks: Int) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let program = try RunningProgram(
      item.arguments(to: folder("r.h5")), ranks: ranks, prefix: ["prlimit", "--fsize=400000"],
      environment: Launcher.withoutSharedFiles)
    let outcome = try program.wait()
    #expect(outcome.code == 73 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.complaints.first?.contains(folder("r.h5")) == true
        && outcome.error.contains("File too large"), "\(outcome)")
    #expect(try folder.names() == [])
  }

  @Test(
    "a full disk and a read-only one",
    .enabled(
      if: (try? Program.start(["unshare", "-m", "true"]))?.code == 0,
      "mounting a small disk needs root"), arguments: [1, 3])
  func mounted(ranks: Int) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    for (options, pattern) in [
      ("size=600k", "No space left on device"), ("ro", "is not writable"),
    ] {
      let command =
        ["timeout", "60"] + Launcher.command(ranks) + [Program.path]
        + item.arguments(to: folder("r.h5"))
      let script =
        "mount -t tmpfs -o \(options) none \"$0\" && { \"$@\"; code=$?; ls -A \"$0\"; exit $code; }"
      let outcome = try Program.start(["unshare", "-m", "sh", "-c", script, folder.path] + command)
      #expect(outcome.code == 73 && outcome.complaints.count == 1, "\(outcome)")
      #expect(
        outcome.complaints.first?.contains(folder("r.h5")) == true
          && outcome.error.contains(pattern), "\(outcome)")
      // No files are left.
      #expect(outcome.output == "", "\(outcome)")
    }
  }

  @Test("a longer file that does not fit: the older one stays") func extensionWithoutRoom() throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    #expect(
      try Program.run(
        LongCase.arguments(Array(item.files.prefix(2)), item.model, to: folder("r.h5"))
      ).code == 0)
    let before = try bytes(of: folder("r.h5"))
    let arguments = item.arguments(to: folder("r.h5")) + ["--resume", "--extend"]
    let outcome = try RunningProgram(
      arguments, ranks: 2, prefix: ["prlimit", "--fsize=\(before.count + 1000)"],
      environment: Launcher.withoutSharedFiles
    ).wait()
    #expect(outcome.code == 73 && outcome.complaints.count == 1, "\(outcome)")
    #expect(try bytes(of: folder("r.h5")) == before && folder.names() == ["r.h5"])
  }

  @Test("a file system without locks: the message names the remedy") func locks() throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    _ = try File.createAtomically(folder("r.h5")) { try $0.setAttribute("run", to: 1) }
    let environment = ["LD_PRELOAD": try Self.library.get(), "FAULT_KIND": "nolock"]
    let commands = [
      ["inspect", folder("r.h5")], item.arguments(to: folder("r.h5")) + ["--resume"],
    ]
    for command in commands {
      let outcome = try Program.run(command, environment: environment)
      #expect(outcome.code != 0 && outcome.complaints.count == 1, "\(outcome)")
      #expect(
        outcome.error.contains("does not support file locks") && !outcome.error.contains("damaged")
          && outcome.error.contains("set HDF5_USE_FILE_LOCKING=FALSE"), "\(outcome)")
    }
    // The remedy works: the file is opened, and is no results file.
    let remedied = try Program.run(
      ["inspect", folder("r.h5")],
      environment: environment.merging(["HDF5_USE_FILE_LOCKING": "FALSE"]) { $1 })
    #expect(!remedied.error.contains("lock"), "\(remedied)")
  }
}
