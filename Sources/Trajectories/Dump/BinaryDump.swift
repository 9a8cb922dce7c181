/// LAMMPS binary dumps.
struct BinaryDumpFormat: RecordFormat {
  let identifier = "lammps-binary"
  let name = "LAMMPS binary dump"
  let namesAtoms = true
  /// Frames begin at any byte, so that one rank scans the file.
  let isScannedInShares = false
  let alignment = 1
  let headerLimit = BinaryDumpHeader.limit
  /// The first bytes of −10 (DUMPCUSTOM) and −8 (DUMPATOM).
  let magicNumbers: (UInt32, UInt32) = (0xF6FF_FFFF, 0xF8FF_FFFF)

  func detect(_ start: [UInt8]) -> Detection {
    BinaryDumpHeader(start) == nil ? .no : .certain
  }

  func refusal(_ start: [UInt8]) -> String? {
    guard start.count > 20, start[8..<min(start.count, 64)].contains("DUMP".utf8) else {
      return nil
    }
    return
      "is a binary LAMMPS dump of another layout than revision 2 of dump atom and dump custom, "
      + "little-endian: convert it to text with the binary2txt of the LAMMPS that wrote it"
  }

  func header(_ bytes: [UInt8]) -> RecordHeader? {
    BinaryDumpHeader(bytes).map {
      RecordHeader(
        step: $0.step, time: .nan, atomCount: $0.atomCount, box: [], body: $0.size,
        length: $0.length)
    }
  }

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try BinaryDump(source: source, index: index, species: species)
  }
}

/// A LAMMPS binary dump: the columns of a text dump as doubles.
///
/// Columns of elements and labels hold the numbers of types, as LAMMPS writes them.
final class BinaryDump: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: PlainFile
  private let species: SpeciesMap
  /// The unit style of the first frame, for those that do not repeat it.
  private let units: String?

  /// Atoms read at once.
  private static let blockRows = 4096

  init(source described: TrajectorySource, index: FrameIndex, species: SpeciesMap)
    throws(TrajectoryError)
  {
    source = try described.plainFile()
    units = BinaryDumpHeader(try source.bytes(at: 0, count: BinaryDumpHeader.limit))?.units
    path = described.path
    size = described.size
    self.index = index
    self.species = species
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    var found = try read(location)
    found.units = found.units ?? units
    var header: FrameHeader
    do throws(TrajectoryError) {
      header = try DumpHeader.parse(found.text, at: location, path: path)
    } catch {
      throw self.error(location, error.reason)
    }
    header.step = location.step
    header.columns?.readLabelsAsTypes()
    return header
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    let found = try read(location)
    guard let layout = header.columns else { throw changed(location) }
    try checkTypes(layout, location, header)
    let share = WantedAtoms.share(part, of: parts, atomCount: Int(found.atomCount))
    var batch = AtomBatch()
    let rows = RowBuffer(capacity: max(1, min(Self.blockRows, share.count)))
    var reader = BinaryRows(layout: layout, species: species)
    try forEachBlock(of: found, in: location, atoms: share) {
      (values, first) throws(TrajectoryError) in
      if let failure = reader.read(values, first: first, into: rows) {
        throw error(location, failure)
      }
      if layout.coordinates.isScaled {
        rows.place(in: header.cell)
      } else if header.lengthScale != 1 {
        rows.scale(by: header.lengthScale)
      }
      if let id = rows.firstOverflow {
        throw error(location, "atom \(id): a coordinate is too large for a number in Å")
      }
      rows.move(to: &batch)
    }
    batch.atomsRead = share.count
    return batch
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    let found = try read(location)
    guard let type = header.columns?.type else { return [:] }
    var counts: [Double: Int] = [:]
    let width = found.columns.count
    try forEachBlock(of: found, in: location, atoms: 0..<Int(found.atomCount)) { values, _ in
      for k in stride(from: type, to: values.count, by: width) {
        counts[values[k], default: 0] += 1
      }
    }
    return Dictionary(
      uniqueKeysWithValues: counts.map {
        (Int64(exactly: $0.key).map(String.init) ?? "\($0.key)", $0.value)
      })
  }

  /// Calls `body` with the columns of up to `blockRows` atoms `[atoms, columns]` and the index of
  /// the first.
  private func forEachBlock(
    of header: BinaryDumpHeader, in location: FrameLocation, atoms share: Range<Int>,
    _ body: ([Double], Int) throws(TrajectoryError) -> Void
  ) throws(TrajectoryError) {
    let width = header.columns.count
    var place = location.bodyOffset
    var first = 0
    for _ in 0..<header.blockCount {
      var fields = BinaryFields(try source.bytes(at: place, count: 4), order: .little)
      guard let numbers = fields.int32(), numbers >= 0, Int(numbers) % width == 0,
        first + Int(numbers) / width <= Int(header.atomCount)
      else {
        throw error(
          location, "expected a block of whole atoms at byte \(place): the frame is damaged")
      }
      let block = first..<first + Int(numbers) / width
      let wanted = block.clamped(to: share)
      for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: Self.blockRows) {
        let count = min(Self.blockRows, wanted.upperBound - start)
        let bytes = try source.bytes(
          at: place + 4 + Int64(8 * width * (start - first)), count: 8 * width * count)
        guard bytes.count == 8 * width * count else { throw changed(location) }
        let values = bytes.withUnsafeBytes { raw in
          (0..<width * count).map {
            Double(
              bitPattern: UInt64(
                littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
          }
        }
        try body(values, start)
      }
      place += 4 + 8 * numbers
      first = block.upperBound
    }
    guard first == Int(header.atomCount) else {
      throw error(
        location, "expected \(header.atomCount) atoms, found \(first): the frame is damaged")
    }
  }

  /// Throws unless the file and `--types` together determine the species of the atoms.
  private func checkTypes(_ layout: ColumnLayout, _ location: FrameLocation, _ header: FrameHeader)
    throws(TrajectoryError)
  {
    guard !species.names.isEmpty, layout.type == nil || species.types.isEmpty else { return }
    guard layout.type != nil else {
      throw error(
        location, "expected an element or type column, found \(layout.names.joined(separator: " "))"
      )
    }
    let census = try census(of: location, header: header)
    throw error(
      location,
      "the file contains no element names: \(header.atomCount) atoms, "
        + "\(SpeciesMap.advice(counts: census))"
    )
  }

  private func read(_ location: FrameLocation) throws(TrajectoryError) -> BinaryDumpHeader {
    guard location.header == .complete else {
      throw error(
        location,
        "expected a frame between two valid headers, found \(location.byteCount) bytes of a "
          + "damaged or truncated frame")
    }
    guard
      let header = BinaryDumpHeader(
        try source.bytes(at: location.offset, count: BinaryDumpHeader.limit)),
      header.atomCount == location.atomCount, header.length == location.byteCount
    else { throw changed(location) }
    return header
  }

  private func error(_ location: FrameLocation, _ reason: String) -> TrajectoryError {
    TrajectoryError(path: path, frame: location.ordinal, reason: reason)
  }

  private func changed(_ location: FrameLocation) -> TrajectoryError {
    TrajectoryError(
      path: path, frame: location.ordinal,
      reason: "the frame differs from what the scan found: the file has changed since", kind: .io)
  }
}

