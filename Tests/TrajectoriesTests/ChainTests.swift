import TestSupport
import Testing

@testable import Trajectories

/// Several files as one run, and slices of it.
@Suite(.tags(.fast)) struct ChainTests {
  let scratch: Scratch
  let dump = DumpText()

  init() throws { scratch = try Scratch() }

  private func steps(_ trajectory: Trajectory) -> [Int64] { trajectory.frames.map(\.step) }

  @Test func filesInStepOrderWhateverTheOrderGiven() throws {
    _ = try scratch.write(dump.text(steps: [30, 40]), as: "run2.dump")
    _ = try scratch.write(dump.text(steps: [0, 10, 20]), as: "run1.dump")
    let glob = try Trajectory.open(paths: [scratch.path("run*.dump")])
    #expect(steps(glob) == [0, 10, 20, 30, 40] && glob.warnings.isEmpty)
    let given = try Trajectory.open(paths: [
      scratch.path("run2.dump"), scratch.path("run1.dump"), scratch.path("run?.dump"),
    ])
    #expect(steps(given) == [0, 10, 20, 30, 40] && given.sources.count == 2)
    #expect(given.path(of: given.frames[0]).hasSuffix("run1.dump"))
    #expect(try readAll(given).map(\.header.step) == [0, 10, 20, 30, 40])
  }

  @Test func overlapsAreDroppedAndReported() throws {
    let first = try scratch.write(dump.text(steps: [0, 10, 20, 30]), as: "a")
    let second = try scratch.write(DumpText(seed: 9).text(steps: [20, 30, 40]), as: "b")
    let trajectory = try Trajectory.open(paths: [first, second])
    #expect(
      steps(trajectory) == [0, 10, 20, 30, 40] && trajectory.frames.map(\.file) == [0, 0, 1, 1, 1])
    #expect(
      trajectory.warnings == [
        "\(first): 2 frames at steps 20 to 30 dropped: the same steps occur again later"
      ])
  }

  @Test func restartInOneFileReplacesACutFrame() throws {
    let cut =
      dump.header(step: 20) + dump.lines(step: 20).dropLast(3).joined(separator: "\n") + "\n"
    let path = try scratch.write(dump.text(steps: [0, 10]) + cut + dump.text(steps: [10, 20, 30]))
    let trajectory = try Trajectory.open(paths: [path])
    #expect(steps(trajectory) == [0, 10, 20, 30] && trajectory.frames.allSatisfy(\.isSound))
    #expect(
      trajectory.warnings.count == 2
        && trajectory.warnings[0].contains("steps decrease from 20 to 10 at frame 3"))
  }

  @Test func decreasingStepsAreSorted() throws {
    let trajectory = try Trajectory.open(paths: [try scratch.write(dump.text(steps: [30, 20, 10]))])
    #expect(steps(trajectory) == [10, 20, 30] && trajectory.warnings.count == 1)
    #expect(try readAll(trajectory).map(\.header.step) == [10, 20, 30])
  }

  @Test func unevenSpacingIsWarnedOf() throws {
    let path = try scratch.write(dump.text(steps: [0, 10, 20, 35, 45]))
    #expect(
      try Trajectory.open(paths: [path]).warnings == [
        "\(path): steps are unevenly spaced: 10 apart at first, 15 between steps 20 and 35"
      ])
  }

  @Test func framesWithoutReadableStepsKeepTheirPlace() throws {
    let path = try scratch.write(
      dump.frame(step: 0) + "ITEM: TIMESTEP\noops\n" + dump.frame(step: 20))
    let trajectory = try Trajectory.open(paths: [path])
    #expect(trajectory.frames.map(\.hasStep) == [true, false, true])
    #expect(
      message { _ = try readAll(trajectory) }
        == "water.lammpstrj:23 (frame 1): expected a step (an integer), found 'oops'")
  }

  @Test func extremeSteps() throws {
    let trajectory = try Trajectory.open(paths: [
      try scratch.write(dump.text(steps: [.min, 0, .max]))
    ])
    #expect(steps(trajectory) == [.min, 0, .max])
  }

  @Test func slicesArePythons() throws {
    // Positions from CPython 3.11's list(range(10))[…], those of negative steps in ascending order.
    let expected: [(String, [Int])] = [
      (":", Array(0..<10)), ("2:5", [2, 3, 4]), ("-3:", [7, 8, 9]), (":-8", [0, 1]),
      ("::4", [0, 4, 8]), ("1:100:3", [1, 4, 7]),
      ("-100:2", [0, 1]),
      ("5:2", []), ("8:2:-3", [5, 8]), ("::-1", Array(0..<10)), ("::-4", [1, 5, 9]), ("4", [4]),
      ("-1", [9]), ("10", []), ("-11", []),
      ("-1:-4:-1", [7, 8, 9]),
      ("0::99999999999", [0]), ("3:-100:-1", [0, 1, 2, 3]), ("20:", []),
      ("-9223372036854775808:9223372036854775807", Array(0..<10)),
      (" 1 : 3 ", [1, 2]),
    ]
    for (text, positions) in expected {
      #expect(try FrameSelection(parsing: text).positions(count: 10) == positions, "\(text)")
    }
    for text in ["", "a", "1:2:3:4", "1:2:0", "1.5:", "::x", "-"] {
      #expect(throws: TrajectoryError.self, "\(text)") { try FrameSelection(parsing: text) }
    }
  }

  @Test func selectionOfFrames() throws {
    let path = try scratch.write(dump.text(steps: 0..<10))
    #expect(
      steps(try Trajectory.open(paths: [path], selection: FrameSelection(parsing: "1::3"))) == [
        1, 4, 7,
      ])
    #expect(
      message { _ = try Trajectory.open(paths: [path], selection: FrameSelection(parsing: "12:")) }?
        .hasPrefix(
          "--frames: selects none of the 10 frames") == true)
  }

  @Test func oneUnusableFileAmongGoodOnesIsWarnedOf() throws {
    let good = try scratch.write(dump.text(steps: [0, 10]), as: "a")
    let cut = try scratch.write(dump.header(step: 20), as: "b")
    let trajectory = try Trajectory.open(paths: [good, cut])
    #expect(
      steps(trajectory) == [0, 10] && trajectory.warnings.contains("\(cut): no complete frame"))
    #expect(throws: TrajectoryError.self) { try Trajectory.open(paths: [good, cut], strict: true) }
  }

  @Test func waterRatio() {
    #expect(TrajectoryError.waterRatioWarning(oxygens: 4, hydrogens: 8) == nil)
    #expect(
      TrajectoryError.waterRatioWarning(oxygens: 4, hydrogens: 7)?.hasPrefix("7 H and 4 O") == true)
  }
}
