import Randomness
import Geometry

/// A crystal of ice that fills a box: its cells, and the hydrogens of each molecule.
struct IceLattice: Sendable {
  /// Edges of a cell in Å, before the shear.
  let edges: Vector
  /// Cells along x, y and z of the box.
  let counts: SIMD3<Int32>
  /// Positions of the oxygens in the cell in Å [sites], before the shear.
  let sites: [Vector]

  /// One end of a bond at a site.
  private struct BondEnd: Sendable {
    /// Whether the site donates the hydrogen in the base order.
    var isDonor: Bool
    /// Ring that can reverse the bond; −1 if none.
    var ring: Int32
    /// The cell of the ring, relative to that of the site.
    var home: SIMD3<Int32>
  }

  /// Four ends for each site [sites · 4].
  private let ends: [BondEnd]
  /// The two hydrogens relative to their oxygen, for each site and each set of donated bonds (one
  /// bit per end) [sites · 16 · 2].
  private let hydrogens: [Vector]
  /// Cells by which the crystal is displaced from one periodic image of the box to the next along y
  /// (x only) and along z, for boxes tilted by whole cells.
  private let shiftY: Int32, shiftZ: SIMD3<Int32>
  private let stream: RandomStream

  /// O–H in Å; half of 104.52° by sine and cosine (TIP4P/Ice and its family).
  static let bondLength = 0.9572
  private static let halfAngle = (sin: 0.790_796_413_773_152, cos: 0.612_079_269_346_317_3)

  /// - Parameters:
  ///   - framework: the strained framework.
  ///   - bonds: its bonds, found before it was strained.
  ///   - shear: the shear (xy, xz, yz) of the whole box, which bonds follow.
  ///   - shiftY, shiftZ: see the properties.
  ///   - stream: determines the choice of all rings.
  init(
    _ framework: OxygenFramework, bonds: HydrogenBonds, counts: SIMD3<Int32>, shear: Vector,
    shiftY: Int32, shiftZ: SIMD3<Int32>,
    stream: RandomStream
  ) {
    edges = framework.edges
    self.counts = counts
    sites = framework.sites.map { $0 * framework.edges }
    self.shiftY = shiftY
    self.shiftZ = shiftZ
    self.stream = stream
    var ends = [[BondEnd]](repeating: [], count: sites.count)
    var directions = [[Vector]](repeating: [], count: sites.count)
    var ringOfBond = [(ring: Int32, cell: SIMD3<Int32>)](
      repeating: (-1, .zero), count: bonds.base.count)
    for (index, ring) in bonds.rings.enumerated() {
      for (bond, cell) in ring { ringOfBond[bond] = (Int32(index), cell) }
    }
    for (index, bond) in bonds.base.enumerated() {
      let (ring, cell) = ringOfBond[index]
      let d = sheared(
        sites[bond.acceptor] + Vector(bond.image) * framework.edges - sites[bond.donor], by: shear)
      ends[bond.donor].append(BondEnd(isDonor: true, ring: ring, home: 0 &- cell))
      directions[bond.donor].append(d / length(d))
      ends[bond.acceptor].append(BondEnd(isDonor: false, ring: ring, home: 0 &- bond.image &- cell))
      directions[bond.acceptor].append(-d / length(d))
    }
    self.ends = ends.flatMap { $0 }
    var hydrogens = [Vector](repeating: .zero, count: sites.count * 32)
    for site in sites.indices {
      for first in 0..<4 {
        for second in 0..<first {
          let pair = Self.hydrogens(toward: directions[site][first], directions[site][second])
          let entry = site * 32 + (1 << first | 1 << second) * 2
          (hydrogens[entry], hydrogens[entry + 1]) = pair
        }
      }
    }
    self.hydrogens = hydrogens
  }

  /// A molecule's hydrogens in the plane of two bonds, as close to both as its angle permits.
  private static func hydrogens(toward a: Vector, _ b: Vector) -> (Vector, Vector) {
    let middle = (a + b) / length(a + b), across = (a - b) / length(a - b)
    return (
      bondLength * (halfAngle.cos * middle + halfAngle.sin * across),
      bondLength * (halfAngle.cos * middle - halfAngle.sin * across)
    )
  }

  /// The two hydrogens, relative to the oxygen, of the molecule at `site` of a cell.
  @inline(__always)
  func hydrogens(site: Int, cell: SIMD3<Int32>) -> (Vector, Vector) {
    var given = 0
    for k in 0..<4 {
      let end = ends[site &* 4 &+ k]
      let isTurned = end.ring >= 0 && isTurned(ring: end.ring, of: cell &+ end.home)
      if end.isDonor != isTurned { given |= 1 << k }
    }
    let entry = site &* 32 &+ given &* 2
    return (hydrogens[entry], hydrogens[entry &+ 1])
  }

  /// The random bit of a ring; every bond of the ring refers to the same cell, up to periodic
  /// images.
  @inline(__always)
  private func isTurned(ring: Int32, of cell: SIMD3<Int32>) -> Bool {
    let (z, aroundZ) = Self.wrapped(cell.z, counts.z)
    let (y, aroundY) = Self.wrapped(cell.y &- aroundZ &* shiftZ.y, counts.y)
    let (x, _) = Self.wrapped(cell.x &- aroundZ &* shiftZ.x &- aroundY &* shiftY, counts.x)
    var bits = RandomStream(
      child: (Int(x) &* Int(counts.y) &+ Int(y)) &* Int(counts.z) &+ Int(z), of: stream)
    return bits.next() >> UInt64(ring) & 1 == 1
  }

  @inline(__always)
  private static func wrapped(_ index: Int32, _ count: Int32) -> (index: Int32, turns: Int32) {
    if index >= 0, index < count { return (index, 0) }
    let remainder = index % count
    let inside = remainder < 0 ? remainder &+ count : remainder
    return (inside, (index &- inside) / count)
  }
}
