/// The frames of a run, from one or several files, in step order, ready to be read.
///
/// It is made in three steps, so that the expensive one can be distributed over ranks:
/// 1. `TrajectorySource.discover`: one rank examines the files and broadcasts the result.
/// 2. `TrajectorySource.scan`: every rank scans its share of each uncompressed file; one rank scans
///    each compressed file. `TrajectorySource.index(merging:file:)` joins the shares.
/// 3. `Trajectory.init`: pure, the same on every rank.
///
/// `Trajectory.open` does all three in one process.
public struct Trajectory: Sendable, Equatable {
  /// The files, in the order in which they were given.
  public let sources: [TrajectorySource]
  /// The frames of each file.
  public let indexes: [FrameIndex]
  /// Frames of the chained files before selection.
  public let availableFrameCount: Int
  /// Topologies of files without atom names; each file uses the first with its number of atoms.
  public let topologies: [Topology]
  /// The selected frames by ascending step. Damaged ones are included; reading them throws the
  /// reason.
  public internal(set) var frames: [FrameLocation]
  /// Warnings and notes for the user, each once, in a fixed order.
  public internal(set) var warnings: [String]
  /// Which axes are periodic, where the user says so.
  public let boundary: Boundary?
  /// Files whose times are not used, because all their frames have the same; see
  /// `dropTimes(ofFiles:)`.
  var untimed: Set<Int> = []
  /// The first frame that a frame of another file replaces.
  let replacement: FrameReplacement?
  /// Atoms in each frame, as in the first valid one.
  public let atomCount: Int

  /// Chains files and selects frames.
  ///
  /// - Parameters:
  ///   - sources: the files.
  ///   - indexes: their frames, made with the file's position in `sources`.
  ///   - selection: selects among the chained frames.
  ///   - strict: whether a truncated file is an error instead of a warning.
  ///   - topologies: topologies of files without atom names.
  ///   - boundary: which axes are periodic, for files that do not say it.
  /// - Throws: `TrajectoryError` if there is no complete frame, the selection is empty, or data are
  ///   missing and `strict` is set.
  public init(
    sources: [TrajectorySource], indexes: [FrameIndex], selection: FrameSelection = .all,
    strict: Bool = false, topologies: [Topology] = [], boundary: Boundary? = nil
  ) throws(TrajectoryError) {
    precondition(sources.count == indexes.count, "one index per source")
    let losses = indexes.flatMap(\.losses)
    let named = sources.map(\.path).joined(separator: ", ")
    if strict, let loss = losses.first {
      throw TrajectoryError(
        path: loss.path, line: loss.line, frame: loss.frame, reason: "\(loss.reason) (--strict)")
    }
    let chain = FrameChain(indexes.map(\.frames), paths: sources.map(\.path))
    guard !chain.frames.isEmpty else {
      throw TrajectoryError(
        path: named,
        reason: "no complete frame"
          + (losses.isEmpty ? "" : " (\(losses.map(\.reason).joined(separator: "; ")))"))
    }
    var warnings = losses.map(\.description) + indexes.flatMap(\.remarks)
    for (source, index) in zip(sources, indexes) where index.frames.isEmpty {
      let text = "\(source.path): no complete frame"
      if strict { throw TrajectoryError(path: source.path, reason: "no complete frame") }
      warnings.append(text)
    }
    let positions = selection.positions(count: chain.frames.count)
    guard !positions.isEmpty else {
      throw TrajectoryError(
        path: "--frames",
        reason: "selects none of the \(counted(chain.frames.count, "frame")) of \(named)",
        kind: .usage)
    }
    if let topology = topologies.first, sources.allSatisfy(\.format.namesAtoms) {
      warnings.append(
        "\(topology.path) (--topology) is not used: \(named) identifies the atoms itself")
    }
    self.sources = sources
    self.topologies = topologies
    self.indexes = indexes
    self.boundary = boundary
    replacement = chain.replacement
    availableFrameCount = chain.frames.count
    let selected = positions.map { chain.frames[$0] }
    // All frames of one file share its index's memory: some 100 bytes per frame on every rank.
    frames = indexes.count == 1 && selected == indexes[0].frames ? indexes[0].frames : selected
    self.warnings = warnings + chain.warnings
    atomCount = Int(clamping: frames.first(where: \.isSound)?.atomCount ?? 0)
  }

  /// Opens files, scans them and chains their frames, in one process.
  ///
  /// - Parameters:
  ///   - paths: files or shell patterns.
  ///   - selection: selects among the chained frames.
  ///   - strict: whether a truncated file is an error instead of a warning.
  ///   - topologies: paths of structure files for trajectories without atom names.
  ///   - formats: the formats that are read.
  /// - Throws: `TrajectoryError`.
  public static func open(
    paths: [String], selection: FrameSelection = .all, strict: Bool = false,
    topologies: [String] = [], formats: TrajectoryFormats = .standard
  ) throws(TrajectoryError) -> Trajectory {
    let sources = try TrajectorySource.discover(paths, formats: formats)
    var indexes: [FrameIndex] = []
    for (file, source) in sources.enumerated() {
      indexes.append(try source.index(merging: [source.scan(source.share(0, of: 1))], file: file))
    }
    var read: [Topology] = []
    for path in topologies { read.append(try Topology(path: path)) }
    return try Trajectory(
      sources: sources, indexes: indexes, selection: selection, strict: strict, topologies: read)
  }

  /// The file of a frame, as given by the user.
  public func path(of frame: FrameLocation) -> String { sources[frame.file].path }
}
