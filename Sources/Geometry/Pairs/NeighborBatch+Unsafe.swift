/// Neighbours of one centre and one species: displacements from the centre, structure of arrays.
///
/// Valid until the batch that it was taken from is filled again. After the last neighbour there is
/// padding for a block of vector lanes, with arbitrary contents.
@frozen
public struct Neighbors<Scalar> {
  /// Number of neighbours.
  public let count: Int
  /// Components of the displacement in Å and its square in Å².
  public let x: UnsafeMutablePointer<Scalar>, y: UnsafeMutablePointer<Scalar>
  public let z: UnsafeMutablePointer<Scalar>, squared: UnsafeMutablePointer<Scalar>
}

/// The neighbours of one centre, species by species, in single or double precision.
///
/// The centre itself is never included; its periodic images are, and so is another atom at the same
/// position.
public final class NeighborBatch {
  /// Whether the columns hold Float (else Double).
  public let isSingle: Bool
  /// Neighbours of each species.
  public internal(set) var count: [Int]
  private var capacity = 0
  private var columns: [UnsafeMutableRawPointer] = []
  /// Padding after the capacity, in scalars: the largest block that a kernel reads past the end.
  private static let padding = 256

  /// A batch for the neighbours of one centre, of `speciesCount` species.
  public init(speciesCount: Int, single: Bool) {
    isSingle = single
    count = Array(repeating: 0, count: speciesCount)
    reserve(512)
  }

  deinit { for column in columns { column.deallocate() } }

  /// Neighbours of `species` as Float; the batch must be a single-precision one.
  public func single(_ species: Int) -> Neighbors<Float> {
    precondition(isSingle, "this batch holds double-precision displacements")
    return view(species)
  }

  /// Neighbours of `species` as Double; the batch must be a double-precision one.
  public func double(_ species: Int) -> Neighbors<Double> {
    precondition(!isSingle, "this batch holds single-precision displacements")
    return view(species)
  }

  @inline(__always)
  func view<Scalar>(_ s: Int) -> Neighbors<Scalar> {
    Neighbors(
      count: count[s], x: columns[4 * s].assumingMemoryBound(to: Scalar.self),
      y: columns[4 * s + 1].assumingMemoryBound(to: Scalar.self),
      z: columns[4 * s + 2].assumingMemoryBound(to: Scalar.self),
      squared: columns[4 * s + 3].assumingMemoryBound(to: Scalar.self))
  }

  /// Reserves capacity for `wanted` neighbours of each species; the previous contents are lost.
  func reserve(_ wanted: Int) {
    guard wanted > capacity else { return }
    for column in columns { column.deallocate() }
    capacity = wanted + wanted / 4
    let scalar = isSingle ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
    let bytes = (capacity + Self.padding) * scalar
    columns = (0..<4 * count.count).map { _ in
      let column = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      column.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return column
    }
  }
}
