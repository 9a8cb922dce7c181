import HDF5
import Trajectories

/// H5MD, read through HDF5.
struct H5MDFormat: StoredFormat {
  let identifier = "h5md"
  let name = "H5MD"

  /// The signature of HDF5.
  func detect(_ start: [UInt8]) -> Detection {
    start.starts(with: [0x89, 0x48, 0x44, 0x46]) ? .certain : .no
  }

  func store(_ source: TrajectorySource) throws(TrajectoryError) -> any CoordinateStore {
    do {
      return try GuardedReads.guarded(reading: source.path) {
        try H5MDStore(path: source.path, size: source.size)
      }
    } catch {
      throw (error as? TrajectoryError) ?? TrajectoryError(path: source.path, reason: "\(error)")
    }
  }
}

/// The particles of an H5MD file, read by slices of its datasets.
///
/// Source: P. de Buyl, P. H. Colberg, F. Höfling, Comput. Phys. Commun. 185, 1546 (2014), H5MD 1.1:
/// `/particles/<group>/position`, `box` and, where they are, `id` and `species`. Of several groups
/// with positions the first by name is read. Each rank opens the file by itself, so that ranks read
/// different frames at different times.
final class H5MDStore: CoordinateStore {
  private(set) var summary = StoredSummary()
  private let path: String
  private let file: File
  private let positions: Dataset
  private let group: String
  /// Shape of `box/edges` or `box/edges/value`, and whether frames differ in it.
  private let edges: Dataset
  private let edgesChange: Bool
  private let hasFrameIDs: Bool

  /// Whether an HDF5 file holds particles to analyse, and is not a file of ours. One whose lock is
  /// refused counts as such, so that opening it gives the reason.
  static func isTrajectory(_ path: String) -> Bool {
    do {
      let file = try File.open(path)
      return file.exists("/h5md") && !file.exists("/verglas") && file.exists("/particles")
    } catch {
      return (error as? HDF5Error)?.isLockRefusal ?? false
    }
  }

  /// Opens a file of `size` bytes and reads what is the same for all frames.
  /// - Throws: `TrajectoryError` or `HDF5Error` if it holds no positions with a cell.
  init(path: String, size: Int64) throws {
    self.path = path
    func fail(_ reason: String) -> TrajectoryError { TrajectoryError(path: path, reason: reason) }
    let file = try File.open(path)
    let names = file.kind(of: "/particles") == .group ? try file.group("/particles").children() : []
    guard let name = names.first(where: { file.exists("/particles/\($0)/position/value") }) else {
      throw fail("expected an H5MD file with /particles/<group>/position/value, found none")
    }
    let group = "/particles/\(name)"
    let positions = try file.dataset("\(group)/position/value")
    let shape = positions.shape
    guard shape.count == 3, shape[2] == 3, shape[1] > 0, case .real = positions.datatype else {
      throw fail(
        "\(group)/position/value: expected numbers [frames, atoms, 3], found \(positions.datatype) \(shape)"
      )
    }
    // Deflate shrinks at most a thousandfold: no file holds more, and nothing is allocated for what
    // it claims beyond.
    let numbers = Int64(shape[0]).multipliedReportingOverflow(by: Int64(clamping: shape[1]))
    guard shape[1] < Int(Int32.max), !numbers.overflow, numbers.partialValue <= 1100 * size / 6
    else {
      throw fail(
        "\(group)/position/value claims \(shape[0]) frames of \(shape[1]) atoms in a file of \(size) bytes"
      )
    }
    edgesChange = file.exists("\(group)/box/edges/value")
    guard file.exists("\(group)/box/edges") else {
      throw fail("\(group)/box/edges is missing: SOAP descriptors need the periodic cell")
    }
    edges = try file.dataset(edgesChange ? "\(group)/box/edges/value" : "\(group)/box/edges")
    let edgeShape = Array(edges.shape.dropFirst(edgesChange ? 1 : 0))
    guard edgeShape == [3] || edgeShape == [3, 3], !edgesChange || edges.shape[0] >= shape[0] else {
      throw fail(
        "\(group)/box/edges: expected 3 or 3×3 numbers for each of \(shape[0]) frames, found \(edges.shape)"
      )
    }
    hasFrameIDs = file.exists("\(group)/id/value")
    let idPath = hasFrameIDs ? "\(group)/id/value" : "\(group)/id"
    if file.kind(of: idPath) == .dataset {
      let found = try file.dataset(idPath).shape
      guard found.last == shape[1],
        hasFrameIDs ? found.count == 2 && found[0] >= shape[0] : found.count == 1
      else {
        throw fail(
          "\(idPath): expected the ids of \(shape[1]) atoms\(hasFrameIDs ? " in each of \(shape[0]) frames" : ""), found \(found)"
        )
      }
    }
    var summary = StoredSummary()
    summary.atomCount = shape[1]
    summary.steps = try Self.steps(file, group, shape[0], fail)
    summary.isNumbered = !file.exists("\(group)/position/step")
    summary.times = try Self.times(file, group, shape[0])
    (summary.lengthScale, summary.notes) = try Self.lengthScale(positions, path: path, fail)
    if summary.isNumbered, shape[0] > 1 {
      summary.notes.append(
        "\(path): position has no steps: frames are numbered 0 to \(shape[0] - 1) instead")
    }
    if let boundary = try? file.group("\(group)/box").textAttributes("boundary"),
      boundary.count == 3
    {
      summary.isPeriodic = boundary.map { $0 == "periodic" }
    }
    summary.topology = try Self.topology(
      file, group, shape[1], path: path, notes: &summary.notes, fail)
    var groups = 0
    for other in names where file.exists("/particles/\(other)/position/value") { groups += 1 }
    if groups > 1 {
      summary.notes.append("\(path): the file has several particle groups; \(name) is read")
    }
    self.summary = summary
    self.group = group
    self.positions = positions
    self.file = file
  }

