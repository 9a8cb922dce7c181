import Glibc

/// A trajectory file as it was when it was first looked at: name, size, packing, format.
///
/// Found by one rank (`discover`), sent to the others as bytes, scanned by all.
public struct TrajectorySource: Sendable, Equatable {
  /// The file as the user named it, or as a pattern of his matched it.
  public let path: String
  /// Bytes on disk. What is appended later does not count.
  public let size: Int64
  /// Time of last change in ns since 1970.
  public let modified: Int64
  /// How the content is packed.
  public let compression: Compression
  /// What the content is.
  public let format: Format

  /// Whether several ranks can scan the file at once; a compressed one must be read from its start,
  /// and a DCD's frames are computed.
  public var canScanInShares: Bool { compression == .none && format != .dcd && format != .h5md }

  /// Share `part` of `parts` of the file's bytes, for `scan`; adjacent shares touch, the last ends
  /// with the file.
  public func share(_ part: Int, of parts: Int) -> Range<Int64> {
    precondition(0 <= part && part < parts, "share \(part) of \(parts) does not exist")
    guard canScanInShares else { return part == 0 ? 0..<size : size..<size }
    let step = size / Int64(parts)
    return step * Int64(part)..<(part + 1 == parts ? size : step * Int64(part + 1))
  }

  /// Looks at one file: opens it, and tells packing and format from the first bytes.
  /// - Throws: `TrajectoryError` if it cannot be opened, is empty, or is no trajectory.
  public init(path: String) throws(TrajectoryError) {
    let file = try PlainFile(path: path)
    self.path = path
    size = file.size
    modified = file.modified
    guard size > 0 else {
      throw TrajectoryError(path: path, reason: "the file is empty: no complete frame")
    }
    compression = Compression(magic: try file.bytes(at: 0, count: 4))
    let start = try Self.start(of: file, compression: compression)
    if start.isEmpty && compression != .none {
      throw TrajectoryError(
        path: path,
        reason: "the compressed file is cut or damaged at its very beginning: no complete frame")
    }
    do throws(ColumnLayout.Reason) {
      format = try Self.format(of: start, isPacked: compression != .none)
    } catch {
      throw TrajectoryError(
        path: path, line: error.text.hasPrefix("expected") ? 1 : nil, reason: error.text)
    }
    guard format.isText || compression == .none else {
      throw TrajectoryError(
        path: path,
        reason:
          "is a compressed \(format.name) file: unpack it, so that its frames can be read by position"
      )
    }
  }

  /// Files that paths and patterns (`*`, `?`, `[…]`) name, in the order given, a pattern's matches
  /// by name; each file once.
  /// - Throws: `TrajectoryError` (missing) if one names nothing, and as `init(path:)`.
  public static func discover(_ patterns: [String]) throws(TrajectoryError) -> [TrajectorySource] {
    var paths: [String] = []
    for pattern in patterns {
      let matches = access(pattern, F_OK) == 0 ? [pattern] : expand(pattern)
      if matches.isEmpty {
        let isPattern = pattern.contains { "*?[".contains($0) }
        throw TrajectoryError(
          path: pattern, reason: isPattern ? "no file matches" : "no such file", kind: .missing)
      }
      for match in matches where !paths.contains(match) { paths.append(match) }
    }
    var sources: [TrajectorySource] = []
    for path in paths { sources.append(try TrajectorySource(path: path)) }
    return sources
  }

  /// Finds the frames that start in a share of the file; in all of a compressed file for its share
  /// 0, and in none for others.
  ///
  /// O(bytes), in constant memory; several GB/s for plain files, the speed of decompression for
  /// others.
  /// - Throws: `TrajectoryError` if the file cannot be read.
  public func scan(_ share: Range<Int64>) throws(TrajectoryError) -> PartialIndex {
    precondition(0 <= share.lowerBound && share.upperBound <= size, "a share lies within the file")
    let file = try PlainFile(path: path, size: size)
    if !canScanInShares, share != 0..<size { return PartialIndex(range: 0..<0) }
    let stream = compression == .none ? nil : try compression.stream(over: file, recording: true)
    switch format {
    case .lammpsDump:
      if let stream { return try DumpScan.stream(stream) }
      return try DumpScan.share(share, of: file)
    case .extendedXYZ, .gro:
      let counted = format == .gro ? CountedFormat.gro : .extendedXYZ
      if let stream { return try CountedScan.stream(stream, format: counted) }
      return try CountedScan.share(share, of: file, format: counted)
    case .xtc, .trr:
      var partial = PartialIndex(range: share)
      partial.records = try RecordScan(format == .xtc ? .xtc : .trr, of: file).chain(in: share)
      return partial
    case .h5md:
      throw TrajectoryError(path: path, reason: "is an H5MD file, whose frames its store tells")
    case .dcd:
      var partial = PartialIndex(range: share)
      partial.records = RecordChain(frames: try DCDLayout(file).frames(size: size), next: size)
      return partial
    }
  }

