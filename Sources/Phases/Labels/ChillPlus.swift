import Geometry

/// Ice structures after CHILL+ (Nguyen & Molinero, J. Phys. Chem. B 119, 9369 (2015)).
public enum IceStructure: UInt8, Sendable, CaseIterable {
  /// None of the others: liquid, amorphous, another crystal.
  case other = 0
  /// Ice Ih: three staggered bonds and one eclipsed.
  case hexagonal = 1
  /// Ice Ic: four staggered bonds.
  case cubic = 2
  /// Two staggered bonds, or three and none eclipsed: ice at an interface.
  case interfacialIce = 3
  /// Clathrate hydrate: four eclipsed bonds.
  case hydrate = 4
  /// Three eclipsed bonds: hydrate at an interface.
  case interfacialHydrate = 5

  /// The names in the results, in the order of the numbers.
  public static let names = [
    "other", "hexagonal", "cubic", "interfacial ice", "hydrate", "interfacial hydrate",
  ]

  /// Whether it is ice I, including interfacial ice.
  public var isIce: Bool { self == .hexagonal || self == .cubic || self == .interfacialIce }
}

/// CHILL+: which molecules are ice or hydrate, from the correlation of bond orders of neighbours.
///
/// With the neighbours j of centre i within 3.5 Å and the spherical harmonics of degree 3 of the
/// directions to them,
///
///     q_3m(i) = Σ_j Y_3m(r_ij)        c(i, j) = Re Σ_m q_3m(i)·q_3m(j)* / (|q_3(i)|·|q_3(j)|)
///
/// a bond is **staggered** if c < −0.8 and **eclipsed** if −0.35 < c < 0.25. Only centres with
/// exactly four neighbours have a structure; see `IceStructure`. The paper's conditions on the
/// neighbours of interfacial ice are omitted, as in OVITO: the structures equal those of OVITO's
/// modifier for every molecule.
///
/// **Reproducibility.** `orders` sums over the neighbours in the order of the list, which is that
/// of the frame's grid on every rank; halo copies get the owner's numbers, bit for bit, instead of
/// being recomputed.
public enum ChillPlus {
  /// Distance in Å within which centres are neighbours.
  public static let cutoff = 3.5

  /// Number of exchanged words of a centre's order.
  public static let orderCount = 7

  /// Bond orders of the owned centres, normalised: [local], zero for halo copies and for centres
  /// without neighbours.
  ///
  /// The entries are q_30, √2·Re q_3m and √2·Im q_3m for m = 1, 2, 3, over the norm, so that
  /// c(i, j) is a dot product; the eighth is zero.
  ///
  /// - Parameters:
  ///   - neighbors: neighbours of the owned centres within `cutoff`.
  ///   - x, y, z: wrapped positions of all centres on this rank in Å; [local].
  ///   - edges: the cell's edge vectors in Å.
  /// - Complexity: O(entries).
  public static func orders(
    neighbors list: NeighborList, x: Span<Double>, y: Span<Double>, z: Span<Double>,
    edges: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
  ) -> [SIMD8<Double>] {
    var orders = [SIMD8<Double>](repeating: .zero, count: x.count)
    for row in 0..<list.rowCount {
      let i = Int(list.centers[row])
      let origin = SIMD3(x[i], y[i], z[i])
      var sum = SIMD8<Double>.zero
      for entry in list.offsets[row]..<list.offsets[row + 1] {
        sum += harmonics(
          list.displacement(of: entry, from: origin, x: x, y: y, z: z, edges: edges))
      }
      let squares = (sum * sum).sum()
      if squares > 0 { orders[i] = sum / squares.squareRoot() }
    }
    return orders
  }

  /// Real spherical harmonics of degree 3 of the direction of `d`, times one common factor:
  /// ½(5z³ − 3z), √(3/8)·x(5z² − 1), …, √(15/4)·(x² − y²)z, …, √(5/8)·x(x² − 3y²), ….
  @inline(__always)
  private static func harmonics(_ d: SIMD3<Double>) -> SIMD8<Double> {
    let r = d / (d * d).sum().squareRoot()
    let (x, y, z) = (r.x, r.y, r.z)
    // √(3/8), √(15/4), √(5/8)
    let first = 0.6123724356957945 * (5 * z * z - 1)
    let second = 1.9364916731037085 * z, third = 0.7905694150420949
    return SIMD8(
      0.5 * z * (5 * z * z - 3), first * x, first * y, second * (x * x - y * y),
      second * 2 * x * y, third * x * (x * x - 3 * y * y), third * y * (3 * x * x - y * y), 0)
  }

  /// Structures (`IceStructure.rawValue`) of the owned centres; [local], 0 for halo copies.
  ///
  /// - Parameters:
  ///   - neighbors: as for `orders`.
  ///   - orders: bond orders of all centres on this rank; [local].
  public static func structures(neighbors list: NeighborList, orders: [SIMD8<Double>]) -> [UInt8] {
    var structures = [UInt8](repeating: 0, count: orders.count)
    for row in 0..<list.rowCount {
      let entries = list.offsets[row]..<list.offsets[row + 1]
      guard entries.count == 4 else { continue }
      let own = orders[Int(list.centers[row])]
      var staggered = 0, eclipsed = 0
      for entry in entries {
        let c = (own * orders[Int(list.neighbors[entry])]).sum()
        if c < -0.8 { staggered += 1 } else if c > -0.35 && c < 0.25 { eclipsed += 1 }
      }
      structures[Int(list.centers[row])] =
        structure(staggered: staggered, eclipsed: eclipsed)
        .rawValue
    }
    return structures
  }

  /// The structure of a centre with four neighbours.
  static func structure(staggered: Int, eclipsed: Int) -> IceStructure {
    switch (staggered, eclipsed) {
    case (_, 4): .hydrate
    case (_, 3): .interfacialHydrate
    case (4, _): .cubic
    case (3, 1): .hexagonal
    case (3, 0), (2, _): .interfacialIce
    default: .other
    }
  }

  /// The part of a neighbour list between ice centres, for their clusters: rows of the owned
  /// centres that are ice, entries to neighbours that are.
  ///
  /// - Parameter structures: those of all centres on this rank; [local].
  public static func iceNeighbors(of list: NeighborList, structures: [UInt8]) -> NeighborList {
    let isIce = IceStructure.allCases.map(\.isIce)
    var ice = NeighborList()
    for row in 0..<list.rowCount where isIce[Int(structures[Int(list.centers[row])])] {
      for entry in list.offsets[row]..<list.offsets[row + 1]
      where isIce[Int(structures[Int(list.neighbors[entry])])] {
        ice.neighbors.append(list.neighbors[entry])
        ice.images.append(list.images[entry])
      }
      ice.endRow(of: list.centers[row])
    }
    return ice
  }
}
