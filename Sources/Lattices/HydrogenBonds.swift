import Randomness
import Geometry

/// A hydrogen bond of a lattice cell: the donor in cell C gives its hydrogen to the acceptor in
/// cell C + image.
struct HydrogenBond: Sendable, Equatable {
  /// Sites of the cell.
  var donor: Int, acceptor: Int
  /// The acceptor's cell, from the donor's.
  var image: SIMD3<Int32>

  /// The reversed bond.
  var reversed: HydrogenBond { HydrogenBond(donor: acceptor, acceptor: donor, image: 0 &- image) }
}

/// Hydrogens on the bonds of an oxygen framework according to the ice rules: one on each bond, two
/// at each oxygen.
///
/// One order of the lattice cell, the **base**, repeats through the crystal. It contains closed
/// rings of bonds that all point in the same sense around the ring; a set of rings is chosen in
/// which no two share a bond, including the rings of neighbouring cells. Such a ring can be
/// reversed independently, because every oxygen on it still donates as many hydrogens as it
/// accepts. One random bit for each ring of each cell thus makes a proton-disordered crystal in
/// which every molecule follows from its own position. Rings do not wind around the cell, so
/// reversing them does not change the dipole moment: it is that of the base, which is chosen to
/// have none.
struct HydrogenBonds: Sendable {
  /// The base order [2 · sites].
  private(set) var base: [HydrogenBond]
  /// Rings that can be reversed: indices of bonds, each with the cell of its donor relative to the
  /// cell of the first bond's donor.
  private(set) var rings: [[(bond: Int, cell: SIMD3<Int32>)]] = []

  /// Longest ring searched for; ice Ih has rings of six, ice III of five, seven and eight.
  private static let longestRing = 8

  /// The bonds of a framework, in the best of about a hundred random orders: smallest dipole moment
  /// first, then most bonds in rings.
  init(_ framework: OxygenFramework) {
    let bonds = Self.bonds(of: framework)
    base = bonds
    var best = (dipole: Double.infinity, covered: 0)
    for trial in 0..<400 {
      var stream = RandomStream(0x1CE, UInt64(trial))
      let order = Self.oriented(bonds, siteCount: framework.sites.count, using: &stream)
      let dipole = length(
        order.reduce(Vector.zero) { sum, bond in
          sum + (framework.sites[bond.acceptor] + Vector(bond.image) - framework.sites[bond.donor])
            * framework.edges
        })
      guard dipole < best.dipole + 1e-6 else { continue }
      let found = Self.rings(in: order)
      let covered = found.reduce(0) { $0 + $1.count }
      if dipole < best.dipole - 1e-6 || covered > best.covered {
        best = (dipole, covered)
        base = order
        rings = found
      }
    }
  }

  /// The four shortest bonds of every oxygen, each once.
  private static func bonds(of framework: OxygenFramework) -> [HydrogenBond] {
    var bonds: [HydrogenBond] = []
    for i in framework.sites.indices {
      var near: [(distance: Double, bond: HydrogenBond)] = []
      for j in framework.sites.indices {
        for image in OxygenFramework.images where i != j || image != .zero {
          let d = length(
            (framework.sites[j] - framework.sites[i] + Vector(image)) * framework.edges)
          near.append((d, HydrogenBond(donor: i, acceptor: j, image: image)))
        }
      }
      for (_, bond) in near.sorted(by: { $0.distance < $1.distance }).prefix(4)
      where !bonds.contains(bond.reversed) { bonds.append(bond) }
    }
    precondition(
      bonds.count == 2 * framework.sites.count,
      "every oxygen of a framework has four bonds, each from both sides")
    return bonds
  }

  /// Walks along unused bonds until no more are available. With four bonds at each site this
  /// happens at the start, because every other site is left as often as it is entered.
  private static func oriented(
    _ bonds: [HydrogenBond], siteCount: Int, using stream: inout RandomStream
  ) -> [HydrogenBond] {
    var order = bonds
    var open = [[Int]](repeating: [], count: siteCount)
    for (index, bond) in bonds.enumerated() {
      open[bond.donor].append(index)
      open[bond.acceptor].append(index)
    }
    for start in 0..<siteCount {
      while !open[start].isEmpty {
        var here = start
        while !open[here].isEmpty {
          let index = open[here].remove(at: stream.integer(below: open[here].count))
          if order[index].donor != here { order[index] = order[index].reversed }
          here = order[index].acceptor
          open[here].removeAll { $0 == index }
        }
      }
    }
    return order
  }

  /// Rings without a common bond, shortest first.
  private static func rings(in order: [HydrogenBond]) -> [[(bond: Int, cell: SIMD3<Int32>)]] {
    var rings: [[(bond: Int, cell: SIMD3<Int32>)]] = []
    var isUsed = [Bool](repeating: false, count: order.count)
    for size in 3...longestRing {
      for first in order.indices where !isUsed[first] {
        var path: [(bond: Int, cell: SIMD3<Int32>)] = [(first, .zero)]
        isUsed[first] = true
        if close(&path, order, &isUsed, size: size) {
          rings.append(path)
        } else {
          isUsed[first] = false
        }
      }
    }
    return rings
  }

  /// Lengthens `path` to a ring of `size` bonds; does not change it or `isUsed` if there is none.
  private static func close(
    _ path: inout [(bond: Int, cell: SIMD3<Int32>)], _ order: [HydrogenBond],
    _ isUsed: inout [Bool], size: Int
  ) -> Bool {
    let (last, cell) = path[path.count - 1]
    let here = order[last].acceptor, hereCell = cell &+ order[last].image
    if path.count == size { return here == order[path[0].bond].donor && hereCell == .zero }
    for next in order.indices where order[next].donor == here && !isUsed[next] {
      path.append((next, hereCell))
      isUsed[next] = true
      if close(&path, order, &isUsed, size: size) { return true }
      isUsed[next] = false
      path.removeLast()
    }
    return false
  }
}
