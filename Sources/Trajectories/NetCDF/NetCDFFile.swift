import Geometry
import Glibc

/// Amber NetCDF: trajectories of Amber, cpptraj, OVITO and LAMMPS' `dump netcdf`, in netCDF's
/// classic formats.
///
/// Source: “AMBER NetCDF Trajectory/Restart Convention Version 1.0”.
struct NetCDFFormat: TrajectoryFormat {
  let identifier = "netcdf"
  let name = "Amber NetCDF"
  let namesAtoms = false

  func detect(_ start: [UInt8]) -> Detection {
    start.count > 3 && start.starts(with: "CDF".utf8) && [1, 2, 5].contains(start[3])
      ? .certain : .no
  }

  /// Frames are records of one length.
  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex
  {
    let layout = try NetCDFLayout(source.plainFile())
    var partial = PartialIndex(range: share)
    partial.records = RecordChain(frames: layout.frames(size: source.size), next: source.size)
    return partial
  }

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try NetCDFFile(source: source, index: index, species: species, topologies: topologies)
  }
}

/// Where coordinates, cell, time and ids lie in an Amber NetCDF file.
struct NetCDFLayout {
  let header: NetCDFHeader
  let coordinates: NetCDFHeader.Variable
  let lengths: NetCDFHeader.Variable, angles: NetCDFHeader.Variable
  let origin: NetCDFHeader.Variable?, time: NetCDFHeader.Variable?, ids: NetCDFHeader.Variable?
  /// Å per unit of positions, lengths and origin; ps per unit of time, nil if it is not known.
  let scales: (positions: Double, lengths: Double, origin: Double)
  let timeScale: Double?
  let notes: [String]
  var atomCount: Int64 { coordinates.shape[1] }

  /// - Throws: `TrajectoryError` if the file holds no trajectory with a cell.
  init(_ file: PlainFile) throws(TrajectoryError) {
    let path = file.path
    func fail(_ reason: String) -> TrajectoryError { TrajectoryError(path: path, reason: reason) }
    let header = try NetCDFHeader(try file.bytes(at: 0, count: NetCDFHeader.limit), path: path)
    self.header = header
    guard let found = header.variables["coordinates"] else {
      throw fail("expected a netCDF file with coordinates (Amber's convention), found none")
    }
    if case .text(let convention) = header.attributes["Conventions"],
      convention.trimmedOfNulls.uppercased().contains("AMBERRESTART")
    {
      throw fail("is an Amber restart file: write its frame as a trajectory (cpptraj: trajout)")
    }
    guard found.isRecord, found.shape.count == 3, found.shape[2] == 3,
      found.type == 5 || found.type == 6,
      found.shape[1] < Int64(Int32.max)
    else {
      throw fail("expected coordinates of type float or double for each frame, atom and axis")
    }
    coordinates = found
    guard let lengths = header.variables["cell_lengths"],
      let angles = header.variables["cell_angles"],
      lengths.isReal(count: 3), angles.isReal(count: 3)
    else {
      throw fail(
        "the frames have no cell (cell_lengths, cell_angles), which SOAP descriptors need: write "
          + "the trajectory with its cell (cpptraj: box before trajout)"
      )
    }
    self.lengths = lengths
    self.angles = angles
    func real(_ name: String, _ count: Int64) -> NetCDFHeader.Variable? {
      header.variables[name].flatMap { $0.isReal(count: count) ? $0 : nil }
    }
    let origin = real("cell_origin", 3), time = real("time", 1)
    self.origin = origin
    self.time = time
    ids = (header.variables["id"] ?? header.variables["identifier"]).flatMap {
      $0.isRecord && $0.count == found.shape[1] && ($0.type == 4 || $0.type == 10) ? $0 : nil
    }
    var notes: [String] = []
    func unit(_ variable: NetCDFHeader.Variable) -> String? {
      guard case .text(let text) = variable.attributes["units"] else { return nil }
      return text.trimmedOfNulls
    }
    func factor(_ variable: NetCDFHeader.Variable) -> Double {
      guard case .number(let factor) = variable.attributes["scale_factor"] else { return 1 }
      return factor
    }
    func angstroms(_ variable: NetCDFHeader.Variable) throws(TrajectoryError) -> Double {
      var name = unit(variable)?.lowercased() ?? "angstrom"
      // ASE overwrites the unit of positions by that of velocities.
      if let slash = name.firstIndex(of: "/"),
        NetCDFTimeUnit.picoseconds(String(name[slash...].dropFirst())) != nil
      {
        notes.append(
          "\(path): a length has the unit of a velocity ('\(name)'), as in files of ASE: it is "
            + "assumed to be in \(name[..<slash])")
        name = String(name[..<slash])
      }
      let scales: [String: Double] = [
        "angstrom": 1.0, "angstroms": 1, "a": 1, "nm": 10, "nanometer": 10, "nanometers": 10,
        "bohr": 0.529_177_210_903, "micrometer": 1e4, "meter": 1e10, "centimeter": 1e8,
      ]
      guard let scale = scales[name] else {
        throw fail("expected lengths in angstrom or nm, found the unit '\(name)'")
      }
      return scale * factor(variable)
    }
    scales = (
      try angstroms(found), try angstroms(lengths), try origin.map(angstroms) ?? 1
    )
    if unit(found) == nil {
      notes.append("\(path): coordinates have no unit and are assumed to be in Å")
    }
    let timeScale = time.flatMap { variable in
      unit(variable).flatMap { NetCDFTimeUnit.picoseconds($0) }.map { $0 * factor(variable) }
    }
    self.timeScale = timeScale
    if let time, timeScale == nil {
      notes.append(
        "\(path): times have "
          + "\(unit(time).map { "the unit '\($0)', which is unknown" } ?? "no unit") and cannot be "
          + "used; specify --time-step PS, the time between frames in ps"
      )
    }
    self.notes = notes
  }

