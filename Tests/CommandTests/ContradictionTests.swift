import Foundation
import HDF5
import ProgramSupport
import Testing

/// Files that contradict themselves, made here: each is refused with the place and the reason.
@Suite("Contradicting files", .serialized, .tags(.mpi)) struct ContradictionTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  /// An H5MD file of twelve atoms in two frames at steps 0 and 10.
  private func store(_ change: (borrowing File) throws -> Void) throws -> Outcome {
    let path = folder("made.h5")
    let file = try File.create(path, replacing: true)
    do {
      try file.createGroup("h5md").setAttribute("creator", to: "test")
      let values = try file.createDataset(
        "/particles/all/position/value", .float32, shape: [2, 12, 3])
      try values.write((0..<72).map { Float($0 * 7 % 23) })
      try values.setAttribute("unit", to: "Angstrom")
      try file.createDataset("/particles/all/position/step", .int64, shape: [2]).write(
        [0, 10] as [Int64])
      try change(file)
    }
    try file.close()
    return try Program.run(["inspect", path, "--types", "1=O,2=H"])
  }

  private func edges(_ file: borrowing File) throws {
    try file.createDataset("/particles/all/box/edges", .float64, shape: [3]).write(
      [23, 23, 23] as [Double])
  }

  @Test("H5MD: species of fractions") func species() throws {
    let outcome = try store { file in
      try edges(file)
      try file.createDataset("/particles/all/species", .float64, shape: [12]).write(
        (0..<12).map { $0 == 5 ? 1.5 : 2 })
    }
    #expect(
      outcome.code == 65 && outcome.error.contains("expected whole numbers, found 1.5"),
      "\(outcome)")
  }

  @Test("H5MD: a box that is not written with every frame") func box() throws {
    let outcome = try store { file in
      try file.createDataset("/particles/all/box/edges/value", .float64, shape: [2, 3]).write(
        [23, 23, 23, 24, 24, 24] as [Double])
      try file.createDataset("/particles/all/box/edges/step", .int64, shape: [2]).write(
        [0, 20] as [Int64])
    }
    #expect(
      outcome.code == 65
        && outcome.error.contains("has its own steps and no row for step 10 of position"),
      "\(outcome)")
  }

  @Test("H5MD: boundaries and pbc that disagree") func boundaries() throws {
    let outcome = try store { file in
      try edges(file)
      try file.group("/particles/all/box").setAttribute(
        "boundary", to: ["periodic", "periodic", "none"])
      try file.createDataset("/particles/all/box/pbc", .int64, shape: [3]).write(
        [1, 1, 1] as [Int64])
    }
    #expect(
      outcome.code == 65
        && outcome.error.contains("/box: boundary gives periodic, periodic, none, pbc gives"),
      "\(outcome)")
  }

  @Test("a topology of one long line") func longLine() throws {
    let foreign = "\(Checkout.root)/Tests/CommandTests/Foreign"
    let text = String(decoding: try bytes(of: "\(foreign)/slab.data"), as: UTF8.self)
    let path = try folder.write(
      text + String(repeating: "x", count: 3 << 20) + "\n", as: "long.data")
    let outcome = try Program.run(["inspect", "\(foreign)/slab.xtc", "--topology", path])
    #expect(
      outcome.code == 65
        && outcome.error.contains("expected lines of text, found one of more than"),
      "\(outcome)")
  }

  @Test("logs: rows that are not LAMMPS' own, a word twice in a block") func logs() throws {
    func joined(_ log: String) throws -> Outcome {
      try Program.run(
        [
          "analyze", "\(Checkout.root)/Tests/CommandTests/Foreign/water.lammpstrj", "--types",
          "1=O,2=H", "--model", Checkout.model("M2-OH"), "-o", folder("r.h5"), "--overwrite",
          "--quiet", "--no-guard", "--thermo", try folder.write("units real\n" + log, as: "log"),
        ])
    }
    let rows = try joined(
      "Step Temp Press\n0 80 987\n20 81 988\n10 7 7\n40 82 989\nLoop time of 1 on 1 procs\n")
    #expect(
      rows.code == 65
        && rows.error.contains(
          "in one table: remove lines of numbers that LAMMPS did not write"),
      "\(rows)")
    let twice = try joined(
      """
      ------------ Step              0 ----- CPU =            0 (sec) -------------
      TotEng   =         1.0 Press    =         2.0 Press   =         3.0
      Loop time of 1 on 1 procs

      """)
    #expect(
      twice.code == 65 && twice.error.contains("Press occurs twice in the block of step 0"),
      "\(twice)")
  }
}
