import TestSupport
import Testing
import Trajectories

/// Shortened logs of LAMMPS (2 Aug 2023).
@Suite(.tags(.fast)) struct ThermoTests {
  private func parse(_ text: String, units: UnitStyle? = nil) throws -> ThermoTable {
    try ThermoTable.parse(Array(text.utf8), path: "t", units: units)
  }

  private static let one = """
    LAMMPS (2 Aug 2023 - Update 3)
    units real
    Per MPI rank memory allocation (min/avg/max) = 7.1 | 7.1 | 7.1 Mbytes
       Step          Temp          Press         Density
             0   77             1000           0.97
    WARNING: Bond/angle/dihedral extent > half of periodic box length (src/domain.cpp:936)
           100   78.5           2000           0.98
    Loop time of 1.5 on 1 procs for 100 steps with 2880 atoms

    Performance: 5.759 ns/day, 4.167 hours/ns, 66.652 timesteps/s
    100 is a number at the start of a line
    run 100
       Step          Press          Temp         Density
           100   3000             80             0.99
           200   4000             81             1.00

    """

  @Test(
    "tables that contradict themselves are refused",
    arguments: [
      ("time,pressure_GPa\n0,1\n", "time must state its unit, as in time_ps"),
      (
        "ETITLE: TS BOND PRESSURE\nENERGY: 0 1 2\nENERGY: 10 1\n",
        "columns with TS (ETITLE:), found 2"
      ),
    ])
  func contradictions(text: String, reason: String) {
    let error = #expect(throws: TrajectoryError.self) { try parse(text) }
    #expect(error.map { "\($0)".contains(reason) } == true, "\(String(describing: error))")
  }

  @Test("columns that the user names: a variable of a log, another column of a table")
  func columns() throws {
    let log = Self.one.replacing("Press  ", with: "v_slow ")
    let chosen = try ThermoTable.parse(
      Array(log.utf8), path: "t", choices: [.pressure: "v_slow"])
    #expect(abs(chosen.values(.pressure, at: [100])![0] - 3000 * 1.01325e-4) < 1e-15)
    let table = try ThermoTable.parse(
      Array("step,pressure_GPa,mean_MPa\n0,1,2\n".utf8), path: "t",
      choices: [.pressure: "mean_MPa"])
    #expect(abs(table.values(.pressure, at: [0])![0] - 2e-3) < 1e-15)
    let error = #expect(throws: TrajectoryError.self) {
      try ThermoTable.parse(Array(log.utf8), path: "t", choices: [.density: "v_none"])
    }
    let said = try #require(error.map { "\($0)" })
    #expect(said.contains("has no column v_none (--thermo-column), found "))
  }

  @Test("several runs in style one; the later line counts") func styleOne() throws {
    let table = try parse(Self.one)
    #expect(table.stepCount == 3)
    #expect(
      table.values(.temperature, at: [0, 100, 200, 300])!.prefix(3).elementsEqual([77, 80, 81]))
    #expect(table.values(.temperature, at: [300])![0].isNaN)
    #expect(abs(table.values(.pressure, at: [100])![0] - 3000 * 1.01325e-4) < 1e-15)
    #expect(table.values(.density, at: [0, 200]) == [0.97, 1])
    #expect(table.columns[.pressure]!.name == "Press")
    #expect(table.matches([0, 100, 300]) == 2)
    // Windows line endings, and a truncated last line, which is omitted.
    #expect(try parse(Self.one.replacing("\n", with: "\r\n")) == table)
    #expect(try parse(String(Self.one.dropLast(12))).stepCount == 2)
  }

  @Test(
    "a last line without a newline is ignored with a note; equal columns give a note"
  )
  func notes() throws {
    let cut = try parse(String(Self.one.dropLast(12)))
    #expect(
      cut.notes.count == 1 && cut.notes[0].contains("ends without a newline and may be truncated"),
      "\(cut.notes)")
    #expect(try parse(Self.one).notes.isEmpty)
    let table = try parse("step,pressure_GPa\n0,1.25\n100,2.5")
    #expect(table.stepCount == 1 && table.values(.pressure, at: [0])! == [1.25])
    #expect(
      table.notes == [
        "t line 3 ends without a newline and may be truncated ('100,2.5'): it is ignored; add the "
          + "newline if it is complete"
      ])
    // As many decimals as in all other lines, so the line is complete.
    let fixed = try parse("step,pressure_GPa\n0,1.25\n50,1.75\n100,2.50")
    #expect(fixed.notes.isEmpty && fixed.values(.pressure, at: [100])! == [2.5])
    #expect(try parse("step,pressure_GPa\n0,1000\n100,200").stepCount == 1)
    #expect(throws: TrajectoryError.self) { try parse("step,pressure_GPa\n0,1.5") }
    let both = try parse("step,pressure_GPa,pressure_bar\n0,1,2\n")
    #expect(both.values(.pressure, at: [0])! == [1])
    #expect(both.notes == ["t line 1: pressure is taken from pressure_GPa, not from pressure_bar"])
    #expect(try parse("step,pressure_GPa,pressure_set_GPa\n0,1,2\n").notes.isEmpty)
  }

  /// A minimisation, then `reset_timestep 0` and a run that prints no pressure: the pressures of
  /// the first do not belong to the steps of the second.
  @Test func stepsThatStartAgain() throws {
    let log = """
      units real
         Step          Temp          Press
             0   0              500
            50   0              600
      Loop time of 0.1 on 1 procs for 50 steps with 150 atoms
         Step          Temp          Density
             0   80             0.9
            10   81             0.91
      Loop time of 0.1 on 1 procs for 10 steps with 150 atoms
         Step          Temp          Press
            10   81             700
            20   82             800

      """
    let table = try parse(log)
    #expect(table.values(.temperature, at: [0, 10, 20]) == [80, 81, 82])
    let pressure = try #require(table.values(.pressure, at: [0, 10, 20, 50]))
    #expect(pressure[0].isNaN && pressure[3].isNaN && abs(pressure[1] - 700 * 1.01325e-4) < 1e-15)
    // A run that continues another one removes no values.
    #expect(table.values(.density, at: [0, 10]) == [0.9, 0.91])
  }

  @Test func styleMulti() throws {
    let table = try parse(
      """
      LAMMPS (2 Aug 2023)
      units           metal
      ------------ Step              0 ----- CPU =            0 (sec) -------------
      TotEng   =        -5.2731 KinEng   =         1.4996 Temp     =        77.0000
      PotEng   =        -6.7727 E_bond   =         0.0000 Press    =     20000.0000
      ------------ Step             50 ----- CPU =     0.002134 (sec) -------------
      TotEng   =        -5.2744 KinEng   =         1.4996 Temp     =        78.0000
      PotEng   =        -6.7727 E_bond   =         0.0000 Press    =     -3000.5000
      ------------ Step            100 ----- CPU =     0.004 (sec) -------------
      TotEng   =        -5.2
      """)
    #expect(table.values(.pressure, at: [0, 50]) == [2, -3000.5 * 1e-4])
    #expect(table.values(.temperature, at: [50]) == [78])
    #expect(table.stepCount == 2)
  }

  @Test func styleYAML() throws {
    let text = """
      ---
      keywords: ['Step', 'Temp', 'KinEng', 'Press', ]
      data:
        - [0, 77, 1.5, 1000, ]
        - [100, 78, 1.6, 2000, ]
      ...
      """
    #expect(try parse(text, units: .metal).values(.pressure, at: [0, 100]) == [0.1, 0.2])
    let error = #expect(throws: TrajectoryError.self) { try parse(text) }
    #expect(
      error!.description.contains("t:4: the log does not contain a units command")
        && error!.description.contains("--thermo-units"))
    #expect(throws: TrajectoryError.self) { try parse(text, units: .lj) }
  }

  @Test(
    "tables",
    arguments: [
      "timestep,pressure_GPa,temperature_K,density_g_cm3\n0,0.5,77,0.9\n10,0.6,78,1.0\n",
      "\u{FEFF}Step;Pressure (MPa);Temp;Density [kg/m^3]\n0;500;77;900\n10;600;78;1000\n",
      "# comment\n# TimeStep v_nothing Press_bar Temp rho\n0 1 5000 77 0.9\n10 1 6000 78 1.0\n",
      "\"step\"\t\"p\"\t\"t\"\t\"rho\"\t\"note\"\n0\t0.5\t77\t0.9\t1\n10\t0.6\t78\t1\t1\n\n",
      "frame,timestep,pressure_GPa,pressure_set_GPa,density,T\n0,0,9,0.5,0.9,77\n1,1e1,9,0.6,1,78\n",
    ]) func tables(text: String) throws
  {
    let table = try parse(text)
    func near(_ quantity: ThermoTable.Quantity, _ wanted: [Double]) -> Bool {
      zip(table.values(quantity, at: [0, 10]) ?? [], wanted).allSatisfy { abs($0 - $1) < 1e-12 }
        && table.columns[quantity] != nil
    }
    #expect(
      near(.pressure, [0.5, 0.6]) && near(.temperature, [77, 78]) && near(.density, [0.9, 1]))
    #expect(table.stepCount == 2)
  }

  @Test(
    "what is refused",
    arguments: [
      ("timestep,pressure\n0,1\n10,x\n", "t:3: expected a number for pressure, found 'x'"),
      ("timestep,pressure\n0,1\n10\n", "t:3: expected 2 columns (timestep pressure), found 1"),
      ("timestep,pressure\n0,1\u{0}2\n", "t:2: expected a number for pressure, found '1\u{0}2'"),
      ("timestep,pressure\n1\u{0}0,1\n", "t:2: expected a step, found '1\u{0}0'"),
      ("timestep,pressure\n0,0x1p3\n", "t:2: expected a number for pressure, found '0x1p3'"),
      ("timestep,pressure\n0,nan\n", "t:2: expected a number for pressure, found 'nan'"),
      ("timestep,pressure\n0,1\n0,2\n", "t:3: step 0 is already in line 2"),
      ("timestep,pressure\n0.5,1\n", "t:2: expected a step, found '0.5'"),
      ("time,pressure\n0,1\n", "t:1: expected a column timestep or step, found time, pressure"),
      (
        "step,volume\n0,1\n",
        "t:1: expected a column for pressure, temperature or density, found step, volume"
      ),
      ("0 1 2\n3 4 5\n", "t:1: expected a header line"),
      ("step,pressure\n", "t: no line of numbers"),
      ("LAMMPS (2 Aug 2023)\nunits real\n", "t: expected the thermodynamic output of a run"),
      (
        "Loop time of 1\nunits real\nStep Press\n0 1\n1 2 3\n2 3\n",
        "t:5: expected 2 columns (Step Press), found 3"
      ),
      (
        "LAMMPS (2)\nunits real\nStep Press\n0 nan\n1 3\n",
        "t:4: expected a number for Press, found 'nan'"
      ),
      (
        "LAMMPS (2)\nunits lj\nStep Press\n0 1\n1 3\n",
        "t:4: pressure in units lj cannot be converted to GPa"
      ),
    ]) func refused(text: String, message: String)
  {
    let error = #expect(throws: TrajectoryError.self) { try parse(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  private static let plot = """
    # gmx energy is part of G R O M A C S:
    @    title "GROMACS Energies"
    @    xaxis  label "Time (ps)"
    @    yaxis  label "(K), (bar)"
    @TYPE xy
    @ s0 legend "Temperature"
    @ s1 legend "Pressure"
        0.000000   77.10  1000.0
        2.000000   77.20  2000.0
        4.000000   77.30  3000.0
       14.000000   77.40  4000.0

    """

  @Test("an xvg of GROMACS, joined by time and between its rows") func plot() throws {
    let table = try parse(Self.plot)
    #expect(!table.hasSteps && table.hasTimes && table.stepCount == 4)
    #expect(table.columns[.pressure]?.name == "Pressure (bar)")
    let times: [Double?] = [0, 2.000001, 3, 9, 15, nil]
    func rounded(_ values: [Double]?) -> [Double?]? {
      values?.map { $0.isNaN ? nil : ($0 * 1e6).rounded() / 1e6 }
    }
    #expect(
      rounded(table.values(.pressure, atTimes: times)) == [0.1, 0.2, nil, nil, nil, nil])
    #expect(
      rounded(table.values(.pressure, atTimes: times, reach: 3)) == [0.1, 0.2, 0.25, nil, nil, nil])
    #expect(
      rounded(table.values(.temperature, atTimes: times, reach: 3))
        == [77.1, 77.2, 77.25, nil, nil, nil])
    #expect(table.matches(times: times) == 2 && table.matches(times: times, reach: 3) == 3)
  }
}
