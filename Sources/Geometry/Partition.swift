/// Assigns the cells of a frame's grid to parts, and finds the parts that need a cell as halo.
///
/// A binary tree of cuts. A cut runs along one axis: cells before it in the order (plane, row,
/// cell) go left, the others right. It may lie inside a plane, and there inside a row, so that
/// parts are balanced to one cell instead of one plane: with cuts between planes, sixteen parts of
/// a box of 77 planes would differ by 6 %. The cost is a halo that is one plane thicker at such a
/// boundary.
///
/// Made by `PartitionBuilder` from sums over all ranks: the same on each of them.
public struct Partition: Sendable {
  /// A node of the tree: the parts in it and the box around the cells of their atoms.
  struct Node: Sendable {
    var parts: Range<Int>
    var box: GridRegion
    /// Axis and first key on the right; nil for a leaf.
    var cut: (axis: Int, key: Int)?
    /// Index of the left child; the right child follows it.
    var children = 0
  }

  /// The grid that is divided.
  public let grid: CellGrid
  /// Number of parts.
  public let partCount: Int
  let nodes: [Node]
  private let leaves: [Int]

  init(grid: CellGrid, partCount: Int, nodes: [Node]) {
    self.grid = grid
    self.partCount = partCount
    self.nodes = nodes
    var leaves = [Int](repeating: 0, count: partCount)
    for (k, node) in nodes.enumerated() where node.cut == nil { leaves[node.parts.lowerBound] = k }
    self.leaves = leaves
  }

  /// A cut of the tree, as the ranks gather it.
  public struct CutRecord: Sendable, Equatable {
    /// Axis of the cut, and the first key on its right (`Partition.key`).
    public let axis: Int, key: Int
    /// The planes of the node along the axis that hold centres.
    public let lower: Int, upper: Int

    /// - Parameters: as the properties.
    public init(axis: Int, key: Int, lower: Int, upper: Int) {
      (self.axis, self.key, self.lower, self.upper) = (axis, key, lower, upper)
    }

    /// Two words: axis and key, lower and upper.
    public var words: [Int64] {
      [Int64(axis) | Int64(key) << 2, Int64(lower) << 32 | Int64(upper)]
    }

    /// Decodes the result of `words`.
    public init(words: ArraySlice<Int64>) {
      precondition(words.count == 2, "two words per cut")
      let first = Int(words[words.startIndex]), second = Int(words[words.startIndex + 1])
      self.init(
        axis: first & 3, key: first >> 2, lower: second >> 32, upper: second & 0xffff_ffff)
    }
  }

  /// The partition from the records of all parts, `[parts]`: the same as by one builder of all
  /// nodes. O(parts).
  public init(grid: CellGrid, records: [CutRecord]) {
    var nodes = [Node(parts: 0..<records.count, box: grid.wholeRegion, cut: nil)]
    var k = 0
    while k < nodes.count {
      let parts = nodes[k].parts
      if parts.count > 1 {
        let middle = parts.lowerBound + (parts.count + 1) / 2
        let record = records[middle], axis = record.axis
        nodes[k].box.lower[axis] = record.lower
        nodes[k].box.upper[axis] = record.upper
        // A cut between planes divides none; any other leaves its plane in both halves.
        let area = grid.counts[(axis + 1) % 3] * grid.counts[(axis + 2) % 3]
        let plane = record.key / area, isWithin = record.key % area != 0
        var left = nodes[k].box, right = nodes[k].box
        left.upper[axis] = min(isWithin ? plane + 1 : plane, record.upper)
        right.lower[axis] = min(plane, record.upper)
        nodes[k].cut = (axis, record.key)
        nodes[k].children = nodes.count
        nodes.append(Node(parts: parts.lowerBound..<middle, box: left, cut: nil))
        nodes.append(Node(parts: middle..<parts.upperBound, box: right, cut: nil))
      }
      k += 1
    }
    self.init(grid: grid, partCount: records.count, nodes: nodes)
  }

  /// Place of a cell in the order of cuts along `axis`: plane, then row, then cell.
  @inline(__always)
  static func key(_ cell: SIMD3<Int>, _ axis: Int, _ counts: SIMD3<Int>) -> Int {
    switch axis {
    case 0: (cell.x * counts.z + cell.z) * counts.y + cell.y
    case 1: (cell.y * counts.z + cell.z) * counts.x + cell.x
    default: (cell.z * counts.y + cell.y) * counts.x + cell.x
    }
  }

  /// The part that owns the atoms of a cell. O(log parts).
  public func owner(of cell: SIMD3<Int>) -> Int {
    var k = 0
    while let cut = nodes[k].cut {
      k = nodes[k].children + (Self.key(cell, cut.axis, grid.counts) < cut.key ? 0 : 1)
    }
    return nodes[k].parts.lowerBound
  }

  /// The box around the cells whose centres a part owns; it may also contain cells of other parts.
  public func region(of part: Int) -> GridRegion { nodes[leaves[part]].box }

  /// Whether the part owns each cell of its region, a fastest; nil if it owns them all. `[region
  /// cells]`
  public func ownedCells(of part: Int) -> [Bool]? {
    guard partCount > 1 else { return nil }
    let region = region(of: part)
    var owned: [Bool] = []
    owned.reserveCapacity(max(region.cellCount, 0))
    for z in region.lower.z..<region.upper.z {
      for y in region.lower.y..<region.upper.y {
        for x in region.lower.x..<region.upper.x { owned.append(owner(of: SIMD3(x, y, z)) == part) }
      }
    }
    return owned
  }

  /// Appends to `parts` every part that must hold the atoms of a cell: those whose region, widened
  /// by `reach` cells on all sides and wrapped along periodic axes, contains it. Each part once, in
  /// ascending order. O(log parts) for each part found.
  public func appendHolders(of cell: SIMD3<Int>, reach: SIMD3<Int>, to parts: inout [Int32]) {
    visit(0, cell, reach, &parts)
  }

  private func visit(_ k: Int, _ cell: SIMD3<Int>, _ reach: SIMD3<Int>, _ parts: inout [Int32]) {
    let node = nodes[k]
    guard shows(node.box, cell, reach) else { return }
    if node.cut == nil {
      parts.append(Int32(node.parts.lowerBound))
    } else {
      visit(node.children, cell, reach, &parts)
      visit(node.children + 1, cell, reach, &parts)
    }
  }

  /// Whether the widened box contains the cell or one of its periodic images.
  @inline(__always)
  private func shows(_ box: GridRegion, _ cell: SIMD3<Int>, _ reach: SIMD3<Int>) -> Bool {
    for axis in 0..<3 {
      let first = box.lower[axis] - reach[axis],
        size = box.upper[axis] - box.lower[axis] + 2 * reach[axis]
      if box.upper[axis] <= box.lower[axis] { return false }
      let distance = cell[axis] - first
      if grid.cell.repeats(along: axis) {
        if size < grid.counts[axis], floorModulo(distance, grid.counts[axis]) >= size {
          return false
        }
      } else if distance < 0 || distance >= size {
        return false
      }
    }
    return true
  }
}
