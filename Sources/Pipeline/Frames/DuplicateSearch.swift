import Trajectories

/// The smallest id that two atoms of a frame share, on any ranks of the team; nil if there is none.
/// Collective.
///
/// Rank r checks the ids that are r modulo the team's size. If the largest id is similar to the
/// number of atoms, as in most files, it marks them in a bit table; otherwise it sorts them.
func duplicateID(in own: [Int64], team: FrameTeam) throws -> Int64? {
  guard team.size > 1 else { return firstRepeated(in: own, stride: 1) }
  let size = UInt64(team.size)
  let dealt = DealtOrder(
    ranks: own.map { Int32(UInt64(bitPattern: $0) % size) }, rankCount: team.size)
  let found = firstRepeated(
    in: try team.exchange(dealt(own), team.planExchange(counts: dealt.counts)), stride: size)
  let smallest = try team.smallest(found ?? .max)
  return smallest == .max ? nil : smallest
}

/// The smallest id that occurs twice among ids with equal remainders modulo `stride`.
func firstRepeated(in ids: [Int64], stride: UInt64) -> Int64? {
  guard let most = ids.max(), let least = ids.min() else { return nil }
  guard least >= 0, UInt64(most) / stride < 32 * UInt64(ids.count) + 1024 else {
    return firstDuplicate(inSorted: ids.sorted())
  }
  var seen = [UInt64](repeating: 0, count: Int(UInt64(most) / stride) / 64 + 1)
  var repeated: Int64?
  // A shift if possible, because a division takes longer than all the rest.
  let shift = stride & (stride - 1) == 0 ? UInt64(stride.trailingZeroBitCount) : nil
  for id in ids {
    let place = Int(shift.map { UInt64(id) >> $0 } ?? UInt64(id) / stride)
    let bit = UInt64(1) << UInt64(place % 64)
    if seen[place / 64] & bit != 0 { repeated = min(repeated ?? .max, id) }
    seen[place / 64] |= bit
  }
  return repeated
}
