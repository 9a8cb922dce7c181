import CVector
import Geometry

/// Reads atoms from lines of a dump in one pass over the bytes, without copying lines or words.
///
/// Every position is compared with the end before it is read, so that no input can lead outside the
/// buffer.
struct DumpAtoms {
  /// The kind of a column.
  private enum Role { case coordinate(axis: Int), id, type, element, skipped }

  private let layout: ColumnLayout
  private let map: SpeciesMap
  private let cell: Cell
  private let scale: Double
  private let roles: [Role]
  /// Species of types below the length of the table.
  private let typeTable: [UInt8]
  /// Names of selected elements as packed bytes, and the species of each.
  private let elementKeys: [UInt64], elementSpecies: [UInt8]
  /// Whether ids of atoms of other species are stored.
  private let keepsUnwanted: Bool
  private let decimal = DecimalReader()

  private(set) var batch = AtomBatch()
  /// Reused for every block.
  private var spare: RowBuffer?

  init(header: FrameHeader, layout: ColumnLayout, species map: SpeciesMap, capacity: Int) {
    self.layout = layout
    self.map = map
    cell = header.cell
    scale = header.lengthScale
    var roles = [Role](repeating: .skipped, count: layout.names.count)
    for (axis, column) in layout.positions.enumerated() { roles[column] = .coordinate(axis: axis) }
    if let id = layout.id { roles[id] = .id }
    // A map without species only checks the format of the lines.
    if !map.names.isEmpty {
      if let element = layout.element {
        roles[element] = .element
      } else if let type = layout.type {
        roles[type] = .type
      }
    }
    self.roles = roles
    keepsUnwanted = layout.hasID && !map.names.isEmpty
    let largest = map.types.numbers.keys.max() ?? -1
    typeTable = (0..<(largest + 1)).map(map.index(ofType:))
    (elementKeys, elementSpecies) = (map.spellingKeys, map.spellingSpecies)
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
  /// - Returns: the first byte not read, and the error in the line there, if any.
  mutating func read(
    _ bytes: UnsafeRawBufferPointer, from start: Int, startingBefore limit: Int, end: Int,
    firstID: Int64
  ) -> (position: Int, failure: DumpRow.Reason?) {
    precondition(
      0 <= start && start <= end && end <= bytes.count, "lines are read within the bytes")
    guard start < end, let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      return (start, nil)
    }
    // The shortest line has a letter and a separator per column.
    let rows = rows(capacity: (end - start) / (2 * roles.count) + 1)
    var position = start
    var lines = 0
    var failure: DumpRow.Reason?
    while position < end, position < limit {
      let lineStart = position
      let fileOrderID = firstID &+ Int64(lines)
      if rows.hasRoom,
        maskedRow(base, &position, end, into: rows, fileOrderID: fileOrderID)
          || fastRow(base, &position, end, into: rows, fileOrderID: fileOrderID)
      {
        lines += 1
        continue
      }
      let lineEnd = firstIndex(of: 0x0A, in: bytes, from: lineStart, to: end) ?? end
      do throws(DumpRow.Reason) {
        let row = try DumpRow(
          bytes[lineStart..<lineEnd], layout: layout, species: map,
          fileOrderID: firstID &+ Int64(lines))
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
    if layout.coordinates.isScaled {
      rows.place(in: cell)
    } else if scale != 1 {
      rows.scale(by: scale)
    }
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

  /// Reads a line by finding its words in 64 bytes at once, so that the position of a word does not
  /// depend on parsing the previous one (which gave 450 instead of 630 MB/s for text with four
  /// decimals); false, with nothing appended, if the line is unusual in any way.
  @inline(__always)
  private func maskedRow(
    _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int, into rows: RowBuffer,
    fileOrderID: Int64
  ) -> Bool {
    var line = bytes + position
    let lastWindow = bytes + end - 64 - ShortNumber.reach
    guard line <= lastWindow, var words = WordMasks(line) else { return false }
    var id = fileOrderID
    var species = SpeciesMap.unwanted
    for role in roles {
      if words.ends == 0 {
        // The word continues beyond the window, unless the line has ended.
        line += words.starts.trailingZeroBitCount
        guard words.length == 64, line <= lastWindow, let next = WordMasks(line), next.ends != 0
        else { return false }
        words = next
      }
      let (first, last) = words.next()
      guard last <= words.length else { return false }
      var p = first
      switch role {
      case .coordinate(let axis):
        let next = rows.next(axis: axis)
        if !ShortNumber.read(line, &p, decimal, into: next) {
          guard decimal.read(line, &p, last, into: &next.pointee) else { return false }
        }
        if p != last { return false }
      case .id:
        guard let value = ShortNumber.integer(line, &p, decimal), p == last else { return false }
        id = value
      case .type:
        guard let value = ShortNumber.integer(line, &p, decimal), p == last,
          value < Int64(typeTable.count)
        else { return false }
        species = typeTable[Int(value)]
        if species == SpeciesMap.unknown { return false }
      case .element:
        guard last &- first <= SpeciesMap.longestName else { return false }
        species = wantedSpecies(line + first, count: last &- first)
        if species == SpeciesMap.unknown { return false }
      case .skipped: break
      }
    }
    // No more words; spaces may follow the last one.
    guard words.length < 64, words.starts.trailingZeroBitCount > words.length else { return false }
    position = line + words.length + 1 - bytes
    keep(id: id, species: species, in: rows)
    return true
  }

  /// The beginnings and ends of words in 64 bytes: one bit for each first letter and for each
  /// separator after a last one.
  private struct WordMasks {
    var starts: UInt64, ends: UInt64
    /// Bytes before the first newline; 64 if there is none.
    let length: Int

    /// Reads the bytes from the start of a line or word; nil if they include another control
    /// character, such as a carriage return.
    @inline(__always)
    init?(_ bytes: UnsafePointer<UInt8>) {
      let masks = vg_mask_text(bytes)
      let separators = masks.blank | masks.newline
      length = masks.newline.trailingZeroBitCount
      // Zero for 64, because a shift by 64 has no effect.
      let behind = length < 64 ? UInt64.max &<< UInt64(length) : 0
      guard (masks.low ^ separators) & ~behind == 0 else { return nil }
      starts = ~separators & (separators &<< 1 | 1)
      ends = separators & ~(separators &<< 1 | 1)
    }

    /// The first byte of the next word and the separator after it.
    @inline(__always)
    mutating func next() -> (first: Int, last: Int) {
      defer {
        starts &= starts &- 1
        ends &= ends &- 1
      }
      return (starts.trailingZeroBitCount, ends.trailingZeroBitCount)
    }
  }

  /// Species of a name of at most eight letters; unknown for digits that stand for no species.
  @inline(__always)
  private func wantedSpecies(_ letters: UnsafePointer<UInt8>, count: Int) -> UInt8 {
    var key: UInt64 = 0
    for k in 0..<count { key = key << 8 | UInt64(letters[k]) }
    for index in elementKeys.indices where elementKeys[index] == key {
      return elementSpecies[index]
    }
    return letters[0] < 0x3A ? SpeciesMap.unknown : SpeciesMap.unwanted
  }

  /// Appends an atom whose coordinates are in place, or the id of an atom that is not selected.
  @inline(__always)
  private func keep(id: Int64, species: UInt8, in rows: RowBuffer) {
    if species < SpeciesMap.unwanted {
      rows.append(id: id, species: species)
    } else if keepsUnwanted {
      rows.appendUnwanted(id: id)
    }
  }

  /// Reads one line and its newline; false, with nothing appended, if it is unusual in any way.
  @inline(__always)
  private func fastRow(
    _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int, into rows: RowBuffer,
    fileOrderID: Int64
  ) -> Bool {
    var p = position
    var id = fileOrderID
    var species = SpeciesMap.unwanted
    for role in roles {
      while p < end, bytes[p] == 0x20 || bytes[p] == 0x09 { p &+= 1 }
      switch role {
      case .coordinate(let axis):
        guard decimal.read(bytes, &p, end, into: &rows.next(axis: axis).pointee) else {
          return false
        }
      case .id:
        guard let value = integer(bytes, &p, end) else { return false }
        id = value
      case .type:
        guard let value = integer(bytes, &p, end), value < Int64(typeTable.count) else {
          return false
        }
        species = typeTable[Int(value)]
        if species == SpeciesMap.unknown { return false }
      case .element:
        let first = p
        while p < end, bytes[p] > 0x20 { p &+= 1 }
        guard p > first, p - first <= SpeciesMap.longestName else { return false }
        species = wantedSpecies(bytes + first, count: p - first)
        if species == SpeciesMap.unknown { return false }
      case .skipped:
        let first = p
        while p < end, bytes[p] > 0x20 { p &+= 1 }
        if p == first { return false }
      }
      // A word ends at a space or at the end of the line: 1.5abc is not a number.
      guard p < end, bytes[p] <= 0x20 else { return false }
    }
    while p < end, isBlank(bytes[p]) { p &+= 1 }
    guard p < end, bytes[p] == 0x0A else { return false }
    position = p &+ 1
    keep(id: id, species: species, in: rows)
    return true
  }

  /// A number of 1 to 18 digits without a sign, so that it cannot overflow.
  @inline(__always)
  private func integer(_ bytes: UnsafePointer<UInt8>, _ p: inout Int, _ end: Int) -> Int64? {
    var value: UInt64 = 0
    let digits = decimal.readDigits(bytes, &p, end, onto: &value)
    return digits > 0 && digits <= 18 ? Int64(truncatingIfNeeded: value) : nil
  }
}
