import Contracts

/// Atoms of one frame, or of one rank's part of it, ready for neighbour search.
///
/// Rows are sorted by id; positions are wrapped into the cell. Structure of arrays, all of length
/// `count`.
public struct AtomTable: Sendable {
  /// Atom ids, ascending.
  public var ids: [Int64]
  /// Index of each atom's species in the run's species list.
  public var species: [UInt8]
  /// Wrapped Cartesian coordinates in Å.
  public var x: [Double], y: [Double], z: [Double]

  /// An empty table.
  public init() {
    (ids, species, x, y, z) = ([], [], [], [], [])
  }

  /// Number of atoms.
  public var count: Int { ids.count }

  /// Position of an atom in Å.
  public func position(_ index: Int) -> Vector { Vector(x[index], y[index], z[index]) }

  /// Sorts raw atoms by id and wraps them into the cell. Atoms in order stay where they are;
  /// otherwise one column after the other is sorted and its source freed.
  ///
  /// - Parameters:
  ///   - ids: atom ids in any order; must be unique, which the reader of the frame checks.
  ///   - species: index of each atom's species.
  ///   - x, y, z: Cartesian coordinates in Å, anywhere.
  ///   - cell: the cell to wrap into along its periodic axes.
  /// - Complexity: O(N).
  public init(
    ids: consuming [Int64], species: consuming [UInt8], x: consuming [Double],
    y: consuming [Double], z: consuming [Double], wrappedInto cell: Cell
  ) {
    let n = ids.count
    precondition(
      species.count == n && x.count == n && y.count == n && z.count == n,
      "columns of one table differ in length")
    require(n < 1 << 31, "a rank holds fewer than 2³¹ atoms")
    if let order = Self.ascendingOrder(of: ids) {
      Self.sort(&ids, order)
      Self.sort(&species, order)
      Self.sort(&x, order)
      Self.sort(&y, order)
      Self.sort(&z, order)
    }
    (self.ids, self.species, self.x, self.y, self.z) = (ids, species, x, y, z)
    (ids, species, x, y, z) = ([], [], [], [], [])
    for k in 0..<n {
      let r = cell.wrapped(position(k)).position
      self.x[k] = r.x
      self.y[k] = r.y
      self.z[k] = r.z
    }
  }

  /// Entry k of the result is entry `order[k]`.
  private static func sort<Value>(_ column: inout [Value], _ order: [Int32]) {
    column = [Value](unsafeUninitializedCapacity: order.count) { buffer, count in
      for k in order.indices { buffer[k] = column[Int(order[k])] }
      count = order.count
    }
  }

  /// Drops the atoms of all other species; one column after the other, to need little memory.
  mutating func keep(onlySpecies s: UInt8) {
    let count = species.count { $0 == s }
    if count == self.count { return }
    func keep<Value>(_ column: inout [Value]) {
      column = [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
        for k in column.indices where species[k] == s {
          buffer[initialized] = column[k]
          initialized += 1
        }
      }
    }
    keep(&ids)
    keep(&x)
    keep(&y)
    keep(&z)
    species = [UInt8](repeating: s, count: count)
  }

  /// Indices of ids in ascending order; nil if they are already.
  ///
  /// A radix sort of the differences from the smallest id, the last eleven bits first: the atoms
  /// that ranks have sent to each other come in any order, and comparisons would take longer than
  /// all else that is done with an atom.
  private static func ascendingOrder(of ids: [Int64]) -> [Int32]? {
    let n = ids.count
    guard (1..<max(n, 1)).contains(where: { ids[$0 - 1] >= ids[$0] }) else { return nil }
    let least = ids.min()!, range = UInt64(bitPattern: ids.max()! &- least)
    var order = (0..<Int32(n)).map { $0 }, next = order
    var shift: UInt64 = 0
    repeat {
      var places = [Int32](repeating: 0, count: 2049)
      for id in ids { places[Int(UInt64(bitPattern: id &- least) >> shift & 2047) + 1] += 1 }
      for digit in 0..<2048 { places[digit + 1] += places[digit] }
      for k in order {
        let digit = Int(UInt64(bitPattern: ids[Int(k)] &- least) >> shift & 2047)
        next[Int(places[digit])] = k
        places[digit] += 1
      }
      swap(&order, &next)
      shift += 11
    } while shift < 64 && range >> shift != 0
    return order
  }

  /// Smallest and largest fractional coordinates, for grids along non-periodic axes; zero for an
  /// empty table.
  public func fractionalBounds(in cell: Cell) -> (lower: Vector, upper: Vector) {
    guard count > 0 else { return (.zero, .zero) }
    var lower = Vector(repeating: .infinity)
    var upper = Vector(repeating: -.infinity)
    for k in 0..<count {
      let s = cell.fractional(position(k))
      lower = pointwiseMin(lower, s)
      upper = pointwiseMax(upper, s)
    }
    return (lower, upper)
  }
}
