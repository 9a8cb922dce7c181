import Foundation
import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// LAMMPS' binary and yaml dumps beside the text dumps that the same runs wrote with all digits.
@Suite(.tags(.fast)) struct OtherDumpTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func contents(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
  }

  private func sorted(_ batch: AtomBatch) -> [(Int64, UInt8, Vector)] {
    batch.ids.indices.map {
      (batch.ids[$0], batch.species[$0], Vector(batch.x[$0], batch.y[$0], batch.z[$0]))
    }.sorted { $0.0 < $1.0 }
  }

  private func expectSame(_ name: String, _ text: String, to tolerance: Double = 1e-12) throws {
    let ours = try readAll(fixture(name)), theirs = try readAll(fixture(text))
    #expect(ours.count == 3 && theirs.count == 3, "\(name)")
    for ((header, atoms), (other, expected)) in zip(ours, theirs) {
      #expect(header.step == other.step && header.atomCount == other.atomCount, "\(name)")
      #expect(header.saysBoundary && header.cell.isPeriodic == other.cell.isPeriodic, "\(name)")
      for (a, b) in [
        (header.cell.a, other.cell.a), (header.cell.b, other.cell.b),
        (header.cell.c, other.cell.c), (header.cell.origin, other.cell.origin),
      ] {
        let difference = a - b
        #expect(dot(difference, difference) < 1e-24, "\(name)")
      }
      let left = sorted(atoms), right = sorted(expected)
      #expect(left.count == right.count && atoms.atomsRead == expected.atomsRead, "\(name)")
      for (a, b) in zip(left, right) {
        let difference = a.2 - b.2
        #expect(
          a.0 == b.0 && a.1 == b.1 && dot(difference, difference) < tolerance * tolerance,
          "\(name)")
      }
    }
  }

  @Test("binary dumps: scaled and plain positions, tilted and general cells, dump atom")
  func binary() throws {
    try expectSame("lammps-tri.bin", "lammps-tri.lammpstrj")
    try expectSame("lammps-general.bin", "lammps-general.lammpstrj")
    try expectSame("lammps-atom.bin", "lammps-tri.lammpstrj")
    // Columns of elements hold numbers of types.
    try expectSame("lammps-element.bin", "lammps-tri.lammpstrj")
    let times = try readAll(fixture("lammps-tri.bin")).map(\.header.time)
    #expect(times == [0, 0.005, 0.01])
    #expect(try readAll(fixture("lammps-atom.bin"))[0].header.time == nil)
  }

  @Test("yaml dumps: tilted cells, blocks of thermodynamic output, times")
  func yaml() throws {
    try expectSame("lammps-tri.yaml", "lammps-tri.lammpstrj")
    let read = try readAll(fixture("lammps-tri.yaml"))
    #expect(read.map(\.header.time) == [0, 0.005, 0.01] && read[0].header.holdsAtoms)
    let crlf = try contents("lammps-tri.yaml").flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    let path = try scratch.write(crlf, as: "crlf.yaml")
    #expect(try readAll(path).map(\.atoms) == read.map(\.atoms))
  }

  @Test("parts of a frame are the frame", arguments: ["lammps-tri.bin", "lammps-tri.yaml"])
  func parts(name: String) throws {
    let run = try Trajectory.open(paths: [fixture(name)])
    let reader = TrajectoryReader(run, species: try .water())
    for frame in run.frames {
      let header = try reader.header(of: frame)
      let whole = try reader.atoms(of: frame, header: header)
      #expect(try reader.census(of: frame, header: header) == ["1": 2, "2": 4])
      for parts in 1...7 {
        var all = AtomBatch()
        for part in 0..<parts {
          all.append(try reader.atoms(of: frame, header: header, part: part, of: parts))
        }
        #expect(all == whole)
      }
    }
  }

  @Test("the atoms of several processes are several blocks") func blocks() throws {
    let whole = try contents("lammps-tri.bin")
    let header = try #require(BinaryDumpHeader(whole))
    #expect(header.blockCount == 1 && header.columns == ["id", "type", "xs", "ys", "zs"])
    let size = Int(header.size), row = 8 * header.columns.count
    var made = Array(whole[..<(size - 4)]) + [3, 0, 0, 0]
    var place = size + 4
    for count in [2, 0, 4] {
      made += [UInt8(count * header.columns.count), 0, 0, 0]
      made += whole[place..<(place + count * row)]
      place += count * row
    }
    let path = try scratch.write(made + whole[place...], as: "blocks.bin")
    let split = try readAll(path), plain = try readAll(fixture("lammps-tri.bin"))
    #expect(split.map(\.atoms) == plain.map(\.atoms))
  }

  @Test("every truncation is refused or read in whole frames")
  func truncated() throws {
    for name in ["lammps-tri.bin", "lammps-tri.yaml"] {
      let whole = try contents(name)
      for count in stride(from: 4, to: whole.count, by: 7) {
        let path = try scratch.write(Array(whole[..<count]), as: "cut")
        guard let run = try? Trajectory.open(paths: [path]) else { continue }
        #expect(run.frames.count <= 3)
        let reader = TrajectoryReader(run, species: try .water())
        for frame in run.frames {
          let header = try reader.header(of: frame)
          #expect(try reader.atoms(of: frame, header: header).atomsRead == 6)
        }
      }
    }
  }

  /// What reading a changed copy of a file says.
  private func complaint(
    _ name: String, types: String? = "1=O,2=H", _ change: (inout [UInt8]) -> Void
  ) throws -> String? {
    var bytes = try contents(name)
    change(&bytes)
    let path = try scratch.write(bytes, as: name)
    let map = try SpeciesMap(
      names: ["O", "H"], types: types.map { try SpeciesMap.parse(types: $0) } ?? [:])
    return message { _ = try readAll(path, species: map) }
  }

  @Test("damaged and unusable binary dumps are refused with the reason") func refusals() throws {
    let header = try #require(BinaryDumpHeader(try contents("lammps-tri.bin")))
    let first = Int(header.size) + 4
    func set(_ column: Int, _ value: Double) -> (inout [UInt8]) -> Void {
      { bytes in
        let place = first + 8 * column
        bytes.replaceSubrange(
          place..<(place + 8),
          with: withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
      }
    }
    func says(_ text: String, types: String? = "1=O,2=H", _ change: (inout [UInt8]) -> Void)
      throws
    {
      let found = try complaint("lammps-tri.bin", types: types, change)
      #expect(found?.contains(text) == true, "\(found ?? "read")")
    }
    try says("expected an atom id (an integer), found 1.5", set(0, 1.5))
    try says("atom 1: expected a type (an integer), found 1.5", set(1, 1.5))
    try says("atom 1: type 3 is not in --types", set(1, 3))
    try says("atom 1: expected a finite number for xs, found nan", set(2, .nan))
    try says("a coordinate is too large for a number in Å", set(2, 1e308))
    try says("6 atoms, 2 of type 1, 4 of type 2; if this is water: --types 1=O,2=H", types: nil) {
      _ in
    }
    try says("expected a block of whole atoms at byte") { $0[first - 4] = 29 }
    try says("expected 6 atoms, found 5: the frame is damaged") { $0[first - 4] = 25 }
    try says("expected an element or type column, found id tyqe xs ys zs") { bytes in
      bytes[Int(header.size) - 4 - 11] = UInt8(ascii: "q")
    }
    try says("expected a frame between two valid headers") { bytes in
      bytes[Int(header.length) + 8] = UInt8(ascii: "X")
    }
    // A frame that was refused leaves nothing to the next.
    var bytes = try contents("lammps-tri.bin")
    set(6, 1.5)(&bytes)
    let run = try Trajectory.open(paths: [try scratch.write(bytes, as: "second.bin")])
    let reader = TrajectoryReader(run, species: try .water())
    let headers = try run.frames.map { try reader.header(of: $0) }
    #expect(throws: TrajectoryError.self) {
      try reader.atoms(of: run.frames[0], header: headers[0])
    }
    #expect(try reader.atoms(of: run.frames[1], header: headers[1]).count == 6)
    // Revision 1 and files of big-endian machines.
    try says("is a binary LAMMPS dump of another layout than revision 2") { $0[22] = 1 }
  }

  @Test("damaged yaml dumps are refused with the reason") func yamlRefusals() throws {
    func says(_ text: String, _ old: String, _ new: String) throws {
      let found = try complaint("lammps-tri.yaml") { bytes in
        bytes = Array(
          String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: old, with: new).utf8)
      }
      #expect(found?.contains(text) == true, "\(old): \(found ?? "read")")
    }
    try says("expected timestep, natoms, boundary, box and keywords before data", "box:", "bax:")
    try says("expected coordinate columns x y z", "type, x,", "type, r,")
    try says("expected 6 atoms, found 5", "  - [ 6 , 2 ,", "#")
    try says("units lj have no length in Å", "units: metal", "units: lj")
    try says("is not in --types", " 1 , 1 ,", " 1 , 7 ,")
  }
}
