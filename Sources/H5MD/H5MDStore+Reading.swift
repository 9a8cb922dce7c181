import HDF5
import Trajectories

extension H5MDStore {
  /// The units of positions and edges: each its own, else the other's, else those of the program.
  static func readUnits(
    _ file: borrowing File, _ group: String, _ positions: borrowing Dataset,
    _ edges: borrowing Dataset, _ creator: String, path: String, _ summary: inout StoredSummary,
    _ fail: (String) -> TrajectoryError
  ) throws {
    func unit(_ dataset: borrowing Dataset, _ element: String) throws -> String? {
      if dataset.hasAttribute("unit") { return try dataset.textAttribute("unit") }
      guard file.kind(of: element) == .group else { return nil }
      return try? file.group(element).textAttribute("unit")
    }
    func scale(_ unit: String, _ what: String) throws -> Double {
      guard let scale = H5MDSeries.angstroms(unit) else {
        throw fail("expected \(what) in Angstrom, nm, pm or m, found the unit '\(unit)'")
      }
      return scale
    }
    let ofPositions = try unit(positions, "\(group)/position")
    let ofEdges = try unit(edges, "\(group)/box/edges")
    let usual = creator == "GROMACS" ? "nm" : "Angstrom"
    summary.lengthScale = try scale(ofPositions ?? ofEdges ?? usual, "positions")
    summary.edgeScale = try scale(ofEdges ?? ofPositions ?? usual, "edges of the cell")
    guard ofPositions == nil else { return }
    let taken =
      ofEdges.map { "\($0), as the edges of the cell are" } ?? (usual == "nm" ? "nm" : "Å")
    summary.notes.append(
      "\(path): positions have no unit and are assumed to be in \(taken)"
        + (creator == "GROMACS" && ofEdges == nil ? ", which GROMACS writes" : ""))
  }

  /// Which axes repeat: `box/pbc` of each frame (znh5md), or the attribute `boundary`.
  func readPeriodicity(
    _ group: String, frames: Int, _ summary: inout StoredSummary,
    _ fail: (String) -> TrajectoryError
  ) throws {
    let boundary = try? file.group("\(group)/box").textAttributes("boundary")
    summary.saysBoundary = boundary?.count == 3
    if let boundary, boundary.count == 3 { summary.isPeriodic = boundary.map { $0 == "periodic" } }
    let series = "\(group)/box/pbc/value"
    let fixed = "\(group)/box/pbc"
    guard file.exists(series) || file.kind(of: fixed) == .dataset else { return }
    let dataset = try file.dataset(file.exists(series) ? series : fixed)
    guard dataset.shape == [3] || (dataset.shape.count == 2 && dataset.shape[1] == 3) else {
      return
    }
    let numbers: [Double]
    switch dataset.datatype {
    case .enumeration: numbers = try dataset.readAll(UInt8.self).map(Double.init)
    case .integer: numbers = try dataset.readAll(Int64.self).map(Double.init)
    default: numbers = try dataset.readAll()
    }
    let flags = stride(from: 0, to: numbers.count, by: 3).map { k in
      numbers[k..<k + 3].map { $0 == 1 }
    }
    guard let first = flags.first else { return }
    if let boundary, boundary.count == 3, first != summary.isPeriodic {
      throw fail(
        "\(group)/box: boundary gives \(boundary.joined(separator: ", ")), pbc gives "
          + "\(first.map { $0 ? "periodic" : "none" }.joined(separator: ", "))"
      )
    }
    summary.saysBoundary = true
    summary.isPeriodic = first
    if flags.count >= frames, flags.contains(where: { $0 != first }) { periodicity = flags }
  }

  /// What the file says of its atoms.
  func readNames(
    _ group: String, _ idPath: String?, _ summary: inout StoredSummary,
    _ fail: (String) -> TrajectoryError
  ) throws {
    let atoms = summary.atomCount
    let row = speciesRows?.first ?? 0
    var labels = try names.labels(
      file, row: row, count: atoms, path: path, notes: &summary.notes, fail)
    firstLabels = labels
    if labels == nil {
      labels = try H5MDNames.ofGROMACS(file, count: atoms, path: path, notes: &summary.notes)
    }
    var ids: [Int64]?
    if let idPath {
      let dataset = try file.dataset(idPath)
      ids =
        hasFrameIDs
        ? try dataset.read(Int64.self, at: [idRows?.first ?? 0, 0], count: [1, atoms])
        : try dataset.readAll(Int64.self)
      // Positions are in the order of these ids; the topology's atoms are in ascending order.
      if !hasFrameIDs, let ids, zip(ids, ids.dropFirst()).contains(where: { $0 >= $1 }) {
        fixedIDs = ids
      }
    }
    guard let labels else { return }
    guard let topology = Topology(path: path, ids: ids, labels: labels) else {
      throw fail("\(group)/species: expected at most 250 different species and an id for each atom")
    }
    summary.topology = topology
  }
}