  /// The frames of a file of `size` bytes; the last one may be truncated.
  func frames(size: Int64) -> [FrameLocation] {
    guard header.recordSize > 0, header.recordBegin < size else { return [] }
    let available = (size - header.recordBegin + header.recordSize - 1) / header.recordSize
    let count = min(available, header.recordCount ?? available)
    return (0..<count).map { k in
      let offset = header.recordBegin + k * header.recordSize
      // The last record need not be filled up.
      let ends: [Int64] = [coordinates, lengths, angles].map { variable in
        variable.begin + k * header.recordSize + variable.count * variable.width
      }
      let isCut = ends.contains { $0 > size }
      return FrameLocation(
        file: 0, ordinal: 0, offset: offset, bodyOffset: offset,
        end: min(size, offset + header.recordSize), step: k, atomCount: atomCount, line: 0,
        bodyLine: 0, lineCount: isCut ? 0 : Int(atomCount), header: isCut ? .cut : .complete,
        hasStep: true, isUnterminated: false, units: nil, isNumbered: true)
    }
  }
}

extension String {
  /// The text without zeros and blanks at its end.
  fileprivate var trimmedOfNulls: String {
    String(
      decoding: utf8.reversed().drop { $0 == 0 || $0 == 0x20 }.reversed(), as: UTF8.self)
  }
}

/// Units of time as netCDF files spell them.
enum NetCDFTimeUnit {
  static func picoseconds(_ unit: String) -> Double? {
    [
      "picosecond": 1.0, "picoseconds": 1, "ps": 1, "femtosecond": 1e-3, "femtoseconds": 1e-3,
      "fs": 1e-3, "nanosecond": 1e3, "ns": 1e3,
    ][unit.lowercased()]
  }
}

