import Geometry

/// Atoms of one block of text, before they join a batch: small enough to stay in the cache.
final class RowBuffer {
  let capacity: Int
  private(set) var count = 0
  private let ids: UnsafeMutablePointer<Int64>
  private let species: UnsafeMutablePointer<UInt8>
  private let x: UnsafeMutablePointer<Double>, y: UnsafeMutablePointer<Double>, z: UnsafeMutablePointer<Double>

  init(capacity: Int) {
    self.capacity = capacity
    ids = .allocate(capacity: capacity)
    species = .allocate(capacity: capacity)
    x = .allocate(capacity: capacity)
    y = .allocate(capacity: capacity)
    z = .allocate(capacity: capacity)
  }

  deinit {
    ids.deallocate()
    species.deallocate()
    x.deallocate()
    y.deallocate()
    z.deallocate()
  }

  @inline(__always)
  func append(_ id: Int64, _ kind: UInt8, _ px: Double, _ py: Double, _ pz: Double) {
    precondition(count < capacity, "more atoms than lines")
    ids[count] = id
    species[count] = kind
    x[count] = px
    y[count] = py
    z[count] = pz
    count &+= 1
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

  /// Id of the first atom whose conversion to Å gave no finite number, or nil.
  var firstOverflow: Int64? {
    for index in 0..<count where !(x[index].isFinite && y[index].isFinite && z[index].isFinite) { return ids[index] }
    return nil
  }

  /// Appends the atoms to a batch and forgets them.
  func move(to batch: inout AtomBatch) {
    batch.ids.append(contentsOf: UnsafeBufferPointer(start: ids, count: count))
    batch.species.append(contentsOf: UnsafeBufferPointer(start: species, count: count))
    batch.x.append(contentsOf: UnsafeBufferPointer(start: x, count: count))
    batch.y.append(contentsOf: UnsafeBufferPointer(start: y, count: count))
    batch.z.append(contentsOf: UnsafeBufferPointer(start: z, count: count))
    count = 0
  }
}
