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

  let ranks: Int, molecules: Int, ranksPerNode: Int
  let grid: CellGrid
  let partition: Partition
  private let halvings: [RankHalving]
  /// Owned molecules, halo molecules, copies sent to others and those of them sent to ranks of
  /// other nodes, of each rank.
  private(set) var owned: [Int], halo: [Int], copies: [Int], distantCopies: [Int]
  /// Ranks with which a rank exchanges halo; those of all its messages.
  private(set) var neighbors: [Int] = [], partners: [Int] = []
  /// Molecules that a rank sends in each round of the division, `[levels][ranks]`.
  private(set) var moved: [[Int]] = []
  /// Most molecules that a rank holds in any round.
  private(set) var peak = 0
  /// Words of each histogram of each level, the largest of the sampled ranks.
  private(set) var histograms: [[Int]] = []
  /// Words of all nodes of a level, which every rank would add without groups.
  private(set) var wholeHistograms: [Int] = []

  init(molecules: Int, ranks: Int, ranksPerNode: Int) throws {
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
    distantCopies = owned
    self.ranksPerNode = ranksPerNode
    exchangeHalo()
    divide()
    for rank in Set([0, 1, ranks / 3, ranks / 2, ranks - 1]) { sample(rank) }
  }

  private var cells: [SIMD3<Int32>]

  /// The grid of a cubic frame, and the cells of its molecules.
  private static func frame(_ count: Int) throws -> (CellGrid, [SIMD3<Int32>]) {
    let edge = cbrt(Double(count) / density)
    let cell = try Cell(lengths: Vector(edge, edge, edge))
    let grid = CellGrid(
      cell: cell, targetWidth: cutoff / 2, bounds: (.zero, .zero), atomCount: 3 * count)
    let place = places(count, edge)
    var cells: [SIMD3<Int32>] = []
    cells.reserveCapacity(count)
    for k in 0..<count {
      let c = grid.coordinates(of: cell.wrapped(place(k)).position)
      cells.append(SIMD3(Int32(c.x), Int32(c.y), Int32(c.z)))
    }
    return (grid, cells)
  }

  /// The position of each molecule: evenly chosen places of a cubic lattice, displaced at random.
  private static func places(_ count: Int, _ edge: Double) -> (Int) -> Vector {
    var side = 1
    while side * side * side < count { side += 1 }
    let step = edge / Double(side)
    return { [side] k in
      let place = k * (side * side * side) / count
      let site = Vector(
        Double(place % side), Double(place / side % side), Double(place / (side * side)))
      return (site + Vector(uniform(3 * k), uniform(3 * k + 1), uniform(3 * k + 2))) * step
    }
  }

  /// Measured on this machine: processor time in µs per atom to wrap the atoms of a part and of its
  /// halo, to sort them by id and into the grid. The least of five runs.
  func sortTime(ofPart part: Int) -> Double {
    let place = Self.places(molecules, length(grid.cell.a))
    let region = partition.region(of: part), reach = grid.reach(cutoff: Self.cutoff)
    var ids: [Int64] = [], species: [UInt8] = []
    var x: [Double] = [], y: [Double] = [], z: [Double] = []
    let near = cells.indices.filter { k in
      (0..<3).allSatisfy { axis in
        let n = grid.counts[axis], low = region.lower[axis] - reach[axis]
        let width = region.size[axis] + 2 * reach[axis]
        return (Int(cells[k][axis]) - low + 2 * n) % n < width
      }
    }
    // Atoms that were received come in any order.
    for k in near.sorted(by: { Self.mixed($0) < Self.mixed($1) }) {
      for atom in 0..<3 {
        let r = place(k) + Vector(repeating: 0.6 * Double(atom))
        ids.append(Int64(3 * k + atom))
        species.append(atom == 0 ? 0 : 1)
        x.append(r.x)
        y.append(r.y)
        z.append(r.z)
      }
    }
    var least = Double.infinity
    for _ in 0..<5 {
      let start = clock()
      let table = AtomTable(
        ids: ids, species: species, x: x, y: y, z: z, wrappedInto: grid.cell)
      let images = ExtendedGrid(
        atoms: table, speciesCount: 2, grid: grid, region: region,
        owned: partition.ownedCells(of: part), cutoff: Self.cutoff
      ).imageCount
      if images == 0 { return .nan }
      least = min(least, Double(clock() - start) * 1e6 / Double(CLOCKS_PER_SEC))
    }
    return least / Double(ids.count)
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
        if Int(holder) / ranksPerNode != owner / ranksPerNode { distantCopies[owner] += count }
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
      var words: [Int] = []
      for _ in 0..<PartitionBuilder.sumsPerLevel {
        let histogram = builder.histogram()!
        words.append(histogram.count)
        builder.advance(histogram)
      }
      own = own.filter { builder.staysInGroup($0) }
      builder.replaceCells(own)
      if level == histograms.count { histograms.append(words) }
      histograms[level] = zip(histograms[level], words).map { max($0, $1) }
      level += 1
    }
    precondition(own.count == owned[rank], "a rank's own view of the division is that of all")
  }

  /// Rounds of the division.
  var levels: Int { halvings.map(\.rounds.count).max() ?? 0 }
}
