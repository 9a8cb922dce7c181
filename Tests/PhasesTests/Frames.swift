import Geometry
import Phases
import TestSupport

/// A labelled frame with its neighbours, found by brute force.
struct LabelledFrame {
  var neighbors: NeighborList
  var phases: [UInt8]
  var phaseCount: Int
  /// Unique ids in random order.
  var ids: [Int64]
  var cell: Cell
  var positions: [Vector]

  /// Random points of random phases in `cell`.
  init(
    count: Int, cell: Cell, cutoff: Double, phaseCount: Int = 3,
    using generator: inout SeededGenerator
  ) {
    let gas = Lattice.gas(count: count, in: cell, using: &generator)
    self.init(
      positions: gas.positions, cell: cell, cutoff: cutoff,
      phases: (0..<count).map { _ in UInt8(generator.integer(below: phaseCount)) },
      phaseCount: phaseCount, using: &generator)
  }

  init(
    positions: [Vector], cell: Cell, cutoff: Double, phases: [UInt8], phaseCount: Int,
    using generator: inout SeededGenerator
  ) {
    let wrapped = positions.map { cell.wrapped($0).position }
    let edges = BruteForce.neighbors(wrapped, cell: cell, cutoff: cutoff)
    self.init(
      edges: edges.map { ($0.i, $0.j, $0.image) }, phases: phases, phaseCount: phaseCount,
      cell: cell, positions: wrapped,
      using: &generator)
  }

  /// From edges listed in both directions.
  init(
    edges: [(Int, Int, SIMD3<Int32>)], phases: [UInt8], phaseCount: Int, cell: Cell,
    positions: [Vector],
    using generator: inout SeededGenerator
  ) {
    var rows = [[(Int, SIMD3<Int32>)]](repeating: [], count: phases.count)
    for (i, j, image) in edges { rows[i].append((j, image)) }
    neighbors = NeighborList()
    // Rows in random order: a grid search visits cells, not ids.
    for i in phases.indices.shuffled(using: &generator) {
      for (j, image) in rows[i] {
        neighbors.neighbors.append(Int32(j))
        neighbors.images.append(NeighborList.packed(image))
      }
      neighbors.endRow(of: Int32(i))
    }
    self.phases = phases
    self.phaseCount = phaseCount
    self.cell = cell
    self.positions = positions
    ids = (0..<phases.count).map { Int64(3 * $0 + 1) }.shuffled(using: &generator)
  }

  /// A path of `count` centres of one phase, `steps[k]` being the image step from centre k to k +
  /// 1.
  init(path steps: [SIMD3<Int32>], using generator: inout SeededGenerator) throws {
    let count = steps.count
    var edges: [(Int, Int, SIMD3<Int32>)] = []
    for (k, step) in steps.enumerated() {
      edges.append((k, (k + 1) % count, step))
      edges.append(((k + 1) % count, k, 0 &- step))
    }
    self.init(
      edges: edges, phases: [UInt8](repeating: 0, count: count), phaseCount: 2,
      cell: try Cell(lengths: Vector(1, 1, 1)),
      positions: (0..<count).map { Vector(Double($0), 0, 0) }, using: &generator)
  }

  /// Directed edges between centres of equal phase.
  var edges: [(i: Int, j: Int, image: SIMD3<Int32>)] {
    var edges: [(Int, Int, SIMD3<Int32>)] = []
    for (row, center) in neighbors.centers.enumerated() {
      for entry in neighbors.offsets[row]..<neighbors.offsets[row + 1] {
        let j = Int(neighbors.neighbors[entry])
        if phases[j] == phases[Int(center)] {
          edges.append((Int(center), j, NeighborList.unpacked(neighbors.images[entry])))
        }
      }
    }
    return edges
  }

  /// Clusters by breadth-first search, unrolled into images to detect winding.
  func expected() -> [Cluster] {
    var adjacent = [[(Int, SIMD3<Int32>)]](repeating: [], count: ids.count)
    for edge in edges { adjacent[edge.i].append((edge.j, edge.image)) }
    var image = [SIMD3<Int32>?](repeating: nil, count: ids.count)
    var clusters: [Cluster] = []
    for source in ids.indices where image[source] == nil {
      var cluster = Cluster(name: ids[source], phase: phases[source], size: 0, spans: 0)
      image[source] = .zero
      var queue = [source]
      while let i = queue.popLast() {
        cluster.size += 1
        cluster.name = min(cluster.name, ids[i])
        for (j, step) in adjacent[i] {
          let reached = image[i]! &+ step
          if let known = image[j] {
            for axis in 0..<3 where known[axis] != reached[axis] {
              cluster.spans |= 1 << UInt8(axis)
            }
          } else {
            image[j] = reached
            queue.append(j)
          }
        }
      }
      clusters.append(cluster)
    }
    return clusters.sorted(by: Cluster.precedes)
  }
}
