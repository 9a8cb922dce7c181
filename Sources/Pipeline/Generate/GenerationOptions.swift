import Frames
import Geometry
import JobControl
import Lattices
import Options

/// The options of `verglas generate`.
public struct GenerationOptions: CommandOptions {
  /// Name and texts.
  public static let command = CommandText(
    "generate",
    """
    Write synthetic water of any size as a LAMMPS dump: ice with thermal noise and a dense slab.
    """,
    discussion: """
      For trials and scaling tests without simulation data: proton-disordered ice Ih, a slab of \
      the ice III framework at the density of high-density amorphous ice, rigid molecules, \
      Gaussian displacements that never bring oxygens closer than 2.2 Å. Frames differ only in \
      their noise. This is neither a simulation nor amorphous ice: the bundled networks \
      label ice Ih LDA and the dense slab HDA; with their guards, analyze labels both unfamiliar.

      All ranks write in parallel; the same options give the same bytes on any number of ranks. \
      Columns are id type element x y z, so --types is not needed to read the file.

      Example:
        mpirun -n 4 verglas generate --molecules 1000000 --frames 10 \\
          -o water.lammpstrj
      """)

  /// At least so many molecules; nil: as `cells` says, or the recipe's default.
  @Option(
    .value(
      "--molecules", "N", .box,
      """
      Minimum number of molecules in each frame; the box has whole lattice cells and is nearly \
      a cube.
      """, otherwise: "10000"))
  public var molecules: Int? = nil

  /// Lattice cells along x, y and z; nil: as `molecules` says.
  @Option(
    .value(
      "--cells", "A,B,C", .box,
      """
      Instead of --molecules: cells of ice Ih (4.51 × 7.81 × 7.36 Å, 8 molecules) along x, y, z; \
      with --dense-share 1 cells of 12 molecules.
      """, show: { $0.map { "\($0.x),\($0.y),\($0.z)" } }, read: cells))
  public var cells: SIMD3<Int>? = nil

  /// Standard deviation in Å of an oxygen's displacement along each axis.
  @Option(
    .value(
      "--noise", "Å", .box,
      "Standard deviation of the displacement of an oxygen along each axis, 0 to 0.25."))
  public var noise = WaterRecipe().noise

  /// Share of the molecules in the dense slab, 0…1.
  @Option(
    .value(
      "--dense-share", "SHARE", .box,
      """
      Fraction of the molecules in the dense slab; 0 for ice Ih alone, 1 for the dense crystal \
      alone.
      """))
  public var denseShare = WaterRecipe().denseShare

  /// Density of the slab in g/cm³.
  @Option(.value("--dense-density", "G/CM³", .box, "Density of the slab, 0.9 to 1.4."))
  public var denseDensity = WaterRecipe().denseDensity

  /// The axis across the slab, 0…2.
  @Option(
    .value(
      "--axis", "AXIS", .box, "Axis normal to the slab.", choices: AxisName.all,
      show: { AxisName.all[$0] }, read: AxisName.index))
  public var axis = WaterRecipe().axis

  /// Empty length in Å along the axis.
  @Option(
    .value(
      "--vacuum", "Å", .box, "Length of vacuum along the axis; the box remains periodic."))
  public var vacuum = WaterRecipe().vacuum

  /// Tilt of the box.
  @Option(
    .value(
      "--tilt", "XY,XZ,YZ", .box,
      """
      Triclinic box: xy and xz as fractions of the length along x, yz as a fraction of that along \
      y. Any tilt is possible without a slab, only small ones with it.
      """, otherwise: "0,0,0", show: { "\($0.x),\($0.y),\($0.z)" }, read: tilt))
  public var tilt = WaterRecipe().tilt

  /// Seed of all random choices.
  @Option(.seed(.box, "Seed of all random choices."))
  public var seed = WaterRecipe().seed

  /// Number of frames.
  @Option(
    .value(
      "--frames", "N", .box, "Number of frames.",
      check: .expect("a number from 1 to 1000000") { (1...1_000_000).contains($0) }))
  public var frames = 1

  /// MD steps from frame to frame; the first is step 0.
  @Option(
    .value(
      "--steps-per-frame", "N", .box, "MD steps from frame to frame.",
      check: .expect("a number from 1 to 1000000000") { (1...1_000_000_000).contains($0) }))
  public var stepsPerFrame = 1000

  /// The dump to write.
  @Option(.output("LAMMPS dump to write."))
  public var output = ""

  /// Whether an existing output is replaced.
  @Option(.overwrite)
  public var overwrite = false

  /// Whether only warnings and errors are printed.
  @Option(.quiet)
  public var quiet = false

  /// The command line.
  public var commandLine = ""

  /// The defaults.
  public init() {}

  /// The box.
  var recipe: WaterRecipe {
    var recipe = WaterRecipe()
    if let cells {
      recipe.size = .cells(cells)
    } else if let molecules {
      recipe.size = .molecules(molecules)
    }
    recipe.denseShare = denseShare
    recipe.denseDensity = denseDensity
    recipe.axis = axis
    recipe.vacuum = vacuum
    recipe.tilt = tilt
    recipe.noise = noise
    recipe.seed = seed
    return recipe
  }

  /// - Throws: `RunError` (usage).
  func validate() throws {
    guard molecules == nil || cells == nil else {
      throw RunError("give --molecules or --cells, not both", .usage)
    }
    try validateEach()
    for suffix in [".gz", ".zst"] where output.hasSuffix(suffix) {
      throw RunError(
        "\(output): the dump is written as plain text, which all ranks can write; omit \(suffix) "
          + "and compress it later",
        .usage)
    }
  }

  @Sendable private static func cells(_ text: String) throws -> SIMD3<Int>? {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard values.count == 3, let a = values[0], let b = values[1], let c = values[2] else {
      throw InvalidValue("expected three whole numbers as in 20,12,12, found '\(text)'")
    }
    return SIMD3(a, b, c)
  }

  @Sendable private static func tilt(_ text: String) throws -> Vector {
    let values = try [Double](typed: text)
    guard values.count == 3 else {
      throw InvalidValue("expected three numbers as in 0.2,0,-0.1, found '\(text)'")
    }
    return Vector(values[0], values[1], values[2])
  }
}
