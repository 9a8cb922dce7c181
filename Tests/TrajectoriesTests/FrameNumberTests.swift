import Foundation
import TestSupport
import Testing

@testable import Trajectories

/// No frames are lost if the steps of a file do not distinguish them; frames that a restart repeats
/// are still used once.
@Suite(.tags(.fast)) struct FrameNumberTests {
  let scratch: Scratch
  let dump = DumpText()

  init() throws { scratch = try Scratch() }

  /// An XTC file of 192 atoms with these steps and times, its frames those of the fixture in turn.
  private func xtc(_ frames: [(step: Int, time: Float)], as name: String) throws -> String {
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: fixture("water.xtc"))))
    let source = try TrajectorySource(path: fixture("water.xtc"))
    let second = Int(
      try source.index(merging: [source.scan(0..<source.size)], file: 0).frames[1].offset)
    func big(_ word: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
    }
    var bytes: [UInt8] = []
    for (k, frame) in frames.enumerated() {
      var record = Array(k % 2 == 0 ? whole[..<second] : whole[second...])
      record.replaceSubrange(
        8..<16, with: big(UInt32(truncatingIfNeeded: frame.step)) + big(frame.time.bitPattern))
      bytes += record
    }
    return try scratch.write(bytes, as: name)
  }

  private func open(_ paths: String...) throws -> Trajectory {
    try Trajectory.open(paths: paths, topologies: [fixture("water.gro")])
  }

  private func read(_ trajectory: Trajectory) throws -> [(step: Int64, time: Double?)] {
    try readAll(trajectory).map { ($0.header.step, $0.header.time) }
  }

  @Test func oneStepAndTimesThatRise() throws {
    for frames in [2, 5] {
      let path = try xtc((0..<frames).map { (0, Float($0) * 2.5) }, as: "a.xtc")
      let trajectory = try open(path)
      let found = try read(trajectory)
      #expect(
        found.map(\.step) == (0..<Int64(frames)).map { $0 }
          && found.map(\.time) == (0..<frames).map { Double($0) * 2.5 })
      let end = 2.5 * Double(frames - 1)
      #expect(
        trajectory.warnings == [
          "\(path): every frame has step 0, while times go from 0.0 to \(end) ps: frames are "
            + "numbered 0 to \(frames - 1) instead"
        ])
    }
  }

  /// chemfiles' own `large_diff.xtc` is such a file.
  @Test func neitherStepsNorTimes() throws {
    let trajectory = try open(try xtc([(0, 0), (0, 0), (0, 0), (0, 0)], as: "a.xtc"))
    #expect(
      trajectory.frames.map(\.ordinal) == [0, 1, 2, 3]
        && trajectory.frames.map(\.step) == [0, 1, 2, 3])
    #expect(
      trajectory.warnings == [
        "\(trajectory.sources[0].path): every frame has step 0: frames are numbered 0 to 3 instead"
      ])
  }

  @Test func stepsThatStartAgainWhileTimesGoOn() throws {
    let path = try xtc([(0, 0), (500, 1), (1000, 2), (0, 3), (500, 4)], as: "a.xtc")
    let trajectory = try open(path)
    #expect(try read(trajectory).map(\.time) == [0, 1, 2, 3, 4])
    #expect(
      trajectory.warnings.count == 1
        && trajectory.warnings[0].contains("step 0 follows 1000, while times go from 0.0 to 4.0 ps")
    )
  }

  @Test func restartsAreStillTakenOnce() throws {
    let path = try xtc([(0, 0), (500, 1), (1000, 2), (500, 1), (1000, 2), (1500, 3)], as: "a.xtc")
    let trajectory = try open(path)
    #expect(
      try read(trajectory).map(\.step) == [0, 500, 1000, 1500]
        && trajectory.frames.map(\.ordinal) == [0, 3, 4, 5])
    // Also if only times differ.
    let bare = try open(try xtc([(7, 0), (7, 1), (7, 2), (7, 1), (7, 2), (7, 3)], as: "b.xtc"))
    #expect(bare.frames.map(\.ordinal) == [0, 3, 4, 5])
    #expect(try read(bare).map(\.time) == [0, 1, 2, 3] && read(bare).map(\.step) == [0, 1, 2, 3])
  }

  @Test func severalFilesGoByTime() throws {
    let second = try xtc([(0, 2), (0, 3), (0, 4)], as: "a.xtc")
    let first = try xtc([(0, 0), (1000, 1), (2000, 2)], as: "b.xtc")
    let trajectory = try open(second, first)
    #expect(
      try read(trajectory).map(\.time) == [0, 1, 2, 3, 4]
        && read(trajectory).map(\.step) == [0, 1, 2, 3, 4])
    #expect(trajectory.frames.map(\.file) == [1, 1, 0, 0, 0])
    #expect(
      trajectory.warnings.contains {
        $0.contains("the frames of all files are numbered by their times")
      })
  }

  @Test func filesWithoutStepsFollowEachOther() throws {
    func xyz(_ x: Double, _ comment: String = "") -> String {
      "1\nLattice=\"9 0 0 0 9 0 0 0 9\" \(comment)\nO \(x) 0 0\n"
    }
    let first = try scratch.write(xyz(1) + xyz(2), as: "a.xyz"),
      second = try scratch.write(xyz(3) + xyz(4), as: "b.xyz")
    let trajectory = try Trajectory.open(paths: [first, second])
    #expect(
      try readAll(trajectory).map(\.atoms.x) == [[1], [2], [3], [4]]
        && readAll(trajectory).map(\.header.step) == [0, 1, 2, 3])
    #expect(
      trajectory.warnings.last?.contains("numbered in the order of the files on the command line")
        == true)
    let same = try Trajectory.open(paths: [
      scratch.write(xyz(1, "step=0") + xyz(2, "step=0"), as: "c.xyz")
    ])
    #expect(try readAll(same).map(\.atoms.x) == [[1], [2]])
    #expect(
      same.warnings == [
        "\(same.sources[0].path): every frame has step 0: frames are numbered 0 to 1 instead"
      ])
    // One frame per file, as many programs write them.
    let many = try (0..<3).map { try scratch.write(xyz(Double($0)), as: "f\($0).xyz") }
    #expect(try readAll(Trajectory.open(paths: many)).map(\.atoms.x) == [[0], [1], [2]])
  }

  @Test func dumpsOfOneStep() throws {
    let three = try Trajectory.open(paths: [scratch.write(dump.text(steps: [0, 0, 0]))])
    #expect(try readAll(three).map(\.header.step) == [0, 1, 2] && three.warnings.count == 1)
    // Two may be a restart's copy.
    let two = try Trajectory.open(paths: [scratch.write(dump.text(steps: [0, 0]))])
    #expect(two.frames.map(\.ordinal) == [1] && two.warnings.count == 1)
  }

  @Test func aFileThatIsWhollySuperseded() throws {
    let first = try scratch.write(dump.text(steps: [0, 10]), as: "a"),
      second = try scratch.write(dump.text(steps: [0, 10, 20]), as: "b")
    let trajectory = try Trajectory.open(paths: [first, second])
    #expect(trajectory.frames.allSatisfy { $0.file == 1 })
    #expect(
      trajectory.warnings.contains {
        $0.hasPrefix("\(first): 2 frames") && $0.contains("no frame of this file is used")
      })
  }

  @Test func locationsTravelWithTimeAndNumber() throws {
    let trajectory = try open(try xtc([(0, 0), (0, 1.5)], as: "a.xtc"))
    for frame in trajectory.frames {
      #expect(frame.isNumbered && FrameLocation(words: frame.words) == frame)
    }
    #expect(trajectory.frames.map(\.time) == [0, 1.5])
  }

  @Test func typesThatAreNotUsedAreTold() throws {
    let xyz = try scratch.write("1\nLattice=\"9 0 0 0 9 0 0 0 9\"\nO 1 0 0\n", as: "a.xyz")
    let file = try readAll(Trajectory.open(paths: [xyz]), species: .water())
    #expect(
      file[0].header.notes.contains(
        "--types 1=O,2=H is not used for \(xyz), which names the elements itself"))
    #expect(
      try readAll(fixture("water.gro"), species: .water())[0].header.notes.contains {
        $0.hasPrefix("--types 1=O,2=H is not used")
      })
    #expect(
      try readAll(fixture("water.lammpstrj"), species: .water())[0].header.notes.allSatisfy {
        !$0.hasPrefix("--types")
      })
    let named = try readAll(open(fixture("water.xtc")), species: .water())
    #expect(
      named[0].header.notes.contains {
        $0.hasPrefix("--types 1=O,2=H is not used for \(fixture("water.gro"))")
      })
  }

  @Test func boxesThatTouchAndTitlesTooMany() throws {
    let gro =
      "t\n1\n    1SOL     OW    1   1.000   2.000   3.000\n40000.0000030000.0000020000.00000\n"
    let cell = try readAll(scratch.write(gro, as: "a.gro"))[0].header.cell
    #expect(cell.a.x == 400_000 && cell.b.y == 300_000 && cell.c.z == 200_000)
    let tilted =
      "t\n1\n    1SOL     OW    1   1.000   2.000   3.000\n   4.00000   5.00000   6.00000   "
      + "0.00000   0.00000  -1.00000   0.00000 -10.00000-100.00000\n"
    #expect(try readAll(scratch.write(tilted, as: "b.gro"))[0].header.cell.c.y == -1000)
    // MDAnalysis' own DCD: three titles between the lengths of two.
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: fixture("water.dcd"))))
    let length = Int(whole[92]) | Int(whole[93]) << 8
    var odd = Array(whole[..<96]) + whole[96..<(96 + length)]
    odd.replaceSubrange(96..<97, with: [UInt8((length - 4) / 80 + 1)])
    odd += [UInt8](repeating: 0x20, count: 80) + whole[(96 + length)...]
    let path = try scratch.write(odd, as: "titles.dcd")
    let found = try readAll(Trajectory.open(paths: [path], topologies: [fixture("water.gro")]))
    let expected = try readAll(
      Trajectory.open(paths: [fixture("water.dcd")], topologies: [fixture("water.gro")]))
    #expect(found.map(\.atoms) == expected.map(\.atoms))
  }
}
