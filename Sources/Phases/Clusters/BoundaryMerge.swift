import Contracts
import Geometry

/// Merges two neighbouring groups of ranks: the edges between them are contracted, and components
/// that no longer reach outside are complete.
///
/// Why this is exact. The clusters of the frame are the components of the graph of fragments. Every
/// edge of that graph is contracted at the first merge whose group contains both ends: before, it
/// leaves both groups and is stored on both sides (the neighbour list is symmetric); afterwards, it
/// is removed. So when a component has no more edges, all edges of all its fragments have been
/// contracted, and it is a complete cluster: its name, size and spans are final and it is removed
/// from the messages.
struct BoundaryMerge: Sendable {
  /// The merged group's graph.
  let graph: BoundaryGraph
  /// Clusters completed by this merge.
  let complete: [Cluster]
  /// The result for each component of each input graph, in the order of the input.
  private let outcomes: [[Outcome]]

  private enum Outcome: Sendable {
    case complete(name: Int64)
    case open(component: Int)
  }

  /// Merges groups that together are the ranks `members`.
  ///
  /// - Parameters:
  ///   - groups: the graphs of disjoint groups; a single graph to contract edges from a rank to
  ///     itself.
  ///   - members: ranks of the merged group.
  /// - Complexity: O(m log m) for m components, fragments and edges.
  init(_ groups: [BoundaryGraph], members: Range<Int>) {
    // The components of all groups in one list, by ascending name, so that the smallest index of a
    // set is its smallest name.
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
            "fragment \(edge.peer) of rank \(edge.rank) has no edge back: the halo or the "
              + "neighbour list is not symmetric"
          )
        }
        // u_peer = u_fragment + image, u_fragment = u_component + offset: expressed for the two
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

  /// The fragments that edges lead to: their node and `u_fragment − u_node`.
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

  /// Separates the sets into complete clusters and open components, and keeps the fragments and
  /// edges of the open ones.
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

    // Roots are smallest indices and indices ascend with names, so roots are visited in the order
    // of their names.
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
