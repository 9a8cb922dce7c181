/// A trajectory format: detection of its files, location of their frames, reading of frames, and
/// properties of its atoms.
///
/// One value per format, in one file or folder, listed in `TrajectoryFormats.standard` or added to
/// that list by the module that holds it. `TrajectorySource` keeps the value that detected a file
/// and calls nothing else, so that no other code lists formats.
public protocol TrajectoryFormat: Sendable {
  /// A permanent word that identifies the format in messages between ranks, e.g. `xtc`.
  var identifier: String { get }
  /// The name in messages.
  var name: String { get }
  /// Whether files identify their atoms; otherwise `--topology` is needed.
  var namesAtoms: Bool { get }
  /// Whether files may be gzip or Zstandard; otherwise frames are read by offset.
  var mayBeCompressed: Bool { get }
  /// Whether several ranks can each scan a share of an uncompressed file.
  var isScannedInShares: Bool { get }
  /// Number of frames with the same step from which on steps are considered unusable; see
  /// `FrameIndex.judgeSteps`.
  var fewestEqualSteps: Int { get }

  /// Whether a file whose content starts with these bytes (up to 4096) is of this format.
  func detect(_ start: [UInt8]) -> Detection

  /// Why content that resembles the format is not supported, and what to do; nil if it does not
  /// resemble it. Called only if no format detects the file.
  func refusal(_ start: [UInt8]) -> String?

  /// Finds the frames that start in a share of the file: in all of it, if it is not scanned in
  /// shares.
  /// - Throws: `TrajectoryError` if the file cannot be read.
  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex

  /// Joins the results of the scans.
  /// - Throws: `TrajectoryError` if the shares do not cover the file.
  func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex

  /// Opens a file whose frames are known.
  /// - Parameter topologies: topologies for formats without atom names.
  /// - Throws: `TrajectoryError` if the file cannot be opened or is shorter than it was.
  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile
}

/// Certainty that a file is of a format.
public enum Detection: Sendable, Comparable {
  /// It is of another format.
  case no
  /// The first bytes contain a mark of the format; a format that is certain takes precedence.
  case possible
  /// The first bytes are those of the format.
  case certain
}

extension TrajectoryFormat {
  /// Frames are read by offset.
  public var mayBeCompressed: Bool { false }
  /// One rank scans the whole file.
  public var isScannedInShares: Bool { false }
  /// Two frames with the same step may be a truncated one and its copy written by a restart.
  public var fewestEqualSteps: Int { 3 }
  /// There is no unsupported content that resembles the format.
  public func refusal(_ start: [UInt8]) -> String? { nil }

  /// The index of a file that is scanned as a whole.
  public func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex
  {
    let chains = try RecordChain.shares(partials, size: source.size, path: source.path)
    return FrameIndex(
      chains[0].chain, file: file, path: source.path, size: source.size, format: name)
  }
}

/// The supported formats of a program.
public struct TrajectoryFormats: Sendable {
  /// The formats, in the order in which messages name them. Of two with equal certainty the first
  /// one is used.
  public let all: [any TrajectoryFormat]

  /// A list of formats, whose identifiers differ.
  public init(_ all: [any TrajectoryFormat]) {
    precondition(Set(all.map(\.identifier)).count == all.count, "identifiers differ")
    self.all = all
  }

  /// The list with one more format at the end.
  public func adding(_ format: any TrajectoryFormat) -> TrajectoryFormats {
    TrajectoryFormats(all + [format])
  }

  /// The format with an identifier.
  func format(_ identifier: String) -> (any TrajectoryFormat)? {
    all.first { $0.identifier == identifier }
  }

  /// The format of a file whose content starts with these bytes.
  func format(of start: [UInt8]) -> (any TrajectoryFormat)? {
    let found = all.map { $0.detect(start) }
    for wanted in [Detection.certain, .possible] {
      if let place = found.firstIndex(of: wanted) { return all[place] }
    }
    return nil
  }

  /// The names as one phrase: “A, B or C”.
  var names: String {
    all.count < 2
      ? all.map(\.name).joined()
      : all.dropLast().map(\.name).joined(separator: ", ") + " or " + all[all.count - 1].name
  }
}
