import ArgumentParser
import Geometry
import Lattices
import Pipeline

/// `verglas generate`.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Write synthetic water of any size as a LAMMPS dump: ice with thermal noise and a dense slab in it.",
    discussion: """
      To try and to scale before there is data: proton-disordered ice Ih, a slab of the ice III framework at the density of high-density \
      amorphous ice, rigid molecules, Gaussian displacements that never bring oxygens nearer than 2.2 Å. Frames differ in their noise alone. It \
      is no simulation: a network will call much of it intermediate.

      All ranks write at once; the same options give the same bytes on any number of ranks. Columns are id type element x y z, so that \
      readers need no --types.

      Example:
        mpirun -n 4 verglas generate --molecules 1000000 --frames 10 \\
          -o water.lammpstrj
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("Dump to write.", valueName: "FILE"))
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "At least so many molecules in each frame, in nearly a cube; whole lattice cells. Default 10000.",
      valueName: "N"))
  var molecules: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Instead of --molecules: cells of ice Ih (4.51 × 7.81 × 7.36 Å, 8 molecules) along x, y, z; with --dense-share 1 cells of 12 molecules.",
      valueName: "A,B,C"),
    transform: parsedCells)
  var cells: SIMD3<Int>?

  @Option(parsing: .unconditional, help: ArgumentHelp("Number of frames.", valueName: "N"))
  var frames = 1

  @Option(
    parsing: .unconditional, help: ArgumentHelp("MD steps from frame to frame.", valueName: "N"))
  var stepsPerFrame = 1000

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Seed of all random choices.", valueName: "N"))
  var seed: UInt64 = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Standard deviation of an oxygen's displacement along each axis, 0 to 0.25.", valueName: "Å"))
  var noise = 0.1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Share of the molecules in the dense slab; 0 for ice Ih alone, 1 for the dense crystal alone.",
      valueName: "SHARE"))
  var denseShare = 0.5

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Density of the slab, 0.9 to 1.4.", valueName: "G/CM³"))
  var denseDensity = 1.17

  @Option(help: ArgumentHelp("Axis across the slab: x, y or z.", valueName: "AXIS"))
  var axis = SlabAxis.x

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Empty length along the axis; the box stays periodic.", valueName: "Å"))
  var vacuum = 0.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Triclinic box: xy and xz as fractions of the length along x, yz of that along y. Without a slab any lean will do, with one small ones.",
      valueName: "XY,XZ,YZ"),
    transform: parsedTilt)
  var tilt = Vector.zero

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(help: "Print warnings and errors only.")
  var quiet = false

  func validate() throws {
    if molecules != nil && cells != nil {
      throw ValidationError("give --molecules or --cells, not both")
    }
  }

  func run() throws {
    var options = GenerationOptions()
    if let cells {
      options.recipe.size = .cells(cells)
    } else if let molecules {
      options.recipe.size = .molecules(molecules)
    }
    options.recipe.denseShare = denseShare
    options.recipe.denseDensity = denseDensity
    options.recipe.axis = axis.index
    options.recipe.vacuum = vacuum
    options.recipe.tilt = tilt
    options.recipe.noise = noise
    options.recipe.seed = seed
    options.frames = frames
    options.stepsPerFrame = stepsPerFrame
    options.output = output
    options.overwrite = overwrite
    options.quiet = quiet
    Program.run { world in try Generation.run(options, on: world) }
  }
}

enum SlabAxis: String, ExpressibleByArgument, CaseIterable {
  case x, y, z
  var index: Int { self == .x ? 0 : self == .y ? 1 : 2 }
}

@Sendable private func parsedCells(_ text: String) throws -> SIMD3<Int> {
  let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
  guard values.count == 3, let a = values[0], let b = values[1], let c = values[2] else {
    throw ValidationError("expected three whole numbers as in 20,12,12, found '\(text)'")
  }
  return SIMD3(a, b, c)
}

@Sendable private func parsedTilt(_ text: String) throws -> Vector {
  let values = try parsedNumbers(text)
  guard values.count == 3 else {
    throw ValidationError("expected three numbers as in 0.2,0,-0.1, found '\(text)'")
  }
  return Vector(values[0], values[1], values[2])
}
