import Foundation
import HDF5
import TestSupport
import Testing

/// The checks of `hdf5-selftest` under a real mpirun: this process never calls MPI.
@Suite(.serialized, .tags(.fast, .mpi)) struct HDF5ParallelTests {
  @Test("every function of the communicator", arguments: Launcher.counts(1, 2, 4, 7))
  func communicator(ranks: Int)
    throws
  {
    try runHelper("communicator", ranks: ranks)
  }

  @Test("refusals and failures on one rank reach all ranks", arguments: [1, 2, 4]) func refusals(
    ranks: Int
  ) throws {
    let folder = try Folder()
    try runHelper("refusals", ranks: ranks, in: folder.path)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
        $0.hasSuffix(".partial")
      } == [])
  }

  @Test("a write beyond the limit of file sizes", arguments: [1, 2, 4]) func limit(ranks: Int)
    throws
  {
    try runHelper("limit", ranks: ranks, in: Folder().path)
  }

  @Test(
    "a full disk is ENOSPC", .enabled(if: canMount(), "mounting needs root"), arguments: [1, 2, 4])
  func fullDisk(ranks: Int) throws {
    let folder = try Folder()
    try runHelper("full", ranks: ranks, in: folder.path, tinyDisk: true)
  }

  @Test("any number of ranks writes the same bytes, and h5dump reads them") func sameBytes() throws
  {
    let folder = try Folder()
    var contents: [Data] = []
    for ranks in [1, 2, 3, 4] {
      try runHelper("file", ranks: ranks, in: folder.path)
      contents.append(
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/ranks-\(ranks).h5")))
    }
    for other in contents.dropFirst() { #expect(other == contents[0]) }
    // Other readers: HDF5's own tool, and this module without MPI.
    let dump = try run(
      "h5dump",
      [
        "-d", "/particles/centers/m/phase/value", "-s", "0,0", "-c", "1,5",
        "\(folder.path)/ranks-4.h5",
      ])
    #expect(dump.status == 0)
    #expect(dump.output.contains("LDA, HDA, Ih, IA, LDA"))
    let file = try File.open("\(folder.path)/ranks-4.h5")
    #expect(
      try file.dataset("particles/centers/m/phase/value").datatype
        == .enumeration(["LDA", "HDA", "Ih", "IA"]))
    #expect(try file.dataset("chunked").readAll(Int64.self).suffix(2 * 501).allSatisfy { $0 == -1 })
    #expect(try file.group("h5md/author").textAttribute("name") == "ranks")
  }

  @Test(
    "a rank killed at any instant: the file opens, and every frame marked done is right",
    arguments: 0..<5)
  func crash(trial: Int) throws {
    let folder = try Folder()
    defer { folder.remove() }
    let result = try mpirun("crash", ranks: 4, in: folder.path)
    #expect(result.status == Launcher.code(ofSignal: SIGKILL), "\(result.output)")
    let file = try File.open("\(folder.path)/crash.h5", writable: true)
    #expect(try file.group("verglas").textAttribute("complete") == "no")
    let done = try file.dataset("done").readAll(UInt8.self)
    let value = try file.dataset("value")
    #expect(done.contains(1), "the kill came before the first frame")
    for frame in done.indices where done[frame] == 1 {
      let values = try value.read(Float.self, at: [frame, 0, 0], count: [1, 1500, 3])
      #expect(values.allSatisfy { $0 == Float(frame) })
    }
    try value.write([Float](repeating: 5, count: 4500), at: [0, 0, 0], count: [1, 1500, 3])
  }

  @Test("a launcher that starts another number of ranks is noticed") func wrongSize() throws {
    let result = try mpirun("communicator", ranks: 2, claiming: 3)
    #expect(result.status != 0)
    #expect(result.output.contains("asked for 3 ranks, have 2"))
  }

  private func runHelper(
    _ check: String, ranks: Int, in directory: String = ".", tinyDisk: Bool = false
  ) throws {
    let result = try mpirun(check, ranks: ranks, in: directory, tinyDisk: tinyDisk)
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("ok \(check) on \(ranks) ranks"), "\(result.output)")
  }
}
