/// A trajectory format: how a file of it is detected, where its frames are, how they are read, and
/// what it says of its atoms.
///
/// One value per format, in one file or folder, listed in `TrajectoryFormats.standard` or added to
/// that list by the module that holds it. `TrajectorySource` keeps the value that detected a file
/// and calls nothing else, so that no other code lists formats.
public protocol TrajectoryFormat: Sendable {
  /// A word that names the format between ranks and never changes, e.g. `xtc`.
  var identifier: String { get }
  /// The name in messages.
  var name: String { get }
  /// Whether files say which atom is which; otherwise `--topology` must.
  var namesAtoms: Bool { get }
  /// Whether files may be gzip or Zstandard; otherwise frames are read by their place in the file.
  var mayBeCompressed: Bool { get }
  /// Whether several ranks can each scan a share of a plain file's bytes.
  var isScannedInShares: Bool { get }
  /// Frames of one step from which on the step means nothing; see `FrameIndex.judgeSteps`.
  var fewestEqualSteps: Int { get }

  /// Whether a file whose content starts with these bytes (up to 4096) is of this format.
  func detect(_ start: [UInt8]) -> Detection

  /// Why content that resembles the format is not read and what to do; nil if it does not resemble
  /// it. Asked only if no format detects the file.
  func refusal(_ start: [UInt8]) -> String?

  /// Finds the frames that start in a share of the file: in all of it, if it is not scanned in
  /// shares.
  /// - Throws: `TrajectoryError` if the file cannot be read.
  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex

  /// Joins what the shares' scans found.
  /// - Throws: `TrajectoryError` if the shares do not cover the file.
  func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex

  /// Opens a file whose frames are known.
  /// - Parameter topologies: name the atoms where the format does not.
  /// - Throws: `TrajectoryError` if the file cannot be opened or is shorter than it was.
  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile
}

/// How sure a format is that a file is its own.
public enum Detection: Sendable, Comparable {
  /// It is of another format.
  case no
  /// What the format looks for stands somewhere in the first bytes; a format that is certain wins.
  case possible
  /// The first bytes are those of the format.
  case certain
}

extension TrajectoryFormat {
  /// Frames are read by their place in the file.
  public var mayBeCompressed: Bool { false }
  /// One rank scans the whole file.
  public var isScannedInShares: Bool { false }
  /// Two frames of one step may be a restart's copy of a cut one.
  public var fewestEqualSteps: Int { 3 }
  /// Nothing that is not read resembles the format.
  public func refusal(_ start: [UInt8]) -> String? { nil }

  /// The index of a file whose frames one scan lists.
  public func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex
  {
    let chains = try RecordChain.shares(partials, size: source.size, path: source.path)
    return FrameIndex(
      chains[0].chain, file: file, path: source.path, size: source.size, format: name)
  }
}

/// The formats that a program reads.
public struct TrajectoryFormats: Sendable {
  /// The formats, in the order in which messages name them. Of two that are equally sure of a file
  /// the first one reads it.
  public let all: [any TrajectoryFormat]

  /// A list of formats, whose identifiers differ.
  public init(_ all: [any TrajectoryFormat]) {
    precondition(Set(all.map(\.identifier)).count == all.count, "identifiers differ")
    self.all = all
  }

  /// The list with one more format behind the others.
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