  func edges(ofFrame frame: Int) throws(TrajectoryError) -> [Double] {
    let shape = edges.shape
    let values: [Double] = try attempt(frame) {
      edgesChange
        ? try edges.read(
          Double.self, at: [frame] + shape.dropFirst().map { _ in 0 },
          count: [1] + shape.dropFirst()) : try edges.readAll()
    }
    return values.count == 9 ? values : [values[0], 0, 0, 0, values[1], 0, 0, 0, values[2]]
  }

  func positions(ofFrame frame: Int, atoms: Range<Int>) throws(TrajectoryError) -> [Double] {
    try attempt(frame) {
      let start = [frame, atoms.lowerBound, 0], count = [1, atoms.count, 3]
      // HDF5's own conversion from single precision takes three times as long as reading.
      guard positions.datatype == .float32 else {
        return try positions.read(Double.self, at: start, count: count)
      }
      return try positions.read(Float.self, at: start, count: count).map(Double.init)
    }
  }

  func ids(ofFrame frame: Int) throws(TrajectoryError) -> [Int64]? {
    guard hasFrameIDs else { return nil }
    return try attempt(frame) {
      try file.dataset("\(group)/id/value").read(
        Int64.self, at: [frame, 0], count: [1, summary.atomCount])
    }
  }

  private func attempt<T>(_ frame: Int, _ body: () throws -> T) throws(TrajectoryError) -> T {
    do { return try GuardedReads.guarded(reading: path, body) } catch {
      throw TrajectoryError(path: path, frame: frame, reason: "\(error)")
    }
  }

  /// Steps of the frames: one each, or a distance with an offset.
  private static func steps(
    _ file: borrowing File, _ group: String, _ count: Int, _ fail: (String) -> TrajectoryError
  ) throws -> [Int64] {
    guard file.exists("\(group)/position/step") else { return (0..<Int64(count)).map { $0 } }
    let dataset = try file.dataset("\(group)/position/step")
    let values = try dataset.readAll(Int64.self)
    if dataset.shape.isEmpty, let distance = values.first {
      let offset = (try? dataset.attribute("offset", as: Int64.self)) ?? 0
      return (0..<Int64(count)).map { offset &+ $0 &* distance }
    }
    guard values.count >= count else {
      throw fail("\(group)/position/step: expected \(count) steps, found \(values.count)")
    }
    return Array(values[..<count])
  }

