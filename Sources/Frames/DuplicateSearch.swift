import JobControl
import Trajectories

/// Searches the frames of a team for ids that occur twice.
///
/// The first frame is searched exactly, for which every id is sent to another rank. Of a later
/// frame only the number of ids and two 64-bit sums of their hashes are added over the ranks: if
/// they are those of the last frame without duplicates, it has the same ids (two different sets of
/// ids have the same sums with a probability of 2⁻¹²⁸). Otherwise it is searched exactly too.
struct DuplicateSearch {
  private let team: FrameTeam
  /// The sums of the last frame without duplicates.
  private var known: [UInt64]?

  init(team: FrameTeam) { self.team = team }

  /// The smallest id that two atoms of a frame share, on any ranks of the team; nil if there is
  /// none. Collective.
  mutating func duplicate(in own: [Int64]) throws -> Int64? {
    guard team.size > 1 else { return firstRepeated(in: own, stride: 1) }
    let sums = try team.sum(Self.sums(own))
    if sums == known { return nil }
    let found = try duplicateID(in: own, team: team)
    if found == nil { known = sums }
    return found
  }

  /// Number of ids and two sums of their hashes.
  private static func sums(_ ids: [Int64]) -> [UInt64] {
    var first: UInt64 = 0, second: UInt64 = 0
    for id in ids {
      let word = UInt64(bitPattern: id)
      first &+= mixed(word)
      second &+= mixed(word ^ 0xd6e8_feb8_6659_fd93)
    }
    return [UInt64(ids.count), first, second]
  }

  /// The finaliser of SplitMix64, a bijection of 64 bits (Steele, Lea, Flood, OOPSLA 2014).
  private static func mixed(_ word: UInt64) -> UInt64 {
    var z = word &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// The smallest id that two atoms of a frame share, on any ranks of the team; nil if there is none.
/// Collective.
///
/// Rank r checks the ids that are r modulo the team's size. If the largest id is similar to the
/// number of atoms, as in most files, it marks them in a bit table; otherwise it sorts them.
private func duplicateID(in own: [Int64], team: FrameTeam) throws -> Int64? {
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
