import Contracts

/// Disjoint sets over the indices `0..<count`: a forest of parent links in one flat array.
///
/// Why it is correct. Each set is a tree; its root is the index that is its own parent. Two
/// invariants hold at all times:
///
/// 1. `parent[x] ≤ x`. At the start every index is its own parent. `union` makes the **larger**
///    root a child of the smaller one, and path halving replaces a parent by a grandparent, which
///    is no larger. So following parents strictly decreases the index until it stops: there are no
///    cycles, and the root is the **smallest index** of its set, whatever the order of unions. With
///    indices in id order, the root is therefore the name of the set.
/// 2. Two indices have the same root if and only if a chain of unions joins them. `union` joins two
///    whole trees and nothing else; halving moves an index to an ancestor in the same tree and
///    nothing else.
///
/// Why it is fast. Linking by index forgoes the rank heuristic and its inverse-Ackermann bound;
/// with path halving the bound is O(log n) amortised, and in neighbour order, where most edges join
/// an index to a set found moments ago, a `find` takes 1–2 steps. There is no rank array: four
/// bytes per index. (The links by index and the flattening pass are those of GPU union-finds such
/// as ECL-CC and ArborX's, which need invariant 1 for lock-freedom; here it gives the names.)
public struct UnionFind: Sendable {
  /// Parent of every index [count]; roots are their own parents.
  public private(set) var parents: [Int32]

  /// `count` sets of one index each.
  public init(count: Int) {
    require(count <= Int(Int32.max), "a rank holds fewer than 2³¹ centres")
    parents = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for x in 0..<count { buffer[x] = Int32(truncatingIfNeeded: x) }
      initialized = count
    }
  }

  /// Number of indices.
  public var count: Int { parents.count }

  /// The smallest index of the set of `x`; shortens the path to it.
  public mutating func find(_ x: Int) -> Int {
    var links = parents.mutableSpan
    return Int(Self.find(Int32(truncatingIfNeeded: x), in: &links))
  }

  /// Joins the sets of `x` and `y`. Returns whether they were different.
  @discardableResult
  public mutating func union(_ x: Int, _ y: Int) -> Bool {
    var links = parents.mutableSpan
    return Self.union(Int32(truncatingIfNeeded: x), Int32(truncatingIfNeeded: y), in: &links)
  }

  /// Makes the root the parent of every index, so that `parents[x]` is the smallest index of the
  /// set of `x`.
  ///
  /// One ascending pass is sufficient: by invariant 1 the parent of `x` was flattened before `x` is
  /// reached.
  public mutating func flatten() {
    var links = parents.mutableSpan
    for x in links.indices { links[x] = links[Int(links[x])] }
  }

  /// The kernel of `find`, for loops that access the links directly.
  @inline(__always)
  static func find(_ start: Int32, in links: inout MutableSpan<Int32>) -> Int32 {
    var x = start
    var parent = links[Int(x)]
    while parent != x {
      let grandparent = links[Int(parent)]
      links[Int(x)] = grandparent
      x = grandparent
      parent = links[Int(x)]
    }
    return x
  }

  /// The kernel of `union`, for loops that access the links directly.
  @inline(__always)
  static func union(_ x: Int32, _ y: Int32, in links: inout MutableSpan<Int32>) -> Bool {
    let a = find(x, in: &links)
    let b = find(y, in: &links)
    if a == b { return false }
    if a < b { links[Int(b)] = a } else { links[Int(a)] = b }
    return true
  }

  /// Runs the unions of `body` without a uniqueness check of the array for each of them.
  @inline(__always)
  mutating func withLinks(_ body: (inout MutableSpan<Int32>) -> Void) {
    var links = parents.mutableSpan
    body(&links)
  }
}
