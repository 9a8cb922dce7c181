/// Pairs of centres within a cutoff, for clusters and for the neighbours of intermediate molecules.
public struct PairList: Sendable {
  /// First pair of each served centre; `[centers + 1]`.
  public var offsets: [Int32] = [0]
  /// Row in the atom table of each served centre; `[centers]`.
  public var centers: [Int32] = []
  /// Row in the atom table of each neighbour; `[pairs]`.
  public var neighbors: [Int32] = []
  /// Packed image shift of each neighbour (`unpackImage`): r_neighbor + shift·H is the neighbour of the unshifted centre; `[pairs]`.
  public var images: [Int32] = []

  /// An empty list.
  public init() {}
}

extension ExtendedGrid {
  /// All pairs of atoms of one species within `cutoff` Å (inclusive) of the region's atoms, centre by centre in grid order.
  ///
  /// Each pair within the region stands twice, once from either side. An atom is no neighbour of itself, but its images are.
  public func pairs(of s: Int, within cutoff: Double) -> PairList {
    let stencil = Stencil(grid: self, cutoff: cutoff)
    let squaredCutoff = cutoff * cutoff
    let images = species[s]
    var list = PairList()
    list.centers.reserveCapacity(images.atom.count)
    list.neighbors.reserveCapacity(4 * images.atom.count)
    list.images.reserveCapacity(4 * images.atom.count)
    for z in region.lower.z..<region.upper.z {
      for y in region.lower.y..<region.upper.y {
        for x in region.lower.x..<region.upper.x {
          let home = index(SIMD3(x, y, z))
          let local = SIMD3(x, y, z) &- first
          for slot in images.offsets[home]..<images.offsets[home + 1] {
            let i = Int(slot)
            let (ox, oy, oz) = (images.x[i], images.y[i], images.z[i])
            for row in stencil.rows {
              let ny = local.y + row.y, nz = local.z + row.z
              if ny < 0 || ny >= size.y || nz < 0 || nz >= size.z { continue }
              let low = max(local.x - row.x, 0), high = min(local.x + row.x, size.x - 1)
              let start = home + row.start + (low - (local.x - row.x))
              for k in Int(images.offsets[start])..<Int(images.offsets[start + high - low + 1]) where k != i {
                let dx = images.x[k] - ox, dy = images.y[k] - oy, dz = images.z[k] - oz
                if dx * dx + dy * dy + dz * dz <= squaredCutoff {
                  list.neighbors.append(images.atom[k])
                  list.images.append(images.image[k])
                }
              }
            }
            list.centers.append(images.atom[i])
            list.offsets.append(Int32(list.neighbors.count))
          }
        }
      }
    }
    return list
  }
}
