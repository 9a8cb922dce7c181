import Geometry
import Trajectories

/// The atoms that a rank holds while a frame is distributed, with the grid cell of each.
///
/// Their order is arbitrary, because every part sorts its atoms by id at the end.
struct MovingAtoms {
  private(set) var ids: [Int64]
  private(set) var species: [UInt8]
  private(set) var x: [Double], y: [Double], z: [Double]
  /// Grid cell of each atom; `[atoms]`.
  private(set) var cells: [SIMD3<Int32>] = []
  private let grid: CellGrid
  /// Atoms of one message: a message is short compared with the memory of the atoms.
  static let atomsPerMessage = 1 << 16
  /// Bytes of an atom in a message.
  static let bytesPerAtom = 33

  /// The atoms of a batch; consumed.
  init(_ batch: consuming AtomBatch, grid: CellGrid) {
    (ids, species, x, y, z) = (batch.ids, batch.species, batch.x, batch.y, batch.z)
    self.grid = grid
    cells.reserveCapacity(ids.count)
    for k in ids.indices { cells.append(cell(Vector(x[k], y[k], z[k]))) }
  }

  var count: Int { ids.count }

  /// Cells of the atoms of a species.
  func cells(ofSpecies index: Int) -> [SIMD3<Int32>] {
    species.indices.filter { species[$0] == UInt8(index) }.map { cells[$0] }
  }

  private func cell(_ position: Vector) -> SIMD3<Int32> {
    let c = grid.coordinates(of: grid.cell.wrapped(position).position)
    return SIMD3(Int32(c.x), Int32(c.y), Int32(c.z))
  }

  /// Removes atoms whose cells satisfy a condition, from index `place` on and at most those of one
  /// message, and returns them as bytes; the last atom takes the place of a removed one. Afterwards
  /// `place` is the index from which to continue: `count`, if there are no more.
  mutating func remove(from place: inout Int, where leaves: (SIMD3<Int32>) -> Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    while place < count, bytes.count < Self.atomsPerMessage * Self.bytesPerAtom {
      if leaves(cells[place]) {
        append(place, to: &bytes)
        let last = count - 1
        (ids[place], species[place], cells[place]) = (ids[last], species[last], cells[last])
        (x[place], y[place], z[place]) = (x[last], y[last], z[last])
        ids.removeLast()
        species.removeLast()
        cells.removeLast()
        x.removeLast()
        y.removeLast()
        z.removeLast()
      } else {
        place += 1
      }
    }
    return bytes
  }

  /// Some atoms as bytes, `[atoms, 33]`.
  func packed(_ atoms: [Int32]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(atoms.count * Self.bytesPerAtom)
    for atom in atoms { append(Int(atom), to: &bytes) }
    return bytes
  }

  private func append(_ k: Int, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: (ids[k], x[k], y[k], z[k])) { bytes.append(contentsOf: $0) }
    bytes.append(species[k])
  }

  /// Adds atoms that `remove` or `packed` returned on any rank.
  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: Self.bytesPerAtom) {
        func number(_ k: Int) -> Double {
          bytes.loadUnaligned(fromByteOffset: start + 8 * k, as: Double.self)
        }
        ids.append(bytes.loadUnaligned(fromByteOffset: start, as: Int64.self))
        let position = Vector(number(1), number(2), number(3))
        x.append(position.x)
        y.append(position.y)
        z.append(position.z)
        species.append(bytes[start + 32])
        cells.append(cell(position))
      }
    }
  }

  /// The atoms wrapped and sorted by id; consumed.
  consuming func table() -> AtomTable {
    let columns = (ids, species, x, y, z)
    (ids, species, x, y, z, cells) = ([], [], [], [], [], [])
    return AtomTable(
      ids: columns.0, species: columns.1, x: columns.2, y: columns.3, z: columns.4,
      wrappedInto: grid.cell)
  }
}
