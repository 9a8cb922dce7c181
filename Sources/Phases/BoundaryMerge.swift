/// Two neighbouring groups of ranks become one: the edges between them are used up, and what no
/// longer reaches outside is finished.
///
/// Why this is exact. The frame's clusters are the components of the graph of fragments. Every edge
/// of that graph is used at the first merge whose group contains both ends: before, it leaves both
/// groups and is kept on both sides (the neighbour list is symmetric); after, it is gone. So when a
/// component has no edge left, all edges at any of its fragments have been used, and it is a whole
/// cluster: its name, size and spans are final and it leaves the messages.
struct BoundaryMerge: Sendable {
  /// The merged group's graph.
  let graph: BoundaryGraph
  /// Clusters that became whole in this merge.
  let complete: [Cluster]
  /// What became of the components of each input graph, in the order they had there.
  private let outcomes: [[Outcome]]

  private enum Outcome: Sendable {
    case complete(name: Int64)
    case open(component: Int)
  }

  /// Merges groups that together are the ranks `members`.
  ///
  /// - Parameters:
  ///   - groups: the graphs of disjoint groups; one graph to use up edges from a rank to itself.
  ///   - members: ranks of the merged group.
  /// - Complexity: O(m log m) for m components, fragments and edges.
  init(_ groups: [BoundaryGraph], members: Range<Int>) {
    // All groups' components in one list, by rising name: then the smallest index of a set is its
    // smallest name.
    var nodes: [(component: BoundaryGraph.Component, group: Int, place: Int)] = []
    for (g, group) in groups.enumerated() {
      for (k, component) in group.components.enumerated() { nodes.append((component, g, k)) }
    }
    nodes.sort { $0.component.name < $1.component.name }
    var node = groups.map { [Int](repeating: 0, count: $0.components.count) }
    for (index, entry) in nodes.enumerated() { node[entry.group][entry.place] = index }

    var sets = ImageUnionFind(windings: nodes.map(\.component.spans))
    let table = Self.fragmentTable(groups, node)
    for (g, group) in groups.enumerated() {
      for edge in group.edges where members.contains(Int(edge.rank)) {
        guard let peer = table[edge.peer] else {
          fatalError(
            "fragment \(edge.peer) of rank \(edge.rank) has no edge back: the halo or the neighbour list is not symmetric"
          )
        }
        // u_peer = u_fragment + image, u_fragment = u_component + offset: rewritten for the two
        // components.
        let fragment = group.fragments[edge.fragment]
        let image = SIMD3<Int64>(truncatingIfNeeded: NeighborList.unpacked(edge.image))
        sets.connect(
          node[g][fragment.component], peer.node, shift: fragment.offset &+ image &- peer.offset)
      }
    }
    (graph, complete, outcomes) = Self.collect(groups, members, nodes.map(\.component), node, &sets)
  }

  /// The final names of each input graph's components, from those of the merged graph's.
  ///
  /// - Parameter names: final names of `graph`'s components, in its order.
  /// - Returns: final names [group][component].
  func resolve(_ names: [Int64]) -> [[Int64]] {
    require(names.count == graph.components.count, "one final name per open component")
    return outcomes.map { group in
      group.map { outcome in
        switch outcome {
        case .complete(let name): name
        case .open(let component): names[component]
        }
      }
    }
  }

  /// Where the fragments that edges lead to are: their node and `u_fragment − u_node`.
  private static func fragmentTable(_ groups: [BoundaryGraph], _ node: [[Int]]) -> [Int64: (
    node: Int, offset: SIMD3<Int64>
  )] {
    var table: [Int64: (node: Int, offset: SIMD3<Int64>)] = [:]
    table.reserveCapacity(groups.reduce(0) { $0 + $1.fragments.count })
    for (g, group) in groups.enumerated() {
      for fragment in group.fragments {
        table[fragment.name] = (node[g][fragment.component], fragment.offset)
      }
    }
    return table
  }

  /// Sorts the sets into whole clusters and open components, and keeps the fragments and edges of
  /// the open ones.
  private static func collect(
    _ groups: [BoundaryGraph], _ members: Range<Int>, _ nodes: [BoundaryGraph.Component],
    _ node: [[Int]],
    _ sets: inout ImageUnionFind
  ) -> (BoundaryGraph, [Cluster], [[Outcome]]) {
    let places = nodes.indices.map { sets.find($0) }
    var size = [Int64](repeating: 0, count: nodes.count)
    for (k, place) in places.enumerated() { size[place.root] += nodes[k].size }
    var isOpen = [Bool](repeating: false, count: nodes.count)
    for (g, group) in groups.enumerated() {
      for edge in group.edges where !members.contains(Int(edge.rank)) {
        isOpen[places[node[g][group.fragments[edge.fragment].component]].root] = true
      }
    }

    // Roots are smallest indices and indices rise with names, so roots are met in the order of
    // their names.
    var components: [BoundaryGraph.Component] = []
    var complete: [Cluster] = []
    var outcome = [Outcome](repeating: .complete(name: 0), count: nodes.count)
    for (k, place) in places.enumerated() {
      guard place.root == k else {
        outcome[k] = outcome[place.root]
        continue
      }
      let spans = sets.winding(ofRoot: k)
      if isOpen[k] {
        outcome[k] = .open(component: components.count)
        components.append(
          .init(name: nodes[k].name, size: size[k], phase: nodes[k].phase, spans: spans))
      } else {
        outcome[k] = .complete(name: nodes[k].name)
        complete.append(
          Cluster(name: nodes[k].name, phase: nodes[k].phase, size: size[k], spans: spans))
      }
    }

    var fragments: [(fragment: BoundaryGraph.Fragment, edges: [BoundaryGraph.Edge])] = []
    for (g, group) in groups.enumerated() {
      var leaving = group.edges[...]
      for (f, fragment) in group.fragments.enumerated() {
        let own = leaving.prefix { $0.fragment == f }
        leaving = leaving.dropFirst(own.count)
        let edges = own.filter { !members.contains(Int($0.rank)) }
        if edges.isEmpty { continue }
        let k = node[g][fragment.component]
        guard case .open(let component) = outcome[k] else {
          fatalError("a fragment with edges is in an open component")
        }
        fragments.append(
          (
            .init(
              name: fragment.name, component: component, offset: fragment.offset &+ places[k].offset
            ), edges
          ))
      }
    }
    fragments.sort { $0.fragment.name < $1.fragment.name }
    var edges: [BoundaryGraph.Edge] = []
    for (f, entry) in fragments.enumerated() {
      for var edge in entry.edges {
        edge.fragment = f
        edges.append(edge)
      }
    }
    let graph = BoundaryGraph(
      components: components, fragments: fragments.map(\.fragment), edges: edges)
    return (graph, complete, node.map { group in group.map { outcome[$0] } })
  }
}