  /// Times in ps; empty if the file gives none or none with a unit that is known.
  private static func times(_ file: borrowing File, _ group: String, _ count: Int) throws
    -> [Double]
  {
    guard file.exists("\(group)/position/time") else { return [] }
    let dataset = try file.dataset("\(group)/position/time")
    let scales = ["ps": 1.0, "fs": 1e-3, "ns": 1e3, "us": 1e6, "s": 1e12]
    guard let unit = try? dataset.textAttribute("unit"), let scale = scales[unit] else { return [] }
    // 64-bit integers do not fit doubles in general; as times they do.
    let values: [Double]
    if case .integer = dataset.datatype {
      values = try dataset.readAll(Int64.self).map(Double.init)
    } else {
      values = try dataset.readAll()
    }
    if dataset.shape.isEmpty, let distance = values.first {
      let offset = (try? dataset.attribute("offset", as: Double.self)) ?? 0
      return (0..<count).map { (offset + Double($0) * distance) * scale }
    }
    return values.count >= count ? values[..<count].map { $0 * scale } : []
  }

  private static func lengthScale(
    _ positions: borrowing Dataset, path: String, _ fail: (String) -> TrajectoryError
  ) throws -> (Double, [String]) {
    guard positions.hasAttribute("unit") else {
      return (1, ["\(path): positions have no unit and are taken as Å"])
    }
    let unit = try positions.textAttribute("unit")
    switch unit {
    case "Angstrom", "angstrom", "A", "Å", "Angstroms": return (1, [])
    case "nm", "nanometer": return (10, [])
    case "pm": return (0.01, [])
    case "m": return (1e10, [])
    default: throw fail("expected positions in Angstrom, nm, pm or m, found the unit '\(unit)'")
    }
  }

  /// What the file says of its particles: species as numbers or names, by id.
  private static func topology(
    _ file: borrowing File, _ group: String, _ count: Int, path: String, notes: inout [String],
    _ fail: (String) -> TrajectoryError
  ) throws -> Topology? {
    let name = "\(group)/species"
    let isSeries = file.exists("\(name)/value")
    guard isSeries || file.kind(of: name) == .dataset else { return nil }
    let dataset = try file.dataset(isSeries ? "\(name)/value" : name)
    let shape = dataset.shape
    guard shape.last == count, shape.count == (isSeries ? 2 : 1) else {
      throw fail("\(name): expected one of each of \(count) atoms, found \(shape)")
    }
    var labels: [String]
    if case .enumeration(let names) = dataset.datatype {
      let numbers = try dataset.read(
        UInt8.self, at: shape.map { _ in 0 }, count: isSeries ? [1, count] : [count])
      labels = numbers.map { Int($0) < names.count ? names[Int($0)] : "\($0)" }
    } else if case .integer = dataset.datatype {
      labels = try dataset.read(
        Int64.self, at: shape.map { _ in 0 }, count: isSeries ? [1, count] : [count]
      ).map(String.init)
    } else if case .other(let kind) = dataset.datatype {
      // An enumeration of more than a byte, or with gaps; of any other type --topology can still
      // name the atoms.
      if let names = try? dataset.readNames(
        at: shape.map { _ in 0 }, count: isSeries ? [1, count] : [count])
      {
        guard !names.contains("") else {
          throw fail("\(name): an atom's value is none of the enumeration's")
        }
        return try named(file, group, count, path: path, labels: names, fail)
      }
      notes.append(
        "\(path): \(name) has a type that cannot be read (\(kind)) and is ignored")
      return nil
    } else {
      guard !isSeries else { return nil }
      labels = try dataset.readTexts()
    }
    return try named(file, group, count, path: path, labels: labels, fail)
  }

  /// Atoms with their species and, where the file has them, ids.
  private static func named(
    _ file: borrowing File, _ group: String, _ count: Int, path: String, labels: [String],
    _ fail: (String) -> TrajectoryError
  ) throws -> Topology {
    var ids: [Int64]?
    if file.exists("\(group)/id/value") {
      ids = try file.dataset("\(group)/id/value").read(Int64.self, at: [0, 0], count: [1, count])
    } else if file.kind(of: "\(group)/id") == .dataset {
      ids = try file.dataset("\(group)/id").readAll(Int64.self)
    }
    guard let topology = Topology(path: path, ids: ids, labels: labels) else {
      throw fail("\(group)/species: expected at most 250 different species and an id for each atom")
    }
    return topology
  }
}
