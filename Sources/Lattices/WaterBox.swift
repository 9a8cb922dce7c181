import Randomness
import Geometry

/// A box of synthetic water: ice Ih with a dense slab in it, and how its molecules are displaced in
/// each frame.
///
/// Everything about a molecule follows from its number, the frame and the recipe, so that any part
/// can be made on any rank, without state and in any order. Molecules are counted block by block
/// along the axis (ice, slab, ice), then cell by cell (z fastest), then by site.
public struct WaterBox: Sendable {
  /// The box, periodic along all axes.
  public let cell: Cell
  /// Molecules in ice and slab.
  public let iceMolecules: Int, denseMolecules: Int
  /// Densities in g/cm³ within the crystals; that of the whole box is lower if there is a seam or
  /// vacuum.
  public let iceDensity: Double, denseDensity: Double
  /// Smallest O–O distance in Å before the noise.
  public let smallestDistance: Double
  /// Limit of an oxygen's displacement in Å, so that no two oxygens are closer than `nearest`.
  public let largestDisplacement: Double

  /// The smallest O–O distance in Å that noise may produce.
  public static let nearest = 2.2
  /// The most molecules that a box may have: atom ids stay below 10¹⁰.
  public static let mostMolecules = 3_000_000_000
  /// Distance in Å along the axis between the last oxygens of one crystal and the first of the
  /// other.
  static let seam = 3.0

  /// A piece of a crystal.
  private struct Block: Sendable {
    var lattice: IceLattice
    /// Cells of the block, and the first of them along the axis.
    var counts: SIMD3<Int32>, firstCell: Int32
    /// Corner of the lattice's cell (0, 0, 0) in Å, before the shear.
    var origin: Vector
    var molecules: Range<Int>
  }

  private let blocks: [Block]
  private let axis: Int
  private let shear: Vector
  private let noise: Double
  private let stream: RandomStream

  /// Molecules in the box.
  public var moleculeCount: Int { iceMolecules + denseMolecules }

  /// Plans a box.
  ///
  /// - Throws: `LatticeError` for numbers out of range, or if the crystals cannot be fitted
  ///   together with physical distances.
  public init(_ recipe: WaterRecipe) throws(LatticeError) {
    try recipe.validate()
    let plan = try BoxPlan(recipe)
    axis = recipe.axis
    noise = recipe.noise
    stream = RandomStream(recipe.seed, 1)
    let axis = recipe.axis
    let ih = plan.iceFramework, slab = plan.denseFramework
    let hasIce = plan.ice[axis] > 0, hasDense = plan.dense[axis] > 0
    let lead = hasIce ? ih : slab, leadCounts = hasIce ? plan.ice : plan.dense

    // Lengths before the shear. A seam separates the two crystals.
    let seams =
      hasIce && hasDense
      ? (Self.seamWidth(below: ih, above: slab, axis), Self.seamWidth(below: slab, above: ih, axis))
      : (0, 0)
    var box = Vector(leadCounts) * lead.edges
    let iceLength = Double(plan.ice[axis]) * ih.edges[axis],
      slabLength = Double(plan.dense[axis]) * slab.edges[axis]
    box[axis] = iceLength + slabLength + seams.0 + seams.1 + recipe.vacuum

    // The box has the requested tilt. As much of it as possible is made by shifting the crystal by
    // its own periods at the periodic boundary; the rest deforms the crystal.
    var period = lead.edges
    if hasIce && hasDense { period = box }
    if recipe.vacuum > 0 { period[axis] = box[axis] }
    let lean = recipe.tilt * Vector(box.x, box.x, box.y)
    let turnsX = (lean.x / period.x).rounded(), turnsZ = (lean.z / period.y).rounded()
    let xy = (lean.x - turnsX * period.x) / box.y, yz = (lean.z - turnsZ * period.y) / box.z
    let leftover = lean.y - xy * turnsZ * period.y
    let turnsXZ = (leftover / period.x).rounded()
    let shear = Vector(xy, (leftover - turnsXZ * period.x) / box.z, yz)
    self.shear = shear
    do throws(CellError) {
      cell = try Cell(
        a: Vector(box.x, 0, 0), b: Vector(lean.x, box.y, 0), c: Vector(lean.y, lean.z, box.z))
    } catch {
      throw LatticeError("the box cannot be built: \(error)")
    }

    // In whole lattice cells; shifts by whole boxes have no effect and are removed.
    let isShifted = period == lead.edges
    let shiftY = isShifted ? Int32(turnsX) : 0,
      shiftZ = isShifted ? SIMD3(Int32(turnsXZ), Int32(turnsZ), 0) : .zero
    func lattice(
      _ framework: OxygenFramework, _ relaxed: OxygenFramework, _ counts: SIMD3<Int>, _ name: UInt64
    ) -> IceLattice {
      IceLattice(
        framework, bonds: HydrogenBonds(relaxed), counts: SIMD3<Int32>(truncatingIfNeeded: counts),
        shear: shear, shiftY: shiftY,
        shiftZ: shiftZ, stream: RandomStream(recipe.seed, 2, name))
    }
    var blocks: [Block] = []
    var next = 0
    func add(_ lattice: IceLattice, cells: Range<Int>, origin: Double) {
      guard !cells.isEmpty else { return }
      var counts = lattice.counts
      counts[axis] = Int32(cells.count)
      let molecules = Int(counts.x) * Int(counts.y) * Int(counts.z) * lattice.sites.count
      var corner = Vector.zero
      corner[axis] = origin + recipe.vacuum / 2
      blocks.append(
        Block(
          lattice: lattice, counts: counts, firstCell: Int32(cells.lowerBound), origin: corner,
          molecules: next..<next + molecules))
      next += molecules
    }
    let before = hasDense ? (plan.ice[axis] + 1) / 2 : plan.ice[axis]
    if hasIce {
      let ice = lattice(ih, .iceIh, plan.ice, 0)
      add(ice, cells: 0..<before, origin: 0)
      if hasDense {
        let start = Double(before) * ih.edges[axis] + seams.0
        add(lattice(slab, .iceIII, plan.dense, 1), cells: 0..<plan.dense[axis], origin: start)
        add(ice, cells: before..<plan.ice[axis], origin: slabLength + seams.0 + seams.1)
      }
    } else {
      add(lattice(slab, .iceIII, plan.dense, 1), cells: 0..<plan.dense[axis], origin: 0)
    }
    self.blocks = blocks
    iceMolecules = plan.iceMolecules
    denseMolecules = plan.denseMolecules
    iceDensity = hasIce ? ih.density : 0
    denseDensity = hasDense ? slab.density : 0

    // A shear of size γ reduces a distance by at most the fraction γ.
    var smallest = hasIce && hasDense ? Self.seam * (1 - length(shear)) : Double.infinity
    if hasIce { smallest = min(smallest, ih.smallestDistance(shear: shear)) }
    if hasDense { smallest = min(smallest, slab.smallestDistance(shear: shear)) }
    smallestDistance = smallest
    largestDisplacement = (smallest - Self.nearest) / 2
    guard smallest >= Self.nearest + 0.2 else {
      throw LatticeError(
        "the crystals do not fit into this box: oxygens would be "
          + "\((smallest * 100).rounded() / 100) Å apart; use more --molecules (a small box cannot "
          + "match two lattices), a lower --dense-density, a smaller --tilt, or --dense-share 0"
      )
    }
  }

