import JobControl
import MPI
import Trajectories

extension CenterIDs {
  /// The ids of all ranks, each with some of them in any order, sorted and available on all ranks.
  /// Collective.
  ///
  /// Each rank sorts the ids of one range of values and sends the result to the others as runs, so
  /// no rank stores the full list.
  ///
  /// - Returns: the ids, and the smallest id that occurs twice, if any; the same on all ranks.
  public static func gathered(_ own: [Int64], on world: Communicator) throws -> (
    ids: CenterIDs, duplicate: Int64?
  ) {
    let low = try world.allReduce(own.min() ?? .max, .minimum),
      high = try world.allReduce(own.max() ?? .min, .maximum)
    guard low <= high else { return (CenterIDs(), nil) }
    let width = UInt64(bitPattern: high &- low) / UInt64(world.size) + 1
    let dealt = DealtOrder(
      ranks: own.map { Int32(UInt64(bitPattern: $0 &- low) / width) }, rankCount: world.size)
    let mine = try world.allToAllVariable(dealt(own), counts: dealt.counts).values.sorted()
    let duplicate = try world.allReduce(firstDuplicate(inSorted: mine) ?? .max, .minimum)
    if duplicate != .max { return (CenterIDs(), duplicate) }
    let blocks = try world.allGatherVariable(CenterIDs(mine).words)
    var ids = CenterIDs()
    for rank in 0..<world.size { ids.append(CenterIDs(words: Array(blocks[rank]))) }
    return (ids, nil)
  }
}
