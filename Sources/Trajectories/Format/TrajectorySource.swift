/// A trajectory file when it was first examined: name, size, compression, format.
///
/// Made on one rank (`discover`), broadcast to the others as bytes, scanned by all.
public struct TrajectorySource: Sendable, Equatable {
  /// The path as given by the user, or as matched by a pattern.
  public let path: String
  /// Size in bytes. Bytes appended later are ignored.
  public let size: Int64
  /// Time of last change in ns since 1970.
  public let modified: Int64
  /// The compression.
  public let compression: Compression
  /// The format of the content.
  public let format: any TrajectoryFormat

  /// A file in a known state.
  init(
    path: String, size: Int64, modified: Int64, compression: Compression,
    format: any TrajectoryFormat
  ) {
    self.path = path
    self.size = size
    self.modified = modified
    self.compression = compression
    self.format = format
  }

  /// A file that was examined.
  init(_ file: PlainFile, compression: Compression, format: any TrajectoryFormat) {
    self.init(
      path: file.path, size: file.size, modified: file.modified, compression: compression,
      format: format)
  }

  /// Whether two descriptions are of the same file in the same state.
  public static func == (left: TrajectorySource, right: TrajectorySource) -> Bool {
    left.path == right.path && left.size == right.size && left.modified == right.modified
      && left.compression == right.compression
      && left.format.identifier == right.format.identifier
  }

  /// Whether several ranks can scan the file at once; a compressed one must be read from its start,
  /// and in some formats the frames are computed.
  public var canScanInShares: Bool { compression == .none && format.isScannedInShares }

  /// Share `part` of `parts` of the file's bytes, for `scan`; shares are adjacent, and the last
  /// ends with the file.
  public func share(_ part: Int, of parts: Int) -> Range<Int64> {
    precondition(0 <= part && part < parts, "share \(part) of \(parts) does not exist")
    guard canScanInShares else { return part == 0 ? 0..<size : size..<size }
    let step = size / Int64(parts)
    return step * Int64(part)..<(part + 1 == parts ? size : step * Int64(part + 1))
  }

  /// Finds the frames that start in a share of the file; in all of a compressed file for its share
  /// 0, and in none for others.
  ///
  /// O(bytes), in constant memory; several GB/s for uncompressed files, the speed of decompression
  /// for others.
  /// - Throws: `TrajectoryError` if the file cannot be read.
  public func scan(_ share: Range<Int64>) throws(TrajectoryError) -> PartialIndex {
    precondition(0 <= share.lowerBound && share.upperBound <= size, "a share lies within the file")
    if !canScanInShares, share != 0..<size { return PartialIndex(range: 0..<0) }
    return try format.scan(share, of: self)
  }

  /// Joins the results of the scans. A pure function, except that a corrupt compressed file is read
  /// again to determine which frames are readable: call it on one rank and broadcast the index.
  /// - Throws: `TrajectoryError` if the shares do not cover the file.
  public func index(merging partials: [PartialIndex], file: Int) throws(TrajectoryError)
    -> FrameIndex
  {
    var index = try format.index(merging: partials, of: self, file: file)
    if index.isCorrupt { try dropUnreadable(from: &index) }
    index.judgeSteps(path: path, fewest: format.fewestEqualSteps)
    return index
  }

  /// Ends a corrupt file's index before the first frame that cannot be read: between a flipped bit
  /// and the detection of the error, a damaged stream may return content that resembles frames.
  private func dropUnreadable(from index: inout FrameIndex) throws(TrajectoryError) {
    let reader = try open(index: index, species: SpeciesMap(names: []))
    for (position, frame) in index.frames.enumerated() {
      do throws(TrajectoryError) {
        _ = try reader.atoms(of: frame, header: reader.header(of: frame), part: 0, of: 1)
      } catch {
        let reason =
          "\(error.reason); the rest of the file is ignored, \(counted(position, "frame")) before "
          + "it \(position == 1 ? "is" : "are") used"
        index.losses.append(
          TrajectoryError(path: error.path, line: error.line, frame: error.frame, reason: reason))
        index.frames.removeSubrange(position...)
        return
      }
    }
  }

  /// Opens the file for reading frames; `topologies` are for formats without atom names.
  public func open(
    index: FrameIndex, species: SpeciesMap, topologies: [Topology] = []
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try format.open(self, index: index, species: species, topologies: topologies)
  }

  /// The file when it was examined.
  func plainFile() throws(TrajectoryError) -> PlainFile { try PlainFile(path: path, size: size) }

  /// The file's content by offset.
  func content(_ index: FrameIndex) throws(TrajectoryError) -> any ByteSource {
    let file = try plainFile()
    return compression == .none
      ? file
      : try CompressedFile(file: file, compression: compression, accessPoints: index.accessPoints)
  }
}
