/// Divides a frame's grid into parts with equal numbers of centres, by recursive bisection: pure
/// steps, between which the caller adds histograms over the ranks.
///
/// Every rank knows an arbitrary subset of the centres. A level of the tree takes three sums over
/// the ranks: centres in each plane across the longest side of each node, in each row of cells of
/// the plane in which the cut lies, and in each cell of the row in which it lies.
///
///     var builder = PartitionBuilder(grid: grid, partCount: p, cells: cellsOfOwnCenters)
///     while let histogram = builder.histogram() { builder.advance(sumOverRanks(histogram)) }
///     let partition = builder.partition
///
/// 3·⌈log₂ p⌉ sums, each of at most one edge of the grid for every node of a level.
/// The sums are integers, so the partition is the same on every rank and for any distribution of
/// the centres.
///
/// **One part's view.** With `part`, a builder follows only the nodes that hold this part. The rank
/// of the part then needs sums over the ranks of `group` only, if after each cut the centres are
/// moved to the ranks of their side (`staysInGroup`, `replaceCells`); at the end each rank has the
/// centres of its part. No rank knows the whole tree until the cuts are gathered, one from each
/// rank (`cutRecord`, `Partition.init(grid:records:)`).
///
///     var builder = PartitionBuilder(grid: grid, partCount: p, cells: cells, part: rank)
///     while let group = builder.group {
///       for _ in 0..<PartitionBuilder.sumsPerLevel {
///         builder.advance(sumOverRanks(of: group, builder.histogram()!))
///       }
///       …exchange with the other side…
///       builder.replaceCells(cells)
///     }
public struct PartitionBuilder: Sendable {
  private let grid: CellGrid
  private let part: Int?
  private var cells: [SIMD3<Int32>]
  private var nodeOf: [Int32]
  private var nodes: [Partition.Node]
  /// Nodes of this level that have more than one part, and the state of their cuts.
  private var pending: [Pending] = []
  /// What the next histogram counts.
  private var stage = Stage.planes
  /// The node of the last cut.
  private var lastCut: Int?

  /// Sums over the ranks for each level of the tree.
  public static let sumsPerLevel = 3

  private enum Stage: Sendable { case planes, rows, cells }

  private struct Pending: Sendable {
    var node: Int
    var axis: Int
    /// The plane of the cut, and its row of cells in that plane; grid coordinates.
    var plane = 0, row = 0
    /// Whether the rows after it hold no centres.
    var isLastRow = false
    /// Target number of centres on the left, and centres in planes and rows before the cut's.
    var target = 0.0
    var before: Int64 = 0
    /// Offset of the node's words in the histogram.
    var offset = 0
  }

  /// - Parameters:
  ///   - grid: the frame's grid.
  ///   - partCount: parts to make, at least one.
  ///   - cells: grid cell of each centre that this rank knows.
  ///   - part: the part whose nodes are followed; nil for all.
  public init(grid: CellGrid, partCount: Int, cells: [SIMD3<Int32>], part: Int? = nil) {
    precondition(partCount > 0, "a frame has at least one part")
    self.part = part
    self.grid = grid
    self.cells = cells
    nodeOf = [Int32](repeating: 0, count: cells.count)
    nodes = [Partition.Node(parts: 0..<partCount, box: grid.wholeRegion, cut: nil)]
    beginLevel([0])
  }

  /// What this rank contributes to the next sum; nil when the partition is complete.
  public func histogram() -> [Int64]? {
    guard !pending.isEmpty else { return nil }
    var place = [Int](repeating: -1, count: nodes.count)
    var total = 0
    for (k, entry) in pending.enumerated() {
      place[entry.node] = k
      total = entry.offset + nodes[entry.node].box.size[countedAxis(entry)]
    }
    var words = [Int64](repeating: 0, count: total)
    for (cell, node) in zip(cells, nodeOf) where place[Int(node)] >= 0 {
      let entry = pending[place[Int(node)]]
      let c = SIMD3(Int(cell.x), Int(cell.y), Int(cell.z))
      if stage != .planes, c[entry.axis] != entry.plane { continue }
      if stage == .cells, c[Self.inPlane(entry.axis).row] != entry.row { continue }
      let axis = countedAxis(entry)
      words[entry.offset + c[axis] - nodes[entry.node].box.lower[axis]] += 1
    }
    return words
  }

