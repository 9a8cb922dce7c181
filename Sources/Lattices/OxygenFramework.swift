import Geometry

/// The positions of the oxygens in a crystal of ice: an orthogonal lattice cell in which each has
/// four bonds.
struct OxygenFramework: Sendable {
  /// The phase's name.
  let name: String
  /// Edges of the lattice cell in Å.
  let edges: Vector
  /// Fractional coordinates of the oxygens, 0 ≤ s < 1 [sites].
  let sites: [Vector]

  /// Molar mass of H₂O in g/mol.
  static let mass = 18.015
  /// g/cm³ per (g/mol)/Å³: 10²⁴ over Avogadro's number.
  static let densityUnit = 1.660_539_067

  /// Density in g/cm³ with these edges.
  var density: Double {
    Double(sites.count) * Self.mass * Self.densityUnit / (edges.x * edges.y * edges.z)
  }

  /// Ice Ih: 8 molecules, every O–O bond 2.76 Å and tetrahedral, 0.93 g/cm³.
  ///
  /// The origin is chosen so that the faces of the cell lie where layers are farthest apart.
  static let iceIh: OxygenFramework = {
    let bond = 2.76
    let a = bond * (8.0 / 3).squareRoot()
    let sites = [
      Vector(1, 4, 5), Vector(3, 10, 5), Vector(3, 2, 3), Vector(1, 8, 3),
      Vector(1, 4, 11), Vector(3, 10, 11), Vector(3, 2, 13), Vector(1, 8, 13),
    ]
    return OxygenFramework(
      name: "ice Ih", edges: Vector(a, a * 3.0.squareRoot(), bond * 8 / 3),
      sites: sites.map { $0 / Vector(4, 12, 16) })
  }()

  /// The framework of ice III and IX: 12 molecules, four neighbours at 2.73–2.75 Å and the fifth at
  /// 3.4 Å, 1.194 g/cm³.
  ///
  /// Space group P4₁2₁2, O on 8b and 4a: Londono, Kuhs, Finney, J. Chem. Phys. 98, 4878 (1993). It
  /// has the bond length of ice Ih and the density of high-density amorphous ice, so it is used for
  /// the dense slab.
  static let iceIII: OxygenFramework = {
    var sites: [Vector] = []
    for p in [Vector(0.1092, 0.3008, 0.2840), Vector(0.3908, 0.3908, 0)] {
      let images = [
        p, Vector(-p.x, -p.y, p.z + 0.5), Vector(0.5 - p.y, p.x + 0.5, p.z + 0.25),
        Vector(p.y + 0.5, 0.5 - p.x, p.z + 0.75),
        Vector(0.5 - p.x, p.y + 0.5, 0.25 - p.z), Vector(p.x + 0.5, 0.5 - p.y, 0.75 - p.z),
        Vector(p.y, p.x, -p.z),
        Vector(-p.y, -p.x, 0.5 - p.z),
      ]
      for image in images {
        let s = image - image.rounded(.down)
        // A special position is generated twice.
        let isKnown = sites.contains { site in
          let d = site - s
          return length(d - d.rounded(.toNearestOrEven)) < 1e-6
        }
        if !isKnown { sites.append(s) }
      }
    }
    return OxygenFramework(name: "ice III", edges: Vector(6.692, 6.692, 6.715), sites: sites)
  }()

  /// The same framework stretched to other edges.
  func strained(to edges: Vector) -> OxygenFramework {
    OxygenFramework(name: name, edges: edges, sites: sites)
  }

  /// The smallest distance in Å between two oxygens of the infinite crystal after the shear `x +=
  /// xy·y + xz·z, y += yz·z`.
  func smallestDistance(shear: Vector) -> Double {
    var smallest = Double.infinity
    for i in sites.indices {
      for j in sites.indices {
        for image in Self.images where i != j || image != .zero {
          smallest = min(
            smallest, length(sheared((sites[j] - sites[i] + Vector(image)) * edges, by: shear)))
        }
      }
    }
    return smallest
  }

  /// All images of a cell that touch it, and itself.
  static let images: [SIMD3<Int32>] = (0..<27).map {
    SIMD3($0 % 3, $0 / 3 % 3, $0 / 9) &- SIMD3(repeating: 1)
  }
}

/// `r` after the shear `x += xy·y + xz·z, y += yz·z`, with `shear = (xy, xz, yz)`.
func sheared(_ r: Vector, by shear: Vector) -> Vector {
  Vector(r.x + shear.x * r.y + shear.y * r.z, r.y + shear.z * r.z, r.z)
}
