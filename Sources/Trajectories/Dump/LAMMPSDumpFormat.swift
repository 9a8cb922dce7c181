/// LAMMPS text dumps.
struct LAMMPSDumpFormat: TrajectoryFormat {
  let identifier = "lammps-dump"
  let name = "LAMMPS dump"
  let namesAtoms = true
  let mayBeCompressed = true
  let isScannedInShares = true

  /// A frame may start after text that belongs to no frame, for example if the first one was
  /// damaged.
  func detect(_ start: [UInt8]) -> Detection {
    guard refusal(start) == nil else { return .no }
    return start.starts(with: "ITEM:".utf8)
      ? .certain : start.contains("ITEM:".utf8) ? .possible : .no
  }

  func refusal(_ start: [UInt8]) -> String? {
    if start.contains("ITEM:".utf8), let reason = foreignText(start) { return reason }
    guard start.starts(with: "ITEM:".utf8), start.contains("ITEM: GRID SIZE".utf8),
      !start.contains("ITEM: ATOMS".utf8)
    else { return nil }
    return "this dump holds no atoms (dump grid): use one written by dump atom or dump custom"
  }

  func scan(_ share: Range<Int64>, of source: TrajectorySource) throws(TrajectoryError)
    -> PartialIndex
  {
    let file = try source.plainFile()
    guard source.compression == .none else {
      return try DumpScan.stream(source.compression.stream(over: file, recording: true))
    }
    return try DumpScan.share(share, of: file)
  }

  func index(merging partials: [PartialIndex], of source: TrajectorySource, file: Int)
    throws(TrajectoryError) -> FrameIndex
  {
    try FrameIndex(merging: partials, file: file, path: source.path)
  }

  func open(
    _ source: TrajectorySource, index: FrameIndex, species: SpeciesMap, topologies: [Topology]
  ) throws(TrajectoryError) -> any TrajectoryFile {
    try LAMMPSDump(source: source, index: index, species: species)
  }
}