/// Atoms of a binary dump from the numbers of their columns.
private struct BinaryRows {
  let layout: ColumnLayout
  let map: SpeciesMap

  init(layout: ColumnLayout, species: SpeciesMap) {
    self.layout = layout
    map = species
  }

  /// Appends the atoms in `values`, `[atoms, columns]`; returns why one cannot be read.
  mutating func read(_ values: [Double], first: Int, into rows: RowBuffer) -> String? {
    let width = layout.names.count
    for row in 0..<values.count / width {
      var id = Int64(first + row + 1)
      if let column = layout.id {
        guard let value = Int64(exactly: values[row * width + column]) else {
          return "expected an atom id (an integer), found \(values[row * width + column])"
        }
        id = value
      }
      var species = SpeciesMap.unwanted
      if !map.names.isEmpty, let column = layout.type {
        guard let type = Int(exactly: values[row * width + column]) else {
          return "atom \(id): expected a type (an integer), found \(values[row * width + column])"
        }
        species = map.index(ofType: type)
        guard species != SpeciesMap.unknown else {
          return "atom \(id): type \(type) is not in --types \(map.typesText)"
        }
      }
      for (axis, column) in layout.positions.enumerated() {
        let value = values[row * width + column]
        guard value.isFinite else {
          return "atom \(id): expected a finite number for \(layout.names[column]), found \(value)"
        }
        rows.next(axis: axis).pointee = value
      }
      if species < SpeciesMap.unwanted {
        rows.append(id: id, species: species)
      } else if layout.id != nil, !map.names.isEmpty {
        rows.appendUnwanted(id: id)
      }
    }
    return nil
  }
}
