import Geometry

/// Hydrogen bonds by distance and angle (Luzar & Chandler, Phys. Rev. Lett. 76, 928 (1996); the
/// definition of GROMACS): a hydrogen of donor D is bonded to acceptor A if |D A| ≤ 3.5 Å and the
/// angle H–D–A is at most 30°.
public enum HydrogenBonds {
  /// Largest distance of donor and acceptor in Å.
  public static let cutoff = 3.5
  /// Cosine of the largest angle, 30°.
  static let leastCosine = 0.8660254037844386

  /// Bonds of each owned centre as donor and as acceptor together, [local]; 0 for halo copies. A
  /// bond counts for both of its molecules.
  ///
  /// - Parameters:
  ///   - neighbors: neighbours of the owned centres within `cutoff`.
  ///   - hydrogens: the hydrogens of all centres on this rank.
  ///   - x, y, z: wrapped positions of all centres on this rank in Å; [local].
  ///   - edges: the cell's edge vectors in Å.
  /// - Complexity: O(entries).
  public static func counts(
    neighbors list: NeighborList, hydrogens: AttachedAtoms, x: Span<Double>, y: Span<Double>,
    z: Span<Double>, edges: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
  ) -> [UInt8] {
    var counts = [UInt8](repeating: 0, count: x.count)
    // Lengths of the bonds of each centre's hydrogens.
    let lengths = hydrogens.displacements.indices.map { center in
      let first = hydrogens.displacement(0, of: center),
        second = hydrogens.displacement(1, of: center)
      return SIMD2(dot(first, first).squareRoot(), dot(second, second).squareRoot())
    }
    for row in 0..<list.rowCount {
      let i = Int(list.centers[row])
      let origin = SIMD3(x[i], y[i], z[i])
      var count = 0
      for entry in list.offsets[row]..<list.offsets[row + 1] {
        let j = Int(list.neighbors[entry])
        let d = list.displacement(of: entry, from: origin, x: x, y: y, z: z, edges: edges)
        let length = (d * d).sum().squareRoot()
        for k in 0..<hydrogens.count(of: i)
        where isBonded(hydrogens.displacement(k, of: i), lengths[i][k], d, length) {
          count += 1
        }
        for k in 0..<hydrogens.count(of: j)
        where isBonded(hydrogens.displacement(k, of: j), lengths[j][k], -d, length) {
          count += 1
        }
      }
      counts[i] = UInt8(clamping: count)
    }
    return counts
  }

  /// Whether the angle between a donor's hydrogen and the acceptor is small enough.
  @inline(__always)
  private static func isBonded(
    _ hydrogen: Vector, _ bond: Double, _ acceptor: Vector, _ length: Double
  ) -> Bool {
    dot(hydrogen, acceptor) >= leastCosine * length * bond
  }
}
