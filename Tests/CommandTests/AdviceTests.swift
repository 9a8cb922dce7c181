import HDF5
import ProgramSupport
import Testing

/// What a message advises works: a command prints the message, the same command as the message
/// says does not, and succeeds.
@Suite(.serialized, .tags(.mpi)) struct AdviceTests {
  /// One message: DIR is the test's folder, FOREIGN that of other programs' files.
  struct Advice: Sendable, CustomTestStringConvertible {
    /// The command without its output, its exit code, and what it says.
    let command: String, code: Int32, message: String
    /// The command that follows the advice; `+ …` adds to the first one.
    let followed: String

    var testDescription: String { message }

    init(_ command: String, _ code: Int32, _ message: String, _ followed: String) {
      self.command = command
      self.code = code
      self.message = message
      self.followed = followed.hasPrefix("+") ? command + followed.dropFirst() : followed
    }
  }

  let folder: Folder

  init() throws { folder = try Folder() }

  static let water = "FOREIGN/water.lammpstrj --types 1=O,2=H"
  private static let timed = "analyze \(water) --thermo DIR/timed.csv"

  static let advice: [Advice] = [
    // Names of atoms.
    Advice(
      "describe FOREIGN/water.lammpstrj", 65, "if this is water: --types 1=O,2=H",
      "+ --types 1=O,2=H"),
    Advice(
      "describe FOREIGN/water.lammpstrj --types 1=O", 65, "type 2 is not in --types 1=O", "+,2=H"),
    Advice(
      "describe FOREIGN/water.lammpstrj --types 1=o,2=h", 65, "; check --types",
      "describe \(water)"),
    Advice(
      "describe FOREIGN/water.lammpstrj --types 1=H,2=O", 0, "or --types is wrong",
      "describe \(water)"),
    Advice(
      "describe DIR/lower.xyz", 65, "or --types LABEL=SPECIES must name them", "+ --types o=O,h=H"),
    Advice(
      "describe DIR/strange.gro", 65, "found no H among Wh: 64, Wo: 32", "+ --types Wo=O,Wh=H"),
    Advice(
      "describe FOREIGN/numbered.xtc --topology DIR/strange.gro", 65,
      "its atom names must denote these, or --types LABEL=SPECIES", "+ --types Wo=O,Wh=H"),
    Advice(
      "describe FOREIGN/numbered.xtc", 64, "add --topology FILE", "+ --topology FOREIGN/water.gro"),
    Advice(
      "describe FOREIGN/numbered.xtc --topology DIR/types.data", 65,
      "if this is water: --types 1=O,2=H", "+ --types 1=O,2=H"),
    Advice(
      "describe DIR/atoms.pdb", 65, "use it as --topology FILE with an XTC",
      "describe FOREIGN/numbered.xtc --topology DIR/atoms.pdb"),
    Advice(
      "describe DIR/label.yaml", 65, "write type or element instead",
      "describe DIR/type.yaml --types 1=O,2=H"),
    // Forms of files.
    Advice(
      "describe DIR/packed.bz2 --types 1=O,2=H", 65, "is compressed with bzip2: decompress it",
      "describe \(water)"),
    Advice(
      "describe DIR/grid.dump --types 1=O,2=H", 65, "use one written by dump atom or dump custom",
      "describe \(water)"),
    Advice(
      "describe DIR/plain.xyz", 65, "write extended XYZ", "describe FOREIGN/shape.xyz"),
    Advice(
      "describe DIR/lj.lammpstrj --types 1=O,2=H", 65,
      "rewrite the dump with real coordinates and ITEM: UNITS real", "describe \(water)"),
    Advice(
      "describe FOREIGN/part.0 FOREIGN/part.1 --types 1=O,2=H", 65, "write it to one file",
      "describe \(water)"),
    Advice(
      "describe DIR/bohr.lammpstrj --types 1=O,2=H", 0, "lengths are in another unit (bohr?)",
      "describe DIR/electron.lammpstrj --types 1=O,2=H"),
    // Times.
    Advice(
      "analyze FOREIGN/lammps.extxyz", 0, "times are unknown; specify --time-step PS",
      "+ --time-step 0.0005"),
    Advice(
      "analyze DIR/timed.xyz", 0, "(--time-step PS takes precedence)", "+ --time-step 0.0005"),
    Advice(
      "analyze DIR/time.lammpstrj --types 1=O,2=H", 0, "times are assumed to be in fs",
      "analyze DIR/metal.lammpstrj --types 1=O,2=H"),
    Advice(
      "analyze FOREIGN/znh5md.h5", 0, "times are unknown; specify --time-step PS",
      "+ --time-step 0.5"),
    // Tables.
    Advice(timed, 65, "specify --time-step PS, the time of one step in ps", "+ --time-step 0.01"),
    Advice(
      "analyze FOREIGN/numbers.extxyz --types 1=O,2=H --thermo DIR/timed.csv", 65,
      "specify --time-step PS, the time between frames in ps", "+ --time-step 1"),
    Advice(
      "analyze \(water) --thermo DIR/average.dat", 65, "--thermo-column names a column",
      "+ --thermo-column c_P"),
    Advice(
      "analyze \(water) --thermo DIR/plain.csv", 0, "pressure has no unit and is assumed",
      "analyze \(water) --thermo DIR/unit.csv"),
    Advice(
      "analyze \(water) --thermo DIR/odd.csv", 65,
      "no known unit follows the quantity", "analyze \(water) --thermo DIR/unit.csv"),
    Advice(
      "analyze \(water) --thermo DIR/bare.log", 65, "specify it with --thermo-units real",
      "+ --thermo-units real"),
    Advice(
      "analyze \(water) --thermo DIR/wide.csv", 65, "is text in UTF-16: convert it",
      "analyze \(water) --thermo DIR/unit.csv"),
    Advice(
      "analyze \(water) --thermo DIR/cut.csv", 0, "add the newline if it is complete",
      "analyze \(water) --thermo DIR/unit.csv"),
    Advice(
      "analyze \(water) --thermo-column c_P", 64, "give it with --thermo",
      "+ --thermo DIR/average.dat"),
  ]

  private func run(_ command: String) throws -> Outcome {
    let words = command.split(separator: " ").map {
      String($0).replacing("DIR", with: folder.path)
        .replacing("FOREIGN", with: "\(Checkout.root)/Tests/CommandTests/Foreign")
    }
    let options =
      words.first == "analyze"
      ? ["--model", Checkout.model("M2-OH"), "--no-guard"] : ["--n-max", "2", "--l-max", "1"]
    return try Program.run(words + options + ["-o", folder("out.h5"), "--overwrite", "--quiet"])
  }

  @Test("the advice of a message, followed", arguments: Self.advice + Self.adviceOnFiles)
  func followed(advice: Advice) throws {
    try writeFiles()
    try writeForeignFiles()
    let first = try run(advice.command)
    #expect(first.code == advice.code && first.error.contains(advice.message), "\(first)")
    let second = try run(advice.followed)
    #expect(second.code == 0 && !second.error.contains(advice.message), "\(second)")
  }

  /// Files for the commands above, from one water of 96 atoms.
  private func writeFiles() throws {
    let root = "\(Checkout.root)/Tests/CommandTests/Foreign"
    func text(_ name: String) throws -> String {
      String(decoding: try bytes(of: "\(root)/\(name)"), as: UTF8.self)
    }
    let dump = try text("water.lammpstrj"), shape = try text("shape.xyz")
    let gro = try text("numbered.gro")
    try folder.write(
      shape.replacing("\nO ", with: "\no ").replacing("\nH ", with: "\nh "), as: "lower.xyz")
    try folder.write(
      gro.replacing("   OW", with: "   WO").replacing("  HW1", with: "  WH1").replacing(
        "  HW2", with: "  WH2"), as: "strange.gro")
    let species = (0..<96).map { $0 % 3 == 0 ? 1 : 2 }
    try folder.write(
      "water\n\n96 atoms\n2 atom types\n\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\n"
        + "Atoms # atomic\n\n"
        + species.enumerated().map { "\($0 + 1) \($1) 0 0 0\n" }.joined(), as: "types.data")
    try folder.write(
      "CRYST1    9.900    9.700   10.100  90.00  90.00  90.00 P 1           1\n"
        + species.map { "ATOM      1  \($0 == 1 ? "OW" : "HW")  SOL     1" + "\n" }.joined()
        + "END\n", as: "atoms.pdb")
    let frame = dump.split(separator: "ITEM: TIMESTEP")[0]
    let rows = frame.split(separator: "\n").suffix(96).map { $0.split(separator: " ") }
    func yaml(_ label: Bool) -> String {
      "---\ncreator: LAMMPS\ntimestep: 0\nnatoms: 96\nboundary: [ p, p, p, p, p, p, ]\nbox:\n"
        + "  - [ 0, 9.9 ]\n  - [ 0, 9.7 ]\n  - [ 0, 10.1 ]\n"
        + "keywords: [ id, \(label ? "typelabel" : "type"), x, y, z,  ]\ndata:\n"
        + rows.map {
          "  - [ \($0[0]) , \(label ? "" : $0[1]) , \($0[2]) , \($0[3]) , \($0[4]), ]\n"
        }.joined() + "...\n"
    }
    try folder.write(yaml(true), as: "label.yaml")
    try folder.write(yaml(false), as: "type.yaml")
    try folder.write("BZh91AY&SY", as: "packed.bz2")
    try folder.write(
      "ITEM: TIMESTEP\n0\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\nITEM: DIMENSION\n3\n"
        + "ITEM: GRID SIZE nx ny nz\n1 1 1\nITEM: GRID CELLS c_1\n1\n", as: "grid.dump")
    try folder.write(
      shape.split(separator: "\n").map { $0.contains("Lattice") ? "water" : String($0) }.joined(
        separator: "\n") + "\n", as: "plain.xyz")
    func withUnits(_ units: String) -> String {
      dump.replacing("ITEM: TIMESTEP", with: "ITEM: UNITS\n\(units)\nITEM: TIMESTEP")
    }
    try folder.write(withUnits("lj"), as: "lj.lammpstrj")
    let timeless = dump.split(separator: "ITEM: TIMESTEP").enumerated().map { k, part in
      "ITEM: TIME\n\(k).5\nITEM: TIMESTEP\(part)"
    }
    try folder.write(timeless.joined(), as: "time.lammpstrj")
    try folder.write(
      timeless.map { "ITEM: UNITS\nmetal\n\($0)" }.joined(), as: "metal.lammpstrj")
    let bohr = frame.split(separator: "\n").map { line -> String in
      let words = line.split(separator: " "), isBox = words.count == 2
      guard isBox && words[1].contains("e") || words.count == 5, words[0] != "ITEM:" else {
        return String(line)
      }
      return words.enumerated().map { k, word in
        isBox || k > 1 ? "\((Double(word) ?? 0) / 0.529_177_210_903)" : String(word)
      }.joined(separator: " ")
    }
    let long = "ITEM: TIMESTEP\n" + bohr.joined(separator: "\n") + "\n"
    try folder.write(long, as: "bohr.lammpstrj")
    try folder.write("ITEM: UNITS\nelectron\n" + long, as: "electron.lammpstrj")
    try folder.write(shape.replacing(" step=", with: " time=0.5 step="), as: "timed.xyz")
    try folder.write("time_ps,pressure_GPa\n0,0.1\n1,0.2\n2,0.3\n", as: "timed.csv")
    try folder.write(
      "# Time-averaged data for fix a\n# TimeStep c_P c_T\n0 1 77\n100 2 77\n200 3 77\n",
      as: "average.dat")
    try folder.write("step,pressure\n0,1000\n100,2000\n200,3000\n", as: "plain.csv")
    try folder.write("step,pressure_bar\n0,1000\n100,2000\n200,3000\n", as: "unit.csv")
    try folder.write("step,pressure_katm\n0,1\n100,2\n200,3\n", as: "odd.csv")
    try folder.write("step,pressure_bar\n0,1000\n100,2000\n200,300", as: "cut.csv")
    try folder.write(
      "LAMMPS (22 Jul 2025)\n   Step          Press\n0 1000\n100 2000\n200 3000\nLoop time of 1\n",
      as: "bare.log")
    _ = try folder.write(
      [0xFF, 0xFE] + "step,pressure_bar\n0,1\n".utf8.flatMap { [$0, 0] }, as: "wide.csv")
  }

  @Test("a binary dump uses --types, and does not say otherwise") func binaryTypes() throws {
    let outcome = try run("describe DIR/w.bin --types 1=O,2=H", writing: "w.bin")
    #expect(outcome.code == 0 && !outcome.error.contains("--types"), "\(outcome)")
  }

  private func run(_ command: String, writing name: String) throws -> Outcome {
    _ = try folder.write(Self.binary, as: name)
    return try run(command)
  }

  /// A binary dump of one water of LAMMPS' layout: id type x y z.
  private static let binary: [UInt8] = {
    func bytes<T>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
    func text(_ text: String) -> [UInt8] { bytes(Int32(text.utf8.count)) + Array(text.utf8) }
    let magic = "DUMPCUSTOM"
    var dump = bytes(-Int64(magic.utf8.count)) + Array(magic.utf8)
    dump += bytes(Int32(1)) + bytes(Int32(2)) + bytes(Int64(0)) + bytes(Int64(3))
    dump += bytes(Int32(0))
    for _ in 0..<6 { dump += bytes(Int32(0)) }
    for _ in 0..<3 { dump += bytes(0.0) + bytes(20.0) }
    dump += bytes(Int32(5)) + text("real") + [0] + text("id type x y z")
    dump += bytes(Int32(1)) + bytes(Int32(15))
    for row in [[1.0, 1, 5, 5, 5], [2, 2, 5.9, 5, 5], [3, 2, 5, 5.9, 5]] {
      for value in row { dump += bytes(value) }
    }
    return dump
  }()

  @Test("tables: what is assumed or dropped is said") func tables() throws {
    try folder.write(
      "LAMMPS (22 Jul 2025)\nunits real\n   Step   v_p\n0 0.1\n100 0.2\n200 0.3\nLoop time of 1\n",
      as: "v.log")
    try writeFiles()
    let variable = try run(
      "analyze \(Self.water) --thermo DIR/v.log --thermo-column v_p")
    #expect(
      variable.code == 0
        && variable.error.contains("v_p is assumed to be in the unit of pressure of units real"),
      "\(variable)")
    try folder.write(
      "step,pressure_GPa\n0,0.1\n100,9\n200,9\nstep,pressure_GPa\n100,0.2\n200,0.3\n", as: "two.csv"
    )
    let appended = try run("analyze \(Self.water) --thermo DIR/two.csv")
    #expect(
      appended.code == 0 && appended.error.contains("steps start again at 100 in line 6"),
      "\(appended)")
    let pressures: [Double] = try File.open(folder("out.h5")).dataset("/observables/pressure/value")
      .readAll()
    #expect(pressures == [0.1, 0.2, 0.3])
    try folder.write("time_ps,pressure_GPa\n0,0.1\n1,9\n1,0.2\n2,0.3\n", as: "again.csv")
    let again = try run("analyze \(Self.water) --time-step 0.01 --thermo DIR/again.csv")
    #expect(
      again.code == 0
        && again.error.contains("1 row(s) repeat the time of an earlier row; the earlier row"),
      "\(again)")
  }

  @Test("a message lists at most eight labels") func fewLabels() throws {
    let root = "\(Checkout.root)/Tests/CommandTests/Foreign"
    var k = 0
    let lines = String(decoding: try bytes(of: "\(root)/shape.xyz"), as: UTF8.self).split(
      separator: "\n"
    ).map { line -> String in
      k += 1
      return line.hasPrefix("O ") ? "O\(k) \(line.dropFirst(2))" : String(line)
    }
    try folder.write(lines.joined(separator: "\n") + "\n", as: "many.xyz")
    let outcome = try run("describe DIR/many.xyz")
    #expect(
      outcome.code == 65 && outcome.error.contains("and 25 other labels")
        && outcome.error.utf8.count < 700, "\(outcome)")
  }
}
