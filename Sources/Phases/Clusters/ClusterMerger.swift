import Contracts

/// One rank's part in naming clusters over many ranks: pure steps, between which the caller
/// exchanges messages.
///
/// Ranks `0..<rankCount` form a binary tree. **Upwards**, in round `k`, rank `r` with `r mod
/// 2^(k+1) = 2^k` sends its group's boundary graph to `r − 2^k`, which merges it with its own;
/// after `⌈log₂ ranks⌉` rounds no component is open. **Downwards**, in the opposite order, each
/// rank sends final names for the components it received. The number of rounds depends only on the
/// number of ranks, not on how far a cluster extends through them. Ranks that are close in space
/// should be close in number; any other numbering gives the same result with longer messages.
///
///     var merger = ClusterMerger(fragments, names: names, ranks: ranks, rank: r, rankCount: p)
///     for k in 0..<merger.rounds {
///       switch merger.partner(round: k) {
///       case .receive(let child): merger.absorb(receive(from: child), round: k)
///       case .send(let parent):   send(merger.message(), to: parent)
///       case .idle: break
///       }
///     }
///     for k in (0..<merger.rounds).reversed() {
///       switch merger.partner(round: k) {
///       case .receive(let child): send(merger.answer(round: k), to: child)
///       case .send(let parent):   merger.accept(receive(from: parent))
///       case .idle: break
///       }
///     }
///     let clusterNames = merger.clusterNames()
///
/// A graph has at least three words; an answer has one word per component sent, possibly none.
public struct ClusterMerger: Sendable {
  /// What a rank does in a round on the way up; on the way down sender and receiver are exchanged.
  public enum Partner: Sendable, Equatable {
    /// Receive the graph of this rank's group.
    case receive(from: Int)
    /// Send the graph to this rank, and be idle in all later rounds.
    case send(to: Int)
    /// Neither: the rank has sent before, or its partner does not exist.
    case idle
  }

  /// This rank's number and the number of ranks.
  public let rank: Int, rankCount: Int
  /// Number of rounds up, and of rounds down: ⌈log₂ rankCount⌉.
  public var rounds: Int { Self.rounds(rankCount: rankCount) }
  /// Clusters completed on this rank. Every cluster of the frame is completed on exactly one rank.
  public private(set) var complete: [Cluster]

  private let fragments: ClusterFragments
  private let roots: [Int32]
  private var graph: BoundaryGraph
  private var own: BoundaryMerge
  private var merges: [Int: BoundaryMerge] = [:]
  /// Final names of `graph`'s components; nil until they are known.
  private var names: [Int64]?

  /// Starts with the rank's own fragments.
  ///
  /// - Parameters:
  ///   - fragments: the rank's fragments.
  ///   - names: fragment names [local], those of halo copies filled in by the exchange.
  ///   - ranks: owner of every local index [local]; `rank` itself for owned centres.
  ///   - rank: this rank, `0..<rankCount`.
  ///   - rankCount: ranks that share the frame.
  public init(
    _ fragments: ClusterFragments, names: [Int64], ranks: [Int32], rank: Int, rankCount: Int
  ) {
    require((0..<rankCount).contains(rank), "a rank among those that share the frame")
    self.rank = rank
    self.rankCount = rankCount
    self.fragments = fragments
    let leaf = BoundaryGraph.leaf(fragments, names: names, ranks: ranks)
    roots = leaf.roots
    own = BoundaryMerge([leaf.graph], members: rank..<rank + 1)
    graph = own.graph
    complete = leaf.complete + own.complete
  }

  /// ⌈log₂ rankCount⌉.
  public static func rounds(rankCount: Int) -> Int {
    rankCount <= 1 ? 0 : Int.bitWidth - (rankCount - 1).leadingZeroBitCount
  }

  /// What this rank does in round `k`.
  public func partner(round k: Int) -> Partner {
    let stride = 1 << k
    switch rank & (2 * stride - 1) {
    case 0: return rank + stride < rankCount ? .receive(from: rank + stride) : .idle
    case stride: return .send(to: rank - stride)
    default: return .idle
    }
  }

  /// Up: the words for the parent.
  public func message() -> [Int64] { graph.packed() }

  /// Up: processes a child's words in round `k`.
  public mutating func absorb(_ message: [Int64], round k: Int) {
    let merge = BoundaryMerge(
      [graph, BoundaryGraph(unpacking: message)], members: rank..<min(rank + 2 << k, rankCount))
    merges[k] = merge
    graph = merge.graph
    complete += merge.complete
  }

  /// Down: the words for the child of round `k`: final names of the components it sent, in the
  /// order it sent them.
  ///
  /// Call it from the last round to the first, because each answer depends on the one above.
  public mutating func answer(round k: Int) -> [Int64] {
    guard let merge = merges.removeValue(forKey: k) else {
      fatalError("no graph was absorbed in round \(k)")
    }
    let both = merge.resolve(finalNames(count: merge.graph.components.count))
    names = both[0]
    return both[1]
  }

  /// Down: processes the parent's words.
  public mutating func accept(_ answer: [Int64]) {
    require(answer.count == graph.components.count, "one final name per component sent")
    names = answer
  }

  /// The name of the cluster of every owned centre [local]: its smallest id over the whole frame.
  /// Halo copies hold `ClusterFragments.unknown`.
  public func clusterNames() -> [Int64] {
    require(merges.isEmpty, "some replies have not been sent yet")
    let final = own.resolve(finalNames(count: own.graph.components.count))[0]
    var result = fragments.names
    var renamed = [Int64](repeating: ClusterFragments.unknown, count: fragments.roots.count)
    for (k, root) in roots.enumerated() { renamed[Int(root)] = final[k] }
    for i in result.indices where fragments.roots[i] >= 0 {
      let name = renamed[Int(fragments.roots[i])]
      if name != ClusterFragments.unknown { result[i] = name }
    }
    return result
  }

  /// Names from above; the root of the tree needs none, because its graph has no open components.
  private func finalNames(count: Int) -> [Int64] {
    if let names { return names }
    require(
      count == 0,
      "components are open and no reply has arrived: ranks are missing from the exchange")
    return []
  }
}
