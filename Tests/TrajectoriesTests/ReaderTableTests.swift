import Foundation
import TestSupport
import Testing

@testable import Trajectories

/// The inputs of the reader table that concern single frames: errors are reported with their
/// location, unusual input is read.
@Suite(.tags(.fast)) struct ReaderTableTests {
  let scratch: Scratch
  let dump = DumpText()

  init() throws { scratch = try Scratch() }

  /// Replaces one atom's line in frame 1 of three and reads everything.
  private func failure(inPlaceOf atom: Int, _ line: String, columns: String = "id type x y z")
    throws -> String?
  {
    let dump = DumpText(columns: columns)
    var lines = dump.lines(step: 10)
    lines[atom] = line
    let path = try scratch.write(
      dump.frame(step: 0) + dump.header(step: 10) + lines.joined(separator: "\n") + "\n"
        + dump.frame(step: 20))
    return message { _ = try readAll(path) }
  }

  @Test func goodFile() throws {
    let frames = try readAll(try scratch.write(dump.text(steps: [0, 10, 20])))
    #expect(frames.map(\.header.step) == [0, 10, 20])
    #expect(
      frames.allSatisfy {
        $0.atoms.count == 12 && $0.atoms.atomsRead == 12 && $0.header.atomCount == 12
      })
    #expect(frames[0].atoms.species == [0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1])
    #expect(frames[0].atoms.counts(speciesCount: 2) == [4, 8])
    #expect(frames[0].atoms.ids == Array(1...12))
    let first = dump.lines(step: 0)[0].split(separator: " ").compactMap { Double($0) }
    #expect(
      [frames[0].atoms.x[0], frames[0].atoms.y[0], frames[0].atoms.z[0]] == Array(first[2...]))
  }

  // Line 21 is the last of frame 0, lines 22–30 the header of frame 1: its atom k is on line 30 +
  // k.
  @Test(arguments: [
    ("5 2 1.0 nan 3.0", "atom 5: expected a finite number for y, found 'nan'"),
    ("5 2 1.0 -inf 3.0", "atom 5: expected a finite number for y, found '-inf'"),
    ("5 2 1.0 Inf 3.0", "atom 5: expected a finite number for y, found 'Inf'"),
    ("5 2 1.0 1e999 3.0", "atom 5: y is 1e999, too large for a number"),
    ("5 2 1.0 oops 3.0", "atom 5: expected a finite number for y, found 'oops'"),
    ("5 2 1.0 0x10 3.0", "atom 5: expected a finite number for y, found '0x10'"),
    ("5 2 1.0 2.0.1 3.0", "atom 5: expected a finite number for y, found '2.0.1'"),
    ("5 2 1.0 2.0", "expected 5 columns (id type x y z), found 4"),
    ("5 2 1.0 2.0 3.0 4.0", "expected 5 columns (id type x y z), found 6"),
    ("", "expected 5 columns (id type x y z), found 0"),
    ("five 2 1.0 2.0 3.0", "expected an atom id (an integer), found 'five'"),
    ("5.0 2 1.0 2.0 3.0", "expected an atom id (an integer), found '5.0'"),
    (
      "99999999999999999999 2 1.0 2.0 3.0",
      "expected an atom id (an integer), found '99999999999999999999'"
    ),
    ("5 two 1.0 2.0 3.0", "atom 5: expected a type (an integer), found 'two'"),
    ("5 7 1.0 2.0 3.0", "atom 5: type 7 is not in --types 1=O,2=H"),
  ])
  func wrongLines(_ line: String, _ reason: String) throws {
    #expect(try failure(inPlaceOf: 4, line) == "water.lammpstrj:35 (frame 1): \(reason)")
  }

  @Test func idsBehindTheCoordinates() throws {
    #expect(
      try failure(inPlaceOf: 4, "1.0 nan 3.0 2 77", columns: "x y z type id")
        == "water.lammpstrj:35 (frame 1): atom 77: expected a finite number for y, found 'nan'")
  }

  @Test func shortMiddleFrame() throws {
    let lines = dump.lines(step: 10).dropLast(2)
    let path = try scratch.write(
      dump.frame(step: 0) + dump.header(step: 10) + lines.joined(separator: "\n") + "\n"
        + dump.frame(step: 20))
    #expect(
      message { _ = try readAll(path) }
        == "water.lammpstrj:41 (frame 1): expected 12 atoms, found 10: the frame is truncated")
    let trajectory = try Trajectory.open(paths: [path])
    let reader = try TrajectoryReader(trajectory, species: .water())
    #expect(trajectory.frames.map(\.isSound) == [true, false, true])
    #expect(
      try reader.atoms(of: trajectory.frames[2], header: reader.header(of: trajectory.frames[2]))
        .count == 12)
  }

  @Test func restartGluedToACutLine() throws {
    let cut = String(dump.frame(step: 10).dropLast(15))
    let path = try scratch.write(dump.frame(step: 0) + cut + dump.frame(step: 20))
    #expect(
      message { _ = try readAll(path) }
        == "water.lammpstrj:42 (frame 1): the last line of the frame does not end with a newline: "
        + "its last number may be truncated"
    )
    let frames = try Trajectory.open(paths: [path]).frames
    #expect(frames.map(\.step) == [0, 10, 20] && frames[2].isSound)
  }

  @Test func garbageBetweenFrames() throws {
    let path = try scratch.write(
      dump.frame(step: 0) + dump.frame(step: 10) + "Segmentation fault\n" + dump.frame(step: 20))
    #expect(
      message { _ = try readAll(path) }
        == "water.lammpstrj:43 (frame 1): expected the next ITEM: TIMESTEP or the end of the file "
        + "after 12 atoms, found 1 more line"
    )
    #expect(try Trajectory.open(paths: [path]).frames[2].isSound)
  }

  @Test func garbageBeforeTheFirstFrame() throws {
    let path = try scratch.write("oh no\nITEM: TIMESTAMP\n" + dump.frame(step: 0))
    #expect(
      message { _ = try readAll(path) }
        == "water.lammpstrj:1 (frame 0): expected a section of the header (ITEM: …), found 'oh no'")
    #expect(try Trajectory.open(paths: [path]).frames.map(\.isSound) == [false, true])
  }

  @Test func atomCountChanges() throws {
    let path = try scratch.write(dump.frame(step: 0) + DumpText(molecules: 5).frame(step: 10))
    #expect(
      message { _ = try readAll(path) }
        == "water.lammpstrj:22 (frame 1): expected 12 atoms as in the first frame, found 15")
  }

  @Test func unsortedIDsWithGapsAndBeyond32Bits() throws {
    var lines = dump.lines(step: 0)
    lines[3] = "5000000000 1 1 2 3"
    lines[4] = "999999999999999999 2 1 2 3"
    lines[5] = "9223372036854775807 2 1 2 3"
    lines.reverse()
    let frames = try readAll(
      try scratch.write(dump.header(step: 0) + lines.joined(separator: "\n") + "\n"))
    #expect(
      Set(frames[0].atoms.ids).isSuperset(of: [5_000_000_000, 999_999_999_999_999_999, .max]))
    #expect(frames[0].atoms.ids.first == 12)
  }

  @Test func noIDColumn() throws {
    let path = try scratch.write(DumpText(columns: "type x y z").text(steps: [0, 10]))
    let frames = try readAll(path)
    #expect(frames[1].atoms.ids == Array(1...12))
    #expect(
      frames[0].header.notes == ["\(path) has no id column: atoms are numbered in file order"])
  }

  @Test func duplicateIDs() throws {
    #expect(firstDuplicate(inSorted: [1, 2, 3]) == nil)
    #expect(firstDuplicate(inSorted: []) == nil)
    #expect(firstDuplicate(inSorted: [1, 2, 2, 3, 3]) == 2)
    let trajectory = try Trajectory.open(paths: [try scratch.write(dump.frame(step: 0))])
    let error = TrajectoryError.duplicate(id: 2, path: "w", frame: trajectory.frames[0])
    #expect(error.description == "w:1 (frame 0): atom id 2 occurs twice in the frame")
  }

  @Test("ids of atoms that are not wanted are kept, in file order, in all parts") func unwantedIDs()
    throws
  {
    var lines = dump.lines(step: 0)
    lines.reverse()
    let trajectory = try Trajectory.open(paths: [
      try scratch.write(dump.header(step: 0) + lines.joined(separator: "\n") + "\n")
    ])
    let reader = TrajectoryReader(
      trajectory, species: try SpeciesMap(names: ["O"], types: [1: "O", 2: "H"]))
    let frame = trajectory.frames[0]
    let header = try reader.header(of: frame)
    let whole = try reader.atoms(of: frame, header: header)
    #expect(whole.ids == [10, 7, 4, 1] && whole.unwantedIDs == [12, 11, 9, 8, 6, 5, 3, 2])
    for parts in 2...5 {
      var sum = AtomBatch()
      for part in 0..<parts {
        sum.append(try reader.atoms(of: frame, header: header, part: part, of: parts))
      }
      #expect(sum == whole, "\(parts) parts")
    }
  }

  @Test func speciesUnknown() throws {
    let dump = DumpText(columns: "id type x y z vx")
    let path = try scratch.write(dump.text(steps: [0]))
    #expect(
      message { _ = try readAll(path, species: SpeciesMap(names: ["O", "H"])) }
        == "water.lammpstrj (frame 0): the file contains no element names: 12 atoms, 4 of type 1, "
        + "8 of type 2; if this is water: --types 1=O,2=H"
    )
    #expect(SpeciesMap.guess(counts: ["1": 8, "2": 4, "3": 4]) == "1=H,2=O,3=X")
    #expect(SpeciesMap.guess(counts: ["1": 8, "2": 5]) == nil)
    let bare = try scratch.write(DumpText(columns: "id x y z").text(steps: [0]))
    #expect(
      message { _ = try readAll(bare) }
        == "water.lammpstrj:9 (frame 0): expected an element or type column, found id x y z")
  }

  @Test func elementsAndUnwantedSpecies() throws {
    var dump = DumpText(columns: "id element type x y z")
    let path = try scratch.write(dump.text(steps: [0]))
    #expect(
      try readAll(path, species: SpeciesMap(names: ["H"]))[0].atoms.counts(speciesCount: 1) == [8])
    let trajectory = try Trajectory.open(paths: [path])
    let reader = TrajectoryReader(trajectory, species: try SpeciesMap(names: []))
    #expect(
      try reader.census(of: trajectory.frames[0], header: reader.header(of: trajectory.frames[0]))
        == ["O": 4, "H": 8])
    dump.columns = "id type x y z"
    let typed = try scratch.write(dump.text(steps: [0]))
    let atoms = try readAll(
      typed, species: SpeciesMap(names: ["O"], types: SpeciesMap.parse(types: "1=O,2=M")))[0].atoms
    #expect(atoms.count == 4 && atoms.atomsRead == 12 && atoms.ids == [1, 4, 7, 10])
  }

  @Test(arguments: [
    "1", "1=", "=O", "a=Oxygenium", "a=O,a=H", "1=O,1=H", "1=O,,2=H", "70000=O", "-1=O",
    "1=Oxygenium",
  ])
  func wrongTypeMaps(_ text: String) throws {
    #expect(throws: TrajectoryError.self) {
      try SpeciesMap(names: ["O"], types: SpeciesMap.parse(types: text))
    }
  }

  @Test func carriageReturnsTabsAndBlankLastLines() throws {
    let plain = try readAll(try scratch.write(dump.text(steps: [0, 10])))
    let text = dump.text(steps: [0, 10])
    for variant in [
      DumpText(newline: "\r\n").text(steps: [0, 10]), text + "\n\n  \n\t\n",
      dump.frame(step: 0) + "\n\n" + dump.frame(step: 10),
      text.replacingOccurrences(of: " type ", with: " type\t").replacingOccurrences(
        of: "1 ", with: "1\t "),
      text.replacingOccurrences(of: "ITEM: ", with: "ITEM:\t"),
      text.replacingOccurrences(of: "ITEM: ", with: "ITEM:   \t "),
      text.replacingOccurrences(of: "\n", with: " \t\n"),
      DumpText(newline: "\r\n").text(steps: [0, 10]) + "\r\n\r\n",
    ] {
      let frames = try readAll(try scratch.write(variant))
      #expect(frames.map(\.header.step) == [0, 10])
      #expect(zip(frames, plain).allSatisfy { $0.atoms == $1.atoms && $0.header == $1.header })
    }
  }

  @Test func hugeAtomCountIsNotAllocated() throws {
    let path = try scratch.write(
      dump.frame(step: 0) + dump.header(step: 10, atoms: 1 << 60) + "1 1 1 1 1\n"
        + dump.frame(step: 20))
    #expect(
      message { _ = try readAll(path) }
        == "water.lammpstrj:32 (frame 1): expected 1152921504606846976 atoms, found 1: the frame "
        + "is truncated"
    )
    let more = try scratch.write(dump.header(step: 10, atoms: 1 << 60))
    #expect(message { _ = try readAll(more) }?.contains("no complete frame") == true)
  }

  @Test func fileGrowsOrShrinks() throws {
    let path = try scratch.write(dump.text(steps: [0, 10]))
    let trajectory = try Trajectory.open(paths: [path])
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(dump.frame(step: 20).utf8))
    #expect(try readAll(trajectory).count == 2)
    try handle.truncate(atOffset: 100)
    #expect(message { _ = try readAll(trajectory) }?.contains("shrank") == true)
    _ = try scratch.write(dump.text(steps: [5, 15]))
    #expect(message { _ = try readAll(trajectory) }?.contains("changed") == true)
  }
}
