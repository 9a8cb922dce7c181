import Frames
import JobControl
import MPI
import SOAP
import Trajectories

import Glibc

/// A file to sample from: a separate trajectory, never chained with others.
struct SampledFile: Sendable {
  /// Class of its centres.
  let label: Int
  /// The selected frames; steps refer to this file.
  let trajectory: Trajectory
  /// The selected frames by ordinal.
  let frames: [FrameLocation]
  /// Centres of every frame.
  let centerCount: Int
  /// Hash of the content.
  let fingerprint: UInt64

  var path: String { trajectory.sources[0].path }
  var size: Int64 { trajectory.sources[0].size }
  /// Number of environments.
  var capacity: Int { frames.count * centerCount }
}

/// The files of all classes, by class, then as given: the same on all ranks.
struct SampledFiles: Sendable {
  let files: [SampledFile]
  /// Warnings for the user before the run.
  let warnings: [String]

  /// Files of one class, as indices into `files`.
  func files(ofClass label: Int) -> [Int] { files.indices.filter { files[$0].label == label } }

  /// Finds and scans the files of all classes and reads the first frame of each; the files are
  /// distributed over the ranks.
  ///
  /// - Throws: the same `RunError` on all ranks.
  init(_ options: SamplingOptions, speciesMap: SpeciesMap, center: Int, on world: Communicator)
    throws
  {
    var sources: [TrajectorySource] = [], labels: [Int] = []
    for (label, group) in options.classes.enumerated() {
      let found = try discoverSources(group.patterns, on: world)
      sources += found
      labels += found.map { _ in label }
    }
    try world.together { if world.isRoot { try Self.refuseSharedFiles(sources, labels, options) } }
    // Checked again, now that patterns are expanded to files.
    try checkOutput(options.output, overwrite: true, inputs: sources.map(\.path), on: world)
    let indexes = try scanSources(sources, areChained: false, on: world)
    let topologies = try openTopologies(options.topologies, on: world)
    let trajectories = try world.together {
      try zip(sources, indexes).map { source, index in
        try Trajectory(
          sources: [source], indexes: [index], selection: options.frames, strict: options.strict,
          topologies: source.format.namesAtoms ? [] : topologies, boundary: options.boundary)
      }
    }
    let reports = try Self.reports(trajectories, options, speciesMap, center, on: world)
    try world.together { try Self.compare(reports, trajectories, speciesMap) }
    var files: [SampledFile] = [], warnings: [String] = []
    for (k, trajectory) in trajectories.enumerated() {
      files.append(
        SampledFile(
          label: labels[k], trajectory: trajectory,
          frames: trajectory.frames.sorted { $0.ordinal < $1.ordinal },
          centerCount: reports[k].centerCount, fingerprint: reports[k].fingerprint))
      for warning in trajectory.warnings + reports[k].warnings where !warnings.contains(warning) {
        warnings.append(warning)
      }
    }
    if let others = Self.otherSpecies(reports, trajectories, speciesMap) { warnings.append(others) }
    self.files = files
    self.warnings = warnings
  }

  /// A file cannot belong to two classes, or occur twice in one.
  private static func refuseSharedFiles(
    _ sources: [TrajectorySource], _ labels: [Int], _ options: SamplingOptions
  ) throws {
    func resolved(_ path: String) -> String {
      let pointer = realpath(path, nil)
      defer { free(pointer) }
      return pointer.map { String(cString: $0) } ?? path
    }
    var seen: [String: Int] = [:]
    for (k, source) in sources.enumerated() {
      let path = resolved(source.path)
      if let other = seen.updateValue(k, forKey: path) {
        let (a, b) = (options.classes[labels[other]].name, options.classes[labels[k]].name)
        let place =
          a == b
          ? "listed twice in class \(a) (also as \(sources[other].path))"
          : "in class \(a) and in class \(b)"
        throw RunError(
          "\(source.path): the file is \(place); expected each file once, in one class", .usage)
      }
    }
  }
}

/// Properties from the first frame of a file; made by one rank, sent to all as text.
private struct FileReport {
  var centerCount = 0
  var fingerprint: UInt64 = 0
  /// Atoms by symbol, or by type if the symbol is unknown.
  var census: [String: Int] = [:]
  var warnings: [String] = []

  init() {}

