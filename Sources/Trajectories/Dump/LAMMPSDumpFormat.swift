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
    start.starts(with: "ITEM:".utf8)
      ? .certain : start.contains("ITEM:".utf8) ? .possible : .no
  }

  func refusal(_ start: [UInt8]) -> String? {
    if start.count > 20, start[8..<min(start.count, 64)].contains("DUMP".utf8) {
      return
        "is a binary LAMMPS dump: convert it to text with LAMMPS' binary2txt (in its tools), or "
        + "write a dump whose name does not end in .bin"
    }
    if start.starts(with: "---\n".utf8),
      String(decoding: start, as: UTF8.self).contains("creator: LAMMPS")
    {
      return "is a LAMMPS dump of style yaml: write dump style custom or atom"
    }
    return nil
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