  /// Takes the sum over all ranks of the values that `histogram` returned.
  public mutating func advance(_ sums: [Int64]) {
    switch stage {
    case .planes: choosePlanes(sums)
    case .rows: chooseRows(sums)
    case .cells: cut(sums)
    }
  }

  /// The parts of the node that is divided next, with one part's view; nil at the end.
  public var group: Range<Int>? { pending.first.map { nodes[$0.node].parts } }

  /// Whether a cell is on the followed part's side of the last cut.
  public func staysInGroup(_ cell: SIMD3<Int32>) -> Bool {
    guard let part, let node = lastCut, let cut = nodes[node].cut else { return true }
    let c = SIMD3(Int(cell.x), Int(cell.y), Int(cell.z))
    let isLeft = Partition.key(c, cut.axis, grid.counts) < cut.key
    return nodes[nodes[node].children + (isLeft ? 0 : 1)].parts.contains(part)
  }

  /// Continues with other centres, all on the followed part's side of the last cut.
  public mutating func replaceCells(_ cells: [SIMD3<Int32>]) {
    self.cells = cells
    var node = 0
    if let part, let last = lastCut {
      let left = nodes[last].children
      node = nodes[left].parts.contains(part) ? left : left + 1
    }
    nodeOf = [Int32](repeating: Int32(node), count: cells.count)
  }

  /// The cut that this part contributes to the whole tree: that of the node whose right half begins
  /// with it. Every cut is contributed by one part, and part 0 contributes none.
  public var cutRecord: Partition.CutRecord {
    for node in nodes {
      guard let cut = node.cut, nodes[node.children + 1].parts.lowerBound == part else { continue }
      return Partition.CutRecord(
        axis: cut.axis, key: cut.key, lower: node.box.lower[cut.axis],
        upper: node.box.upper[cut.axis])
    }
    return Partition.CutRecord(axis: 0, key: 0, lower: 0, upper: 0)
  }

  /// The partition, once `histogram` is nil.
  public var partition: Partition {
    precondition(pending.isEmpty, "some histograms have not been added up yet")
    precondition(part == nil || nodes.count == 1, "one part's view is not the whole tree")
    return Partition(grid: grid, partCount: nodes[0].parts.count, nodes: nodes)
  }

  // MARK: Steps

  private mutating func beginLevel(_ level: [Int]) {
    stage = .planes
    pending = []
    var offset = 0
    for node in level
    where nodes[node].parts.count > 1 && part.map({ nodes[node].parts.contains($0) }) ?? true {
      let size = nodes[node].box.size
      // The longest side in Å: cubes have the thinnest halo.
      var axis = 0
      for other in 1..<3
      where grid.widths[other] * Double(size[other]) > grid.widths[axis] * Double(size[axis]) {
        axis = other
      }
      pending.append(Pending(node: node, axis: axis, offset: offset))
      offset += size[axis]
    }
  }

  /// The plane in which the target number of centres is reached; also trims the node to the planes
  /// that hold centres.
  private mutating func choosePlanes(_ sums: [Int64]) {
    var offset = 0
    for k in pending.indices {
      let entry = pending[k], node = entry.node, axis = entry.axis
      let planes = sums[entry.offset..<entry.offset + nodes[node].box.size[axis]]
      let parts = nodes[node].parts
      let total = planes.reduce(0, +)
      pending[k].target = Double(total) * Double((parts.count + 1) / 2) / Double(parts.count)
      let lower = nodes[node].box.lower[axis]
      if let first = planes.firstIndex(where: { $0 > 0 }),
        let last = planes.lastIndex(where: { $0 > 0 })
      {
        nodes[node].box.lower[axis] = lower + first - planes.startIndex
        nodes[node].box.upper[axis] = lower + last - planes.startIndex + 1
      } else {
        nodes[node].box.upper[axis] = lower
      }
      var before: Int64 = 0, plane = nodes[node].box.lower[axis]
      while plane + 1 < nodes[node].box.upper[axis] {
        let inPlane = planes[planes.startIndex + plane - lower]
        if Double(before + inPlane) > pending[k].target { break }
        before += inPlane
        plane += 1
      }
      pending[k].plane = plane
      pending[k].before = before
      pending[k].offset = offset
      offset += nodes[node].box.size[Self.inPlane(axis).row]
    }
    stage = .rows
  }

