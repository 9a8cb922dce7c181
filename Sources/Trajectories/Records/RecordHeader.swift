/// The header of an XTC or TRR frame, sufficient to find the next one.
struct RecordHeader: Equatable {
  /// MD step and time in ps.
  var step: Int64
  var time: Double
  /// Atoms of the frame.
  var atomCount: Int64
  /// Edge vectors in nm, row by row; empty if the frame has none.
  var box: [Double]
  /// Bytes from the header's start to the coordinates, and to the next frame.
  var body: Int64
  var length: Int64
  /// Whether there are positions.
  var hasPositions = true
  /// Whether numbers have eight bytes (TRR).
  var isDouble = false

  /// Maximum length of a header of either format in bytes.
  static let limit = 256
}

/// A format of frames that follow each other without a table of contents, each with a header that
/// gives its length.
protocol RecordFormat: TrajectoryFormat {
  /// The first four bytes of a header, as a number in file order: either of these.
  var magicNumbers: (UInt32, UInt32) { get }

  /// Frames begin at multiples of this number of bytes.
  var alignment: Int { get }
  /// Most bytes of a header.
  var headerLimit: Int { get }

  /// The header at the start of `bytes`, or nil if there is none.
  func header(_ bytes: [UInt8]) -> RecordHeader?
}

extension RecordFormat {
  var namesAtoms: Bool { false }
  var isScannedInShares: Bool { true }
  var alignment: Int { 4 }
  var headerLimit: Int { RecordHeader.limit }

  func detect(_ start: [UInt8]) -> Detection {
    start.count >= 4 && mayStart(Self.word(start)) ? .certain : .no
  }

  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex
  {
    var partial = PartialIndex(range: share)
    partial.records = try RecordScan(self, of: source.plainFile()).chain(in: share)
    return partial
  }

  func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex
  {
    let chains = try RecordChain.shares(partials, size: source.size, path: source.path)
    let chain = try RecordScan(self, of: source.plainFile()).joined(chains)
    return FrameIndex(chain, file: file, path: source.path, size: source.size, format: name)
  }

  /// Whether the bytes are the beginning of a header, as far as the file goes.
  func beginsHeader(_ bytes: [UInt8]) -> Bool { bytes.count < 4 || mayStart(Self.word(bytes)) }

  /// Whether a header may start with these four bytes; a quick test before the whole header is
  /// parsed.
  func mayStart(_ word: UInt32) -> Bool {
    word == magicNumbers.0 || word == magicNumbers.1
  }

  private static func word(_ bytes: [UInt8]) -> UInt32 {
    bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
  }
}
