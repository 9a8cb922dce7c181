import Contracts

/// The part of a group of ranks' clusters that is still incomplete: the components that reach
/// outside the group.
///
/// Nodes are **fragments** (see `ClusterFragments`), merged so far into **components**; **edges**
/// leave the group, from a fragment inside to a fragment of a rank outside. A component without
/// such edges is a complete cluster and no longer in the graph, so the size of the graph is that of
/// the group's surface, not of its volume.
///
/// Lists are sorted (components and fragments by name, edges by all their fields), so the same
/// group always gives the same words.
public struct BoundaryGraph: Sendable, Equatable {
  /// A part of a cluster within the group; named by its smallest id so far.
  struct Component: Sendable, Equatable {
    var name: Int64
    var size: Int64
    var phase: UInt8
    var spans: UInt8
  }

  /// A fragment that has edges to outside: its component and `u_fragment − u_component`.
  struct Fragment: Sendable, Equatable {
    var name: Int64
    var component: Int
    var offset: SIMD3<Int64>
  }

  /// An edge to outside: `peer`, a fragment of rank `rank`, in image `image`, is a neighbour of
  /// `fragment`.
  struct Edge: Sendable, Hashable {
    var fragment: Int
    var peer: Int64
    var rank: Int32
    var image: Int32

    static func precedes(_ a: Edge, _ b: Edge) -> Bool {
      if a.fragment != b.fragment { return a.fragment < b.fragment }
      if a.peer != b.peer { return a.peer < b.peer }
      return a.image < b.image
    }
  }

  var components: [Component]
  var fragments: [Fragment]
  var edges: [Edge]

  /// Numbers of components, fragments and edges: the size of the message is `3 + 3·components +
  /// 5·fragments + 3·edges` words.
  public var counts: (components: Int, fragments: Int, edges: Int) {
    (components.count, fragments.count, edges.count)
  }

  init(components: [Component], fragments: [Fragment], edges: [Edge]) {
    self.components = components
    self.fragments = fragments
    self.edges = edges
  }
}

extension BoundaryGraph {
  /// The graph of one rank, and the clusters that lie entirely inside it.
  ///
  /// - Parameters:
  ///   - fragments: the rank's fragments.
  ///   - names: fragment names [local]: the rank's own, and those received for halo copies.
  ///   - ranks: the rank that owns each local index [local] (this rank's number for owned centres).
  /// - Returns: the graph, clusters without edges, and per component of the graph the fragment's
  ///   root (local index).
  static func leaf(
    _ fragments: ClusterFragments, names: [Int64], ranks: [Int32]
  ) -> (graph: BoundaryGraph, complete: [Cluster], roots: [Int32]) {
    let n = fragments.roots.count
    require(
      names.count == n && ranks.count == n,
      "every centre and halo copy needs a fragment name and a rank")

    var isOpen = [Bool](repeating: false, count: n)
    for crossing in fragments.crossings {
      isOpen[Int(fragments.roots[Int(crossing.center)])] = true
    }
    var complete: [Cluster] = []
    var open: [Int32] = []
    for i in 0..<n where Int(fragments.roots[i]) == i {
      if isOpen[i] {
        open.append(Int32(i))
      } else {
        complete.append(
          Cluster(
            name: fragments.names[i], phase: fragments.phases[i], size: Int64(fragments.sizes[i]),
            spans: 0))
      }
    }
    open.sort { fragments.names[Int($0)] < fragments.names[Int($1)] }

    var place = [Int32](repeating: -1, count: n)
    var components: [Component] = []
    var nodes: [Fragment] = []
    for (k, root) in open.enumerated() {
      let r = Int(root)
      place[r] = Int32(k)
      components.append(
        Component(
          name: fragments.names[r], size: Int64(fragments.sizes[r]), phase: fragments.phases[r],
          spans: 0))
      nodes.append(Fragment(name: fragments.names[r], component: k, offset: .zero))
    }
    var edges: [Edge] = []
    // In a cell thinner than the cutoff, many images of a few neighbours give the same edges:
    // removing them on the way bounds the memory by what is kept.
    var limit = 4096
    for crossing in fragments.crossings {
      let neighbor = Int(crossing.neighbor)
      require(
        names[neighbor] != ClusterFragments.unknown,
        "a halo copy has no fragment name: the exchange missed it")
      edges.append(
        Edge(
          fragment: Int(place[Int(fragments.roots[Int(crossing.center)])]), peer: names[neighbor],
          rank: ranks[neighbor], image: crossing.image))
      guard edges.count == limit else { continue }
      edges.sortAndRemoveDuplicates()
      limit = max(limit, 2 * edges.count)
    }
    edges.sortAndRemoveDuplicates()
    return (BoundaryGraph(components: components, fragments: nodes, edges: edges), complete, open)
  }

  /// The graph as words, for a message.
  public func packed() -> [Int64] {
    var words: [Int64] = [Int64(components.count), Int64(fragments.count), Int64(edges.count)]
    words.reserveCapacity(3 + 3 * components.count + 5 * fragments.count + 3 * edges.count)
    for c in components {
      words.append(c.name)
      words.append(c.size)
      words.append(Int64(c.phase) | Int64(c.spans) << 8)
    }
    for f in fragments {
      words.append(f.name)
      words.append(Int64(f.component))
      for axis in 0..<3 { words.append(f.offset[axis]) }
    }
    for e in edges {
      words.append(Int64(e.fragment))
      words.append(e.peer)
      words.append(Int64(e.rank) << 32 | Int64(UInt32(bitPattern: e.image)))
    }
    return words
  }

  /// The graph that `packed()` packed.
  public init(unpacking words: [Int64]) {
    require(words.count >= 3, "a boundary graph starts with three counts")
    let (c, f, e) = (Int(words[0]), Int(words[1]), Int(words[2]))
    require(
      words.count == 3 + 3 * c + 5 * f + 3 * e,
      "a boundary graph of another length than its counts say")
    components = (0..<c).map { k in
      let at = 3 + 3 * k
      return Component(
        name: words[at], size: words[at + 1], phase: UInt8(words[at + 2] & 0xFF),
        spans: UInt8(words[at + 2] >> 8 & 0xFF))
    }
    fragments = (0..<f).map { k in
      let at = 3 + 3 * c + 5 * k
      return Fragment(
        name: words[at], component: Int(words[at + 1]),
        offset: SIMD3(words[at + 2], words[at + 3], words[at + 4]))
    }
    edges = (0..<e).map { k in
      let at = 3 + 3 * c + 5 * f + 3 * k
      return Edge(
        fragment: Int(words[at]), peer: words[at + 1],
        rank: Int32(truncatingIfNeeded: words[at + 2] >> 32),
        image: Int32(truncatingIfNeeded: words[at + 2]))
    }
  }
}

extension [BoundaryGraph.Edge] {
  /// The boundary between two large fragments has thousands of equal edges; one is enough.
  mutating func sortAndRemoveDuplicates() {
    sort(by: BoundaryGraph.Edge.precedes)
    var kept = 0
    for k in indices where k == 0 || self[k] != self[kept - 1] {
      self[kept] = self[k]
      kept += 1
    }
    removeLast(count - kept)
  }
}
