import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// Cells, units, columns: valid contents of a header.
@Suite(.tags(.fast)) struct HeaderTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func header(_ box: String, columns: String = "id type x y z") throws -> FrameHeader {
    try readAll(try scratch.write(DumpText(box: box, columns: columns).frame(step: 0)))[0].header
  }

  private func error(_ box: String, columns: String = "id type x y z") throws -> String? {
    let path = try scratch.write(DumpText(box: box, columns: columns).frame(step: 0))
    return message { _ = try readAll(path) }
  }

  @Test func orthogonalAndBoundaries() throws {
    let cell = try header("ITEM: BOX BOUNDS pp fs mm\n-1 9\n2e0 4.5\n-3 -1\n").cell
    #expect(cell.origin == Vector(-1, 2, -3))
    #expect([cell.a, cell.b, cell.c] == [Vector(10, 0, 0), Vector(0, 2.5, 0), Vector(0, 0, 2)])
    #expect(cell.isPeriodic == (true, false, false))
    #expect(try header("ITEM: BOX BOUNDS\n0 1\n0 1\n0 1\n").cell.isPeriodic == (true, true, true))
    #expect(
      try header("ITEM: BOX BOUNDS s p f\n0 1\n0 1\n0 1\n").cell.isPeriodic == (false, true, false))
  }

  @Test func restrictedTriclinicBoundsBecomeTheBox() throws {
    // lo = (1, 2, 3), lengths (10, 8, 6), tilts xy = −2, xz = 3, yz = −1; bounds after the LAMMPS
    // manual.
    let cell = try header("ITEM: BOX BOUNDS xy xz yz pp pp pp\n-1 14 -2\n1 10 3\n3 9 -1\n").cell
    #expect(cell.origin == Vector(1, 2, 3))
    #expect([cell.a, cell.b, cell.c] == [Vector(10, 0, 0), Vector(-2, 8, 0), Vector(3, -1, 6)])
  }

  @Test func generalTriclinic() throws {
    let cell = try header("ITEM: BOX BOUNDS abc origin pp ff pp\n1 2 3 -5\n-4 6 0.5 6\n0 1 9 7\n")
      .cell
    #expect([cell.a, cell.b, cell.c] == [Vector(1, 2, 3), Vector(-4, 6, 0.5), Vector(0, 1, 9)])
    #expect(cell.origin == Vector(-5, 6, 7))
    #expect(cell.isPeriodic == (true, false, true))
  }

  @Test func scaledCoordinatesUseOriginAndTilt() throws {
    for columns in ["id type xs ys zs", "id type xsu ysu zsu"] {
      for box in [
        "xy xz yz pp pp pp\n-1 14 -2\n1 10 3\n3 9 -1\n", "pp pp pp\n-7 3\n1 5\n2 4\n",
        "abc origin pp pp pp\n1 2 3 -5\n-4 6 0.5 6\n0 1 9 7\n",
      ] {
        let dump = DumpText(box: "ITEM: BOX BOUNDS \(box)", columns: columns)
        let frame = try readAll(try scratch.write(dump.frame(step: 0)))[0]
        for (index, line) in dump.lines(step: 0).enumerated() {
          let s = line.split(separator: " ").compactMap { Double($0) }
          let expected = frame.header.cell.position(Vector(s[2], s[3], s[4]))
          #expect(
            Vector(frame.atoms.x[index], frame.atoms.y[index], frame.atoms.z[index]) == expected)
        }
      }
    }
  }

  @Test(arguments: [
    ("pp pp pp\n0 0\n0 1\n0 1\n", ":6"), ("pp pp pp\n0 1\n5 1\n0 1\n", ":7"),
    ("pp pp pp\n0 1\n0 1\n0 nan\n", ":8"),
    ("pp pp pp\n0 1\n0 1\n", ":8"), ("pp pp pp\n0 1\n0 1 2\n0 1\n", ":7"),
    ("pp pp\n0 1\n0 1\n0 1\n", ":5"),
    ("pp qq pp\n0 1\n0 1\n0 1\n", ":5"),
    ("pf pp pp\n0 1\n0 1\n0 1\n", ":5"), ("xy xz yz pp pp pp\n0 1\n0 1\n0 1\n", ":6"),
    ("abc origin pp pp pp\n1 0 0 0\n2 0 0 0\n0 0 1 0\n", ":5"),
    ("abc origin pp pp pp\n0 0 0 0\n0 0 0 0\n0 0 0 0\n", ":5"),
    ("pp pp pp\n0 1e999\n0 1\n0 1\n", ":6"), ("pp pp pp\n0 x\n0 1\n0 1\n", ":6"),
  ])
  func wrongBoxes(_ box: String, _ line: String) throws {
    let text = try #require(try error("ITEM: BOX BOUNDS \(box)"))
    #expect(text.hasPrefix("water.lammpstrj\(line) (frame 0): "), "\(text)")
  }

  @Test func columnsInAnyOrderWithExtras() throws {
    let plain = try readAll(try scratch.write(DumpText().frame(step: 0)))[0].atoms
    for columns in [
      "z y x type id", "vx id mol x y z q type", "type id xu vx yu zu",
      "id type xu yu zu x y z xs ys zs", "id type xs x ys y zs z",
    ] {
      let atoms = try readAll(try scratch.write(DumpText(columns: columns).frame(step: 0)))[0].atoms
      #expect(atoms == plain, "\(columns)")
    }
  }

  @Test func preferenceAmongConventions() throws {
    func kind(_ columns: String) throws -> ColumnLayout.Coordinates {
      try ColumnLayout(names: columns.split(separator: " ").map(String.init)).coordinates
    }
    #expect(try kind("xs ys zs xu yu zu x y z") == .wrapped)
    #expect(try kind("xs ys zs xu yu zu") == .unwrapped)
    #expect(try kind("xsu ysu zsu xs ys zs") == .scaled)
    #expect(try kind("x y zu xsu ysu zsu") == .scaledUnwrapped)
    #expect(
      try error("ITEM: BOX BOUNDS pp pp pp\n0 1\n0 1\n0 1\n", columns: "id type x y zu")
        == "water.lammpstrj:9 (frame 0): expected coordinate columns x y z (or xu yu zu, xs ys zs, "
        + "xsu ysu zsu, each all three), found id type x y zu"
    )
    #expect(
      try error("ITEM: BOX BOUNDS pp pp pp\n0 1\n0 1\n0 1\n", columns: "id id type x y z")?
        .contains("column id occurs twice") == true)
  }

  @Test func unitsAndTime() throws {
    let dump = DumpText(box: "ITEM: BOX BOUNDS pp pp pp\n0 2\n0 2\n0 2\n")
    let plain = try readAll(try scratch.write(dump.text(steps: [0, 10])))
    for (style, length, time) in [
      ("real", 1.0, 1e-3), ("metal", 1, 1), ("nano", 10, 1e3), ("electron", 0.529177210903, 1e-3),
      ("si", 1e10, 1e12), ("cgs", 1e8, 1e12),
      ("micro", 1e4, 1e6),
    ] {
      // LAMMPS writes UNITS once and TIME in every frame, both before TIMESTEP.
      let text =
        "ITEM: UNITS\n\(style)\nITEM: TIME\n0.25\n\(dump.frame(step: 0))ITEM: "
        + "TIME\n0.5\n\(dump.frame(step: 10))"
      let frames = try readAll(try scratch.write(text))
      #expect(frames.map(\.header.time) == [0.25 * time, 0.5 * time])
      #expect(
        frames.allSatisfy { $0.header.cell.a.x == 2 * length && $0.header.lengthScale == length })
      #expect(frames[1].atoms.x == plain[1].atoms.x.map { $0 * length })
    }
    let lj = try scratch.write("ITEM: UNITS\nlj\n" + dump.frame(step: 0))
    #expect(message { _ = try readAll(lj) }?.contains("units lj have no length in Å") == true)
    let odd = try scratch.write("ITEM: UNITS\nfurlong\n" + dump.frame(step: 0))
    #expect(
      message { _ = try readAll(odd) }?.hasPrefix(
        "water.lammpstrj:2 (frame 0): expected a unit style") == true)
    let bare = try readAll(try scratch.write("ITEM: TIME\n500\n" + dump.frame(step: 0)))[0].header
    #expect(bare.time == 0.5 && bare.notes.count == 1)
  }

  @Test func sectionsInAnyOrder() throws {
    let dump = DumpText()
    let body = dump.lines(step: 0).joined(separator: "\n") + "\n"
    let text =
      "ITEM: TIMESTEP\n7\n\(dump.box)ITEM: TIME\n2\nITEM: NUMBER OF ATOMS\n12\nITEM: "
      + "UNITS\nmetal\nITEM: ATOMS \(dump.columns)\n\(body)"
    let frame = try readAll(try scratch.write(text))[0]
    #expect(frame.header.step == 7 && frame.header.time == 2 && frame.atoms.count == 12)
  }

  @Test(arguments: [
    ("ITEM: TIMESTEP\nx\n", ":2 (frame 0): expected a step (an integer), found 'x'"),
    (
      "ITEM: TIMESTEP\n99999999999999999999\n",
      ":2 (frame 0): expected a step (an integer), found '99999999999999999999'"
    ),
    (
      "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n-5\n",
      ":4 (frame 0): expected a number of atoms, found '-5'"
    ),
    (
      "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ENTRIES\n5\n",
      ":3 (frame 0): this dump holds no atoms (dump local or dump grid): use one written by dump "
        + "atom or dump custom"
    ),
    (
      "ITEM: TIMESTEP\n0\nITEM: ATOMS id type x y z\n",
      ":3 (frame 0): expected ITEM: NUMBER OF ATOMS before ITEM: ATOMS, found none"
    ),
    (
      "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n0\nITEM: ATOMS id type x y z\n",
      ":5 (frame 0): expected ITEM: BOX BOUNDS before ITEM: ATOMS, found none"
    ),
  ])
  func wrongHeaders(_ start: String, _ reason: String) throws {
    let path = try scratch.write(start + DumpText().frame(step: 10))
    #expect(message { _ = try readAll(path) } == "water.lammpstrj" + reason)
  }
}
