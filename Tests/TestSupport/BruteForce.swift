import Geometry

/// A neighbour found by brute force: `position[j] + image·H` lies within the cutoff of
/// `position[i]`.
public struct Neighbor: Sendable, Hashable {
  /// The two atoms; equal for an atom and its own image.
  public var i: Int, j: Int
  /// The image of `j`.
  public var image: SIMD3<Int32>
  /// `position[j] + image·H − position[i]` in Å.
  public var displacement: Vector
}

/// Results from the definition, in O(N²).
public enum BruteForce {
  /// All neighbours of all atoms within `cutoff` Å (inclusive), both directions, every periodic
  /// image, except an atom itself.
  ///
  /// Images are relative to the positions as they are given: wrap them first to compare with a
  /// search that wraps. Order: by i, then j, then image x, y, z.
  public static func neighbors(_ positions: [Vector], cell: Cell, cutoff: Double) -> [Neighbor] {
    var found: [Neighbor] = []
    let reach = Vector(repeating: cutoff) / cell.heights
    for i in positions.indices {
      for j in positions.indices {
        let d = positions[j] - positions[i]
        let s = cell.fractional(cell.origin + d)
        var low = SIMD3<Int32>(repeating: 0)
        var high = low
        for axis in 0..<3 where cell.repeats(along: axis) {
          low[axis] = Int32((-s[axis] - reach[axis] - 1e-6).rounded(.up))
          high[axis] = Int32((-s[axis] + reach[axis] + 1e-6).rounded(.down))
        }
        guard low.x <= high.x, low.y <= high.y, low.z <= high.z else { continue }
        for x in low.x...high.x {
          for y in low.y...high.y {
            for z in low.z...high.z {
              let image = SIMD3(x, y, z)
              if i == j, image == .zero { continue }
              let r = d + cell.displacement(Vector(image))
              if dot(r, r) <= cutoff * cutoff {
                found.append(Neighbor(i: i, j: j, image: image, displacement: r))
              }
            }
          }
        }
      }
    }
    return found
  }

  /// Connected components by breadth-first search: for every node the smallest node of its
  /// component [count].
  public static func components(count: Int, edges: [(Int, Int)]) -> [Int] {
    var adjacent = [[Int]](repeating: [], count: count)
    for (i, j) in edges {
      adjacent[i].append(j)
      adjacent[j].append(i)
    }
    var component = [Int](repeating: -1, count: count)
    for source in 0..<count where component[source] < 0 {
      component[source] = source
      var queue = [source]
      var next = 0
      while next < queue.count {
        for j in adjacent[queue[next]] where component[j] < 0 {
          component[j] = source
          queue.append(j)
        }
        next += 1
      }
    }
    return component
  }
}
