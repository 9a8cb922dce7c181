import HDF5
import ProgramSupport
import Testing

/// Odd but valid files, made here: each is read right, or what is not known is said.
@Suite("Odd files", .serialized, .tags(.mpi)) struct OddFilesTests {
  private static let files = "\(Checkout.root)/Tests/CommandTests/Foreign"
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(of: "\(Self.files)/\(name)"), as: UTF8.self)
  }

  private func analyze(_ options: [String]) throws -> Outcome {
    try Program.run(
      [
        "analyze", "--model", Checkout.model("M2-OH"), "--no-guard", "-o", folder("r.h5"),
        "--overwrite", "--quiet",
      ] + options)
  }

  private func describe(_ options: [String]) throws -> Outcome {
    try Program.run(
      ["describe", "--n-max", "2", "--l-max", "1", "-o", folder("d.h5"), "--overwrite"] + options)
  }

  private func stored(_ path: String) throws -> [Double] {
    let dataset = try File.open(folder("r.h5")).dataset(path)
    guard case .integer = dataset.datatype else { return try dataset.readAll() }
    return try dataset.readAll(Int64.self).map(Double.init)
  }

  // MARK: Steps that number the frames

  @Test("extended XYZ: steps 0, 1, 2, … are numbers unless times or LAMMPS say otherwise")
  func countedSteps() throws {
    let shape = try text("shape.xyz")
    func write(_ name: String, time: Double?) throws -> String {
      var k = -1
      let lines = shape.split(separator: "\n").map { line -> String in
        guard line.hasPrefix("Lattice") else { return String(line) }
        k += 1
        let bare = line.split(separator: " step=")[0]
        return "\(bare) step=\(k)" + (time.map { " time=\($0 * Double(k))" } ?? "")
      }
      return try folder.write(lines.joined(separator: "\n") + "\n", as: name)
    }
    let table = try folder.write("step,pressure_GPa\n0,0.1\n1,0.2\n2,0.3\n", as: "steps.csv")
    let timed = try folder.write("time_ps,pressure_GPa\n0,0.1\n2,0.2\n4,0.3\n", as: "times.csv")

    let bare = try write("bare.xyz", time: nil)
    let refused = try analyze([bare, "--thermo", table])
    #expect(
      refused.code == 65
        && refused.error.contains("the frames' steps are numbers of the frames, not steps of the"),
      "\(refused)")
    let joined = try analyze([bare, "--thermo", timed, "--time-step", "2"])
    #expect(joined.code == 0 && joined.error.contains("is joined by time"), "\(joined)")
    #expect(try stored("/observables/pressure/value") == [0.1, 0.2, 0.3])

    // 2 ps from one frame to the next is no step of MD; 1 fs is.
    let long = try write("long.xyz", time: 2)
    #expect(try analyze([long, "--thermo", table]).code == 65)
    #expect(try analyze([long, "--thermo", timed]).code == 0)
    let short = try analyze([write("short.xyz", time: 0.001), "--thermo", table])
    #expect(short.code == 0, "\(short)")
    #expect(try stored("/observables/pressure/value") == [0.1, 0.2, 0.3])
  }

  @Test("extended XYZ: times that no step of MD explains in ps are unknown") func timeUnits() throws
  {
    let shape = try text("shape.xyz")
    for (scale, isKnown) in [(0.0005, true), (0.5, false)] {
      var timed = shape
      for step in [0, 100, 200] {
        timed = timed.replacing(
          " step=\(step)\n", with: " step=\(step) time=\(Double(step) * scale)\n")
      }
      let path = try folder.write(timed, as: "timed.xyz")
      let outcome = try analyze([path])
      #expect(outcome.code == 0, "\(outcome)")
      let times = try stored("/observables/M2-OH/phase_count/time")
      if isKnown {
        #expect(times == [0, 0.05, 0.1])
      } else {
        #expect(
          times.allSatisfy(\.isNaN)
            && outcome.error.contains("Time= rises by 0.5 per step, longer than any step of MD"),
          "\(outcome)")
        let followed = try analyze([path, "--time-step", "0.0005"])
        #expect(followed.code == 0 && !followed.error.contains("Time="), "\(followed)")
        #expect(try stored("/observables/M2-OH/phase_count/time") == [0, 0.05, 0.1])
      }
    }
  }

  @Test("a dump whose steps are 0, 1, 2, … is joined with a warning") func countedDump() throws {
    let dump = try text("water.lammpstrj")
    let path = try folder.write(
      dump.replacing("TIMESTEP\n100\n", with: "TIMESTEP\n1\n").replacing(
        "TIMESTEP\n200\n", with: "TIMESTEP\n2\n"), as: "counted.lammpstrj")
    let table = try folder.write("step,pressure_GPa\n0,0.1\n1,0.2\n2,0.3\n", as: "steps.csv")
    let outcome = try analyze([path, "--types", "1=O,2=H", "--thermo", table])
    #expect(
      outcome.code == 0 && outcome.error.contains("is joined by the frames' steps 0, 1, 2, …"),
      "\(outcome)")
    let timed = try analyze(
      [path, "--types", "1=O,2=H", "--thermo", table, "--time-step", "0.001"])
    #expect(timed.code == 0 && !timed.error.contains("is joined by"), "\(timed)")
  }

  // MARK: H5MD

  /// The words of the lines of atoms in the first frames: id type x y z.
  private func rows(frames: Int = 1) throws -> [[String]] {
    try text("water.lammpstrj").split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }.filter { $0.count == 5 && $0[0] != "ITEM:" }.prefix(96 * frames).map { $0 }
  }

  /// An H5MD file of the water of 96 atoms in two frames, with `change` applied, before steps and
  /// times are written.
  private func store(
    _ name: String, group: String = "all", isOpen: Bool = false, shift: Float = 0,
    _ change: (borrowing File) throws -> Void
  ) throws -> String {
    let path = folder(name)
    let rows = try rows(frames: 2)
    let file = try File.create(path, replacing: true)
    do {
      try file.createGroup("h5md").setAttribute("creator", to: "test")
      let values = try file.createDataset(
        "/particles/\(group)/position/value", .float32, shape: [2, 96, 3])
      try values.write(
        rows.flatMap { row in
          row.suffix(3).enumerated().map { (Float($1) ?? 0) + ($0 == 2 ? shift : 0) }
        })
      try values.setAttribute("unit", to: "Angstrom")
      try file.createDataset("/particles/\(group)/box/edges", .float64, shape: [3]).write(
        [9.9, 9.7, 10.1] as [Double])
      try file.group("/particles/\(group)/box").setAttribute(
        "boundary", to: ["periodic", "periodic", isOpen ? "none" : "periodic"])
      try file.createDataset("/particles/\(group)/species", .int64, shape: [96]).write(
        rows.prefix(96).map { Int64($0[1]) ?? 0 })
      try change(file)
    }
    try file.close()
    return path
  }

  private let types = ["--types", "1=O,2=H"]

  @Test("H5MD: steps as floating-point numbers, whole or not") func realSteps() throws {
    for (value, code) in [(500.0, 0), (500.5, 65)] {
      let path = try store("steps.h5") { file in
        try file.createDataset("/particles/all/position/step", .float64, shape: [2]).write(
          [0, value])
      }
      let outcome = try analyze([path] + types)
      #expect(outcome.code == code, "\(outcome)")
      if code == 0 {
        #expect(try stored("/observables/M2-OH/phase_count/step") == [0, 500])
      } else {
        #expect(
          outcome.complaints.count == 1
            && outcome.error.contains("position/step: expected whole numbers, found 500.5"),
          "\(outcome)")
      }
    }
  }

  @Test("H5MD: linear steps and times that begin at an offset") func offsets() throws {
    let path = try store("offsets.h5") { file in
      let step = try file.createDataset("/particles/all/position/step", .int64, shape: [])
      try step.write([100] as [Int64])
      try step.setAttribute("offset", to: 300.0)
      let time = try file.createDataset("/particles/all/position/time", .float64, shape: [])
      try time.write([2] as [Double])
      try time.setAttribute("unit", to: "ps")
      try time.setAttribute("offset", to: 7)
    }
    let outcome = try analyze([path] + types)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(try stored("/observables/M2-OH/phase_count/step") == [300, 400])
    #expect(try stored("/observables/M2-OH/phase_count/time") == [7, 9])
    let strange = try store("offset.h5") { file in
      let step = try file.createDataset("/particles/all/position/step", .int64, shape: [])
      try step.write([100] as [Int64])
      try step.setAttribute("offset", to: "late")
    }
    let refused = try analyze([strange] + types)
    #expect(
      refused.code == 65
        && refused.error.contains("position/step: expected a finite number as its attribute"),
      "\(refused)")
  }

  @Test("H5MD: fewer times than frames") func fewTimes() throws {
    let path = try store("times.h5") { file in
      try file.createDataset("/particles/all/position/step", .int64, shape: [2]).write(
        [0, 100] as [Int64])
      let time = try file.createDataset("/particles/all/position/time", .float64, shape: [1])
      try time.write([0] as [Double])
      try time.setAttribute("unit", to: "ps")
    }
    let outcome = try analyze([path] + types)
    #expect(
      outcome.code == 0
        && outcome.error.contains("position/time has 1 values for 2 frames: times are unknown"),
      "\(outcome)")
  }

  @Test("H5MD: of several groups the largest is read, which is said") func groups() throws {
    let path = try store("groups.h5", group: "water") { file in
      try file.createDataset("/particles/water/position/step", .int64, shape: [2]).write(
        [0, 100] as [Int64])
      try file.createDataset("/particles/ions/position/value", .float32, shape: [2, 4, 3]).write(
        [Float](repeating: 1, count: 24))
    }
    let outcome = try describe([path] + types)
    #expect(
      outcome.code == 0
        && outcome.error.contains(
          "several particle groups; water (96 atoms) is read, not ions (4 atoms)"),
      "\(outcome)")
  }

  @Test("an open axis in a format without an origin: the cell is placed around the atoms")
  func openAxis() throws {
    func molecules(_ options: [String]) throws -> [Double] {
      let outcome = try analyze(options + ["--profile", "z", "--layer-width", "2.02"])
      #expect(outcome.code == 0, "\(outcome)")
      #expect(
        outcome.error.contains("states no origin of the cell: the cell is placed around the atoms"),
        "\(outcome)")
      return try stored("/observables/M2-OH/profile/molecules")
    }
    func shifted(_ name: String, by shift: Float) throws -> String {
      try store(name, isOpen: true, shift: shift) { file in
        try file.createDataset("/particles/all/position/step", .int64, shape: [2]).write(
          [0, 100] as [Int64])
      }
    }
    // The atoms in the middle of the cell, oxygens in five layers.
    let atoms = try rows()
    let z = atoms.compactMap { Double($0[4]) }
    let corner = ((z.min() ?? 0) + (z.max() ?? 0) - 10.1) / 2
    var expected = [Double](repeating: 0, count: 5)
    for (atom, z) in zip(atoms, z) where atom[1] == "1" { expected[Int((z - corner) / 2.02)] += 1 }

    let low = try molecules([shifted("low.h5", by: -5)] + types)
    let high = try molecules([shifted("high.h5", by: 40)] + types)
    #expect(low == high && Array(low.prefix(5)) == expected, "\(low)")

    // The same of GRO with --boundary, where the file says nothing of its axes.
    let gro = try text("numbered.gro").split(separator: "\n").map { line -> String in
      guard line.count >= 47, let z = Double(line.dropFirst(38).prefix(9).filter { $0 != " " })
      else { return String(line) }
      let number = "\(Int(((z + 4.5) * 1e4).rounded()))"
      return line.prefix(38) + "   \(number.dropLast(4)).\(number.suffix(4))"
    }
    let path = try folder.write(gro.joined(separator: "\n") + "\n", as: "high.gro")
    let layers = try molecules([path, "--boundary", "p,p,f"])
    #expect(Array(layers.prefix(5)) == expected, "\(layers)")
  }

  // MARK: Names

  @Test("--types counts for names of atoms as in the file") func rawNames() throws {
    let gro = try text("numbered.gro").replacing("   OW", with: "   WO").replacing(
      "  HW1", with: "  WH1"
    ).replacing("  HW2", with: "  WH2")
    let path = try folder.write(gro, as: "strange.gro")
    let named = ["--types", "WO=O,WH1=H,WH2=H"]
    let direct = try describe([path] + named)
    #expect(direct.code == 0 && !direct.error.contains("--types"), "\(direct)")
    let species = (0..<96).map { $0 % 3 == 0 ? "WO" : "WH\($0 % 3)" }
    let pdb = try folder.write(
      "CRYST1    9.900    9.700   10.100  90.00  90.00  90.00 P 1           1\n"
        + species.map {
          "ATOM      1  \($0.padding(to: 3)) SOL     1       0.000   0.000   0.000\n"
        }.joined() + "END\n", as: "strange.pdb")
    let psf = try folder.write(
      "PSF\n\n1 !NTITLE\n water\n\n96 !NATOM\n"
        + species.enumerated().map { "\($0 + 1) W 1 SOL \($1) X 0 5.0 0\n" }.joined(),
      as: "strange.psf")
    let xtc = "\(Self.files)/numbered.xtc"
    for topology in [path, pdb, psf] {
      let outcome = try describe([xtc, "--topology", topology] + named)
      #expect(outcome.code == 0 && !outcome.error.contains("--types"), "\(outcome)")
      // Without it, the message shows the labels, which count too.
      let bare = try describe([xtc, "--topology", topology])
      #expect(bare.code == 65 && bare.error.contains("found no H among Wh: 64, Wo: 32"), "\(bare)")
      #expect(try describe([xtc, "--topology", topology, "--types", "Wo=O,Wh=H"]).code == 0)
    }
  }

  @Test("a LAMMPS data file with CRLF") func dataCRLF() throws {
    let path = try folder.write(
      try text("slab.data").replacing("\n", with: "\r\n"), as: "crlf.data")
    let outcome = try describe(["\(Self.files)/slab.xtc", "--topology", path] + types)
    #expect(outcome.code == 0, "\(outcome)")
  }

  @Test("temperatures in degrees are left out, which is said") func degrees() throws {
    let table = try folder.write("step,P_bar,T_C\n0,1,-196\n100,2,-196\n200,3,-196\n", as: "t.csv")
    let outcome = try analyze(["\(Self.files)/water.lammpstrj", "--thermo", table] + types)
    #expect(
      outcome.code == 0
        && outcome.error.contains("T_C ignored: no known unit follows the quantity"), "\(outcome)")
  }
}

extension String {
  /// The text with blanks up to a width.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
