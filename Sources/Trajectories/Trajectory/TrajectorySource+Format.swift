extension TrajectorySource {
  /// Formats that can be read; told by content.
  public enum Format: UInt8, Sendable {
    /// LAMMPS text dump.
    case lammpsDump
    /// GROMACS XTC.
    case xtc
    /// GROMACS TRR.
    case trr
    /// DCD of CHARMM, NAMD, LAMMPS.
    case dcd
    /// Extended XYZ.
    case extendedXYZ
    /// GROMACS GRO.
    case gro
    /// H5MD, read through a `CoordinateStore`.
    case h5md

    /// The name that users read.
    public var name: String {
      switch self {
      case .lammpsDump: "LAMMPS dump"
      case .xtc: "XTC"
      case .trr: "TRR"
      case .dcd: "DCD"
      case .extendedXYZ: "extended XYZ"
      case .gro: "GRO"
      case .h5md: "H5MD"
      }
    }

    /// Whether files say which atom is which; else `--topology` must.
    public var namesAtoms: Bool {
      switch self {
      case .lammpsDump, .extendedXYZ, .gro: true
      case .xtc, .trr, .dcd, .h5md: false
      }
    }

    /// Whether the content is text, which may be compressed.
    var isText: Bool { namesAtoms }
  }

  /// Tells a format by the first bytes of the content.
  /// - Throws: the reason, if it is none that can be read.
  static func format(of start: [UInt8], isPacked: Bool) throws(ColumnLayout.Reason) -> Format {
    var fields = BinaryFields(start)
    let magic = fields.int32()
    if magic == 1995 || magic == 2023 { return .xtc }
    if magic == 1993 { return .trr }
    if DCDLayout.form(start) != nil { return .dcd }
    if start.starts(with: [0x89, 0x48, 0x44, 0x46]) { return .h5md }
    let lines = start.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    let isCounted =
      Int64(String(decoding: lines[0].filter { !isBlank($0) }, as: UTF8.self)) != nil
      && lines.count > 1
    if isCounted,
      start.withUnsafeBytes({ XYZComment.hasLattice($0[lines[1].startIndex..<lines[1].endIndex]) })
    {
      return .extendedXYZ
    }
    if GROFile.isGRO(start) { return .gro }
    if start.contains("ITEM:".utf8) { return .lammpsDump }
    if isCounted, lines.count > 2, lines[2].split(whereSeparator: isBlank).count >= 4 {
      throw .init(
        text:
          "is an XYZ file without a cell (no Lattice=\"…\" in line 2), which SOAP descriptors need: write extended XYZ"
      )
    }
    if LAMMPSData.isData(start) {
      throw .init(
        text:
          "is a LAMMPS data file: give it as --topology FILE beside an XTC, TRR or DCD trajectory")
    }
    if start.count > 20, start[8..<min(start.count, 64)].contains("DUMP".utf8) {
      throw .init(
        text:
          "is a binary LAMMPS dump: turn it into text with LAMMPS' binary2txt (in its tools), or write a dump whose name does not end in .bin"
      )
    }
    if start.starts(with: "---\n".utf8),
      String(decoding: start, as: UTF8.self).contains("creator: LAMMPS")
    {
      throw .init(text: "is a LAMMPS dump of style yaml: write dump style custom or atom")
    }
    throw .init(
      text:
        "expected a trajectory (LAMMPS dump, XTC, TRR, DCD, extended XYZ, GRO or H5MD), \(isPacked ? "found (decompressed)" : "found") '\(shown(start))'"
    )
  }

  /// The file's content by position.
  func content(_ index: FrameIndex) throws(TrajectoryError) -> any ByteSource {
    let file = try PlainFile(path: path, size: size)
    return compression == .none
      ? file
      : try CompressedFile(file: file, compression: compression, accessPoints: index.accessPoints)
  }

  /// First printable letters of a content, for messages.
  static func shown(_ bytes: [UInt8]) -> String {
    let line = bytes.prefix(40).prefix { $0 != 0x0A }
    return String(
      decoding: line.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}
