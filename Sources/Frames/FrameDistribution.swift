import Geometry
import JobControl
import MPI
import Trajectories

/// From slices of a frame's text to parts of its volume: distributes atoms over ranks.
///
/// Every rank has the atoms of its share of the bytes, wherever they are in space. The ranks agree
/// on the grid (its bounds and counts are global) and divide it in ⌈log₂ R⌉ levels: at each level
/// the ranks of a node of the partition add the histograms of its centres, which gives the cut, and
/// exchange atoms in pairs (`RankHalving`), so that every atom is on its side of the cut. In the
/// end each rank has the atoms of its part, and sends copies to the parts that need them as halo,
/// its neighbours in space. No rank exchanges with all others.
///
/// An atom is sent as it was read, so that its owner and its halo copies are wrapped by the same
/// arithmetic.
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
    var atoms = MovingAtoms(consume batch, grid: grid)
    let partition = try Self.divide(&atoms, grid, sets, team)
    try Self.addHalo(to: &atoms, partition, reach: grid.reach(cutoff: cutoff), team)
    timings.end(.exchange)
    self.init(
      atoms: (consume atoms).table(), grid: grid, cutoff: cutoff, sets: sets, partition: partition,
      part: team.rank)
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

  /// Divides the grid, and moves every atom to the rank of the part that owns it. The sums are of
  /// integers and over all centres of a node, so the partition does not depend on which rank has
  /// read which atom.
  private static func divide(
    _ atoms: inout MovingAtoms, _ grid: CellGrid, _ sets: DescriptorSets, _ team: FrameTeam
  ) throws -> Partition {
    var builder = PartitionBuilder(
      grid: grid, partCount: team.size, cells: atoms.cells(ofSpecies: sets.center), part: team.rank)
    var level = 0
    while builder.group != nil {
      for _ in 0..<PartitionBuilder.sumsPerLevel {
        builder.advance(try team.sum(builder.histogram() ?? [], fromLevel: level))
      }
      var place = 0
      try team.swap(level: level) {
        let bytes = atoms.remove(from: &place) { !builder.staysInGroup($0) }
        return (bytes, place == atoms.count)
      } receive: {
        atoms.append($0)
      }
      builder.replaceCells(atoms.cells(ofSpecies: sets.center))
      level += 1
    }
    let words = try team.gather(builder.cutRecord.words)
    let records = stride(from: 0, to: words.count, by: 2).map {
      Partition.CutRecord(words: words[$0..<$0 + 2])
    }
    return Partition(grid: grid, records: records)
  }

  /// Sends a copy of each atom to the other parts that need it.
  private static func addHalo(
    to atoms: inout MovingAtoms, _ partition: Partition, reach: SIMD3<Int>, _ team: FrameTeam
  ) throws {
    var holders: [Int32] = [], copied: [Int32] = [], found: [Int32] = []
    for (atom, c) in atoms.cells.enumerated() {
      found.removeAll(keepingCapacity: true)
      partition.appendHolders(of: SIMD3(Int(c.x), Int(c.y), Int(c.z)), reach: reach, to: &found)
      for holder in found where holder != Int32(team.rank) {
        holders.append(holder)
        copied.append(Int32(atom))
      }
    }
    let dealt = DealtOrder(ranks: holders, rankCount: team.size)
    let plan = try team.planExchange(counts: dealt.counts, isLocal: true)
    atoms.append(
      try team.exchange(
        atoms.packed(dealt(copied)), width: MovingAtoms.bytesPerAtom, plan))
  }
}
