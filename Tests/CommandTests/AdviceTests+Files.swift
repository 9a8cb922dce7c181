import HDF5
import ProgramSupport

/// Messages on the form of files, and the files that print them.
extension AdviceTests {
  private static let fixtures = "\(Checkout.root)/Tests/TrajectoriesTests/Fixtures"
  private static let shape = "--topology FOREIGN/shape.gro"

  static let adviceOnFiles: [Advice] = [
    // Binary trajectories.
    Advice(
      "describe DIR/fixed.dcd \(shape)", 65, "write the file without fixed atoms",
      "describe FOREIGN/shape.dcd \(shape)"),
    Advice(
      "describe DIR/bare.dcd \(shape)", 65, "write the trajectory with its cell",
      "describe FOREIGN/shape.dcd \(shape)"),
    Advice(
      "describe DIR/bare.trr --topology \(fixtures)/water.gro --frames :1", 65,
      "write the trajectory with its box",
      "describe \(fixtures)/water.trr --topology \(fixtures)/water.gro --frames :1"),
    Advice(
      "describe DIR/flat.nc --topology FOREIGN/water.gro", 65,
      "write a LAMMPS dump or extended XYZ", "describe FOREIGN/shape.xyz"),
    Advice(
      "describe DIR/restart.nc --topology FOREIGN/water.gro", 65,
      "is an Amber restart file: write its frame as a trajectory",
      "describe FOREIGN/numbered.xtc --topology FOREIGN/water.gro"),
    // Text.
    Advice(
      "describe DIR/packed.xz", 65, "is compressed with xz: decompress it",
      "describe FOREIGN/shape.xyz"),
    Advice(
      "describe DIR/packed.zip", 65, "is compressed with zip: decompress it",
      "describe FOREIGN/shape.xyz"),
    Advice(
      "describe DIR/some.xyz", 65, "give all frames a step, or none",
      "describe FOREIGN/shape.xyz"),
    Advice(
      "describe DIR/some.xyz", 65, "give all frames a step, or none", "describe DIR/none.xyz"),
    Advice(
      "analyze \(water) DIR/second.lammpstrj", 0, "analyse it separately", "analyze \(water)"),
    Advice(
      "analyze \(water) DIR/second.lammpstrj", 0,
      "write it with steps that differ from those of the other files",
      "analyze \(water) DIR/later.lammpstrj"),
    Advice(
      "describe DIR/chemfiles.lammpstrj", 65, "write XTC, DCD or GRO with chemfiles",
      "describe FOREIGN/chemfiles.xtc --topology FOREIGN/water.gro"),
    Advice(
      "describe DIR/marked.lammpstrj --types 1=O,2=H", 65, "remove the first three bytes",
      "describe \(water)"),
    Advice(
      "describe DIR/marked.xyz", 65, "begins with a byte-order mark", "describe FOREIGN/shape.xyz"),
    Advice(
      "describe DIR/returns.lammpstrj --types 1=O,2=H", 65,
      "lines end with CR alone: convert it with tr '\\r' '\\n'", "describe \(water)"),
    Advice(
      "describe DIR/wide.xyz", 65, "is text in UTF-16: convert it with iconv",
      "describe FOREIGN/shape.xyz"),
    Advice(
      "describe FOREIGN/slab.xtc --topology DIR/returns.data --types 1=O,2=H", 65,
      "is text whose lines end with CR alone",
      "describe FOREIGN/slab.xtc --topology FOREIGN/slab.data --types 1=O,2=H"),
    Advice(
      "analyze \(water) --thermo DIR/returns.csv", 65, "is text whose lines end with CR alone",
      "analyze \(water) --thermo DIR/unit.csv"),
  ]

