import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Runs that are killed at random moments, resumed and killed again, and finally have the bytes of
/// an uninterrupted run.
///
/// Ten rounds; VERGLAS_CRASH_ROUNDS sets another number. A round is a chain of runs on 2 to 4 ranks
/// (a different number each time), of which up to five are killed with SIGKILL: one rank or all,
/// after a random time or when the temporary file appears. After each kill the results, if there
/// are any, must be readable here and with h5dump, and every frame that is marked complete must be
/// correct. Four more rounds (or as many as requested) share frames among ranks, with a different
/// team size each time.
@Suite(.serialized, .tags(.mpi, .kill)) struct CrashTests {
  private static let rounds = Int(ProcessInfo.processInfo.environment["VERGLAS_CRASH_ROUNDS"] ?? "")

  @Test("killed until done", arguments: 0..<(rounds ?? 10)) func killed(round: Int) throws {
    var generator = SeededGenerator(seed: UInt64(round) &* 7919 &+ 1)
    try killUntilDone("round \(round)", using: &generator) { _, generator in
      (2 + Int(generator.uniform(0, 3)), "auto")
    }
  }

  @Test("killed until done, in teams", arguments: 0..<(rounds ?? 4)) func killedTeams(round: Int)
    throws
  {
    var generator = SeededGenerator(seed: UInt64(round) &* 104729 &+ 3)
    try killUntilDone("teams, round \(round)", using: &generator) { attempt, generator in
      let ranks = 2 + Int(generator.uniform(0, 3))
      let team = ["1", "2", "3", "4", "auto"][Int(generator.uniform(0, 5))]
      return attempt == 0 ? (4, "2") : (ranks, team)
    }
  }

  /// A chain of runs of which the first five are killed.
  ///
  /// - Parameter shape: ranks, and ranks that share a frame, of each run of the chain.
  private func killUntilDone(
    _ name: String, using generator: inout SeededGenerator,
    shape: (_ attempt: Int, inout SeededGenerator) -> (ranks: Int, team: String)
  ) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let output = folder("r.h5")
    var history: [String] = []
    var done = 0
    for attempt in 0... {
      let (ranks, team) = shape(attempt, &generator)
      let program = try RunningProgram(
        item.arguments(to: output) + ["--ranks-per-frame", team, "--resume"], ranks: ranks)
      if attempt < 5 { history.append(kill(program, in: folder, using: &generator)) }
      let outcome = try program.wait()
      let isMade = FileManager.default.fileExists(atPath: output)
      if isMade {
        let marks = try item.checkedMarks(of: output)
        let count = marks.count { $0 == 1 }
        #expect(count >= done, "frames were lost: \(history)")
        done = count
        let dump = try Program.start(["h5dump", "-d", "/verglas/done", output])
        #expect(dump.code == 0, "\(history): \(dump)")
      }
      history.append("\(ranks) ranks, teams of \(team): code \(outcome.code), \(done) frames")
      if outcome.code == 0 { break }
      // A kill may produce messages of the launcher, but none of Verglas.
      #expect(outcome.complaints.isEmpty, "\(history): \(outcome)")
      try #require(attempt < 5, "not finished when left in peace: \(history) \(outcome)")
    }
    #expect(differences(item.expected, try LongCase.contents(of: output)) == [], "\(history)")
    let names = try folder.names()
    #expect(names == ["r.h5"], "\(names) \(history)")
    print("\(name): \(history.joined(separator: "; "))")
  }

  @Test("killed while a longer file is made: the older one stays", arguments: 0..<3) func extending(
    round: Int
  ) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let output = folder("r.h5")
    let short = LongCase.arguments(Array(item.files.prefix(2)), item.model, to: output)
    #expect(try Program.run(short).code == 0)
    let before = try bytes(of: output)
    let arguments = item.arguments(to: output) + ["--resume", "--extend"]
    let program = try RunningProgram(arguments, ranks: 2)
    while program.isRunning, try folder.names() == ["r.h5"] { usleep(200) }
    usleep(UInt32(round) * 1500)
    program.kill(SIGKILL)
    _ = try program.wait()
    let marks = try File.open(output).dataset("/verglas/done").readAll(UInt8.self)
    if marks.count == 17 { #expect(try bytes(of: output) == before) }
    #expect(marks.prefix(17).allSatisfy { $0 == 1 })
    #expect(try Program.run(arguments, ranks: 3).code == 0)
    #expect(differences(item.expected, try LongCase.contents(of: output)) == [])
    #expect(try folder.names() == ["r.h5"], "\(marks.count) frames")
  }

  @Test(
    "killed while --overwrite makes results anew: the older file or a sound new one is there",
    arguments: 0..<6)
  func overwriting(round: Int) throws {
    var generator = SeededGenerator(seed: UInt64(round) &+ 17)
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let output = folder("r.h5")
    #expect(
      try Program.run(LongCase.arguments(Array(item.files.prefix(2)), item.model, to: output)).code
        == 0)
    let before = try bytes(of: output)
    let program = try RunningProgram(item.arguments(to: output) + ["--overwrite"], ranks: 2)
    if round % 2 == 0 {
      while program.isRunning, try folder.names() == ["r.h5"] { usleep(200) }
      usleep(UInt32(generator.uniform(0, 2e5)))
    } else {
      usleep(UInt32(generator.uniform(2e5, 9e5)))
    }
    program.kill(SIGKILL)
    _ = try program.wait()
    if try bytes(of: output) != before {
      #expect(try item.checkedMarks(of: output).count == LongCase.frames)
    }
    #expect(try Program.run(item.arguments(to: output) + ["--overwrite"], ranks: 3).code == 0)
    #expect(differences(item.expected, try LongCase.contents(of: output)) == [])
    #expect(try folder.names() == ["r.h5"])
  }

  @Test(
    "mpirun killed alone: no rank stays, what was done is right, and the run can go on",
    arguments: 0..<4) func launcher(round: Int)
    throws
  {
    var generator = SeededGenerator(seed: UInt64(round) &+ 71)
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let output = folder("r.h5")
    let program = try RunningProgram(item.arguments(to: output), ranks: 3)
    while program.isRunning, try !folder.names().contains("r.h5") { usleep(200) }
    usleep(UInt32(generator.uniform(0, 3e5)))
    let ranks = program.ranks
    Foundation.kill(program.launcher, SIGKILL)
    _ = try program.wait()
    let end = Date().addingTimeInterval(20)
    // A zombie process counts as ended.
    func isAlive(_ rank: Int32) -> Bool {
      let text = (try? String(contentsOfFile: "/proc/\(rank)/stat", encoding: .utf8)) ?? ""
      return text.contains("(verglas)") && !text.contains(") Z ")
    }
    while ranks.contains(where: isAlive), Date() < end { usleep(10_000) }
    #expect(!ranks.contains(where: isAlive))
    _ = try item.checkedMarks(of: output)
    #expect(try Program.run(item.arguments(to: output) + ["--resume"], ranks: 2).code == 0)
    #expect(differences(item.expected, try LongCase.contents(of: output)) == [])
  }

  /// Kills at a random moment; returns a description of what was done.
  private func kill(
    _ program: RunningProgram, in folder: Folder, using generator: inout SeededGenerator
  ) -> String {
    let isEverything = generator.uniform(0, 1) < 0.3
    let choice = generator.uniform(0, 1)
    let (moment, longest) =
      choice < 0.25
      ? ("the start", 0.5) : choice < 0.5 ? ("the layout", 0.01) : ("the file was there", 0.8)
    let delay = generator.uniform(0, longest)
    let end = Date().addingTimeInterval(20)
    func wait(for condition: (String) -> Bool) {
      while program.isRunning, Date() < end,
        (try? folder.names().contains(where: condition)) != true
      { usleep(200) }
    }
    switch moment {
    case "the layout": wait { $0.hasSuffix(".partial") || $0 == "r.h5" }
    case "the file was there":
      wait { $0 == "r.h5" }
      // A resumed run has the file from the start, so wait for the ranks first.
      while program.isRunning, Date() < end, program.ranks.isEmpty { usleep(200) }
    default: break
    }
    usleep(UInt32(delay * 1e6))
    let ranks = program.ranks
    if isEverything || ranks.isEmpty {
      program.kill(SIGKILL)
    } else {
      program.signal(SIGKILL, rank: ranks[Int(generator.uniform(0, Double(ranks.count)))])
    }
    return
      "\(isEverything || ranks.isEmpty ? "all" : "one") killed \(Int(delay * 1000)) ms after "
      + "\(moment)"
  }
}