/// A trajectory in Amber's NetCDF convention.
final class NetCDFFile: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let source: PlainFile
  private let layout: NetCDFLayout
  private let atoms: TopologyAtoms

  init(
    source described: TrajectorySource, index: FrameIndex, species: SpeciesMap,
    topologies: [Topology]
  ) throws(TrajectoryError) {
    source = try described.plainFile()
    layout = try NetCDFLayout(source)
    path = described.path
    size = described.size
    self.index = index
    atoms = TopologyAtoms(
      path: path, format: described.format.name, topologies: topologies, species: species)
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    try check(location)
    let lengths = try reals(layout.lengths, in: location).map { $0 * layout.scales.lengths }
    let degrees = try reals(layout.angles, in: location)
    let origin =
      try layout.origin.map { (variable) throws(TrajectoryError) in
        try reals(variable, in: location)
      } ?? [0, 0, 0]
    guard (lengths + degrees + origin).allSatisfy(\.isFinite), lengths.contains(where: { $0 != 0 })
    else {
      throw atoms.error(
        location,
        "the frame has no cell: SOAP descriptors need it; write the trajectory with its cell")
    }
    if let axis = lengths.firstIndex(of: 0) {
      throw atoms.error(
        location,
        "the box has no volume: its length along \(["a", "b", "c"][axis]) is 0, as LAMMPS, OVITO and "
          + "ASE write for an axis that is not periodic; write a LAMMPS dump or extended XYZ"
      )
    }
    let cosines = degrees.map { $0 == 90 ? 0 : cos($0 * .pi / 180) }
    let sine = (1 - cosines[2] * cosines[2]).squareRoot()
    let middle = sine > 0 ? (cosines[0] - cosines[1] * cosines[2]) / sine : 0
    let square = 1 - cosines[1] * cosines[1] - middle * middle
    guard square > 0 else {
      throw atoms.error(
        location, "the angles of the cell are impossible: α, β, γ are \(degrees)°")
    }
    let cell: Cell
    do throws(CellError) {
      cell = try Cell(
        a: Vector(lengths[0], 0, 0),
        b: Vector(lengths[1] * cosines[2], lengths[1] * sine, 0),
        c: Vector(
          lengths[2] * cosines[1], lengths[2] * middle, lengths[2] * square.squareRoot()),
        origin: Vector(origin[0], origin[1], origin[2]) * layout.scales.origin)
    } catch { throw atoms.error(location, error.description) }
    var time: Double?
    if let variable = layout.time, let scale = layout.timeScale {
      let stored = try reals(variable, in: location)[0]
      time = (variable.type == 6 ? stored : BinaryFields.decimal(stored)) * scale
    }
    let isTilted = degrees.contains { $0 != 90 }
    let note =
      "\(path): the cell is given by lengths and angles: a is assumed to be along x and b in the "
      + "xy plane; if the cell of the simulation is oriented differently, positions and cell do "
      + "not match"
    return FrameHeader(
      step: location.step, time: time.flatMap { $0.isFinite ? $0 : nil },
      atomCount: Int(layout.atomCount), cell: cell, columns: nil,
      lengthScale: layout.scales.positions,
      notes: layout.notes + (isTilted ? [note] : [])
        + atoms.notes(atomCount: Int(layout.atomCount)), saysBoundary: false,
      saysOrigin: layout.origin != nil)
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    try check(location)
    let count = Int(layout.atomCount)
    let share = WantedAtoms.share(part, of: parts, atomCount: count)
    let wanted = try atoms.wanted(in: location)
    let range = wanted.range(from: share.lowerBound, to: share.upperBound)
    let format = NumberFormat(isDouble: layout.coordinates.type == 6)
    let offset = place(layout.coordinates, in: location)
    var axes: [[Double]]
    if let order = try order(in: location) {
      // Atoms in an order of their own are put into that of their ids.
      guard
        let all = try source.gather(
          (0..<Int32(count)).map { $0 }[...], of: 0..<count, at: offset, axes: 3, format: format,
          scale: layout.scales.positions)
      else { throw changed(location) }
      axes = all.map { values in wanted.positions[range].map { values[order[Int($0)]] } }
    } else {
      guard
        let found = try source.gather(
          wanted.positions[range], of: share, at: offset, axes: 3, format: format,
          scale: layout.scales.positions)
      else { throw changed(location) }
      axes = found
    }
    try atoms.check(axes, ids: wanted.ids[range], in: location)
    return wanted.batch(of: share, range: range, axes: axes)
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    atoms.census(atomCount: header.atomCount)
  }

  /// Position of the atom with the k-th smallest id; nil if ids ascend or are missing.
  private func order(in location: FrameLocation) throws(TrajectoryError) -> [Int]? {
    guard let variable = layout.ids else { return nil }
    var fields = BinaryFields(
      try source.bytes(
        at: place(variable, in: location), count: Int(variable.count * variable.width)))
    var ids: [Int64] = []
    for _ in 0..<variable.count {
      guard let id = variable.width == 4 ? fields.int32() : fields.int64() else {
        throw changed(location)
      }
      ids.append(id)
    }
    guard zip(ids, ids.dropFirst()).contains(where: { $0 >= $1 }) else { return nil }
    let order = ids.indices.sorted { ids[$0] < ids[$1] }
    for (left, right) in zip(order, order.dropFirst()) where ids[left] == ids[right] {
      throw TrajectoryError.duplicate(id: ids[left], path: path, frame: location)
    }
    return order
  }

  private func place(_ variable: NetCDFHeader.Variable, in location: FrameLocation) -> Int64 {
    variable.begin + (location.offset - layout.header.recordBegin)
  }

  private func reals(_ variable: NetCDFHeader.Variable, in location: FrameLocation)
    throws(TrajectoryError) -> [Double]
  {
    var fields = BinaryFields(
      try source.bytes(
        at: place(variable, in: location), count: Int(variable.count * variable.width)))
    guard let values = fields.reals(Int(variable.count), isDouble: variable.type == 6) else {
      throw changed(location)
    }
    return values
  }

  private func check(_ location: FrameLocation) throws(TrajectoryError) {
    try atoms.check(location)
    guard location.atomCount == layout.atomCount else { throw changed(location) }
  }

  private func changed(_ location: FrameLocation) -> TrajectoryError {
    atoms.error(
      location, "the frame differs from what the scan found: the file has changed since", kind: .io)
  }
}
