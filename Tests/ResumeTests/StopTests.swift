import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Requested stops: all ranks together, code 75, and the run can be resumed.
@Suite(.serialized, .tags(.mpi, .kill)) struct StopTests {
  @Test(
    "--max-hours stops after the first groups; --resume finishes on any number of ranks",
    arguments: [(1, 3), (3, 1), (2, 7)])
  func timeLimit(ranks: (Int, Int)) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let arguments = item.arguments(to: folder("r.h5"))
    let stopped = try Program.run(arguments + ["--max-hours", "1e-6"], ranks: ranks.0)
    #expect(stopped.code == 75 && stopped.complaints.isEmpty, "\(stopped)")
    #expect(stopped.error.contains("stopped by --max-hours after"), "\(stopped)")
    let marks = try item.checkedMarks(of: folder("r.h5"))
    #expect(marks.contains(1) && marks.contains(0), "\(marks)")
    let resumed = try Program.run(arguments + ["--resume"], ranks: ranks.1)
    #expect(resumed.code == 0, "\(resumed)")
    #expect(differences(item.expected, try LongCase.contents(of: folder("r.h5"))) == [])
    #expect(try item.checkedMarks(of: folder("r.h5")).allSatisfy { $0 == 1 })
    #expect(try folder.names() == ["r.h5"])
  }

  @Test("a run that is resumed again and again comes to its end") func again() throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let arguments = item.arguments(to: folder("r.h5")) + ["--max-hours", "1e-6", "--resume"]
    var codes: [Int32] = []
    repeat {
      codes.append(try Program.run(arguments).code)
    } while codes.last == 75 && codes.count < 40
    // Twenty-eight groups of one frame.
    #expect(codes == [Int32](repeating: 75, count: 27) + [0])
    #expect(differences(item.expected, try LongCase.contents(of: folder("r.h5"))) == [])
    #expect(try File.open(folder("r.h5")).dataset("/timings/sessions").readAll(Int64.self) == [28])
    #expect(try File.open(folder("r.h5")).dataset("/timings/frames").readAll(Int64.self) == [28])
  }

  @Test(
    "a signal to one rank stops all of them", arguments: [(SIGUSR1, 0), (SIGUSR1, 2), (SIGTERM, 1)])
  func signal(_ number: Int32, _ index: Int) throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let arguments = item.slowArguments(to: folder("r.h5"))
    let program = try RunningProgram(arguments, ranks: 3)
    while program.isRunning, !FileManager.default.fileExists(atPath: folder("r.h5")) {
      usleep(1000)
    }
    let ranks = program.ranks
    #expect(ranks.count == 3)
    if ranks.count == 3 { program.signal(number, rank: ranks[index]) }
    let outcome = try program.wait()
    #expect(outcome.code == 75, "\(outcome)")
    #expect(
      outcome.complaints.isEmpty
        && outcome.error.contains("stopped by \(number == SIGTERM ? "SIGTERM" : "SIGUSR1") after"),
      "\(outcome)")
    let resumed = try Program.run(arguments + ["--resume"], ranks: 2)
    #expect(resumed.code == 0, "\(resumed)")
    #expect(
      try File.open(folder("r.h5")).dataset("/verglas/done").readAll(UInt8.self).allSatisfy {
        $0 == 1
      })
  }

  @Test("mpirun hands SIGUSR1 to all ranks; SIGCONT changes nothing") func launcher() throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let program = try RunningProgram(item.slowArguments(to: folder("r.h5")), ranks: 2)
    while program.isRunning, !FileManager.default.fileExists(atPath: folder("r.h5")) {
      usleep(1000)
    }
    for rank in program.ranks { program.signal(SIGCONT, rank: rank) }
    kill(program.launcher, SIGUSR1)
    let outcome = try program.wait()
    #expect(outcome.complaints.isEmpty, "\(outcome)")
    #expect(outcome.error.contains("stopped by SIGUSR1"), "\(outcome)")
    // Hydra of MPICH 4.0.2 loses the codes of the ranks in about half of the runs in which it
    // forwards a signal, and gives 0; so scripts there decide by the missing frames.
    #expect(outcome.code == 75 || Launcher.isHydra && outcome.code == 0, "\(outcome)")
    let done = try File.open(folder("r.h5")).dataset("/verglas/done").readAll(UInt8.self)
    #expect(done.contains(0), "\(outcome)")
  }
}
