import Geometry

/// Reads atoms from lines of a dump as fast as memory gives them: one pass over the bytes, no line or word is ever copied.
///
/// Every byte is compared with the end before it is looked at, so that no input can lead outside the buffer.
struct DumpAtoms {
  /// What a column holds.
  private enum Role { case coordinate(axis: Int), id, type, element, skipped }

  private let layout: ColumnLayout
  private let map: SpeciesMap
  private let cell: Cell
  private let scale: Double
  private let roles: [Role]
  /// Species of type numbers below the table's length.
  private let typeTable: [UInt8]
  /// Names of wanted elements as packed bytes, and the species of each.
  private let elementKeys: [UInt64], elementSpecies: [UInt8]
  /// Whether ids of unwanted atoms are kept.
  private let keepsUnwanted: Bool
  private let decimal = DecimalReader()

  private(set) var batch = AtomBatch()
  /// Kept from block to block.
  private var spare: RowBuffer?

  init(header: FrameHeader, layout: ColumnLayout, species map: SpeciesMap, capacity: Int) {
    self.layout = layout
    self.map = map
    cell = header.cell
    scale = header.lengthScale
    var roles = [Role](repeating: .skipped, count: layout.names.count)
    for (axis, column) in layout.positions.enumerated() { roles[column] = .coordinate(axis: axis) }
    if let id = layout.id { roles[id] = .id }
    // A map that wants nothing only checks the lines' form.
    if !map.names.isEmpty {
      if let element = layout.element { roles[element] = .element } else if let type = layout.type { roles[type] = .type }
    }
    self.roles = roles
    keepsUnwanted = layout.hasID && !map.names.isEmpty
    let largest = map.types.keys.max() ?? -1
    typeTable = (0..<(largest + 1)).map(map.index(ofType:))
    let spellings = map.spellings
    elementKeys = spellings.map { Self.key(Array($0.name.utf8)) }
    elementSpecies = spellings.map(\.index)
    batch.ids.reserveCapacity(capacity)
    batch.species.reserveCapacity(capacity)
    batch.x.reserveCapacity(capacity)
    batch.y.reserveCapacity(capacity)
    batch.z.reserveCapacity(capacity)
  }

  /// Reads the lines that start in `bytes[start..<limit]`.
  ///
  /// - Parameters:
  ///   - end: one past the last newline; lines end here.
  ///   - firstID: id of the first line's atom if the file has none.
  /// - Returns: the first byte not read, and where the line and what is wrong with it if one is.
  mutating func read(
    _ bytes: UnsafeRawBufferPointer, from start: Int, startingBefore limit: Int, end: Int, firstID: Int64
  ) -> (position: Int, failure: DumpRow.Reason?) {
    precondition(0 <= start && start <= end && end <= bytes.count, "lines are read within the bytes")
    guard start < end, let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return (start, nil) }
    // The shortest line has a letter and a separator per column.
    let rows = rows(capacity: (end - start) / (2 * roles.count) + 1)
    var position = start
    var lines = 0
    var failure: DumpRow.Reason?
    while position < end, position < limit {
      let lineStart = position
      if rows.hasRoom, fastRow(base, &position, end, into: rows, fileOrderID: firstID &+ Int64(lines)) {
        lines += 1
        continue
      }
      let lineEnd = firstIndex(of: 0x0A, in: bytes, from: lineStart, to: end) ?? end
      do throws(DumpRow.Reason) {
        let row = try DumpRow(bytes[lineStart..<lineEnd], layout: layout, species: map, fileOrderID: firstID &+ Int64(lines))
        if row.species < SpeciesMap.unwanted {
          rows.next(axis: 0).pointee = row.position.0
          rows.next(axis: 1).pointee = row.position.1
          rows.next(axis: 2).pointee = row.position.2
          rows.append(id: row.id, species: row.species)
        } else if keepsUnwanted {
          rows.appendUnwanted(id: row.id)
        }
        lines += 1
        position = min(end, lineEnd + 1)
      } catch {
        failure = error
        position = lineStart
        break
      }
    }
    if layout.coordinates.isScaled { rows.place(in: cell) } else if scale != 1 { rows.scale(by: scale) }
    if layout.coordinates.isScaled || scale != 1, failure == nil, let id = rows.firstOverflow {
      failure = DumpRow.Reason(text: "atom \(id): a coordinate is too large for a number in Å")
      position = start
    }
    rows.move(to: &batch)
    batch.atomsRead += lines
    return (position, failure)
  }

  /// An empty buffer for at least `capacity` atoms.
  private mutating func rows(capacity: Int) -> RowBuffer {
    if let spare, spare.capacity >= capacity { return spare }
    let fresh = RowBuffer(capacity: capacity)
    spare = fresh
    return fresh
  }

  /// Reads one line and its newline; false, with nothing appended, if anything about it is unusual.
  @inline(__always)
  private func fastRow(
    _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int, into rows: RowBuffer, fileOrderID: Int64
  ) -> Bool {
    var p = position
    var id = fileOrderID
    var species = SpeciesMap.unwanted
    for role in roles {
      while p < end, bytes[p] == 0x20 || bytes[p] == 0x09 { p &+= 1 }
      switch role {
      case .coordinate(let axis):
        guard decimal.read(bytes, &p, end, into: &rows.next(axis: axis).pointee) else { return false }
      case .id:
        guard let value = integer(bytes, &p, end) else { return false }
        id = value
      case .type:
        guard let value = integer(bytes, &p, end), value < Int64(typeTable.count) else { return false }
        species = typeTable[Int(value)]
        if species == SpeciesMap.unknown { return false }
      case .element:
        let first = p
        var key: UInt64 = 0
        while p < end, bytes[p] > 0x20 {
          key = key << 8 | UInt64(bytes[p])
          p &+= 1
        }
        guard p > first, p - first <= SpeciesMap.longestName else { return false }
        for index in elementKeys.indices where elementKeys[index] == key {
          species = elementSpecies[index]
          break
        }
      case .skipped:
        let first = p
        while p < end, bytes[p] > 0x20 { p &+= 1 }
        if p == first { return false }
      }
      // A word ends at a blank or at the end of the line: 1.5abc is no number.
      guard p < end, bytes[p] <= 0x20 else { return false }
    }
    while p < end, isBlank(bytes[p]) { p &+= 1 }
    guard p < end, bytes[p] == 0x0A else { return false }
    position = p &+ 1
    if species < SpeciesMap.unwanted {
      rows.append(id: id, species: species)
    } else if keepsUnwanted {
      rows.appendUnwanted(id: id)
    }
    return true
  }

  /// A number of 1 to 18 digits without a sign, so that it cannot overflow.
  @inline(__always)
  private func integer(_ bytes: UnsafePointer<UInt8>, _ p: inout Int, _ end: Int) -> Int64? {
    var value: UInt64 = 0
    let digits = decimal.readDigits(bytes, &p, end, onto: &value)
    return digits > 0 && digits <= 18 ? Int64(truncatingIfNeeded: value) : nil
  }

  /// Up to eight letters in one integer. No letter is zero, so that names of different length differ.
  private static func key(_ letters: [UInt8]) -> UInt64 { letters.reduce(0) { $0 << 8 | UInt64($1) } }
}
