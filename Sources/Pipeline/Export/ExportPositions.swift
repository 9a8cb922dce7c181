import Frames
import Geometry
import HDF5
import JobControl
import MPI
import Models
import Serialization
import Trajectories

import Glibc

/// The source of the positions of the centres: the results, or the analysed trajectory.
struct ExportPositions {
  private let trajectory: Trajectory?
  let species: String
  private let types: TypeNames

  /// Finds the positions. All ranks call it, because trajectories are opened collectively.
  ///
  /// - Throws: the same `RunError` on all ranks.
  init(_ options: ExportOptions, on world: Communicator) throws {
    let found = try world.together { world.isRoot ? try Self.paths(options) : [] }
    let texts = try world.broadcast(found.joined(separator: "\n")).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    species = texts[0]
    types = texts[1].isEmpty ? [:] : try SpeciesMap.parse(types: texts[1])
    guard texts.count > 2 else {
      trajectory = nil
      return
    }
    let stored = try world.together { world.isRoot ? try Self.topologies(options) : [] }
    let topologies = try world.broadcast(stored.joined(separator: "\n")).split(separator: "\n").map(
      String.init)
    let opened = try openTrajectory(
      Array(texts[2...]), topologies: topologies, selection: .all, strict: false, on: world)
    try world.together {
      if world.isRoot && options.trajectories.isEmpty { try Self.check(opened, options.results) }
    }
    trajectory = opened
  }

  /// Species of the centres, types, then the trajectories that must be opened: none if the results
  /// have positions.
  private static func paths(_ options: ExportOptions) throws -> [String] {
    let results = try StoredResults.open(options.results)
    let name = try ExportRun.models(results, options, .extxyz)[0].name
    let group = try results.file.group("/verglas")
    // All models have the same centres; the labelling by neighbour count has the same.
    let position = results.outline.models.firstIndex { $0.name == name } ?? 0
    let soap = try group.textAttributes("model_soap")
    guard soap.indices.contains(position),
      let center = SOAPDescription.center(inJSON: soap[position])
    else {
      throw RunError(
        "\(options.results): /verglas has no entry for the centres of model \(name) (model_soap)",
        .badData)
    }
    var texts = [center, try results.text("types") ?? ""]
    if !options.trajectories.isEmpty { return texts + options.trajectories }
    if results.file.exists("/particles/centers/position/value") { return texts }
    let folder =
      options.results.contains("/")
      ? String(options.results[...options.results.lastIndex(of: "/")!]) : ""
    for path in try group.textAttributes("input_path") {
      let name = String(path.split(separator: "/").last ?? "")
      let places: [String] = [path, "\(folder)\(path)", "\(folder)\(name)"]
      guard let there = places.first(where: { access($0, R_OK) == 0 }) else {
        throw RunError(
          "\(options.results) holds no positions, and the trajectory \(path) does not exist; "
            + "specify it with --trajectory, or run analyze with --per-molecule "
            + "probability,phase,cluster,position", .noInput)
      }
      texts.append(there)
    }
    return texts
  }

  /// The structure files of the trajectory: those given, otherwise those of the analysis that still
  /// exist.
  private static func topologies(_ options: ExportOptions) throws -> [String] {
    if !options.topologies.isEmpty { return options.topologies }
    let group = try StoredResults.open(options.results).file.group("/verglas")
    guard group.hasAttribute("topology_path") else { return [] }
    let folder =
      options.results.contains("/")
      ? String(options.results[...options.results.lastIndex(of: "/")!]) : ""
    return try group.textAttributes("topology_path").filter { !$0.isEmpty }.map { path in
      [path, "\(folder)\(path)"].first { access($0, R_OK) == 0 } ?? path
    }
  }

  /// The files must be those that were analysed.
  private static func check(_ trajectory: Trajectory, _ path: String) throws {
    let group = try StoredResults.open(path).file.group("/verglas")
    let hashes = try group.textAttributes("input_hash")
    for (source, hash) in zip(trajectory.sources, hashes)
    where hexadecimal(try source.fingerprint()) != hash {
      throw RunError(
        "\(source.path) has changed since \(path) was computed from it; specify the right file "
          + "with --trajectory, or analyse it again",
        .badData)
    }
  }

  /// Positions of the centres of a row, wrapped into its cell, in the order of ids.
  ///
  /// - Throws: `RunError` or `TrajectoryError` if the trajectory lacks the step or the centres.
  func positions(
    of row: Int, ids: [Int64], cell: Cell, in results: borrowing StoredResults,
    reader: inout TrajectoryReader?
  ) throws -> AtomTable {
    let n = ids.count
    guard let trajectory else {
      let flat = try results.read(
        "/particles/centers/position/value", row: row, shape: [n, 3], as: Float.self)
      if let k = flat.firstIndex(where: { !(abs(Double($0)) <= AtomBatch.farthest) }) {
        throw RunError(
          "\(results.outline.path): /particles/centers/position/value: expected positions within "
            + "1e9 Å, found \(flat[k].isNaN ? "nan" : "\(flat[k])") for id "
            + "\(ids[k / 3]) of frame \(row); the file is damaged: use another copy", .badData)
      }
      return AtomTable(
        ids: ids, species: [UInt8](repeating: 0, count: n), x: (0..<n).map { Double(flat[3 * $0]) },
        y: (0..<n).map { Double(flat[3 * $0 + 1]) }, z: (0..<n).map { Double(flat[3 * $0 + 2]) },
        wrappedInto: cell)
    }
    let step = results.outline.steps[row]
    guard let frame = trajectory.frames.first(where: { $0.step == step }) else {
      throw RunError(
        "\(trajectory.sources[0].path): expected a frame of step \(step) as in "
          + "\(results.outline.path), found none",
        .badData)
    }
    if reader == nil {
      reader = TrajectoryReader(trajectory, species: try SpeciesMap(names: [species], types: types))
    }
    let header = try reader!.header(of: frame)
    let batch = try reader!.atoms(of: frame, header: header)
    try batch.refuseFar(of: frame, path: trajectory.path(of: frame))
    let table = AtomTable(
      ids: batch.ids, species: batch.species, x: batch.x, y: batch.y, z: batch.z, wrappedInto: cell)
    guard table.ids == ids else {
      let other = zip(table.ids, ids).first { $0 != $1 }.map { " (id \($0), expected \($1))" } ?? ""
      throw TrajectoryError(
        path: trajectory.path(of: frame), line: frame.line, frame: frame.ordinal,
        reason:
          "expected the \(n) centres (\(species)) of \(results.outline.path), found \(table.count) "
          + "others\(other); specify the trajectory that was analysed"
      )
    }
    return table
  }
}
