/// GRO: title, number of atoms, atoms, box; one frame or many.
struct GROFormat: CountedFormat, TopologyFormat {
  let identifier = "gro"
  let name = "GRO"
  let title = "a GRO file"
  let linesAfter: Int64 = 1
  let headLines = "a title and a number of atoms"
  let stepPlace = "titles (step= …)"

  func detect(_ start: [UInt8]) -> Detection { detects(start) ? .certain : .no }

  /// Whether content begins with a title, a line with only a number, and a line of atoms in
  /// columns.
  func detects(_ start: [UInt8]) -> Bool {
    let lines = start.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    guard lines.count >= 3,
      let count = Int64(String(decoding: lines[1].filter { !isBlank($0) }, as: UTF8.self)),
      count > 0
    else {
      return false
    }
    return GRORows.width(of: lines[2]) != nil
  }

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try GROFile(source: source, index: index, species: species)
  }

  /// The atoms of the first frame of a file.
  /// - Throws: `TrajectoryError` if it holds no complete frame.
  func topology(of content: any ByteSource, path: String) throws(TrajectoryError) -> Topology {
    let plain = try PlainFile(path: path)
    let source = TrajectorySource(
      plain, compression: Compression(magic: try plain.bytes(at: 0, count: 4)), format: self)
    let index = try source.index(merging: [source.scan(0..<source.size)], file: 0)
    guard let frame = index.frames.first else {
      throw TrajectoryError(
        path: path,
        reason: "no complete frame" + (index.losses.first.map { " (\($0.reason))" } ?? ""))
    }
    return try GROFile(source: source, index: index, species: SpeciesMap(names: []))
      .topology(of: frame)
  }

  /// The title is the line before the number, and the box of the previous frame is the line before
  /// that.
  func frame(
    at count: Range<Int>, in window: UnsafeRawBufferPointer, startsContent: Bool
  ) -> CountedFrame? {
    guard count.lowerBound > 0,
      let first = Self.lineStart(
        before: count.lowerBound, in: window, startsContent: startsContent)
    else { return nil }
    let title = String(decoding: window[first..<count.lowerBound - 1], as: UTF8.self)
    return CountedFrame(
      start: first, body: count.upperBound + 1,
      previousEnd: Self.lineStart(before: first, in: window, startsContent: startsContent)
        ?? first,
      linesBefore: 1, step: GROTitle(title).step)
  }

  /// Start of the line that ends before `position`; nil if it is outside the window.
  private static func lineStart(
    before position: Int, in window: UnsafeRawBufferPointer, startsContent: Bool
  ) -> Int? {
    guard position > 0 else { return nil }
    if let newline = lastIndex(
      of: 0x0A, in: window, from: max(0, position - 1 - TextWindows.before / 2), to: position - 1)
    {
      return newline + 1
    }
    return startsContent && position - 1 <= TextWindows.before / 2 ? 0 : nil
  }

  /// Whether a box line is complete: three or nine numbers with as many decimals each.
  func isWhole(lastLine: String) -> Bool {
    let words = GROFile.boxWords(lastLine)
    guard words.count == 3 || words.count == 9,
      words.allSatisfy({ decimalNumber(String($0)) != nil })
    else { return false }
    return Set(
      words.map { word in
        word.firstIndex(of: ".").map { word.distance(from: $0, to: word.endIndex) }
      }
    ).count == 1
  }
}
