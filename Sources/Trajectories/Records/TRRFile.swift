import Geometry

/// GROMACS TRR: plain floats or doubles.
struct TRRFormat: RecordFormat {
  let identifier = "trr"
  let name = "TRR"
  /// The header's version.
  let magicNumbers: (UInt32, UInt32) = (1993, 1993)

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try TRRFile(source: source, index: index, species: species, topologies: topologies)
  }

  /// Reads the header of a frame, or returns nil if it is not one.
  func header(_ bytes: [UInt8]) -> RecordHeader? {
    var fields = BinaryFields(bytes)
    // A C string of 13 bytes including the terminator, as written by XDR: its length and then 12
    // letters.
    guard fields.int32() == 1993, fields.int32() == 13, fields.int32() == 12, bytes.count >= 24,
      bytes[12..<24].elementsEqual("GMX_trn_file".utf8)
    else { return nil }
    fields.skip(12)
    var sizes: [Int64] = []
    for _ in 0..<13 {
      guard let value = fields.int32() else { return nil }
      sizes.append(value)
    }
    // Bytes of: input record, energies, box, virial, pressure, topology, symbols, positions,
    // velocities, forces; then atoms, step, nre.
    guard sizes[..<11].allSatisfy({ $0 >= 0 }), sizes[10] > 0 else { return nil }
    let count = sizes[10], boxSize = sizes[2], positions = sizes[7]
    guard
      let width = boxSize > 0
        ? boxSize / 9 : sizes[7...9].first(where: { $0 > 0 }).map({ $0 / (3 * count) }),
      width == 4 || width == 8
    else { return nil }
    guard boxSize == 0 || boxSize == 9 * width,
      sizes[7...9].allSatisfy({ $0 == 0 || $0 == 3 * width * count })
    else { return nil }
    let isDouble = width == 8
    guard let time = fields.time(isDouble: isDouble), time.isFinite,
      fields.real(isDouble: isDouble) != nil
    else { return nil }
    let headerSize = Int64(fields.position)
    var box: [Double] = []
    if boxSize > 0 {
      guard let found = fields.reals(9, isDouble: isDouble) else { return nil }
      box = found
    }
    return RecordHeader(
      step: sizes[11], time: time, atomCount: count, box: box,
      body: headerSize + boxSize + sizes[3] + sizes[4],
      length: headerSize + boxSize + sizes[3] + sizes[4] + positions + sizes[8] + sizes[9],
      hasPositions: positions > 0, isDouble: isDouble)
  }
}

/// A GROMACS TRR trajectory: uncompressed floats or doubles, with velocities and forces that are
/// skipped.
///
/// Format: GROMACS reference manual, “trr file format”. All numbers are big-endian; the header
/// gives the bytes of each part.
final class TRRFile: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: PlainFile
  private let format = TRRFormat()
  private let atoms: TopologyAtoms

  init(
    source described: TrajectorySource, index: FrameIndex, species: SpeciesMap,
    topologies: [Topology]
  ) throws(TrajectoryError) {
    source = try described.plainFile()
    path = described.path
    size = described.size
    self.index = index
    atoms = TopologyAtoms(path: path, format: "TRR", topologies: topologies, species: species)
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    let header = try read(location)
    let cell = try atoms.cell(header.box, scale: 10, of: location)
    return FrameHeader(
      step: location.step, time: header.time, atomCount: Int(header.atomCount), cell: cell,
      columns: nil, lengthScale: 10,
      notes: atoms.notes(atomCount: Int(header.atomCount)), saysBoundary: false)
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    let record = try read(location)
    let share = WantedAtoms.share(part, of: parts, atomCount: Int(location.atomCount))
    let wanted = try atoms.wanted(in: location)
    let range = wanted.range(from: share.lowerBound, to: share.upperBound)
    guard
      let axes = try source.gather(
        wanted.positions[range], of: share, at: location.bodyOffset, axes: 3,
        format: NumberFormat(isDouble: record.isDouble), scale: 10)
    else { throw changed(location) }
    try atoms.check(axes, ids: wanted.ids[range], in: location)
    return wanted.batch(of: share, range: range, axes: axes)
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    atoms.census(atomCount: header.atomCount)
  }

  private func read(_ location: FrameLocation) throws(TrajectoryError) -> RecordHeader {
    try atoms.check(location)
    guard
      let header = format.header(try source.bytes(at: location.offset, count: RecordHeader.limit)),
      header.atomCount == location.atomCount, header.length == location.byteCount
    else { throw changed(location) }
    return header
  }

  private func changed(_ location: FrameLocation) -> TrajectoryError {
    atoms.error(
      location, "the frame differs from what the scan found: the file has changed since", kind: .io)
  }
}
