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
  /// - Complexity: O(N) for ids in ascending order, otherwise O(N log N).
  public init(
    ids: [Int64], species: [UInt8], x: [Double], y: [Double], z: [Double], wrappedInto cell: Cell
  ) {
    let n = ids.count
    precondition(
      species.count == n && x.count == n && y.count == n && z.count == n,
      "columns of one table differ in length")
    self.init()
    var order: [Int]? = nil
    for k in 1..<max(n, 1) where ids[k - 1] >= ids[k] {
      order = (0..<n).sorted { ids[$0] < ids[$1] }
      break
    }
    self.ids = [Int64](unsafeUninitializedCapacity: n) { buffer, count in
      for k in 0..<n { buffer[k] = ids[order?[k] ?? k] }
      count = n
    }
    self.species = [UInt8](unsafeUninitializedCapacity: n) { buffer, count in
      for k in 0..<n { buffer[k] = species[order?[k] ?? k] }
      count = n
    }
    self.x = [Double](repeating: 0, count: n)
    self.y = self.x
    self.z = self.x
    for k in 0..<n {
      let source = order?[k] ?? k
      let r = cell.wrapped(Vector(x[source], y[source], z[source])).position
      self.x[k] = r.x
      self.y[k] = r.y
      self.z[k] = r.z
    }
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