  init(
    _ trajectory: Trajectory, _ options: SamplingOptions, _ speciesMap: SpeciesMap, _ center: Int
  ) throws {
    fingerprint = try trajectory.sources[0].fingerprint()
    let reader = TrajectoryReader(trajectory, species: speciesMap)
    let frame = trajectory.frames[0]
    let header = try reader.header(of: frame)
    let batch = try reader.atoms(of: frame, header: header)
    centerCount = batch.counts(speciesCount: speciesMap.names.count)[center]
    let examination = FrameExamination(
      reader: reader, frame: frame, header: header, species: speciesMap.names, center: center)
    let atoms = try examination.composition()
    census = atoms.counts(of: speciesMap.names)
    warnings = header.notes
    warnings += try atoms.warnings(
      path: trajectory.sources[0].path, species: speciesMap.names, reportsOthers: false,
      strict: options.strict)
    if examination.isSmall {
      warnings += try examination.distances(batch, mass: atoms.mass, countsOverlaps: false)
    }
  }

  var text: String {
    func clean(_ text: String) -> String {
      String(text.map { $0 == "\t" || $0 == "\n" ? " " : $0 })
    }
    let atoms = census.sorted { $0.key < $1.key }.map { "\(clean($0.key))\t\($0.value)" }
    return (["\(centerCount)\t\(fingerprint)\t\(census.count)"] + atoms + warnings.map(clean))
      .joined(separator: "\n")
  }

  init(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let head = lines[0].split(separator: "\t")
    guard head.count == 3, let count = Int(head[0]), let hash = UInt64(head[1]),
      let species = Int(head[2])
    else { return }
    centerCount = count
    fingerprint = hash
    for line in lines.dropFirst().prefix(species) {
      let words = line.split(separator: "\t", omittingEmptySubsequences: false)
      census[String(words[0])] = words.count == 2 ? Int(words[1]) : nil
    }
    warnings = Array(lines.dropFirst(1 + species))
  }
}

extension SampledFiles {
  /// The report of each file; that of file k is made by rank k mod P.
  fileprivate static func reports(
    _ trajectories: [Trajectory], _ options: SamplingOptions, _ speciesMap: SpeciesMap,
    _ center: Int, on world: Communicator
  ) throws -> [FileReport] {
    let own = try world.together {
      try stride(from: world.rank, to: trajectories.count, by: world.size).map {
        try FileReport(trajectories[$0], options, speciesMap, center).text
      }
    }
    let all = try world.allGather(own.joined(separator: "\u{1E}"))
    let texts = all.map { $0.split(separator: "\u{1E}").map(String.init) }
    return trajectories.indices.map { FileReport(text: texts[$0 % world.size][$0 / world.size]) }
  }

  /// Every file must have all species of the descriptor.
  fileprivate static func compare(
    _ reports: [FileReport], _ trajectories: [Trajectory], _ speciesMap: SpeciesMap
  ) throws {
    func lacking(_ report: FileReport) -> String? {
      // A file with neither elements nor types has no census, but its atoms could not have been
      // read.
      speciesMap.names.first { report.census[$0, default: 0] == 0 }
    }
    guard let k = reports.indices.first(where: { lacking(reports[$0]) != nil }),
      let missing = lacking(reports[k])
    else { return }
    let path = trajectories[k].sources[0].path
    let found =
      reports[k].census.isEmpty
      ? "no atoms" : "only " + reports[k].census.keys.sorted().joined(separator: ", ")
    var sentence =
      "\(path): expected atoms of species \(speciesMap.names.joined(separator: ", ")), found no "
      + "\(missing) (\(found)); check --types"
    if let other = reports.indices.first(where: { lacking(reports[$0]) == nil }) {
      sentence = "unequal species: \(sentence) (\(trajectories[other].sources[0].path) has them)"
    }
    throw RunError(sentence, .badData)
  }

  /// Adds a warning if files differ in atoms that the descriptor does not use.
  fileprivate static func otherSpecies(
    _ reports: [FileReport], _ trajectories: [Trajectory], _ speciesMap: SpeciesMap
  ) -> String? {
    func others(_ k: Int) -> [String] {
      reports[k].census.keys.filter { !speciesMap.names.contains($0) }.sorted()
    }
    guard let odd = reports.indices.first(where: { others($0) != others(0) }) else { return nil }
    func text(_ k: Int) -> String { others(k).isEmpty ? "none" : others(k).joined(separator: ", ") }
    return
      "files differ in atoms that the descriptor ignores: \(trajectories[0].sources[0].path) has "
      + "\(text(0)), \(trajectories[odd].sources[0].path) has \(text(odd))"
  }
}
