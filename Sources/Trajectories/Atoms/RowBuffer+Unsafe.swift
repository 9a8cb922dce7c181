import Geometry

/// Atoms of one block of text, before they are appended to a batch; small enough to stay in the
/// cache.
final class RowBuffer {
  let capacity: Int
  private(set) var count = 0
  /// Number of atoms of other species, of which only ids are stored, from the end of `ids` down.
  private var unwantedCount = 0
  /// Whether there is space for one more atom.
  var hasRoom: Bool { count &+ unwantedCount < capacity }
  private let ids: UnsafeMutablePointer<Int64>
  private let species: UnsafeMutablePointer<UInt8>
  /// x of all atoms, then y, then z: `capacity` each.
  private let coordinates: UnsafeMutablePointer<Double>
  private var x: UnsafeMutablePointer<Double> { coordinates }
  private var y: UnsafeMutablePointer<Double> { coordinates + capacity }
  private var z: UnsafeMutablePointer<Double> { coordinates + 2 * capacity }

  init(capacity: Int) {
    self.capacity = capacity
    ids = .allocate(capacity: capacity)
    species = .allocate(capacity: capacity)
    coordinates = .allocate(capacity: 3 * capacity)
  }

  deinit {
    ids.deallocate()
    species.deallocate()
    coordinates.deallocate()
  }

  /// Address of coordinate `axis` (0, 1, 2) of the next atom, which is added by
  /// `append(id:species:)`.
  @inline(__always)
  func next(axis: Int) -> UnsafeMutablePointer<Double> {
    precondition(count < capacity && axis >= 0 && axis < 3, "more atoms than lines")
    return coordinates + (axis &* capacity &+ count)
  }

  /// Appends the next atom, whose coordinates are in place.
  @inline(__always)
  func append(id: Int64, species kind: UInt8) {
    precondition(count &+ unwantedCount < capacity, "more atoms than lines")
    ids[count] = id
    species[count] = kind
    count &+= 1
  }

  /// Stores the id of an atom that is not selected.
  @inline(__always)
  func appendUnwanted(id: Int64) {
    precondition(count &+ unwantedCount < capacity, "more atoms than lines")
    unwantedCount &+= 1
    ids[capacity &- unwantedCount] = id
  }

  /// Fractional to Cartesian coordinates in Å.
  func place(in cell: Cell) {
    for index in 0..<count {
      let position = cell.position(Vector(x[index], y[index], z[index]))
      x[index] = position.x
      y[index] = position.y
      z[index] = position.z
    }
  }

  /// Multiplies coordinates, to convert them to Å.
  func scale(by factor: Double) {
    for index in 0..<count {
      x[index] *= factor
      y[index] *= factor
      z[index] *= factor
    }
  }

  /// Id of the first atom whose conversion to Å is not finite, or nil.
  var firstOverflow: Int64? {
    for index in 0..<count where !(x[index].isFinite && y[index].isFinite && z[index].isFinite) {
      return ids[index]
    }
    return nil
  }

  /// Appends the atoms to a batch and clears the buffer.
  func move(to batch: inout AtomBatch) {
    batch.ids.append(contentsOf: UnsafeBufferPointer(start: ids, count: count))
    batch.species.append(contentsOf: UnsafeBufferPointer(start: species, count: count))
    batch.x.append(contentsOf: UnsafeBufferPointer(start: x, count: count))
    batch.y.append(contentsOf: UnsafeBufferPointer(start: y, count: count))
    batch.z.append(contentsOf: UnsafeBufferPointer(start: z, count: count))
    batch.unwantedIDs.append(
      contentsOf: UnsafeBufferPointer(start: ids + (capacity - unwantedCount), count: unwantedCount)
        .reversed())
    count = 0
    unwantedCount = 0
  }
}
