import Geometry

/// GROMACS XTC: packed coordinates.
struct XTCFormat: RecordFormat {
  let identifier = "xtc"
  let name = "XTC"
  /// The second number is for frames with a 64-bit packed size.
  let magicNumbers: (UInt32, UInt32) = (1995, 2023)

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try XTCFile(source: source, index: index, species: species, topologies: topologies)
  }

  /// Up to this many atoms are written as uncompressed floats.
  static let smallestPacked = 10

  /// Reads the header of a frame, or returns nil if it is not one.
  func header(_ bytes: [UInt8]) -> RecordHeader? {
    var fields = BinaryFields(bytes)
    guard let magic = fields.int32(), magic == 1995 || magic == 2023, let count = fields.int32(),
      count > 0,
      let step = fields.int32(), let time = fields.time(isDouble: false), time.isFinite,
      let box = fields.reals(9, isDouble: false),
      fields.int32() == count
    else { return nil }
    var header = RecordHeader(
      step: step, time: time, atomCount: count, box: box, body: 56, length: 56 + 12 * count)
    guard count >= Self.smallestPacked else { return header }
    fields.skip(32)
    guard let packed = magic == 2023 ? fields.int64() : fields.int32() else { return nil }
    header.body = Int64(fields.position)
    // An atom takes at least two bits, and at most 72 and its flags; other sizes are refused before
    // memory is allocated.
    guard packed >= count / 4, packed <= 16 * count + 64 else { return nil }
    header.length = header.body + (packed + 3) & ~3
    return header
  }
}

/// A GROMACS XTC trajectory: coordinates rounded to 1/precision nm and compressed.
///
/// Format: GROMACS reference manual, “xtc file format”, and `xdr3dfcoord` of its libxdrf. All
/// numbers are big-endian. Magic 1995; 2023 for frames with a 64-bit packed size. A frame is
/// decompressed as a whole, because the position of a number depends on those before it; a part
/// returns its share of the atoms.
final class XTCFile: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: PlainFile
  private let format = XTCFormat()
  private let atoms: TopologyAtoms
  private var packed = RawBuffer(capacity: 0)
  private var numbers = PackedCoordinates()

  init(
    source described: TrajectorySource, index: FrameIndex, species: SpeciesMap,
    topologies: [Topology]
  ) throws(TrajectoryError) {
    source = try described.plainFile()
    path = described.path
    size = described.size
    self.index = index
    atoms = TopologyAtoms(path: path, format: "XTC", topologies: topologies, species: species)
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    let (header, _) = try read(location)
    let cell = try atoms.cell(header.box, scale: 10, of: location)
    return FrameHeader(
      step: location.step, time: header.time, atomCount: Int(header.atomCount), cell: cell,
      columns: nil, lengthScale: 10,
      notes: atoms.notes(atomCount: Int(header.atomCount)), saysBoundary: false)
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    let share = WantedAtoms.share(part, of: parts, atomCount: Int(location.atomCount))
    let wanted = try atoms.wanted(in: location)
    let (record, bytes) = try read(location)
    let range = wanted.range(from: share.lowerBound, to: share.upperBound)
    if location.atomCount < Int64(XTCFormat.smallestPacked) {
      guard
        let axes = try source.gather(
          wanted.positions[range], of: share, at: location.bodyOffset, axes: 3,
          format: NumberFormat(), scale: 10)
      else { throw changed(location) }
      try atoms.check(axes, ids: wanted.ids[range], in: location)
      return wanted.batch(of: share, range: range, axes: axes)
    }
    guard let layout = PackedCoordinates.Layout(bytes, isWide: record.body > 92) else {
      throw atoms.error(
        location, at: location.offset + 56,
        "the ranges or the precision of the packed coordinates are invalid")
    }
    let count = Int(record.length - record.body)
    if packed.bytes.count < count + PackedCoordinates.padding {
      packed = RawBuffer(capacity: count + count / 8 + PackedCoordinates.padding)
    }
    guard
      try source.read(at: location.bodyOffset, into: .init(rebasing: packed.bytes[..<count]))
        == count
    else { throw changed(location) }
    if let failure = numbers.unpack(
      UnsafeRawBufferPointer(packed.bytes), byteCount: layout.byteCount, layout: layout,
      atomCount: Int(record.atomCount))
    {
      throw atoms.error(
        location, at: location.bodyOffset + Int64(failure.byte),
        "the packed coordinates are damaged at atom \(failure.atom + 1) of \(record.atomCount)")
    }
    let axes = (0..<3).map {
      numbers.gather(wanted.positions[range], axis: $0, divisor: layout.precision / 10)
    }
    return wanted.batch(of: share, range: range, axes: axes)
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    atoms.census(atomCount: header.atomCount)
  }

  private func read(_ location: FrameLocation) throws(TrajectoryError) -> (RecordHeader, [UInt8]) {
    try atoms.check(location)
    let bytes = try source.bytes(at: location.offset, count: RecordHeader.limit)
    guard let header = format.header(bytes), header.atomCount == location.atomCount,
      header.length == location.byteCount
    else {
      throw changed(location)
    }
    return (header, bytes)
  }

  private func changed(_ location: FrameLocation) -> TrajectoryError {
    atoms.error(
      location, "the frame differs from what the scan found: the file has changed since", kind: .io)
  }
}
