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

  /// Sorts raw atoms by id and wraps them into the cell.
  ///
  /// - Parameters:
  ///   - ids: atom ids in any order; must be unique, which the reader of the frame checks.
  ///   - species: index of each atom's species.
  ///   - x, y, z: Cartesian coordinates in Å, anywhere.
  ///   - cell: the cell to wrap into along its periodic axes.
  /// - Complexity: O(N).
  public init(
    ids: [Int64], species: [UInt8], x: [Double], y: [Double], z: [Double], wrappedInto cell: Cell
  ) {
    let n = ids.count
    precondition(
      species.count == n && x.count == n && y.count == n && z.count == n,
      "columns of one table differ in length")
    require(n < 1 << 31, "a rank holds fewer than 2³¹ atoms")
    self.init()
    let order = Self.ascendingOrder(of: ids)
    self.ids = [Int64](unsafeUninitializedCapacity: n) { buffer, count in
      for k in 0..<n { buffer[k] = ids[order.map { Int($0[k]) } ?? k] }
      count = n
    }
    self.species = [UInt8](unsafeUninitializedCapacity: n) { buffer, count in
      for k in 0..<n { buffer[k] = species[order.map { Int($0[k]) } ?? k] }
      count = n
    }
    self.x = [Double](repeating: 0, count: n)
    self.y = self.x
    self.z = self.x
    for k in 0..<n {
      let source = order.map { Int($0[k]) } ?? k
      let r = cell.wrapped(Vector(x[source], y[source], z[source])).position
      self.x[k] = r.x
      self.y[k] = r.y
      self.z[k] = r.z
    }
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
