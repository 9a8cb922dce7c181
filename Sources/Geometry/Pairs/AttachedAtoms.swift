import CVector
import Contracts

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
  /// - Complexity: O(centres).
  public func attachedAtoms(
    _ h: Int, within reach: Double, near: NeighborList
  ) -> AttachedAtoms {
    require(hasAllImages, "the images of these atoms were freed before the search")
    let reachInCells = grid.reach(cutoff: reach)
    // A margin for atoms that rounding assigns to the cell next to their own.
    let slack = Vector(reach, reach, reach) / grid.widths + 1e-6
    let atomsOfSpecies = species[h], images = species[center]
    let limit = SIMD8<Double>(repeating: reach * reach)
    var result = [SIMD8<Double>](repeating: AttachedAtoms.none, count: centers.count)
    var row = -1
    var rivals: [(Vector, Int32)] = []
    forEachOwnedCenter { i, home, local in
      row += 1
      let own = images.atom[i]
      let origin = Vector(images.x[i], images.y[i], images.z[i])
      rivals.removeAll(keepingCapacity: true)
      for entry in near.offsets[row]..<near.offsets[row + 1] {
        let other = near.neighbors[entry], image = near.images[entry]
        var r = centers.position(Int(other))
        if image != unshiftedImage { r += grid.cell.displacement(Vector(unpackImage(image))) }
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
        // Positions that no number resolves have been assigned to a cell that does not hold them.
        let inside = min(max(place[axis] - Double(local[axis] + first[axis]), 0), 1)
        let most = Double(reachInCells[axis])
        let below = Int(max((inside - slack[axis]).rounded(.down), -most))
        let above = Int(min((inside + slack[axis]).rounded(.down), most))
        low[axis] = max(local[axis] + below, 0)
        high[axis] = min(local[axis] + above, size[axis] - 1)
      }
      forEachRun(low, high, atomsOfSpecies) { begin, end in
        var k = begin
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

  /// Calls `body` with the images of each row of the cells from `low` to `high`: first slot, end.
  @inline(__always)
  private func forEachRun(
    _ low: SIMD3<Int>, _ high: SIMD3<Int>, _ images: SpeciesImages,
    _ body: (Int, Int) -> Void
  ) {
    for z in low.z...high.z {
      for y in low.y...high.y {
        let start = (z * size.y + y) * size.x
        body(Int(images.offsets[start + low.x]), Int(images.offsets[start + high.x + 1]))
      }
    }
  }
}