  /// Joins what the shares' scans found. Pure, except that a corrupt compressed file is read once
  /// more, to find out which of its frames can be: let one rank do it, and send the index to the
  /// others.
  /// - Throws: `TrajectoryError` if the shares do not cover the file.
  public func index(merging partials: [PartialIndex], file: Int) throws(TrajectoryError)
    -> FrameIndex
  {
    var index = try joined(partials, file: file)
    // Text with counted frames is written by programs that know no restarts.
    index.judgeSteps(path: path, fewest: format == .gro || format == .extendedXYZ ? 2 : 3)
    return index
  }

  private func joined(_ partials: [PartialIndex], file: Int) throws(TrajectoryError) -> FrameIndex {
    switch format {
    case .lammpsDump:
      var index = try FrameIndex(merging: partials, file: file, path: path)
      if index.isCorrupt { try LAMMPSDump.dropUnreadable(from: &index, source: self) }
      return index
    case .extendedXYZ, .gro:
      var index = try FrameIndex(
        counting: partials, format: format == .gro ? .gro : .extendedXYZ, file: file, path: path)
      if index.isCorrupt { try dropUnreadable(from: &index) }
      return index
    case .xtc, .trr, .dcd, .h5md:
      let chains = partials.compactMap { partial in
        partial.records.map { (share: partial.range, chain: $0) }
      }
      .filter { !$0.share.isEmpty }.sorted { $0.share.lowerBound < $1.share.lowerBound }
      var expected: Int64 = 0
      for (share, _) in chains {
        guard share.lowerBound == expected else { break }
        expected = share.upperBound
      }
      guard expected == size else {
        throw TrajectoryError(
          path: path, reason: "the shares of the scan leave a gap at byte \(expected)")
      }
      let chain =
        !canScanInShares
        ? chains[0].chain
        : try RecordScan(format == .xtc ? .xtc : .trr, of: PlainFile(path: path, size: size))
          .joined(chains)
      return FrameIndex(chain, file: file, path: path, size: size, format: format.name)
    }
  }

  /// Ends a corrupt file's index before the first frame that cannot be read.
  private func dropUnreadable(from index: inout FrameIndex) throws(TrajectoryError) {
    let reader = try open(index: index, species: SpeciesMap(names: []))
    for (position, frame) in index.frames.enumerated() {
      do throws(TrajectoryError) {
        _ = try reader.atoms(of: frame, header: reader.header(of: frame), part: 0, of: 1)
      } catch {
        let reason =
          "\(error.reason); from here on the file was dropped, \(position) frame(s) before are used"
        index.losses.append(
          TrajectoryError(path: error.path, line: error.line, frame: error.frame, reason: reason))
        index.frames.removeSubrange(position...)
        return
      }
    }
  }

  /// Opens the file for reading frames; `topologies` name the atoms of a format that does not,
  /// `stores` opens containers.
  public func open(
    index: FrameIndex, species: SpeciesMap, topologies: [Topology] = [], stores: StoreOpener = .none
  ) throws(TrajectoryError) -> any TrajectoryFile {
    switch format {
    case .lammpsDump: try LAMMPSDump(source: self, index: index, species: species)
    case .extendedXYZ: try ExtendedXYZ(source: self, index: index, species: species)
    case .gro: try GROFile(source: self, index: index, species: species)
    case .xtc: try XTCFile(source: self, index: index, species: species, topologies: topologies)
    case .trr: try TRRFile(source: self, index: index, species: species, topologies: topologies)
    case .h5md:
      StoredFile(
        source: self, index: index, species: species, topologies: topologies,
        store: try stores.open(self))
    case .dcd: try DCDFile(source: self, index: index, species: species, topologies: topologies)
    }
  }

  /// First bytes of the content.
  private static func start(of file: PlainFile, compression: Compression) throws(TrajectoryError)
    -> [UInt8]
  {
    guard compression != .none else { return try file.bytes(at: 0, count: 4096) }
    return try CompressedFile(file: file, compression: compression, accessPoints: []).bytes(
      at: 0, count: 4096)
  }

  /// Paths that a shell pattern matches, sorted.
  private static func expand(_ pattern: String) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, 0, nil, &result) == 0 else { return [] }
    return (0..<Int(result.gl_pathc)).compactMap { index in
      result.gl_pathv[index].map { String(cString: $0) }
    }
  }
}
