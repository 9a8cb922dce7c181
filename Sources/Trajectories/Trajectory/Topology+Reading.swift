extension Topology {
  /// The formats of structure files that can be read.
  static let formats: [any TopologyFormat] = [
    GROFormat(), LAMMPSDataFormat(), PDBFormat(), PSFFormat(),
  ]

  /// Reads a structure file; its format is detected from the content.
  /// - Throws: `TrajectoryError` if it is of no known format or damaged.
  public init(path: String) throws(TrajectoryError) {
    let file = try PlainFile(path: path)
    let packing = Compression(magic: try file.bytes(at: 0, count: 4))
    let source: any ByteSource =
      packing == .none
      ? file : try CompressedFile(file: file, compression: packing, accessPoints: [])
    let start = try source.bytes(at: 0, count: 4096)
    let foreign = foreignText(start)
    // A byte-order mark may be in a title or comment, which is read over.
    if let foreign, !start.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw TrajectoryError(path: path, reason: foreign)
    }
    guard let format = Self.formats.first(where: { $0.detects(start) }) else {
      let known =
        Self.formats.dropLast().map(\.title).joined(separator: ", ")
        + (Self.formats.last.map { " or \($0.title)" } ?? "")
      throw TrajectoryError(
        path: path,
        reason: foreign
          ?? "expected a topology (--topology): \(known), found '\(printable(start))'")
    }
    self = try format.topology(of: source, path: path)
  }
}
