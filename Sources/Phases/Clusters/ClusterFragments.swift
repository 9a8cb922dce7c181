import Contracts
import Geometry

/// The clusters within one rank: components of its owned centres over internal edges.
///
/// An edge is **internal** if both ends are owned and the neighbour's image is the cell itself. All
/// edges except those near the surface are internal; they have no shift and are processed by a
/// plain union-find. A set that they connect is a **fragment**, named by its smallest id. The other
/// edges, to halo copies and through periodic faces, are few; together with the fragments they form
/// the small weighted graph in which the remaining work is done (`BoundaryGraph`). Contracting
/// edges without a shift neither joins nor splits clusters and does not change the net shift of any
/// cycle, so no information is lost.
///
/// A serial run is one rank without halo: the same code, no messages.
public struct ClusterFragments: Sendable {
  /// The name of each owned centre's fragment [local]; `unknown` for halo copies, to be filled in
  /// by a halo exchange.
  public let names: [Int64]
  /// Number of phases, IA included.
  public let phaseCount: Int

  /// The name of a halo copy's fragment before the exchange.
  public static let unknown: Int64 = -1

  /// Smallest local index of each owned centre's fragment [local]; −1 for halo copies.
  let roots: [Int32]
  /// Phase [local].
  let phases: [UInt8]
  /// Per root: size of the fragment [local], zero elsewhere.
  let sizes: [Int32]
  /// Edges that are not internal, between centres of equal phase: owned centre, neighbour, packed
  /// image of the neighbour.
  let crossings: [Crossing]

  struct Crossing: Sendable, BitwiseCopyable {
    var center: Int32
    var neighbor: Int32
    var image: Int32
  }

  /// Builds the fragments.
  ///
  /// - Parameters:
  ///   - neighbors: neighbours of the owned centres.
  ///   - phases: phases of owned centres and halo copies [local], 0…K.
  ///   - phaseCount: K + 1.
  ///   - ids: ids of owned centres (and of halo copies, which are not used) [local]; unique over
  ///     the frame, not negative.
  /// - Complexity: O(entries · α) time in practice; 9 bytes per local index beyond the input.
  public init(neighbors list: NeighborList, phases: [UInt8], phaseCount: Int, ids: [Int64]) {
    let n = phases.count
    require(ids.count == n, "every centre and halo copy needs an id and a phase")
    var owned = [Bool](repeating: false, count: n)
    for center in list.centers { owned[Int(center)] = true }
    var forest = UnionFind(count: n)
    crossings = Self.link(list, phases, owned, &forest)
    forest.flatten()

    var roots = forest.parents
    var names = [Int64](repeating: Int64.max, count: n)
    var sizes = [Int32](repeating: 0, count: n)
    for i in 0..<n {
      guard owned[i] else {
        roots[i] = -1
        continue
      }
      let root = Int(roots[i])
      names[root] = min(names[root], ids[i])
      sizes[root] += 1
    }
    // The root is its fragment's smallest index, so its name is complete and not yet overwritten
    // when a member reads it.
    for i in 0..<n { names[i] = roots[i] < 0 ? Self.unknown : names[Int(roots[i])] }
    self.names = names
    self.roots = roots
    self.sizes = sizes
    self.phases = phases
    self.phaseCount = phaseCount
  }

  /// Joins the ends of internal edges and returns the other edges.
  ///
  /// Each internal pair is in both rows; it is used from its larger index, whose set has just been
  /// accessed.
  private static func link(
    _ list: NeighborList, _ phases: [UInt8], _ owned: [Bool], _ forest: inout UnionFind
  ) -> [Crossing] {
    var crossings: [Crossing] = []
    // In a thin cell nearly all edges are crossings, and an array that grows is there twice.
    crossings.reserveCapacity(
      list.neighbors.indices.count {
        list.images.isShifted($0) || !owned[Int(list.neighbors[$0])]
      })
    forest.withLinks { links in
      for row in 0..<list.rowCount {
        let center = list.centers[row]
        let phase = phases[Int(center)]
        for entry in list.offsets[row]..<list.offsets[row + 1] {
          let neighbor = list.neighbors[entry]
          guard phases[Int(neighbor)] == phase else { continue }
          if !list.images.isShifted(entry), owned[Int(neighbor)] {
            if neighbor < center { _ = UnionFind.union(center, neighbor, in: &links) }
          } else {
            crossings.append(
              Crossing(center: center, neighbor: neighbor, image: list.images[entry]))
          }
        }
      }
    }
    return crossings
  }
}
