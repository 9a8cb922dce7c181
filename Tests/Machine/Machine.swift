import Geometry
import Glibc
import MPI

/// A frame on many simulated ranks: the program's own partition and pattern of exchanges, without
/// MPI, and what each rank holds and sends.
///
/// Molecules stand for their three atoms. They lie on a cubic lattice with random displacements, at
/// the density of water, and are spread over the ranks at random at first: the order of atoms in
/// the file that costs most.
struct Machine {
  /// Effective cutoff of the descriptor and distance of the halo in Å, as of SOAP with r_cut = 6 Å.
  static let cutoff = 7.86
  /// Molecules per Å³.
  static let density = 0.0327
  static let bytesPerAtom = 33

  let ranks: Int, molecules: Int
  let grid: CellGrid
  let partition: Partition
  private let halvings: [RankHalving]
  /// Owned molecules, halo molecules, copies sent to others, of each rank.
  private(set) var owned: [Int], halo: [Int], copies: [Int]
  /// Ranks with which a rank exchanges halo; those of all its messages.
  private(set) var neighbors: [Int] = [], partners: [Int] = []
  /// Molecules that a rank sends in each round of the division, `[levels][ranks]`.
  private(set) var moved: [[Int]] = []
  /// Most molecules that a rank holds in any round.
  private(set) var peak = 0
  /// Words of the two histograms of each level, the largest of the sampled ranks.
  private(set) var histograms: [(planes: Int, cells: Int)] = []
  /// Words of all nodes of a level, which every rank would add without groups.
  private(set) var wholeHistograms: [Int] = []

  init(molecules: Int, ranks: Int) throws {
    self.ranks = ranks
    self.molecules = molecules
    halvings = (0..<ranks).map { RankHalving(rank: $0, size: ranks) }
    (grid, cells) = try Self.frame(molecules)
    var builder = PartitionBuilder(grid: grid, partCount: ranks, cells: cells)
    while let histogram = builder.histogram() {
      wholeHistograms.append(histogram.count)
      builder.advance(histogram)
    }
    partition = builder.partition
    owned = [Int](repeating: 0, count: ranks)
    halo = owned
    copies = owned
    exchangeHalo()
    divide()
    for rank in Set([0, 1, ranks / 3, ranks / 2, ranks - 1]) { sample(rank) }
  }

  private var cells: [SIMD3<Int32>]

  /// The grid of a cubic frame, and the cells of its molecules.
  private static func frame(_ count: Int) throws -> (CellGrid, [SIMD3<Int32>]) {
    var side = 1
    while side * side * side < count { side += 1 }
    let edge = cbrt(Double(count) / density)
    let cell = try Cell(lengths: Vector(edge, edge, edge))
    let grid = CellGrid(
      cell: cell, targetWidth: cutoff / 2, bounds: (.zero, .zero), atomCount: 3 * count)
    let step = edge / Double(side)
    var cells: [SIMD3<Int32>] = []
    cells.reserveCapacity(count)
    for k in 0..<count {
      // Evenly chosen places of the lattice.
      let place = k * (side * side * side) / count
      let site = Vector(
        Double(place % side), Double(place / side % side), Double(place / (side * side)))
      let shift = Vector(uniform(3 * k), uniform(3 * k + 1), uniform(3 * k + 2))
      let c = grid.coordinates(of: cell.wrapped((site + shift) * step).position)
      cells.append(SIMD3(Int32(c.x), Int32(c.y), Int32(c.z)))
    }
    return (grid, cells)
  }

  /// Numbers in 0..<1 that depend on `k` alone (SplitMix64).
  private static func uniform(_ k: Int) -> Double { Double(mixed(k) >> 11) * 0x1p-53 }

  private static func mixed(_ k: Int) -> UInt64 {
    var z = UInt64(bitPattern: Int64(k)) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Owners, and copies for the other parts that need a cell.
  private mutating func exchangeHalo() {
    var inCell: [SIMD3<Int32>: Int] = [:]
    inCell.reserveCapacity(grid.cellCount)
    for c in cells { inCell[c, default: 0] += 1 }
    var found: [Set<Int32>] = Array(repeating: [], count: ranks)
    let reach = grid.reach(cutoff: Self.cutoff)
    var holders: [Int32] = []
    for (c, count) in inCell {
      let cell = SIMD3(Int(c.x), Int(c.y), Int(c.z))
      let owner = partition.owner(of: cell)
      owned[owner] += count
      holders.removeAll(keepingCapacity: true)
      partition.appendHolders(of: cell, reach: reach, to: &holders)
      for holder in holders where Int(holder) != owner {
        halo[Int(holder)] += count
        copies[owner] += count
        found[owner].insert(holder)
      }
    }
    neighbors = found.map(\.count)
    partners = found.enumerated().map { rank, set in
      set.union(halvings[rank].rounds.flatMap { [Int32($0.partner)] + $0.sources.map(Int32.init) })
        .count
    }
  }

  /// Moves every molecule to its owner, one round of the division after the other.
  private mutating func divide() {
    var holder = cells.indices.map { Int32(truncatingIfNeeded: Self.mixed($0) % UInt64(ranks)) }
    let owner = cells.map {
      Int32(partition.owner(of: SIMD3(Int($0.x), Int($0.y), Int($0.z))))
    }
    for level in 0..<levels {
      var sent = [Int](repeating: 0, count: ranks), held = sent
      for k in holder.indices {
        let rank = Int(holder[k])
        if level < halvings[rank].rounds.count {
          let round = halvings[rank].rounds[level]
          if round.other.contains(Int(owner[k])) {
            sent[rank] += 1
            holder[k] = Int32(round.partner)
          }
        }
        held[Int(holder[k])] += 1
      }
      moved.append(sent)
      peak = max(peak, held.max() ?? 0)
    }
    precondition(holder == owner, "every molecule has arrived")
  }

  /// One rank's own view of the division: the words that its group adds. It must find the same
  /// part.
  private mutating func sample(_ rank: Int) {
    var own = cells
    var builder = PartitionBuilder(grid: grid, partCount: ranks, cells: own, part: rank)
    var level = 0
    while builder.group != nil {
      let planes = builder.histogram()!
      builder.advance(planes)
      let plane = builder.histogram()!
      builder.advance(plane)
      own = own.filter { builder.staysInGroup($0) }
      builder.replaceCells(own)
      if level == histograms.count { histograms.append((0, 0)) }
      histograms[level].planes = max(histograms[level].planes, planes.count)
      histograms[level].cells = max(histograms[level].cells, plane.count)
      level += 1
    }
    precondition(own.count == owned[rank], "a rank's own view of the division is that of all")
  }

  /// Rounds of the division.
  var levels: Int { halvings.map(\.rounds.count).max() ?? 0 }
}
