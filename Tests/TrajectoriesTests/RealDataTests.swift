import Foundation
import TestSupport
import Testing

@testable import Trajectories

/// Real trajectories, and how fast trajectories are read.
@Suite(.serialized, .tags(.fast)) struct RealDataTests {
  /// Folders with real trajectories: the bundled ones, and more beside the package.
  static let folders = ["Examples/water", "../shared/data/A"].map {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent($0).standardized.path
  }

  @Test func compression() throws {
    let trajectory = try Trajectory.open(paths: [Self.folders[0] + "/compress.lammpstrj.gz"])
    #expect(
      trajectory.frames.count == 100 && trajectory.warnings.isEmpty && trajectory.atomCount == 2880)
    #expect(trajectory.frames.map(\.step) == (1...100).map { $0 * 833 })
    let reader = try TrajectoryReader(trajectory, species: .water())
    let header = try reader.header(of: trajectory.frames[0])
    #expect(header.cell.a.x == 38.4211 && header.cell.isPeriodic == (true, true, true))
    let atoms = try reader.atoms(of: trajectory.frames[0], header: header)
    #expect([atoms.x[4], atoms.y[4], atoms.z[4]] == [16.9314, 15.6065, 13.7443])
    #expect(atoms.counts(speciesCount: 2) == [960, 1920])
  }

  @Test("every bundled trajectory is read") func bundled() throws {
    try readFolder(Self.folders[0], count: 2)
  }

  @Test(
    "every trajectory of ../shared is read",
    .enabled(if: FileManager.default.fileExists(atPath: folders[1]), "../shared has no data/A"))
  func shared() throws {
    try readFolder(Self.folders[1], count: 40)
  }

  /// Reads all gzipped trajectories of a folder, which holds at least `count`.
  private func readFolder(_ folder: String, count: Int) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasSuffix(".gz")
    }.sorted()
    try #require(names.count >= count)
    for name in names {
      let frames = try readAll(folder + "/" + name)
      #expect(
        !frames.isEmpty && frames.allSatisfy { $0.atoms.count == $0.header.atomCount }, "\(name)")
    }
  }

  /// CPU time of this thread, because other tests run concurrently.
  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  @Test func speed() throws {
    let scratch = try Scratch()
    let frame = DumpText(molecules: 40_000).frame(step: 0)
    func report(_ what: String, _ bytes: Int64, _ body: () throws -> Void) rethrows {
      var best = Double.infinity
      for _ in 0..<3 {
        let start = threadSeconds()
        try body()
        best = min(best, threadSeconds() - start)
      }
      print("\(what): \(Int(Double(bytes) / best / 1e6)) MB/s")
    }
    for (name, text) in [
      ("4 decimals", frame),
      ("16 decimals", DumpText(molecules: 40_000, precision: 16).frame(step: 0)),
      (
        "mol and velocities",
        DumpText(molecules: 40_000, columns: "id mol type x y z vx vy vz").frame(step: 0)
      ),
    ] {
      let path = try scratch.write(String(repeating: text, count: 8))
      let source = try TrajectorySource(path: path)
      var index: FrameIndex?
      try report("scan, \(name)", source.size) {
        index = try source.index(merging: [source.scan(0..<source.size)], file: 0)
      }
      let file = try source.open(index: #require(index), species: .water())
      try report("read, \(name)", source.size) {
        for location in file.index.frames {
          _ = try file.atoms(of: location, header: file.header(of: location), part: 0, of: 1)
        }
      }
    }
    let packed = try TrajectorySource(
      path: try scratch.write(gzip(String(repeating: frame, count: 8))))
    var index: FrameIndex?
    let content = Int64(frame.utf8.count * 8)
    try report("scan, gzip", content) {
      index = try packed.index(merging: [packed.scan(0..<packed.size)], file: 0)
    }
    let file = try packed.open(index: #require(index), species: .water())
    try report("read, gzip", content) {
      for location in file.index.frames {
        _ = try file.atoms(of: location, header: file.header(of: location), part: 0, of: 1)
      }
    }
  }
}
