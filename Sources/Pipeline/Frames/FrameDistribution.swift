import Geometry
import MPI
import Trajectories

/// From slices of a frame's text to parts of its volume: distributes atoms over ranks.
///
/// Every rank has the atoms of its share of the bytes, wherever they are in space. The ranks agree
/// on the grid (its bounds and counts are global), add histograms until the partition is complete,
/// and send each atom to all parts that own it or need it as halo. An atom is sent as it was read,
/// so that its owner and its halo copies are wrapped by the same arithmetic.
extension FrameDomain {
  /// This rank's part of a frame. Collective over the team.
  ///
  /// - Parameters:
  ///   - batch: the atoms that this rank has read; consumed.
  ///   - timings: the time spent here counts as exchange.
  /// - Throws: `RunError` as `cutoff(_:_:in:)`, on all ranks; `MPIError`.
  convenience init(
    cell: Cell, distributing batch: consuming AtomBatch, sets: DescriptorSets, pairCutoff: Double,
    team: FrameTeam, timings: inout Timings
  ) throws {
    let cutoff = try Self.cutoff(sets, pairCutoff, in: cell)
    let grid = try Self.grid(of: batch, in: cell, sets, team)
    let cells = (0..<batch.count).map { k in
      let c = grid.coordinates(
        of: cell.wrapped(Vector(batch.x[k], batch.y[k], batch.z[k])).position)
      return SIMD3(Int32(c.x), Int32(c.y), Int32(c.z))
    }
    var builder = PartitionBuilder(
      grid: grid, partCount: team.size,
      cells: batch.species.indices.filter { batch.species[$0] == UInt8(sets.center) }.map {
        cells[$0]
      })
    while let histogram = builder.histogram() { builder.advance(try team.sum(histogram)) }
    let partition = builder.partition
    let atoms = try Self.exchange(
      batch, cells, partition, reach: grid.reach(cutoff: cutoff), cell, team)
    timings.end(.exchange)
    self.init(
      atoms: atoms, grid: grid, cutoff: cutoff, sets: sets, partition: partition, part: team.rank)
  }

  /// The frame's grid, from the bounds and the number of all ranks' atoms.
  private static func grid(
    of batch: borrowing AtomBatch, in cell: Cell, _ sets: DescriptorSets, _ team: FrameTeam
  ) throws -> CellGrid {
    let count = Int(try team.sum([Int64(batch.count)])[0])
    // If every axis is periodic, the bounds of the atoms are not needed.
    guard !(0..<3).allSatisfy({ cell.repeats(along: $0) }) else {
      return Self.grid(cell: cell, sets: sets, bounds: (.zero, .zero), atomCount: count)
    }
    var lower = Vector(repeating: .infinity), upper = -lower
    for k in 0..<batch.count {
      let s = cell.fractional(cell.wrapped(Vector(batch.x[k], batch.y[k], batch.z[k])).position)
      lower = pointwiseMin(lower, s)
      upper = pointwiseMax(upper, s)
    }
    let (least, most) = try team.bounds(
      lower: [lower.x, lower.y, lower.z], upper: [upper.x, upper.y, upper.z])
    return Self.grid(
      cell: cell, sets: sets,
      bounds: (Vector(least[0], least[1], least[2]), Vector(most[0], most[1], most[2])),
      atomCount: count)
  }

  /// Sends every atom to its owner and to the ranks that need it as halo; column by column, so that
  /// only one column is stored twice.
  private static func exchange(
    _ batch: consuming AtomBatch, _ cells: [SIMD3<Int32>], _ partition: Partition,
    reach: SIMD3<Int>, _ cell: Cell, _ team: FrameTeam
  ) throws -> AtomTable {
    // A copy of the atom for each receiving rank.
    var holders: [Int32] = [], copied: [Int32] = []
    holders.reserveCapacity(cells.count + cells.count / 2)
    copied.reserveCapacity(cells.count + cells.count / 2)
    for (atom, c) in cells.enumerated() {
      partition.appendHolders(of: SIMD3(Int(c.x), Int(c.y), Int(c.z)), reach: reach, to: &holders)
      while copied.count < holders.count { copied.append(Int32(atom)) }
    }
    let dealt = DealtOrder(ranks: holders, rankCount: team.size)
    let order = dealt(copied)
    let plan = try team.planExchange(counts: dealt.counts)
    func column<T: MPIScalar>(_ values: [T]) throws -> [T] {
      try team.exchange(order.map { values[Int($0)] }, plan)
    }
    let ids = try column(batch.ids), species = try column(batch.species)
    let x = try column(batch.x), y = try column(batch.y), z = try column(batch.z)
    return AtomTable(ids: ids, species: species, x: x, y: y, z: z, wrappedInto: cell)
  }
}
