import Geometry

/// A trajectory in a container of arrays (H5MD), through a `CoordinateStore`.
final class StoredFile: TrajectoryFile {
  let path: String
  let size: Int64
  let index: FrameIndex
  private let store: any CoordinateStore
  private let atoms: TopologyAtoms
  /// Names the atoms of frames that differ from the others; nil if the user gives a topology.
  private let species: SpeciesMap?

  init(
    source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology],
    store: any CoordinateStore
  ) {
    path = source.path
    size = source.size
    self.index = index
    self.store = store
    self.species = topologies.isEmpty ? species : nil
    // A topology given by the user takes precedence over the file's own.
    atoms = TopologyAtoms(
      path: path, format: source.format.name,
      topologies: topologies + (store.summary.topology.map { [$0] } ?? []), species: species)
  }

  func header(of location: FrameLocation) throws(TrajectoryError) -> FrameHeader {
    let summary = store.summary
    let edges = try store.edges(ofFrame: location.ordinal).map { $0 * summary.edgeScale }
    let periodic = store.isPeriodic(ofFrame: location.ordinal)
    let count = summary.atomCount(ofFrame: location.ordinal)
    let cell: Cell
    do throws(CellError) {
      cell = try Cell(
        a: Vector(edges[0], edges[1], edges[2]), b: Vector(edges[3], edges[4], edges[5]),
        c: Vector(edges[6], edges[7], edges[8]),
        isPeriodic: (periodic[0], periodic[1], periodic[2]))
    } catch {
      throw TrajectoryError(path: path, frame: location.ordinal, reason: error.description)
    }
    let time = summary.times.isEmpty ? nil : summary.times[location.ordinal]
    return FrameHeader(
      step: location.step, time: time, atomCount: count, cell: cell, columns: nil,
      lengthScale: summary.lengthScale, notes: summary.notes + atoms.notes(atomCount: count),
      saysBoundary: summary.saysBoundary)
  }

  func atoms(
    of location: FrameLocation, header: FrameHeader, part: Int, of parts: Int
  ) throws(TrajectoryError) -> AtomBatch {
    let count = store.summary.atomCount(ofFrame: location.ordinal)
    let share = WantedAtoms.share(part, of: parts, atomCount: count)
    let wanted = try self.wanted(in: location)
    let range = wanted.range(from: share.lowerBound, to: share.upperBound)
    let scale = store.summary.lengthScale
    // If the order of the atoms varies, they are sorted by id, which requires the whole frame.
    let order = try store.ids(ofFrame: location.ordinal).map { (ids) throws(TrajectoryError) in
      try places(of: ids, in: location)
    }
    let first = order == nil ? share.lowerBound : 0
    let numbers = try store.positions(
      ofFrame: location.ordinal, atoms: order == nil ? share : 0..<count)
    var axes: [[Double]] = [[], [], []]
    for axis in 0..<3 {
      axes[axis] = wanted.positions[range].map { atom in
        let place = order.map { $0[Int(atom)] } ?? Int(atom)
        return numbers[3 * (place - first) + axis] * scale
      }
    }
    try atoms.check(axes, ids: wanted.ids[range], in: location)
    return wanted.batch(of: share, range: range, axes: axes)
  }

  func census(of location: FrameLocation, header: FrameHeader) throws(TrajectoryError) -> [String:
    Int]
  {
    if let species, let own = try store.topology(ofFrame: location.ordinal) {
      return own.census(for: species)
    }
    return atoms.census(atomCount: header.atomCount)
  }

  /// The selected atoms of a frame.
  private func wanted(in location: FrameLocation) throws(TrajectoryError) -> WantedAtoms {
    if let species, let own = try store.topology(ofFrame: location.ordinal) {
      return try WantedAtoms(topology: own, species: species)
    }
    return try atoms.wanted(in: location)
  }

  /// Index in the frame of the atom with the k-th smallest id.
  private func places(of ids: [Int64], in location: FrameLocation) throws(TrajectoryError) -> [Int]
  {
    let count = store.summary.atomCount(ofFrame: location.ordinal)
    guard ids.count == count else {
      throw TrajectoryError(
        path: path, frame: location.ordinal,
        reason: "expected \(count) ids, found \(ids.count)")
    }
    let places = ids.indices.sorted { ids[$0] < ids[$1] }
    for (left, right) in zip(places, places.dropFirst()) where ids[left] == ids[right] {
      throw TrajectoryError.duplicate(id: ids[left], path: path, frame: location)
    }
    return places
  }
}
