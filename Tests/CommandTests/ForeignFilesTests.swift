import Foundation
import HDF5
import ProgramSupport
import Testing

/// Files as other programs write them: each is read right, or refused with the true reason, and
/// what is dropped, assumed or joined is said.
@Suite(.serialized, .tags(.mpi)) struct ForeignFilesTests {
  private static let files = "\(Checkout.root)/Tests/CommandTests/Foreign"
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func path(_ name: String) -> String { "\(Self.files)/\(name)" }

  /// The SOAP vectors of a file.
  private func vectors(_ name: String, _ options: [String] = []) throws -> (Outcome, [Double]) {
    let output = folder("\(name.split(separator: "/").last ?? "").vectors.h5")
    let outcome = try Program.run(
      ["describe", name.hasPrefix("/") ? name : path(name), "-o", output, "--overwrite"] + options)
    guard outcome.code == 0 else { return (outcome, []) }
    return (outcome, try File.open(output).dataset("/soap/value").readAll())
  }

  private func expectSame(
    _ left: String, _ right: String, _ options: [String], to tolerance: Double = 1e-3,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let (first, a) = try vectors(left, options), (second, b) = try vectors(right, options)
    #expect(first.code == 0 && second.code == 0, "\(first)\(second)", sourceLocation: location)
    let difference = zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
    #expect(a.count == b.count && difference < tolerance, "\(difference)", sourceLocation: location)
  }

  private func analyze(_ name: String, _ options: [String]) throws -> Outcome {
    try Program.run(
      [
        "analyze", name.hasPrefix("/") ? name : path(name), "--model", Checkout.model("M2-OH"),
        "-o", folder("r.h5"),
        "--overwrite", "--quiet", "--no-guard",
      ] + options)
  }

  private let types = ["--types", "1=O,2=H"]

  @Test("H5MD: a box, units, ids and species of their own") func h5md() throws {
    try expectSame("box-steps.h5", "box-steps.lammpstrj", types)
    try expectSame("fixed-id.h5", "series-id.h5", types, to: 1e-9)
    try expectSame("units-a.h5", "water.lammpstrj", types)
    try expectSame("units-b.h5", "water.lammpstrj", types)
    let (outcome, _) = try vectors("species-series.h5", types)
    #expect(
      outcome.code == 65
        && outcome.error.contains(
          "species differs from that of the first frame, and there are no "
            + "ids"),
      "\(outcome)")
  }

  @Test("H5MD of GROMACS 2026 and of znh5md") func h5mdNames() throws {
    let (gromacs, vectors) = try vectors("gromacs.h5md")
    #expect(gromacs.code == 0 && vectors.count == 2 * 16 * 546, "\(gromacs)")
    #expect(gromacs.error.contains("16 sites without mass (virtual sites) are ignored"))
    let (znh5md, other) = try self.vectors("znh5md.h5")
    #expect(znh5md.code == 0 && other.count == 2 * 16 * 546, "\(znh5md)")
    #expect(znh5md.error.contains("times are unknown; specify --time-step PS"), "\(znh5md)")
  }

  @Test("an H5MD file that another program is writing") func locked() throws {
    let copy = try folder.write(try bytes(of: path("held.h5md")), as: "held.h5md")
    let writer = try File.open(copy, writable: true)
    for command in [["inspect", copy], ["describe", copy, "-o", folder("o.h5")] + types] {
      let outcome = try Program.run(command)
      #expect(
        outcome.code == 65 && outcome.complaints.count == 1
          && outcome.error.contains("another program has it open for writing"), "\(outcome)")
      #expect(outcome.error.contains("set HDF5_USE_FILE_LOCKING=FALSE to read it anyway"))
      let followed = try Program.run(
        Array(command.prefix(4)) + (command[0] == "inspect" ? [] : ["--types", "8=O,1=H"]),
        environment: ["HDF5_USE_FILE_LOCKING": "FALSE"])
      #expect(followed.code == 0 && !followed.error.contains("lock"), "\(followed)")
    }
    let isStillOpen = writer.exists("/particles")
    #expect(isStillOpen)
  }

  @Test("one snapshot in several files") func parts() throws {
    let outcome = try Program.run(
      ["describe", path("part.0"), path("part.1"), "-o", folder("o.h5")] + types)
    #expect(
      outcome.code == 65
        && outcome.error.contains("holds 48 atoms of step 0")
        && outcome.error.contains("48 others of the same step"), "\(outcome)")
  }

  @Test("elements that cannot be meant, labels, numbers and isotopes") func names() throws {
    let (elements, _) = try vectors("element-c.lammpstrj", types)
    #expect(
      elements.code == 0 && elements.error.contains("--types 1=O,2=H is used instead"),
      "\(elements)")
    let (bare, _) = try vectors("element-c.lammpstrj")
    #expect(bare.code == 65 && bare.error.contains("found no H among C: 96"), "\(bare)")
    #expect(try vectors("typelabel.lammpstrj").0.code == 0)
    #expect(try vectors("typelabel.lammpstrj", ["--types", "OW=O,HW=H"]).0.warnings.isEmpty)
    #expect(try vectors("numbers.extxyz", types).0.code == 0)
    let (heavy, _) = try vectors("d2o.xyz")
    #expect(
      heavy.code == 0
        && heavy.warnings.filter { $0.contains("64 D treated as hydrogen (H)") }.count == 1,
      "\(heavy)")
    #expect(try vectors("d2o.xyz", ["--types", "D=H"]).0.code == 0)
  }

  @Test("times of extended XYZ by LAMMPS: not known, --time-step counts") func times() throws {
    let unknown = try analyze("lammps.extxyz", [])
    #expect(unknown.code == 0 && unknown.error.contains("specify --time-step PS"), "\(unknown)")
    func time() throws -> [Double] {
      try File.open(folder("r.h5")).dataset("/observables/M2-OH/phase_count/time").readAll()
    }
    #expect(try time().allSatisfy(\.isNaN))
    #expect(try analyze("lammps.extxyz", ["--time-step", "0.0005"]).code == 0)
    #expect(try time() == [0, 0.005])
  }

  @Test("times that writers make up: none, or said, and --time-step counts")
  func inventedTimes() throws {
    func times() throws -> [Double] {
      try File.open(folder("r.h5")).dataset("/observables/M2-OH/phase_count/time").readAll()
    }
    let topology = ["--topology", path("water.gro")]
    // chemfiles: 0 ps in every frame, and a DCD without a time step.
    for (name, said) in [
      ("chemfiles.xtc", "every frame has the same time"),
      ("chemfiles.dcd", "the header gives no time step"),
    ] {
      let outcome = try analyze(name, topology)
      #expect(
        outcome.code == 0 && outcome.warnings.filter { $0.contains(said) }.count == 1, "\(outcome)")
      #expect(outcome.error.contains("specify --time-step PS"), "\(outcome)")
      #expect(try times().allSatisfy(\.isNaN), "\(name)")
      // The advice.
      let given = try analyze(name, topology + ["--time-step", "0.5"])
      #expect(given.code == 0 && given.warnings.isEmpty, "\(given)")
      #expect(try times() == (name == "chemfiles.xtc" ? [0, 50, 100] : [0, 0.5, 1]), "\(name)")
    }
    // MDTraj: frame k has step k and k ps.
    let counted = try analyze("mdtraj.xtc", topology)
    #expect(
      counted.code == 0 && counted.error.contains("its times are 0, 1, 2, … ps")
        && counted.warnings.count == 1, "\(counted)")
    #expect(try times() == [0, 1, 2])
    let given = try analyze("mdtraj.xtc", topology + ["--time-step", "0.5"])
    #expect(given.code == 0 && given.warnings.isEmpty, "\(given)")
    // Its numbers of frames are no steps of a table.
    let table = try folder.write("step,pressure_GPa\n0,0.1\n1,0.2\n", as: "t.csv")
    let joined = try analyze("mdtraj.xtc", topology + ["--thermo", table])
    #expect(
      joined.code == 65 && joined.error.contains("cannot be joined: the frames' steps are numbers"),
      "\(joined)")
  }

  @Test("a table with times joins frames whose steps are not known") func joinedByTime() throws {
    let text = String(decoding: try bytes(of: path("numbers.extxyz")), as: UTF8.self)
    let parts = text.split(separator: "Lattice=")
    #expect(parts.count > 2)
    let timed = try folder.write(
      parts.enumerated().map { k, part in
        k == 0 ? String(part) : "Time=\(2 + 0.5 * Double(k)) Lattice=\(part)"
      }.joined(), as: "timed.extxyz")
    let table = try folder.write("time_ps,pressure_GPa\n2.5,0.25\n", as: "t.csv")
    let outcome = try Program.run(
      [
        "analyze", timed, "--model", Checkout.model("M2-OH"), "-o", folder("r.h5"), "--overwrite",
        "--quiet", "--no-guard", "--thermo", table,
      ] + types)
    #expect(outcome.code == 0 && outcome.error.contains("joined by time"), "\(outcome)")
    let denser = try folder.write(
      "time_ps,pressure_GPa\n1.9,0.2\n2.3,0.3\n2.7,0.4\n", as: "denser.csv")
    let between = try Program.run(
      [
        "analyze", timed, "--model", Checkout.model("M2-OH"), "-o", folder("r.h5"), "--overwrite",
        "--quiet", "--no-guard", "--thermo", denser,
      ] + types)
    #expect(
      between.code == 0 && between.error.contains("are between the times of")
        && between.error.contains("their values are interpolated")
        && between.error.contains("no line for 2 of the 3 frames' times"), "\(between)")
  }

  @Test("units that writers spell or misplace") func spelledUnits() throws {
    let topology = ["--topology", path("water.gro")]
    let (ase, vectors) = try vectors("ase.nc", topology)
    #expect(
      ase.code == 0 && vectors.count == 2 * 32 * 546
        && ase.error.contains("has the unit of a velocity ('angstrom/femtosecond')"), "\(ase)")
    try expectSame("units-power.h5", "ase.nc", types + topology)
    let outcome = try Program.run(["inspect", path("units-power.h5")] + types)
    #expect(outcome.code == 0 && outcome.output.contains("time 0.0 ps"), "\(outcome)")
    // Positions in nm, the edges of the cell in Å without a unit.
    let (mixed, _) = try self.vectors("units-nm.h5", types)
    #expect(
      mixed.code == 0 && mixed.error.contains("the density is 0.001 g/cm³"), "\(mixed)")
  }

  @Test("DCD: the shape matrix by version, times that writers invent") func dcd() throws {
    try expectSame("shape.dcd", "shape.xyz", ["--topology", path("shape.gro")], to: 1)
    var content = try bytes(of: path("shape.dcd"))
    content.replaceSubrange(16..<20, with: [1, 0, 0, 0])
    content.replaceSubrange(44..<48, with: [0, 0, 0x80, 0x3F])
    let made = try folder.write(content, as: "made.dcd")
    let outcome = try Program.run(["inspect", made, "--topology", path("shape.gro")])
    #expect(
      outcome.code == 0 && outcome.output.contains("times are unknown")
        && !outcome.output.contains("time 0.0 ps"), "\(outcome)")
    // 0.25 ps per step and one step per frame, as MDAnalysis writes: numbers of the frames.
    content.replaceSubrange(
      44..<48,
      with: withUnsafeBytes(of: Float(0.25 / 0.048_888_21).bitPattern.littleEndian, Array.init))
    let numbered = try folder.write(content, as: "numbered.dcd")
    let table = try folder.write("step,pressure_GPa\n0,0.1\n1,0.2\n2,0.3\n", as: "steps.csv")
    let joined = try analyze(
      numbered, ["--topology", path("shape.gro"), "--thermo", table])
    #expect(
      joined.code == 65 && joined.error.contains("cannot be joined: the frames' steps are numbers"),
      "\(joined)")
    let timed = try folder.write(
      "time_ps,pressure_GPa\n0,0.1\n0.25,0.2\n0.5,0.3\n", as: "times.csv")
    #expect(
      try analyze(numbered, ["--topology", path("shape.gro"), "--thermo", timed]).code == 0)
  }

  @Test("boundaries of formats that do not have them") func boundary() throws {
    let slab = ["--topology", path("slab.data")] + types
    let assumed = try analyze("slab.xtc", slab)
    #expect(
      assumed.code == 0
        && assumed.error.contains("across the cell boundary along z")
        && assumed.error.contains("p,p,f"),
      "\(assumed)")
    let given = try analyze("slab.xtc", slab + ["--boundary", "p,p,f"])
    // The few molecules of the file have no neighbours, and lie outside the cell along z.
    #expect(
      given.code == 0
        && given.warnings.allSatisfy {
          $0.contains("neighbours within 3.0 Å")
            || $0.contains("the cell is placed around the atoms")
        }, "\(given)")
    let contradiction = try analyze("water.lammpstrj", types + ["--boundary", "p,p,f"])
    #expect(
      contradiction.code == 64
        && contradiction.error.contains("has the boundaries p,p,p, --boundary gives p,p,f"),
      "\(contradiction)")
    #expect(try analyze("slab.xtc", slab + ["--boundary", "p,q"]).code == 64)
  }

  @Test("a cell that does not hold its atoms") func foreignCell() throws {
    let outcome = try analyze("general.dump.gz", types)
    #expect(
      outcome.code == 65 && outcome.error.contains("lie outside the periodic cell"), "\(outcome)")
    // A cell in nm around positions in Å: the same, in a format that is not of LAMMPS.
    var text = String(decoding: try bytes(of: path("shape.xyz")), as: UTF8.self)
    let lattice = try #require(text.firstRange(of: /Lattice="[^"]*"/))
    text.replaceSubrange(lattice, with: "Lattice=\"3 0 0 0 3 0 0 0 3\" pbc=\"T T T\"")
    let small = try vectors(try folder.write(text, as: "small.xyz")).0
    #expect(
      small.code == 65 && small.error.contains("check that both have the same unit"), "\(small)")
  }

  @Test("a last line without a newline") func newline() throws {
    let (cut, _) = try vectors("no-newline.xyz")
    #expect(
      cut.code == 65 && cut.error.contains("its last line does not end with a newline"), "\(cut)")
    // The advice.
    let whole = try folder.write(
      try bytes(of: path("no-newline.xyz")) + [0x0A], as: "whole.xyz")
    #expect(try vectors(whole).0.code == 0)
  }

  @Test("lines of Windows in every text format") func carriageReturns() throws {
    let cases: [(String, [String])] = [
      ("water.lammpstrj", types), ("shape.gro", []), ("shape.xyz", []), ("numbers.extxyz", types),
    ]
    for (name, options) in cases {
      let text = String(decoding: try bytes(of: path(name)), as: UTF8.self)
      let copy = try folder.write(text.replacing("\n", with: "\r\n"), as: name)
      let (left, a) = try vectors(name, options), (right, b) = try vectors(copy, options)
      #expect(left.code == 0 && right.code == 0 && a == b, "\(name): \(right)")
    }
  }

  @Test("logs: foreign lines, several runs, any order of columns") func logs() throws {
    func pressures(_ log: String) throws -> (Outcome, [Double]) {
      let outcome = try analyze("water.lammpstrj", types + ["--thermo", path(log)])
      guard outcome.code == 0 else { return (outcome, []) }
      return (
        outcome, try File.open(folder("r.h5")).dataset("/observables/pressure/value").readAll()
      )
    }
    let atmosphere = 1.013_25e-4
    let shake = try pressures("log.shake")
    #expect(
      // The log's last run has no line for the last frame's step.
      shake.1.count == 3 && shake.1[0].isFinite && shake.1[1].isFinite
        && shake.0.error.contains("6 line(s) between the rows of its tables"), "\(shake)")
    // The last run's values, not those of the run before it.
    let silent = try pressures("log.silent")
    #expect(silent.1.first == 10526.225 * atmosphere, "\(silent)")
    #expect(silent.0.error.contains("steps start again at 0 in line 163"), "\(silent)")
    let first = try pressures("log.timefirst")
    #expect(first.1.first == 30253.786 * atmosphere, "\(first)")
    #expect(try pressures("log.elapsed").1.first == 1000 * atmosphere)
  }

  @Test("frames numbered by verglas are not joined by these numbers") func numbered() throws {
    let table = try folder.write("step,pressure_GPa\n0,0.1\n1,0.2\n", as: "t.csv")
    let options = ["--topology", path("numbered.gro"), "--thermo"]
    let outcome = try analyze("numbered.xtc", options + [table])
    #expect(outcome.code == 65 && outcome.error.contains("cannot be joined"), "\(outcome)")
  }
}
