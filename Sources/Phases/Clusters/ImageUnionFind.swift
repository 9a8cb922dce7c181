/// Disjoint sets of nodes with integer image offsets: which nodes are connected, and along which
/// axes a connection winds around the periodic cell.
///
/// Unroll a cluster into open space: node `i` is then in some image `u_i ∈ ℤ³` of the cell. An edge
/// `(i, j, s)`, “`j` in image `s` is a neighbour of `i`”, requires `u_j = u_i + s`. The forest
/// stores `d_i = u_i − u_parent(i)` at every node, so that the sum of `d` along the path to the
/// root is `D_i = u_i − u_root`. For an edge whose ends have the roots `a` and `b`
///
///     w = u_b − u_a = (u_j − D_j) − (u_i − D_i) = D_i + s − D_j
///
/// - if `a ≠ b`, `u_b` was unknown relative to `u_a`: the larger root becomes a child of the
///   smaller with `d = ±w`;
/// - if `a = b`, the edge closes a cycle (tree path from `j` back to `i`, plus the edge) whose net
///   shift is `w`. If `w ≠ 0` the cluster is connected to its own image `w`: it **winds**.
///
/// Why winding is a property of the cluster and not of the order of edges: the net shifts of all
/// its closed walks form a subgroup W of ℤ³ (walks can be joined and reversed), and for any
/// spanning tree the cycles closed by the edges outside it generate W, as they generate all cycles
/// of a graph. The `w` found here are these generators, one per edge outside the tree. **A cluster
/// spans axis k exactly if some element of W has a component k that is not zero**, hence exactly if
/// some generator has. A cluster that winds only diagonally, with W = ⟨(1, 1, 0)⟩, spans both axes.
///
/// Roots are smallest indices: `parent ≤ child` as in `UnionFind`.
struct ImageUnionFind {
  private var parents: [Int32]
  private var offsets: [SIMD3<Int64>]
  /// Per root: bit k is set when the set winds along axis k. Only the entries of roots are kept up
  /// to date.
  private var windings: [UInt8]

  /// Sets of one node each, which may already wind.
  init(windings: [UInt8]) {
    parents = windings.indices.map { Int32($0) }
    offsets = [SIMD3<Int64>](repeating: .zero, count: windings.count)
    self.windings = windings
  }

  /// Root of `x` and `u_x − u_root`; makes the root the parent of every node on the path.
  mutating func find(_ x: Int) -> (root: Int, offset: SIMD3<Int64>) {
    var root = x
    var total = SIMD3<Int64>.zero
    while Int(parents[root]) != root {
      total &+= offsets[root]
      root = Int(parents[root])
    }
    // Second pass: the remaining total below a node is that node's offset to the root.
    var node = x
    var rest = total
    while Int(parents[node]) != root && node != root {
      let step = offsets[node]
      let next = Int(parents[node])
      parents[node] = Int32(root)
      offsets[node] = rest
      rest &-= step
      node = next
    }
    return (root, total)
  }

  /// Adds the edge `u_j = u_i + shift`.
  mutating func connect(_ i: Int, _ j: Int, shift: SIMD3<Int64>) {
    let (a, ofI) = find(i)
    let (b, ofJ) = find(j)
    let w = ofI &+ shift &- ofJ
    if a == b {
      if w.x != 0 { windings[a] |= 1 }
      if w.y != 0 { windings[a] |= 2 }
      if w.z != 0 { windings[a] |= 4 }
    } else if a < b {
      parents[b] = Int32(a)
      offsets[b] = w
      windings[a] |= windings[b]
    } else {
      parents[a] = Int32(b)
      offsets[a] = 0 &- w
      windings[b] |= windings[a]
    }
  }

  /// The axes along which the set with root `root` winds: bit k for axis k.
  func winding(ofRoot root: Int) -> UInt8 { windings[root] }
}
