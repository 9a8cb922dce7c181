import Geometry

/// The kind of an intermediate (IA) molecule, from its neighbours.
public enum IntermediateKind: UInt8, Sendable, CaseIterable {
  /// At least two different confident phases among the neighbours: the molecule lies between them.
  case interfacial = 0
  /// At least one neighbour, and all of one confident phase: an ambiguous molecule inside a phase.
  case isolated = 1
  /// All others: no neighbours, only IA neighbours, or IA neighbours and a single confident phase.
  case other = 2
}

/// The split of the intermediate molecules into interfacial, isolated and other, at every threshold
/// in one pass.
///
/// The three counts add up to the number of IA molecules. An IA neighbour excludes `isolated` but
/// not `interfacial`. Neighbours are the entries of the given list, so periodic images are
/// included, also a centre's own in a cell thinner than the cutoff.
///
/// One pass is enough for all thresholds: with thresholds in ascending order, those that neighbour
/// `j` exceeds are the first `level_j`. So class `c` is among the confident neighbours at the
/// threshold with index `r` if and only if `max level_j (over neighbours of class c) > r`, and
/// there is an IA neighbour if and only if `min level_j ≤ r`.
public struct IntermediateSplit: Sendable {
  /// Counts [T, 3] per threshold, in the order of `IntermediateKind`; owned centres only, so the
  /// counts of ranks can be added.
  public let counts: [Int64]
  /// Kind of every centre [local] at the primary threshold: `IntermediateKind.rawValue`, or
  /// `notIntermediate`, also for halo copies.
  public let kinds: [UInt8]

  /// The entry of `kinds` for a molecule that is not IA.
  public static let notIntermediate: UInt8 = 255

  /// The split.
  ///
  /// - Parameters:
  ///   - neighbors: neighbours of the owned centres.
  ///   - codes: codes of owned centres and halo copies [local].
  ///   - rule: the rule that made the codes.
  /// - Complexity: O(entries of the centres that are IA at some threshold), plus O(T·K) for each of
  ///   those centres.
  public init(neighbors list: NeighborList, codes: [PhaseCode], rule: PhaseRule) {
    let k = rule.classCount
    let t = rule.thresholds.count
    var counts = [Int64](repeating: 0, count: t * 3)
    var kinds = [UInt8](repeating: Self.notIntermediate, count: codes.count)
    // per class: the largest number of thresholds that a neighbour of that class exceeds
    var highest = [Int](repeating: 0, count: k)

    for row in 0..<list.rowCount {
      let i = Int(list.centers[row])
      let own = Int(codes[i].level)
      guard own < t else { continue }  // confident at every threshold
      for c in 0..<k { highest[c] = 0 }
      var lowest = Int.max  // the smallest number of thresholds that a neighbour exceeds
      for entry in list.offsets[row]..<list.offsets[row + 1] {
        let code = codes[Int(list.neighbors[entry])]
        let level = Int(code.level)
        highest[Int(code.top)] = max(highest[Int(code.top)], level)
        lowest = min(lowest, level)
      }
      for threshold in 0..<t {
        let place = rule.position[threshold]
        guard own <= place else { continue }
        var confident = 0
        for c in 0..<k where highest[c] > place { confident += 1 }
        let kind: IntermediateKind =
          confident >= 2 ? .interfacial : confident == 1 && lowest > place ? .isolated : .other
        counts[threshold * 3 + Int(kind.rawValue)] += 1
        if threshold == 0 { kinds[i] = kind.rawValue }
      }
    }
    self.counts = counts
    self.kinds = kinds
  }
}
