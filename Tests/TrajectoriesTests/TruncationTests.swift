import TestSupport
import Testing

@testable import Trajectories

/// Possible ends of a file.
@Suite(.tags(.fast)) struct TruncationTests {
  let scratch: Scratch
  let dump = DumpText()

  init() throws { scratch = try Scratch() }

  /// A file of two frames truncated after each byte of its second frame: the first is always read,
  /// the second only if it is complete.
  @Test func everyCutOfTheLastFrame() throws {
    let first = dump.frame(step: 0)
    let whole = Array((first + "ITEM: TIME\n0.5\n" + dump.frame(step: 10)).utf8)
    for length in first.utf8.count...whole.count {
      let path = try scratch.write(Array(whole[..<length]))
      let trajectory = try Trajectory.open(paths: [path])
      let isWhole = length == whole.count
      #expect(trajectory.frames.map(\.step) == (isWhole ? [0, 10] : [0]), "cut at \(length)")
      #expect(
        trajectory.warnings.isEmpty == (isWhole || length == first.utf8.count),
        "cut at \(length): \(trajectory.warnings)")
      #expect(try readAll(trajectory).allSatisfy { $0.atoms.count == 12 })
      let strict = message { _ = try Trajectory.open(paths: [path], strict: true) }
      #expect((strict == nil) == trajectory.warnings.isEmpty)
    }
  }

  @Test func saysWhatWasDropped() throws {
    let path = try scratch.write(String(dump.text(steps: [0, 10]).dropLast(1)))
    let warnings = try Trajectory.open(paths: [path]).warnings
    #expect(
      warnings == [
        "\(path):22 (frame 1): the last frame is truncated and ignored: step 10 does not end with "
          + "a newline: its last number may be truncated"
      ])
  }

  @Test func emptyHeaderOnlyAndOneFrame() throws {
    let empty = try scratch.write("")
    #expect(
      message { _ = try Trajectory.open(paths: [empty]) }
        == "water.lammpstrj: the file is empty: no complete frame")
    for text in [
      dump.header(step: 0), "ITEM: TIMESTEP\n", "ITEM: TIMESTEP", "ITEM: UNITS\nreal\n",
      "ITEM: TIM",
    ] {
      let path = try scratch.write(text)
      #expect(
        message { _ = try Trajectory.open(paths: [path]) }?.contains("no complete frame") == true,
        "\(text)")
    }
    #expect(try Trajectory.open(paths: [try scratch.write(dump.frame(step: 0))]).frames.count == 1)
  }

  @Test func noTrajectory() throws {
    let path = try scratch.write("@<TRIPOS>MOLECULE\n")
    #expect(
      message { _ = try Trajectory.open(paths: [path]) }
        == "water.lammpstrj:1: expected a trajectory (LAMMPS dump, XTC, TRR, DCD, extended XYZ, GRO, Amber NetCDF, LAMMPS binary dump or LAMMPS yaml dump), found '@<TRIPOS>MOLECULE'"
    )
    #expect(
      message { _ = try Trajectory.open(paths: [scratch.path("none")]) }?.hasSuffix("no such file")
        == true)
    #expect(
      message { _ = try Trajectory.open(paths: [scratch.path("none*")]) }?.hasSuffix(
        "no file matches") == true)
    #expect(
      message { _ = try Trajectory.open(paths: [scratch.directory.path]) }?.contains(
        "not a regular file") == true)
  }

  @Test func damagedLastFrameThatIsNotCutStops() throws {
    let path = try scratch.write(
      dump.frame(step: 0)
        + dump.frame(step: 10).replacingOccurrences(of: "BOX BOUNDS", with: "BOXBOUNDS"))
    #expect(
      message { _ = try readAll(path) }?.contains(
        "water.lammpstrj:26 (frame 1): expected a section of the header") == true)
  }
}
