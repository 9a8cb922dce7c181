import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Jobs whose MPI library does not return from MPI_Finalize.
@Suite(.tags(.mpi, .kill)) struct EndTests {
  /// The results are complete by then; the job must not last until its time limit.
  @Test("MPI_Finalize never returns: the ranks exit") func hangsAtEnd() throws {
    let item = try LongCase.shared.get()
    let folder = try Folder()
    let outcome = try RunningProgram(
      item.arguments(to: folder("r.h5")), ranks: 2,
      environment: ["LD_PRELOAD": try DiskTests.library.get(), "FAULT_KIND": "finalize"]
    ).wait(seconds: 150)
    #expect(outcome.error.contains("MPI_Finalize has not returned within 60 s"), "\(outcome)")
    #expect(try LongCase.contents(of: folder("r.h5")) == item.expected)
    // MPICH's launcher accepts an exit without MPI_Finalize; Open MPI's calls it improper.
    #expect(outcome.code == (Launcher.isHydra ? 0 : 1), "\(outcome)")
  }
}
