/// Extended XYZ: number of atoms, comment with `Lattice=`, atoms.
struct ExtendedXYZFormat: CountedFormat {
  let identifier = "extended-xyz"
  let name = "extended XYZ"
  let linesAfter: Int64 = 0
  let headLines = "a number of atoms and a comment with Lattice=\"…\""
  let stepPlace = "comments (step=…)"

  func detect(_ start: [UInt8]) -> Detection {
    guard let lines = Self.countedLines(start) else { return .no }
    return start.withUnsafeBytes {
      XYZComment.hasLattice($0[lines[1].startIndex..<lines[1].endIndex])
    } ? .certain : .no
  }

  func refusal(_ start: [UInt8]) -> String? {
    guard let lines = Self.countedLines(start), lines.count > 2,
      lines[2].split(whereSeparator: isBlank).count >= 4
    else { return nil }
    return
      "is an XYZ file without a cell (no Lattice=\"…\" in line 2), which SOAP descriptors need: "
      + "write extended XYZ"
  }

  /// The first lines, if the first has only a number and there is a second.
  private static func countedLines(_ start: [UInt8]) -> [ArraySlice<UInt8>]? {
    let lines = start.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    return lines.count > 1
      && Int64(String(decoding: lines[0].filter { !isBlank($0) }, as: UTF8.self)) != nil
      ? lines : nil
  }

  /// Programs that know no steps often write the frame's number as `step`: steps 0, 1, 2, … count
  /// as numbers of the frames, unless LAMMPS wrote them or the times show steps of MD.
  func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex
  {
    var index = try FrameIndex(counting: partials, format: self, file: file, path: source.path)
    let known = index.frames.filter(\.isSound)
    guard known.count > 1, let first = known.first, let last = known.last,
      known.allSatisfy({ $0.step == Int64($0.ordinal) && !$0.isNumbered })
    else { return index }
    let reader = try ExtendedXYZ(
      source: source, index: index, species: SpeciesMap(names: []))
    // A frame that cannot be read is reported where it is read.
    guard let start = try? reader.comment(of: first), let end = try? reader.comment(of: last),
      !start.isOfLAMMPS
    else { return index }
    if let from = start.time, let to = end.time, to > from,
      to - from <= FrameIndex.longestStep * Double(last.step - first.step)
    {
      return index
    }
    for position in index.frames.indices where index.frames[position].hasStep {
      index.frames[position].isNumbered = true
    }
    return index
  }

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try ExtendedXYZ(source: source, index: index, species: species)
  }

  func frame(
    at count: Range<Int>, in window: UnsafeRawBufferPointer, startsContent: Bool
  ) -> CountedFrame? {
    let next = count.upperBound + 1
    guard
      let end = firstIndex(
        of: 0x0A, in: window, from: next, to: min(window.count, next + TextWindows.after - 64)),
      XYZComment.hasLattice(window[next..<end])
    else { return nil }
    return CountedFrame(
      start: count.lowerBound, body: end + 1, previousEnd: count.lowerBound, linesBefore: 0,
      step: XYZComment.step(String(decoding: window[next..<end], as: UTF8.self)))
  }

  func isWhole(lastLine: String) -> Bool { false }
}
