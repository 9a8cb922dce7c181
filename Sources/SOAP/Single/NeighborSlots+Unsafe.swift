import Geometry

/// The neighbours of all species of a centre, one after the other, so that vectors are filled
/// across species.
///
/// Each species begins at an even slot, so that no pair of slots mixes two species; after an odd
/// number of neighbours one slot is empty, and must get weight zero.
final class NeighborSlots {
  /// Columns x, y, z and the square, `capacity` apart; padded by two vectors of 16.
  private(set) var columns: UnsafeMutablePointer<Float>
  private(set) var capacity = 1024
  /// First slot of each species, and the end; `[species + 1]`.
  let starts: UnsafeMutablePointer<Int>
  /// Empty slot of each species, or −1.
  let empty: UnsafeMutablePointer<Int>
  private let speciesCount: Int

  init(speciesCount: Int) {
    self.speciesCount = speciesCount
    columns = .allocate(capacity: 4 * capacity)
    columns.initialize(repeating: 0, count: 4 * capacity)
    starts = .allocate(capacity: speciesCount + 1)
    starts.initialize(repeating: 0, count: speciesCount + 1)
    empty = .allocate(capacity: speciesCount)
    empty.initialize(repeating: -1, count: speciesCount)
  }

  deinit {
    columns.deallocate()
    starts.deallocate()
    empty.deallocate()
  }

  /// Copies the neighbours of a batch; returns the number of slots.
  ///
  /// - Parameter species: index in the batch of each species.
  func fill(_ batch: NeighborBatch, _ species: [Int]) -> Int {
    var slots = 0
    for s in 0..<speciesCount {
      let neighbors = batch.single(species[s])
      let count = neighbors.count
      if slots + count + 33 > capacity { grow(slots + count + 33) }
      starts[s] = slots
      copy(neighbors.x, count, to: columns + slots)
      copy(neighbors.y, count, to: columns + capacity + slots)
      copy(neighbors.z, count, to: columns + 2 * capacity + slots)
      copy(neighbors.squared, count, to: columns + 3 * capacity + slots)
      slots += count
      empty[s] = -1
      if count % 2 == 1 {
        for column in 0..<4 { columns[column * capacity + slots] = 0 }
        empty[s] = slots
        slots += 1
      }
    }
    starts[speciesCount] = slots
    return slots
  }

  /// Copies whole vectors; what lies beyond the count is overwritten by the next species.
  @inline(__always)
  private func copy(
    _ source: UnsafeMutablePointer<Float>, _ count: Int, to target: UnsafeMutablePointer<Float>
  ) {
    var k = 0
    while k < count {
      let lanes = UnsafeRawPointer(source + k).loadUnaligned(as: SIMD16<Float>.self)
      UnsafeMutableRawPointer(target + k).storeBytes(of: lanes, as: SIMD16<Float>.self)
      k += 16
    }
  }

  @inline(never)
  private func grow(_ wanted: Int) {
    let larger = (wanted + wanted / 2 + 15) / 16 * 16
    let next = UnsafeMutablePointer<Float>.allocate(capacity: 4 * larger)
    next.initialize(repeating: 0, count: 4 * larger)
    for column in 0..<4 {
      (next + column * larger).update(from: columns + column * capacity, count: capacity)
    }
    columns.deallocate()
    (columns, capacity) = (next, larger)
  }
}