  /// The length to insert between two crystals so that their oxygens are `seam` apart along the
  /// axis.
  private static func seamWidth(below: OxygenFramework, above: OxygenFramework, _ axis: Int)
    -> Double
  {
    let last = below.sites.map { $0[axis] }.max()!, first = above.sites.map { $0[axis] }.min()!
    return max(0, seam - (1 - last) * below.edges[axis] - first * above.edges[axis])
  }

  /// Stores the atoms of some molecules of a frame in `atoms`: O, H, H of each in turn, in Å, each
  /// wrapped into the box [3 · molecules].
  ///
  /// Overwrites `atoms`. O(molecules).
  public func place(_ molecules: Range<Int>, frame: Int, into atoms: inout [Vector]) {
    precondition(
      molecules.lowerBound >= 0 && molecules.upperBound <= moleculeCount, "molecules of the box")
    atoms.removeAll(keepingCapacity: true)
    atoms.reserveCapacity(3 * molecules.count)
    let frameStream = RandomStream(child: frame, of: stream)
    for block in blocks {
      let own = block.molecules.clamped(to: molecules)
      let sites = block.lattice.sites.count, ny = Int(block.counts.y), nz = Int(block.counts.z)
      for molecule in own {
        let (index, site) = (molecule &- block.molecules.lowerBound).quotientAndRemainder(
          dividingBy: sites)
        let (row, z) = index.quotientAndRemainder(dividingBy: nz)
        let (x, y) = row.quotientAndRemainder(dividingBy: ny)
        var place = SIMD3(
          Int32(truncatingIfNeeded: x), Int32(truncatingIfNeeded: y), Int32(truncatingIfNeeded: z))
        place[axis] &+= block.firstCell
        let (first, second) = block.lattice.hydrogens(site: site, cell: place)
        var motion = RandomStream(child: molecule, of: frameStream)
        let corner = block.origin + Vector(place) * block.lattice.edges
        let oxygen = sheared(corner + block.lattice.sites[site], by: shear) + displacement(&motion)
        let turn = Turn(libration(&motion))
        atoms.append(cell.wrapped(oxygen).position)
        atoms.append(cell.wrapped(oxygen + turn(first)).position)
        atoms.append(cell.wrapped(oxygen + turn(second)).position)
      }
    }
  }

  /// A random displacement, drawn again until it is within the limit.
  @inline(__always)
  private func displacement(_ motion: inout RandomStream) -> Vector {
    while true {
      let d = noise * Vector(motion.bell(), motion.bell(), motion.bell())
      if dot(d, d) <= largestDisplacement * largestDisplacement { return d }
    }
  }

  /// A random rotation vector in radians that moves hydrogens about their oxygen as far as oxygens
  /// are displaced.
  @inline(__always)
  private func libration(_ motion: inout RandomStream) -> Vector {
    noise / IceLattice.bondLength * Vector(motion.bell(), motion.bell(), motion.bell())
  }
}

/// A rotation by a small vector, exactly orthogonal, from the quaternion (1, ω/2), normalised. No
/// trigonometric functions, whose last bits differ between platforms.
private struct Turn {
  let w: Double, q: Vector

  @inline(__always)
  init(_ rotation: Vector) {
    let half = rotation / 2
    w = 1 / (1 + dot(half, half)).squareRoot()
    q = half * w
  }

  @inline(__always)
  func callAsFunction(_ v: Vector) -> Vector {
    let t = 2 * cross(q, v)
    return v + w * t + cross(q, t)
  }
}
