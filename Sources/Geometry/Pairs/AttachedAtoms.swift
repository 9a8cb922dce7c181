import CVector

/// Atoms of one species that belong to a centre: the hydrogens of an oxygen.
public struct AttachedAtoms: Sendable {
  /// Largest number of atoms of a centre; of more, the nearest ones.
  public static let most = 2
  /// Coordinate in Å of an atom that does not exist: farther than any cutoff.
  public static let missing = 1e30

  /// Displacements from each centre in Å, [local]: x, y, z of the nearer atom, of the other one,
  /// and the number of atoms in the seventh lane. Centres of other ranks have `missing` until their
  /// owner's lanes are copied.
  public var displacements: [SIMD8<Double>]

  /// Lanes of a centre without atoms.
  public static let none = SIMD8(
    missing, missing, missing, missing, missing, missing, 0, 0)

  /// Number of lanes that are sent to other ranks.
  public static let laneCount = 7

  /// Displacement of the first or second atom of a centre in Å.
  @inlinable @inline(__always)
  public func displacement(_ k: Int, of center: Int) -> Vector {
    let lanes = displacements[center]
    return k == 0 ? Vector(lanes[0], lanes[1], lanes[2]) : Vector(lanes[3], lanes[4], lanes[5])
  }

  /// Number of atoms of a centre.
  @inlinable @inline(__always)
  public func count(of center: Int) -> Int { Int(displacements[center][6]) }
}

extension ExtendedGrid {
  /// The atoms of species `h` that belong to each owned centre: those within `reach` Å (inclusive)
  /// to which no other centre is nearer; of equal distances, the centre with the smaller index has
  /// the atom.
  ///
  /// Images are visited in grid order and a displacement is the difference of the same two numbers
  /// on any rank, so the result has the same bits for any partition of the frame.
  ///
  /// - Parameters:
  ///   - h: the species of the attached atoms.
  ///   - near: neighbours of the owned centres within at least 2·`reach`.
  ///   - rows: row of the atom table of each centre, [local].
  ///   - index: local index of each row of the atom table.
  /// - Complexity: O(centres).
  public func attachedAtoms(
    _ h: Int, of s: Int, within reach: Double, near: NeighborList, rows: [Int32], index: [Int32]
  ) -> AttachedAtoms {
    let cells = grid.reach(cutoff: reach)
    // A margin for atoms that rounding assigns to the cell next to their own.
    let slack = Vector(reach, reach, reach) / grid.widths + 1e-6
    let atomsOfSpecies = species[h], centers = species[s]
    let limit = SIMD8<Double>(repeating: reach * reach)
    var result = [SIMD8<Double>](repeating: AttachedAtoms.none, count: rows.count)
    var row = -1
    var rivals: [(Vector, Int32)] = []
    forEachOwnedImage(of: s) { i, home, local in
      row += 1
      let own = index[Int(centers.atom[i])]
      let origin = Vector(centers.x[i], centers.y[i], centers.z[i])
      rivals.removeAll(keepingCapacity: true)
      for entry in near.offsets[row]..<near.offsets[row + 1] {
        let other = near.neighbors[entry], image = unpackImage(near.images[entry])
        var r = atoms.position(Int(rows[Int(other)]))
        if near.images[entry] != unshiftedImage { r += grid.cell.displacement(Vector(image)) }
        let d = r - origin
        if dot(d, d) <= 4 * reach * reach { rivals.append((d, other)) }
      }
      let ox = SIMD8<Double>(repeating: origin.x), oy = SIMD8<Double>(repeating: origin.y),
        oz = SIMD8<Double>(repeating: origin.z)
      var found = AttachedAtoms.none, squares = (Double.infinity, Double.infinity)
      // Only cells that reach the sphere: the position in the centre's own cell tells which.
      let place = grid.place(of: origin)
      var low = local, high = local
      for axis in 0..<3 {
        let inside = place[axis] - Double(local[axis] + first[axis])
        let below = max(Int((inside - slack[axis]).rounded(.down)), -cells[axis])
        let above = min(Int((inside + slack[axis]).rounded(.down)), cells[axis])
        low[axis] = max(local[axis] + below, 0)
        high[axis] = min(local[axis] + above, size[axis] - 1)
      }
      let rowsPerPlane = high.y - low.y + 1
      for row in 0..<(high.z - low.z + 1) * rowsPerPlane {
        let y = low.y + row % rowsPerPlane, z = low.z + row / rowsPerPlane
        let start = (z * size.y + y) * size.x
        var k = Int(atomsOfSpecies.offsets[start + low.x])
        let end = Int(atomsOfSpecies.offsets[start + high.x + 1])
        while k < end {
          let dx = vg_subtract_double8((atomsOfSpecies.x + k).load(), ox)
          let dy = vg_subtract_double8((atomsOfSpecies.y + k).load(), oy)
          let dz = vg_subtract_double8((atomsOfSpecies.z + k).load(), oz)
          let squared = vg_squared_length(dx, dy, dz)
          var hits = UInt32(vg_less_or_equal(squared, limit))
          if end - k < 8 { hits &= (1 << UInt32(end - k)) - 1 }
          while hits != 0 {
            let lane = hits.trailingZeroBitCount
            hits &= hits &- 1
            let d = Vector(dx[lane], dy[lane], dz[lane]), square = squared[lane]
            let isTaken = rivals.contains { rival, other in
              let e = d - rival, far = dot(e, e)
              return far < square || far == square && other < own
            }
            if isTaken { continue }
            found[6] += 1
            if square < squares.0 {
              squares = (square, squares.0)
              (found[3], found[4], found[5]) = (found[0], found[1], found[2])
              (found[0], found[1], found[2]) = (d.x, d.y, d.z)
            } else if square < squares.1 {
              squares.1 = square
              (found[3], found[4], found[5]) = (d.x, d.y, d.z)
            }
          }
          k += 8
        }
      }
      found[6] = min(found[6], Double(AttachedAtoms.most))
      result[Int(own)] = found
    }
    return AttachedAtoms(displacements: result)
  }

  /// Calls `body(slot, cell, coordinates)` for every image of a species in the owned cells, in grid
  /// order: its slot, the index of its extended cell, and that cell's coordinates from `first`.
  @inline(__always)
  func forEachOwnedImage(of s: Int, _ body: (Int, Int, SIMD3<Int>) -> Void) {
    for z in region.lower.z..<region.upper.z {
      for y in region.lower.y..<region.upper.y {
        for x in region.lower.x..<region.upper.x {
          let cell = SIMD3(x, y, z)
          guard isOwned(cell) else { continue }
          let home = index(cell)
          for slot in species[s].offsets[home]..<species[s].offsets[home + 1] {
            body(Int(slot), home, cell &- first)
          }
        }
      }
    }
  }
}
