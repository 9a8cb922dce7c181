// verglas-frames FILE OUTPUT [TOPOLOGY]: everything that the readers return for a trajectory, for
// comparison with other programs.
//
// OUTPUT holds, for each frame in order, a line of JSON (step, time, cell, origin, periodic, ids,
// or the error) and the positions as N × 3 doubles in Å in the order of `ids`. Atoms that the
// format does not name have no names. Warnings, then notes, are printed one per line. A refused
// file is code 65 and its reason.
import Foundation
import H5MD
import Geometry
import HDF5
import Trajectories

/// One frame, the line before its positions.
struct Record: Codable {
  var step: Int64?
  var time: Double?
  var cell: [Double] = []
  var origin: [Double] = []
  var periodic: [Bool] = []
  var ids: [Int64] = []
  var species: [String] = []
  var error: String?
}

func open(_ path: String, _ topologies: [Topology]) throws -> Trajectory {
  let source = try TrajectorySource(path: path, formats: .standard.adding(H5MDFormat()))
  let partial = try source.scan(source.share(0, of: 1))
  let index = try source.index(merging: [partial], file: 0)
  var topologies = topologies
  for count in Set(index.frames.map(\.atomCount))
  where topologies.isEmpty && !source.format.namesAtoms && count > 0 && count < 10_000_000 {
    guard
      let bare = Topology(
        path: "none", ids: nil, labels: [String](repeating: "X", count: Int(count)))
    else { continue }
    topologies.append(bare)
  }
  return try Trajectory(
    sources: [source], indexes: [index], topologies: source.format.namesAtoms ? [] : topologies)
}

func record(_ frame: FrameLocation, _ file: any TrajectoryFile, names: [String]) throws -> (
  Record, [Double]
) {
  let header = try file.header(of: frame)
  let atoms = try file.atoms(of: frame, header: header, part: 0, of: 1)
  let cell = header.cell
  var record = Record(step: header.step, time: header.time)
  record.cell = [cell.a, cell.b, cell.c].flatMap { [$0.x, $0.y, $0.z] }
  record.origin = [cell.origin.x, cell.origin.y, cell.origin.z]
  record.periodic = (0..<3).map { cell.repeats(along: $0) }
  record.ids = atoms.ids
  record.species = atoms.species.map { names[Int($0)] }
  return (record, (0..<atoms.count).flatMap { [atoms.x[$0], atoms.y[$0], atoms.z[$0]] })
}

func run(_ path: String, _ output: String, _ topologies: [String]) throws {
  let trajectory = try open(path, try topologies.map { try Topology(path: $0) })
  let source = trajectory.sources[0], index = trajectory.indexes[0]
  // Every species that occurs in any frame is selected.
  let blind = try source.open(
    index: index, species: try SpeciesMap(names: []), topologies: trajectory.topologies)
  var labels: Set<String> = []
  for frame in trajectory.frames {
    guard let header = try? blind.header(of: frame) else { continue }
    labels.formUnion((try? blind.census(of: frame, header: header).keys.map { $0 }) ?? [])
  }
  guard !labels.contains("") else {
    throw TrajectoryError(path: path, reason: "some atoms have no name, and so no element")
  }
  let types = Dictionary(
    uniqueKeysWithValues: labels.compactMap { label in Int(label).map { ($0, "t\(label)") } })
  let names = labels.filter { Int($0) == nil }.sorted() + types.values.sorted()
  let file = try source.open(
    index: index,
    species: try SpeciesMap(
      names: names.isEmpty ? ["X"] : names, types: TypeNames(names.isEmpty ? [1: "X"] : types)),
    topologies: trajectory.topologies)
  _ = FileManager.default.createFile(atPath: output, contents: nil)
  let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
  var notes: [String] = []
  for frame in trajectory.frames {
    var line = Record(error: "?")
    var positions: [Double] = []
    do {
      (line, positions) = try record(frame, file, names: names.isEmpty ? ["X"] : names)
      for note in try file.header(of: frame).notes where !notes.contains(note) {
        notes.append(note)
      }
    } catch { line = Record(error: "\(error)") }
    try handle.write(
      contentsOf: JSONEncoder().encode(line) + Data("\n".utf8)
        + positions.withUnsafeBytes { Data($0) })
  }
  for line in trajectory.warnings + notes { print(line) }
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
  print("usage: verglas-frames FILE OUTPUT [TOPOLOGY…]")
  exit(64)
}
do { try run(arguments[1], arguments[2], Array(arguments.dropFirst(3))) } catch {
  print("\(error)")
  exit(65)
}