  /// The row of cells in which the target number of centres is reached: the last one, if it is not.
  private mutating func chooseRows(_ sums: [Int64]) {
    var offset = 0
    for k in pending.indices {
      let entry = pending[k], box = nodes[entry.node].box
      let (row, column) = Self.inPlane(entry.axis)
      var before = entry.before, place = 0
      while place + 1 < box.size[row] {
        let inRow = sums[entry.offset + place]
        if Double(before + inRow) > entry.target { break }
        before += inRow
        place += 1
      }
      pending[k].row = box.lower[row] + place
      pending[k].isLastRow = (place + 1..<max(place + 1, box.size[row])).allSatisfy {
        sums[entry.offset + $0] == 0
      }
      pending[k].before = before
      pending[k].offset = offset
      offset += box.size[column]
    }
    stage = .cells
  }

  /// Cuts every node where the number of centres on the left is nearest to the target.
  private mutating func cut(_ sums: [Int64]) {
    var level: [Int] = []
    for entry in pending {
      let node = nodes[entry.node]
      let (row, column) = Self.inPlane(entry.axis)
      let columns = node.box.size[column], size = node.box.size[row] * columns
      var left = entry.before, inRow = 0
      while inRow < columns {
        let inCell = sums[entry.offset + inRow]
        if abs(Double(left + inCell) - entry.target) > abs(Double(left) - entry.target) { break }
        left += inCell
        inRow += 1
      }
      // Place of the first cell on the right among those of the plane.
      let isWholePlane = inRow == columns && entry.isLastRow
      let place = isWholePlane ? size : (entry.row - node.box.lower[row]) * columns + inRow
      var first = SIMD3(repeating: 0)
      first[entry.axis] = entry.plane
      if place == size {
        first[entry.axis] += 1
      } else if place > 0 {
        first[row] = node.box.lower[row] + place / columns
        first[column] = node.box.lower[column] + place % columns
      }
      let key = Partition.key(first, entry.axis, grid.counts)
      let middle = node.parts.lowerBound + (node.parts.count + 1) / 2
      var leftBox = node.box, rightBox = node.box
      // A node without centres has no planes at all.
      let end = node.box.upper[entry.axis]
      leftBox.upper[entry.axis] = min(place == 0 ? entry.plane : entry.plane + 1, end)
      rightBox.lower[entry.axis] = min(place == size ? entry.plane + 1 : entry.plane, end)
      let child = nodes.count
      nodes[entry.node].cut = (entry.axis, key)
      lastCut = entry.node
      nodes[entry.node].children = child
      nodes.append(Partition.Node(parts: node.parts.lowerBound..<middle, box: leftBox, cut: nil))
      nodes.append(Partition.Node(parts: middle..<node.parts.upperBound, box: rightBox, cut: nil))
      level += [child, child + 1]
    }
    for k in cells.indices {
      let node = nodes[Int(nodeOf[k])]
      guard let cut = node.cut else { continue }
      let cell = SIMD3(Int(cells[k].x), Int(cells[k].y), Int(cells[k].z))
      nodeOf[k] = Int32(
        node.children + (Partition.key(cell, cut.axis, grid.counts) < cut.key ? 0 : 1))
    }
    beginLevel(level)
  }

  /// The axes of rows and of cells in a row, within a plane across `axis`: the order of
  /// `Partition.key`.
  private static func inPlane(_ axis: Int) -> (row: Int, column: Int) {
    axis == 0 ? (2, 1) : axis == 1 ? (2, 0) : (1, 0)
  }

  /// The axis along which the present histogram counts.
  private func countedAxis(_ entry: Pending) -> Int {
    let (row, column) = Self.inPlane(entry.axis)
    return switch stage {
    case .planes: entry.axis
    case .rows: row
    case .cells: column
    }
  }
}
