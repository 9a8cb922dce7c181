import Foundation
import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// GRO, extended XYZ and LAMMPS data: what is accepted, and what is refused with which message.
@Suite(.tags(.fast)) struct StructureFormatTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let groFrame = """
    water, t=  12.50000 step= 25
        4
        1SOL     OW    1   0.126   1.624   1.679  0.1227 -0.0580  0.0434
        1SOL    HW1    2   0.190   1.661   1.747  0.8085  0.3191 -0.7791
        1SOL    HW2    3   0.177   1.568   1.613 -0.9045 -2.6469  1.3180
        1SOL     MW99999  -0.130  -1.620   1.680  0.0000  0.0000  0.0000
       1.86200   1.86206   1.90000   0.00000   0.00000   0.10000   0.00000   0.20000  -0.30000

    """

  private static let xyzFrame = """
    3
    Properties=species:S:1:pos:R:3:forces:R:3 Lattice="10.0 0 0 1 20 0 0 2 30" step=7 Time=0.5 pbc="T F T" Origin="1 2 3" note="a = b"
    O 1.0 2.0 3.0 0 0 0
    H 1.5 2.0 -3.0e0 0 0 0
    H 1.0 2.5 3.0 0 0 0

    """

  @Test func gro() throws {
    let path = try scratch.write(
      Self.groFrame + Self.groFrame.replacingOccurrences(of: "step= 25", with: "step= 50"),
      as: "a.gro")
    let trajectory = try Trajectory.open(paths: [path])
    #expect(trajectory.frames.map(\.step) == [25, 50] && trajectory.warnings == [])
    let frames = try readAll(trajectory)
    #expect(frames[1].header.time == 12.5)
    #expect(
      frames[1].header.notes.count == 2
        && frames[1].header.notes[1].hasPrefix("--types 1=O,2=H is not used"))
    #expect(
      frames[1].header.notes[0].hasSuffix(
        "atoms named MW are sites without mass (virtual sites) and are ignored"))
    let cell = frames[0].header.cell
    let edges = [Vector(18.62, 0, 0), Vector(1, 18.6206, 0), Vector(2, -3, 19)]
    for axis in 0..<3 { #expect(length(cell.edge(axis) - edges[axis]) < 1e-12) }
    #expect(
      frames[0].atoms.ids == [1, 2, 3] && frames[0].atoms.species == [0, 1, 1]
        && frames[0].atoms.atomsRead == 4)
    #expect(zip(frames[0].atoms.x, [1.26, 1.90, 1.77]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func groOfAnyPrecisionAndEnd() throws {
    // Nine decimals in 14 columns, as `gmx -ndec 9` writes; no newline at the end; carriage
    // returns.
    let precise = """
      title
      2
          1SOL     OW    1   0.126000001   1.624000002  10.679000003
          1SOL    HW1    2  -0.190000001   1.661000002   1.747000003
         5.000000000   5.000000000   5.000000000
      """
    for text in [
      precise, precise + "\n", precise.replacingOccurrences(of: "\n", with: "\r\n") + "\r\n",
      precise + "\n\n  \n",
    ] {
      let frames = try readAll(scratch.write(text, as: "a.gro"))
      #expect(
        frames.count == 1 && abs(frames[0].atoms.z[0] - 106.79000003) < 1e-12
          && abs(frames[0].atoms.x[1] + 1.90000001) < 1e-12)
    }
    // Numbers without a space between them.
    let tight = "t\n1\n    1SOL     OW    1-100.126-100.624-100.679\n 1.0 2.0 3.0\n"
    let frames = try readAll(scratch.write(tight, as: "a.gro"))
    #expect(abs(frames[0].atoms.z[0] + 1006.79) < 1e-9)
  }

  @Test func badGRO() throws {
    func text(_ content: String) -> String? {
      message { _ = try readAll(scratch.write(content, as: "a.gro")) }
    }
    let frame = Self.groFrame
    #expect(
      text(frame + frame.split(separator: "\n").prefix(4).joined(separator: "\n") + "\n") == nil)
    let cut = try Trajectory.open(paths: [scratch.write(frame + frame.prefix(300), as: "a.gro")])
    #expect(
      cut.frames.count == 1
        && cut.warnings.contains {
          $0.contains("a.gro:8 (frame 1): the last frame is truncated and ignored")
        })
    #expect(
      text(frame.replacingOccurrences(of: "1.661", with: "1.6a1"))?.hasPrefix(
        "a.gro:4 (frame 0): atom 2: expected three finite numbers")
        == true)
    // A line with missing characters has other numbers in the adjacent columns.
    #expect(
      text(frame.replacingOccurrences(of: "1.661", with: "1.6"))?.hasPrefix(
        "a.gro:4 (frame 0): atom 2: expected three finite numbers of 8 columns, decimal points aligned"
      )
        == true)
    #expect(
      text(frame.replacingOccurrences(of: "1.86200 ", with: "1.8x200 "))?.hasPrefix(
        "a.gro:7 (frame 0): expected the box (3 or 9 numbers)")
        == true)
    let missing =
      frame.split(separator: "\n").enumerated().filter { $0.offset != 3 }.map { String($0.element) }
      .joined(separator: "\n") + "\n"
    let later = frame.replacingOccurrences(of: "step= 25", with: "step= 50")
    #expect(
      text(missing + later)?.hasPrefix(
        "a.gro:6 (frame 0): expected 4 atoms, found 3: the frame is truncated") == true)
    #expect(
      text(frame.replacingOccurrences(of: "\n    4\n", with: "\n576460752303423488\n"))?.contains(
        "no complete frame") == true)
    #expect(
      text(frame.replacingOccurrences(of: "\n    4\n", with: "\n    3\n") + later)?.hasPrefix(
        "a.gro:6 (frame 0): expected the box after 3 atoms, found 1 more line") == true)
  }

  @Test func extendedXYZ() throws {
    let frames = try readAll(scratch.write(Self.xyzFrame, as: "a.xyz"))
    let header = frames[0].header
    #expect(header.step == 7 && header.time == 0.5 && header.cell.origin == Vector(1, 2, 3))
    #expect(
      header.cell.a == Vector(10, 0, 0) && header.cell.b == Vector(1, 20, 0)
        && header.cell.c == Vector(0, 2, 30))
    #expect(header.cell.isPeriodic == (true, false, true))
    #expect(
      frames[0].atoms.x == [1, 1.5, 1] && frames[0].atoms.z == [3, -3, 3]
        && frames[0].atoms.species == [0, 1, 1])
    // Ids and types as OVITO writes them, and other spellings.
    let other = """
      2
      Lattice=[10,0,0,0,10,0,0,0,10] Timestep=3 Properties=id:I:1:type:I:1:pos:R:3
      9 2 1 2 3
      4 1 4 5 6
      """
    let typed = try readAll(scratch.write(other + "\n", as: "a.xyz"))
    #expect(
      typed[0].atoms.ids == [9, 4] && typed[0].atoms.species == [1, 0] && typed[0].header.step == 3)
  }

  /// The same frames compressed, in shares of any size, and with a damaged one between them. Atomic
  /// numbers alone are types, next to symbols they are ignored.
  @Test func atomicNumbers() throws {
    func xyz(_ properties: String, _ atoms: String) throws -> String {
      try scratch.write(
        "2\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=\(properties)\n\(atoms)\n", as: "z.xyz")
    }
    let map = try SpeciesMap(names: ["O", "H"], types: [8: "O", 1: "H"])
    for name in ["Z", "numbers"] {
      let path = try xyz("pos:R:3:\(name):I:1", "1 2 3 8\n2 2 3 1")
      #expect(try readAll(path, species: map)[0].atoms.species == [0, 1])
      #expect(
        message { _ = try readAll(path, species: SpeciesMap(names: ["O"])) }?.contains(
          "1 of type 1, 1 of type 8") == true)
    }
    let both = try xyz("species:S:1:pos:R:3:Z:I:1", "H 1 2 3 8\nO 2 2 3 1")
    #expect(try readAll(both, species: SpeciesMap(names: ["O", "H"]))[0].atoms.species == [1, 0])
  }

  @Test func manyFrames() throws {
    var text = ""
    for step in 0..<40 {
      text += Self.xyzFrame.replacingOccurrences(of: "step=7", with: "step=\(10 * step)")
    }
    let expected = try readAll(scratch.write(text, as: "a.xyz"))
    #expect(expected.map(\.header.step) == (0..<40).map { $0 * 10 })
    for (name, bytes) in [("a.xyz.gz", gzip(text)), ("a.xyz.zst", zstd(text))] {
      #expect(try readAll(scratch.write(bytes, as: name)).map(\.atoms) == expected.map(\.atoms))
    }
    let source = try TrajectorySource(path: scratch.path("a.xyz"))
    let whole = try source.index(merging: [source.scan(0..<source.size)], file: 0)
    for parts in [2, 7, 50, 400, Int(source.size)] {
      let index = try source.index(
        merging: (0..<parts).map { try source.scan(source.share($0, of: parts)) }, file: 0)
      #expect(index == whole, "\(parts) shares")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.remove(at: 5 * 20 + 3)
    let trajectory = try Trajectory.open(paths: [
      scratch.write(lines.joined(separator: "\n"), as: "b.xyz")
    ])
    #expect(
      trajectory.frames.count == 40
        && trajectory.frames.indices.filter { !trajectory.frames[$0].isSound } == [20])
    let reader = try TrajectoryReader(trajectory, species: .water())
    #expect(
      message { _ = try reader.header(of: trajectory.frames[20]) }
        == "b.xyz:105 (frame 20): expected 3 atoms, found 2: the frame is truncated")
    #expect(
      try reader.atoms(of: trajectory.frames[21], header: reader.header(of: trajectory.frames[21]))
        == expected[21].atoms)
  }

  @Test func badXYZ() throws {
    func text(_ content: String) -> String? {
      message { _ = try readAll(scratch.write(content, as: "a.xyz")) }
    }
    let frame = Self.xyzFrame
    #expect(
      text("3\nwater\nO 0 0 0\nH 1 0 0\nH 0 1 0\n")?.contains(
        "is an XYZ file without a cell (no Lattice") == true)
    #expect(
      text(frame.replacingOccurrences(of: "0 2 30", with: "0 2"))?.hasPrefix(
        "a.xyz:2 (frame 0): expected Lattice=\"…\" with nine finite numbers") == true)
    #expect(
      text(frame.replacingOccurrences(of: "0 2 30", with: "0 2 nan"))?.contains(
        "nine finite numbers") == true)
    #expect(
      text(frame.replacingOccurrences(of: "10.0 0 0 1 20 0 0 2 30", with: "10 0 0 10 0 0 0 0 1"))?
        .contains("the box has no volume") == true
    )
    #expect(
      text(frame.replacingOccurrences(of: "pos:R:3", with: "pos:R:2"))?.contains(
        "expected coordinate columns x y z") == true)
    #expect(
      text(frame.replacingOccurrences(of: "forces:R:3", with: "forces:R:99999999999"))?.contains(
        "expected 1 to 64 columns for forces")
        == true)
    #expect(
      text(frame.replacingOccurrences(of: "T F T", with: "T F"))?.contains("expected pbc=") == true)
    #expect(
      text(frame.replacingOccurrences(of: "1.5", with: "x.5"))?.hasPrefix(
        "a.xyz:4 (frame 0): atom 2: expected a finite number for x, found 'x.5'") == true)
    #expect(text("576460752303423488" + frame.dropFirst())?.contains("no complete frame") == true)
    #expect(
      text("1152921504606846976" + frame.dropFirst())?.contains(
        "expected a number of atoms and a comment") == true)
    for end in [1, 20, 60] {
      let cut = try Trajectory.open(paths: [
        scratch.write(
          frame + frame.replacingOccurrences(of: "step=7", with: "step=8").dropLast(end),
          as: "a.xyz")
      ])
      #expect(
        cut.frames.count == 1
          && cut.warnings.contains { $0.contains("the last frame is truncated and ignored") })
    }
  }

  /// Damaged text of each format is read or refused, also in parts, and without a crash.
  @Test(arguments: ["a.gro", "a.xyz", "a.xyz.gz", "w.data"]) func mutants(_ name: String) throws {
    let words = [
      "576460752303423488", "\n\n", "nan", "-", "\"", "Lattice=", "\n3\n", "\r", "1e999",
      " Atoms # full\n", ".",
    ].map {
      Array($0.utf8)
    }
    let text = name == "a.gro" ? Self.groFrame + Self.groFrame : Self.xyzFrame + Self.xyzFrame
    var original = Array(text.utf8)
    if name == "w.data" {
      original = Array(try String(contentsOfFile: fixture("water.data"), encoding: .utf8).utf8)
    }
    if name.hasSuffix("gz") { original = gzip(text) }
    var generator = SeededGenerator(seed: UInt64(original.count))
    var readable = 0
    for _ in 0..<600 {
      var mutant = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) where !mutant.isEmpty {
        let place = Int.random(in: 0..<mutant.count, using: &generator)
        let end = min(mutant.count, place + Int.random(in: 1...60, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: mutant[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: mutant.removeSubrange(place..<end)
        case 2:
          mutant.insert(
            contentsOf: mutant[place..<end], at: Int.random(in: 0...mutant.count, using: &generator)
          )
        case 3:
          mutant.replaceSubrange(
            place..<min(mutant.count, place + 2), with: words.randomElement(using: &generator)!)
        case 4: mutant.removeSubrange(place...)
        default: mutant[place..<end].reverse()
        }
      }
      let path = try scratch.write(mutant, as: name)
      do {
        if name == "w.data" {
          _ = try Topology(path: path)
          readable += 1
          continue
        }
        let trajectory = try Trajectory.open(paths: [path])
        let reader = TrajectoryReader(trajectory, species: try .water())
        for frame in trajectory.frames {
          guard let header = try? reader.header(of: frame),
            let whole = try? reader.atoms(of: frame, header: header)
          else { continue }
          var joined = AtomBatch()
          for part in 0..<3 {
            joined.append(try reader.atoms(of: frame, header: header, part: part, of: 3))
          }
          #expect(joined == whole && whole.atomsRead == header.atomCount)
          readable += 1
        }
      } catch let error as TrajectoryError {
        #expect(!error.reason.isEmpty)
      }
    }
    #expect(readable > (["w.data", "a.xyz.gz"].contains(name) ? 0 : 20), "\(readable)")
  }

  @Test func names() {
    for (name, residue, element) in [
      ("OW", "SOL", "O"), ("HW1", "SOL", "H"), ("HW2", "SOL", "H"), ("MW", "SOL", "M"),
      ("O", "HOH", "O"), ("H1", "HOH", "H"),
      ("OH2", "TIP3", "O"),
      ("M", "WAT", "M"), ("EPW", "WAT", "M"), ("OM", "TIP4", "M"), ("NA", "NA", "Na"),
      ("NA+", "NA+", "Na"), ("CL", "CL", "Cl"),
      ("CA", "CA", "Ca"),
      ("CA", "ALA", "C"), ("OD1", "ASP", "O"), ("1HB", "ALA", "H"), ("K", "K", "K"),
      ("MG", "MG", "Mg"), ("Cu", "", "Cu"), ("Fe", "", "Fe"),
      ("O", "", "O"), ("Hw", "SOL", "H"),
    ] {
      #expect(AtomNames.element(ofAtom: name, residue: residue) == element, "\(name) \(residue)")
    }
  }
}