  /// The files of `adviceOnFiles`.
  func writeForeignFiles() throws {
    func read(_ path: String) throws -> [UInt8] {
      let foreign = "\(Checkout.root)/Tests/CommandTests/Foreign"
      return try bytes(of: path.hasPrefix("/") ? path : "\(foreign)/\(path)")
    }
    func text(_ path: String) throws -> String { String(decoding: try read(path), as: UTF8.self) }
    // Words 8 and 10 of the header: fixed atoms, and whether there is a cell.
    var dcd = try read("shape.dcd")
    dcd[40] = 3
    _ = try folder.write(dcd, as: "fixed.dcd")
    dcd[40] = 0
    dcd[48] = 0
    _ = try folder.write(dcd, as: "bare.dcd")
    var trr = try read("\(Self.fixtures)/water.trr")
    for k in 84..<120 { trr[k] = 0 }
    _ = try folder.write(trr, as: "bare.trr")
    let netCDF = try read("\(Self.fixtures)/amber-cdf1.nc")
    let name = Array("\0\0\0\u{5}AMBER\0\0\0".utf8)
    let place = netCDF.indices.first { netCDF[$0...].starts(with: name) } ?? 0
    var restart = Array(netCDF[..<place])
    restart += "\0\0\0\u{C}AMBERRESTART".utf8
    restart += netCDF[(place + name.count)...]
    _ = try folder.write(restart, as: "restart.nc")
    // An edge of 10.1 Å becomes 0.
    var flat = try read("ase.nc")
    let edge = withUnsafeBytes(of: (10.1).bitPattern.bigEndian) { Array($0) }
    for k in flat.indices where flat[k...].starts(with: edge) {
      for byte in k..<k + 8 { flat[byte] = 0 }
    }
    _ = try folder.write(flat, as: "flat.nc")
    _ = try folder.write([0xFD] + Array("7zXZ\0\0".utf8), as: "packed.xz")
    _ = try folder.write(Array("PK\u{3}\u{4}\0\0".utf8), as: "packed.zip")

    let shape = try text("shape.xyz"), dump = try text("water.lammpstrj")
    try folder.write(shape.replacing(" step=100\n", with: "\n"), as: "some.xyz")
    try folder.write(
      shape.replacing(" step=0\n", with: "\n").replacing(" step=100\n", with: "\n").replacing(
        " step=200\n", with: "\n"), as: "none.xyz")
    try folder.write(dump, as: "second.lammpstrj")
    try folder.write(
      dump.replacing("TIMESTEP\n0\n", with: "TIMESTEP\n300\n").replacing(
        "TIMESTEP\n100\n", with: "TIMESTEP\n400\n"
      ).replacing("TIMESTEP\n200\n", with: "TIMESTEP\n500\n"), as: "later.lammpstrj")
    try folder.write(
      "ITEM: UNITS\nreal\nITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n3\n"
        + "ITEM: BOX BOUNDS xy xz yz pp pp pp\n"
        + "0.000000000000e+00 1.200000000000e+01 4.446261863234e+00\n"
        + "0.000000000000e+00 1.221600407022e+01 1.220180398467e+00\n"
        + "0.000000000000e+00 1.378110193074e+01 2.142986087180e+00\n"
        + "ITEM: ATOMS id xu yu zu type element mass q\n"
        + "1 2 2 3 1 O 15.999 0\n2 3 2 3 2 H 1.008 0\n3 2 3 3 2 H 1.008 0\n",
      as: "chemfiles.lammpstrj")
    try folder.write("\u{FEFF}" + dump, as: "marked.lammpstrj")
    try folder.write("\u{FEFF}" + shape, as: "marked.xyz")
    try folder.write(dump.replacing("\n", with: "\r"), as: "returns.lammpstrj")
    _ = try folder.write([0xFF, 0xFE] + shape.utf8.flatMap { [$0, 0] }, as: "wide.xyz")
    try folder.write(try text("slab.data").replacing("\n", with: "\r"), as: "returns.data")
    try folder.write("step,pressure_bar\r0,1\r100,2\r200,3\r", as: "returns.csv")
  }
}
