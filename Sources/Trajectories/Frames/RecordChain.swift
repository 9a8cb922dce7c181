/// The result of one rank's share of a file of records.
struct RecordChain: Sendable, Equatable {
  /// Frames that start in the share, file position 0.
  var frames: [FrameLocation] = []
  /// Expected offset of the next frame after the last one; the end of the share if none was found.
  var next: Int64 = 0
}

extension RecordChain {
  func encode(to writer: inout ByteWriter) {
    writer.put(next)
    writer.put(Int64(frames.count))
    for frame in frames { frame.words.forEach { writer.put($0) } }
  }

  init(from reader: inout ByteReader) throws(TrajectoryError) {
    next = try reader.integer()
    for _ in 0..<(try reader.count(ofSize: FrameLocation.wordCount * 8)) {
      var words: [Int64] = []
      for _ in 0..<FrameLocation.wordCount { words.append(try reader.integer()) }
      guard let frame = FrameLocation(words: words) else { throw ByteReader.damaged }
      frames.append(frame)
    }
  }
}

extension RecordChain {
  /// The chains of a file's shares in file order.
  /// - Throws: `TrajectoryError` if the shares do not cover the file.
  static func shares(_ partials: [PartialIndex], size: Int64, path: String)
    throws(TrajectoryError) -> [(share: Range<Int64>, chain: RecordChain)]
  {
    let chains = partials.compactMap { partial in
      partial.records.map { (share: partial.range, chain: $0) }
    }
    .filter { !$0.share.isEmpty }.sorted { $0.share.lowerBound < $1.share.lowerBound }
    var expected: Int64 = 0
    for (share, _) in chains {
      guard share.lowerBound == expected else { break }
      expected = share.upperBound
    }
    guard expected == size, !chains.isEmpty else {
      throw TrajectoryError(
        path: path, reason: "the shares of the scan leave a gap at byte \(expected)")
    }
    return chains
  }
}
