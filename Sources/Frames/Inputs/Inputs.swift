import H5MD
import JobControl
import MPI
import Models
import Trajectories

import Glibc

/// Opens a trajectory on all ranks: rank 0 finds the files, every rank scans its share of their
/// bytes, and all receive the whole index.
///
/// - Throws: the same `RunError` on all ranks.
public func openTrajectory(
  _ patterns: [String], topologies: [String], selection: FrameSelection, strict: Bool,
  boundary: Boundary? = nil, on world: Communicator
) throws -> Trajectory {
  let topologies = try openTopologies(topologies, on: world)
  let sources = try discoverSources(patterns, on: world)
  let indexes = try scanSources(sources, on: world)
  var trajectory = try world.together {
    let trajectory = try Trajectory(
      sources: sources, indexes: indexes, selection: selection, strict: strict,
      topologies: topologies, boundary: boundary)
    if world.isRoot { try trajectory.refuseParts() }
    return trajectory
  }
  let found = try world.together {
    world.isRoot ? try trajectory.filesWithoutOwnTimes() : ([], [])
  }
  trajectory.dropTimes(ofFiles: try world.broadcast(found.0.map { Int64($0) }).map { Int($0) })
  trajectory.warnOfCountedTimes(
    inFiles: try world.broadcast(found.1.map { Int64($0) }).map { Int($0) })
  return trajectory
}

/// Reads structure files on rank 0 and broadcasts the topologies.
///
/// - Throws: the same `RunError` on all ranks.
public func openTopologies(_ paths: [String], on world: Communicator) throws -> [Topology] {
  var topologies: [Topology] = []
  for path in paths {
    let bytes = try world.broadcast(
      try world.together { world.isRoot ? try Topology(path: path).encode() : [] })
    topologies.append(try world.together { try Topology(decoding: bytes) })
  }
  return topologies
}

/// The files that match paths and patterns, found by rank 0 and broadcast.
///
/// - Throws: the same `RunError` on all ranks.
public func discoverSources(_ patterns: [String], on world: Communicator) throws
  -> [TrajectorySource]
{
  let found = try world.together { () throws -> [[UInt8]] in
    guard world.isRoot else { return [] }
    let sources = try TrajectorySource.discover(patterns, formats: .all)
    for path in repeated(sources.map(\.path), patterns) {
      Log.print("verglas: warning: \(path) is given more than once; it is read once")
    }
    return sources.map { $0.encode() }
  }
  let counts = try world.broadcast(found.map { Int64($0.count) })
  let bytes = try world.broadcast(found.flatMap { $0 })
  var sources: [TrajectorySource] = []
  var start = 0
  for count in counts {
    sources.append(
      try TrajectorySource(decoding: Array(bytes[start..<start + Int(count)]), formats: .all))
    start += Int(count)
  }
  return sources
}

/// Paths that match more than one of the names and patterns.
private func repeated(_ paths: [String], _ patterns: [String]) -> [String] {
  var counts: [String: Int] = [:]
  for pattern in patterns { counts[pattern, default: 0] += 1 }
  let wild = patterns.filter { pattern in pattern.contains { "*?[".contains($0) } }
  return paths.filter { path in
    counts[path, default: 0]
      + wild.count { $0 != path && fnmatch($0, path, FNM_PATHNAME | FNM_PERIOD) == 0 } > 1
  }
}

/// The frames of files, found by all ranks together: each scans its share of an uncompressed file;
/// compressed file k is read by rank k mod P, all such files at the same time. No rank reads more
/// than its share.
///
/// - Parameter areChained: whether the files form one trajectory, whose frames have the index of
///   their file; otherwise each is a separate trajectory.
/// - Throws: the same `RunError` on all ranks.
public func scanSources(
  _ sources: [TrajectorySource], areChained: Bool = true, on world: Communicator
)
  throws -> [FrameIndex]
{
  let own = try world.together { () throws -> [[UInt8]] in
    try sources.enumerated().map { file, source in
      if source.canScanInShares {
        return try source.scan(source.share(world.rank, of: world.size)).encode()
      }
      guard file % world.size == world.rank else { return [] }
      return try source.scan(source.share(0, of: 1)).encode()
    }
  }
  // One exchange for all files: each partial index after its length.
  let all = try world.allGatherVariable(
    own.flatMap { partial in withUnsafeBytes(of: Int64(partial.count)) { [UInt8]($0) } + partial })
  var places = all.offsets
  return try sources.enumerated().map { file, source in
    var partials: [PartialIndex] = []
    for rank in 0..<world.size {
      let count = all.values[places[rank]..<places[rank] + 8].withUnsafeBytes {
        Int($0.loadUnaligned(as: Int64.self))
      }
      let start = places[rank] + 8
      places[rank] = start + count
      if count > 0 {
        partials.append(try PartialIndex(decoding: Array(all.values[start..<start + count])))
      }
    }
    return try world.together { try source.index(merging: partials, file: areChained ? file : 0) }
  }
}

/// Reads model files on rank 0 and broadcasts their bytes.
///
/// - Parameters:
///   - reserved: names that a model must not have.
///   - shareNames: whether two may have the same name.
/// - Throws: the same `RunError` on all ranks; also if two models share a name and may not.
public func openModels(
  _ paths: [String], reserved: Set<String>, shareNames: Bool = false, on world: Communicator
) throws -> [Model] {
  var models: [Model] = []
  for path in paths {
    let bytes = try world.broadcast(
      try world.together { world.isRoot ? try contents(ofModel: path) : [] })
    let model = try world.together { try ModelFile.parse(bytes: bytes, path: path) }
    try check(model, path: path, reserved)
    if !shareNames, models.contains(where: { $0.name == model.name }) {
      throw RunError(
        "two models are named \(model.name); rename one of them or its file", .usage)
    }
    models.append(model)
  }
  return models
}

/// Names that would collide with groups of results.h5.
private func check(_ model: Model, path: String, _ reserved: Set<String>) throws {
  if model.name.isEmpty || model.name == "." || model.name == ".."
    || reserved.contains(model.name)
  {
    throw RunError(
      "\(path): a model named '\(model.name)' would overwrite other results; rename the model or "
        + "its file",
      .badData)
  }
  if model.classes.contains("IA") {
    throw RunError(
      "\(path): a class is named IA, which means intermediate in the results; rename the class",
      .badData)
  }
  if model.guardHead != nil, model.classes.contains(Model.Guard.label) {
    throw RunError(
      "\(path): a class is named \(Model.Guard.label), the label of molecules that the guard "
        + "recognises; rename the class",
      .badData)
  }
  if Set(model.classes).count != model.classes.count {
    throw RunError(
      "\(path): two classes have the same name (\(model.classes.joined(separator: ", ")))", .badData
    )
  }
  // They occur in lines of tables, of dumps and of extended XYZ.
  if let name = (model.classes + [model.name]).first(where: {
    $0.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }) {
    throw RunError(
      "\(path): expected names of classes and model without control characters, found "
        + "\(name.debugDescription)",
      .badData)
  }
  if model.classCount > 254 {
    throw RunError("\(path): expected at most 254 classes, found \(model.classCount)", .badData)
  }
}

/// The bytes of a model file; a missing file has another exit code than an invalid one.
private func contents(ofModel path: String) throws -> [UInt8] {
  guard access(path, R_OK) == 0 else {
    throw RunError(
      "\(path): the model cannot be opened: \(String(cString: strerror(errno)))", .noInput)
  }
  return try ModelFile.contents(of: path)
}
