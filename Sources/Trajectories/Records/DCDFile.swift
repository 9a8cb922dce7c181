import Geometry
import Glibc

/// DCD of CHARMM, NAMD, LAMMPS.
struct DCDFormat: TrajectoryFormat {
  let identifier = "dcd"
  let name = "DCD"
  let namesAtoms = false

  func detect(_ start: [UInt8]) -> Detection { DCDLayout.form(start) == nil ? .no : .certain }

  /// The frames are computed from the header.
  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex
  {
    var partial = PartialIndex(range: share)
    partial.records = RecordChain(
      frames: try DCDLayout(source.plainFile()).frames(size: source.size), next: source.size)
    return partial
  }

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try DCDFile(source: source, index: index, species: species, topologies: topologies)
  }
}

/// A DCD trajectory (CHARMM, NAMD, LAMMPS, X-PLOR with a cell): one array of floats per axis, in
/// Å.
final class DCDFile: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: PlainFile
  private let layout: DCDLayout
  private let atoms: TopologyAtoms

  init(
    source described: TrajectorySource, index: FrameIndex, species: SpeciesMap,
    topologies: [Topology]
  ) throws(TrajectoryError) {
    source = try described.plainFile()
    layout = try DCDLayout(source)
    path = described.path
    size = described.size
    self.index = index
    atoms = TopologyAtoms(path: path, format: "DCD", topologies: topologies, species: species)
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    try check(location)
    var fields = BinaryFields(
      try source.bytes(at: location.offset + layout.markerSize, count: 48), order: layout.order)
    guard let numbers = fields.reals(6, isDouble: true) else { throw changed(location) }
    let (box, shape) = try Self.box(
      numbers, version: layout.version, { atoms.error(location, $0) })
    let notes = layout.timeNote.map { [$0] } ?? []
    let whole = (size - layout.headerSize) / layout.frameSize
    let missing =
      whole < layout.announcedCount
      ? [
        "\(path): its header states \(layout.announcedCount) frames, and the file contains "
          + "\(whole) complete ones"
      ] : []
    return FrameHeader(
      step: location.step, time: layout.timeStep.map { $0 * Double(location.step) },
      atomCount: Int(layout.atomCount),
      cell: try atoms.cell(box, scale: 1, of: location), columns: nil, lengthScale: 1,
      notes: atoms.notes(atomCount: Int(layout.atomCount)) + missing + notes
        + (shape.note.map { ["\(path): \($0)"] } ?? []), saysBoundary: false)
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    try check(location)
    let share = WantedAtoms.share(part, of: parts, atomCount: Int(location.atomCount))
    let wanted = try atoms.wanted(in: location)
    let range = wanted.range(from: share.lowerBound, to: share.upperBound)
    var axes: [[Double]] = []
    for axis in 0..<3 {
      let offset = location.bodyOffset + Int64(axis) * layout.arraySize + layout.markerSize
      guard
        let values = try source.gather(
          wanted.positions[range], of: share, at: offset, axes: 1,
          format: NumberFormat(order: layout.order), scale: 1)
      else { throw changed(location) }
      axes += values
    }
    try atoms.check(axes, ids: wanted.ids[range], in: location)
    return wanted.batch(of: share, range: range, axes: axes)
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    atoms.census(atomCount: header.atomCount)
  }

  /// Throws unless the records of the frame have the lengths that follow from the header.
  private func check(_ location: FrameLocation) throws(TrajectoryError) {
    try atoms.check(location)
    guard location.atomCount == layout.atomCount, location.byteCount == layout.frameSize else {
      throw changed(location)
    }
    let arrays = (0..<3).map {
      (location.bodyOffset + Int64($0) * layout.arraySize, 4 * layout.atomCount)
    }
    let places: [(Int64, Int64)] = [(location.offset, 48)] + arrays
    for (offset, length) in places {
      var before = BinaryFields(
        try source.bytes(at: offset, count: Int(layout.markerSize)), order: layout.order)
      var after = BinaryFields(
        try source.bytes(at: offset + layout.markerSize + length, count: Int(layout.markerSize)),
        order: layout.order)
      let lengths =
        layout.markerSize == 4 ? [before.int32(), after.int32()] : [before.int64(), after.int64()]
      guard lengths == [length, length] else {
        throw atoms.error(
          location, at: offset,
          "expected a record of \(length) bytes between two copies of its length: the frame is "
            + "damaged"
        )
      }
    }
  }

  /// How a cell record is read.
  enum Shape: Equatable {
    case orthogonal, angles, matrix

    /// What a user should know of a cell that is not orthogonal.
    var note: String? {
      switch self {
      case .orthogonal: nil
      case .angles:
        "DCD stores only the lengths and angles of the cell: a is assumed to be along x and b in "
          + "the xy plane; if the cell of the simulation is oriented differently, positions and "
          + "cell do not match"
      case .matrix:
        "the cell is read as CHARMM's symmetric shape matrix; if the cell of the simulation is "
          + "oriented differently, positions and cell do not match"
      }
    }
  }

  /// Edge vectors, row by row, of the six numbers of a cell record.
  ///
  /// CHARMM once wrote A γ B β α C with angles in degrees, NAMD and LAMMPS write their cosines
  /// under version 24; CHARMM from version 25 on writes the symmetric shape matrix xx, xy, yy, xz,
  /// yz, zz. Where the version is older, or no such matrix is a cell, the numbers decide.
  static func box(
    _ u: [Double], version: Int64, _ fail: (String) -> TrajectoryError
  ) throws(TrajectoryError) -> (box: [Double], shape: Shape) {
    guard u.allSatisfy(\.isFinite) else {
      throw fail("the cell has a component that is not a finite number")
    }
    let angles = [u[4], u[3], u[1]]
    let matrix = [u[0], u[1], u[3], u[1], u[2], u[4], u[3], u[4], u[5]]
    if version >= 25, isPositive(u) {
      return (matrix, angles.allSatisfy { $0 == 0 } ? .orthogonal : .matrix)
    }
    var cosines: [Double]
    if angles.allSatisfy({ abs($0) <= 1 }) {
      cosines = angles
    } else if u.contains(where: { $0 < 0 }) || angles.contains(where: { $0 > 180 }) {
      return (matrix, .matrix)
    } else {
      cosines = angles.map { $0 == 90 ? 0 : cos($0 * .pi / 180) }
    }
    for k in 0..<3 where abs(cosines[k]) < 1e-12 { cosines[k] = 0 }
    let (a, b, c) = (u[0], u[2], u[5])
    let sine = (1 - cosines[2] * cosines[2]).squareRoot()
    let middle = sine > 0 ? (cosines[0] - cosines[1] * cosines[2]) / sine : 0
    let square = 1 - cosines[1] * cosines[1] - middle * middle
    guard square > 0 || [a, b, c].contains(0) else {
      let degrees = cosines.map { String((acos($0) * 18_000 / .pi).rounded() / 100) }
      throw fail(
        "the angles of the cell are impossible: α, β, γ are \(degrees.joined(separator: ", "))°")
    }
    return (
      [
        a, 0, 0, b * cosines[2], b * sine, 0, c * cosines[1], c * middle, c * square.squareRoot(),
      ], cosines.allSatisfy { abs($0) < 1e-6 } ? .orthogonal : .angles
    )
  }

  /// Whether the symmetric matrix xx, xy, yy, xz, yz, zz is positive definite: its leading minors.
  private static func isPositive(_ u: [Double]) -> Bool {
    let minor = u[0] * u[2] - u[1] * u[1]
    let determinant =
      u[5] * minor - u[4] * (u[0] * u[4] - u[1] * u[3]) + u[3] * (u[1] * u[4] - u[2] * u[3])
    return u[0] > 0 && minor > 0 && determinant > 0
  }

  private func changed(_ location: FrameLocation) -> TrajectoryError {
    atoms.error(
      location, "the frame differs from what the scan found: the file has changed since", kind: .io)
  }
}
