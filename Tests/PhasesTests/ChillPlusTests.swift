import Foundation
import Geometry
import Phases
import TestSupport
import Testing

/// A frame of oxygens with OVITO's structures.
private struct StructureFrame {
  let name: String
  let edges: SIMD3<Double>
  let positions: [SIMD3<Double>]
  let structures: [UInt8]

  /// Fixtures/chill-plus.txt.
  static func all() throws -> [StructureFrame] {
    let url = try #require(
      Bundle.module.url(forResource: "chill-plus", withExtension: "txt", subdirectory: "Fixtures"))
    var frames: [StructureFrame] = []
    var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter {
      !$0.hasPrefix("#")
    }[...]
    while let head = lines.popFirst()?.split(separator: " ") {
      let count = try #require(Int(head[2]))
      let rows = lines.prefix(count).map { $0.split(separator: " ") }
      lines = lines.dropFirst(count)
      frames.append(
        StructureFrame(
          name: String(head[1]),
          edges: SIMD3(Double(head[3])!, Double(head[4])!, Double(head[5])!),
          positions: rows.map { SIMD3(Double($0[0])!, Double($0[1])!, Double($0[2])!) },
          structures: rows.map { UInt8($0[3])! }))
    }
    return frames
  }

  /// Pairs within 3.5 Å by brute force; edges are all longer than 7 Å.
  func neighbors() -> NeighborList {
    var i: [Int32] = [], j: [Int32] = [], shifts: [SIMD3<Int32>] = []
    for a in positions.indices {
      for b in positions.indices.dropFirst(a + 1) {
        let d = positions[b] - positions[a]
        let shift = -(d / edges).rounded(.toNearestOrEven)
        let nearest = d + shift * edges
        guard (nearest * nearest).sum() <= 3.5 * 3.5 else { continue }
        i.append(Int32(a))
        j.append(Int32(b))
        shifts.append(SIMD3<Int32>(shift))
      }
    }
    return NeighborList(rowCount: positions.count, i: i, j: j, shifts: shifts)
  }

  func orders(_ list: NeighborList) -> [SIMD8<Double>] {
    let x = positions.map(\.x), y = positions.map(\.y), z = positions.map(\.z)
    return ChillPlus.orders(
      neighbors: list, x: x.span, y: y.span, z: z.span,
      edges: (SIMD3(edges.x, 0, 0), SIMD3(0, edges.y, 0), SIMD3(0, 0, edges.z)))
  }
}

@Suite(.tags(.fast)) struct ChillPlusTests {
  @Test("the structures of OVITO's modifier, molecule by molecule: LDA, liquid, ice Ih")
  func ovito() throws {
    let frames = try StructureFrame.all()
    #expect(frames.map(\.structures.count) == [960, 768, 576])
    for frame in frames {
      let list = frame.neighbors()
      #expect(ChillPlus.structures(neighbors: list, orders: frame.orders(list)) == frame.structures)
    }
    // The fixture holds every structure.
    #expect(Set(frames.flatMap(\.structures)) == Set(0..<6))
  }

  @Test("orders are unit vectors, and the dot product is the correlation of the harmonics")
  func correlation() throws {
    let frame = try StructureFrame.all()[1]
    let list = frame.neighbors()
    let orders = frame.orders(list)
    for i in stride(from: 0, to: 700, by: 7) {
      #expect(abs((orders[i] * orders[i]).sum() - 1) < 1e-12)
      // By the addition theorem Σ_m Y(a)·Y(b)* is a Legendre polynomial of the angle.
      let j = Int(list.neighbors[list.offsets[i]])
      func directions(_ k: Int) -> [SIMD3<Double>] {
        (list.offsets[k]..<list.offsets[k + 1]).map { entry in
          let shift = SIMD3<Double>(NeighborList.unpacked(list.images[entry]))
          let d =
            frame.positions[Int(list.neighbors[entry])] + shift * frame.edges - frame.positions[k]
          return d / (d * d).sum().squareRoot()
        }
      }
      func product(_ a: [SIMD3<Double>], _ b: [SIMD3<Double>]) -> Double {
        a.reduce(0) { sum, u in
          b.reduce(sum) { sum, v in
            let c = (u * v).sum()
            return sum + 0.5 * (5 * c * c * c - 3 * c)
          }
        }
      }
      let (a, b) = (directions(i), directions(j))
      let expected = product(a, b) / (product(a, a) * product(b, b)).squareRoot()
      #expect(abs((orders[i] * orders[j]).sum() - expected) < 1e-10)
    }
  }

  @Test("a centre without neighbours has no structure, and no number that is none")
  func alone() {
    let list = NeighborList(rowCount: 2, i: [], j: [], shifts: [])
    let x = [0.0, 10], y = x, z = x
    let edge = SIMD3<Double>(20, 0, 0)
    let orders = ChillPlus.orders(
      neighbors: list, x: x.span, y: y.span, z: z.span, edges: (edge, edge, edge))
    #expect(orders == [.zero, .zero])
    #expect(ChillPlus.structures(neighbors: list, orders: orders) == [0, 0])
  }

  @Test("ice clusters join ice only") func iceNeighbors() throws {
    let frame = try StructureFrame.all()[0]
    let list = frame.neighbors()
    let ice = ChillPlus.iceNeighbors(of: list, structures: frame.structures)
    #expect(ice.rowCount == frame.structures.count { (1...3).contains($0) })
    #expect(ice.neighbors.allSatisfy { (1...3).contains(frame.structures[Int($0)]) })
    let expected = (0..<list.rowCount).filter { (1...3).contains(frame.structures[$0]) }.reduce(0) {
      sum, row in
      sum
        + (list.offsets[row]..<list.offsets[row + 1]).count {
          (1...3).contains(frame.structures[Int(list.neighbors[$0])])
        }
    }
    #expect(ice.entryCount == expected)
  }
}
