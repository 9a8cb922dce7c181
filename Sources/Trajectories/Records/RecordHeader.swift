/// What the header of a frame of XTC or TRR says: enough to hop to the next one.
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

  /// Bytes within which a header of either format lies.
  static let limit = 256
}

/// Formats of frames that follow each other without a table of contents, each with a header that
/// tells its length.
enum RecordFormat: Sendable {
  case xtc, trr

  var name: String { self == .xtc ? "XTC" : "TRR" }

  /// The header at the start of `bytes`, or nil if there is none.
  func header(_ bytes: ArraySlice<UInt8>) -> RecordHeader? {
    self == .xtc ? XTCFile.header(Array(bytes)) : TRRFile.header(Array(bytes))
  }

  /// Whether the bytes begin as a header does, as far as the file goes.
  func beginsHeader(_ bytes: [UInt8]) -> Bool {
    bytes.count < 4 || mayStart(bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
  }

  /// Whether a header may start with these four bytes, in file order; a quick look before the whole
  /// is tried.
  func mayStart(_ word: UInt32) -> Bool {
    self == .xtc ? word == 1995 || word == 2023 : word == 1993
  }
}
