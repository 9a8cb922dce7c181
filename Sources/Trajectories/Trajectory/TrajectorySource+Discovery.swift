import Glibc

extension TrajectorySource {
  /// Opens a file and detects compression and format from the first bytes.
  /// - Throws: `TrajectoryError` if it cannot be opened, is empty, or is not a trajectory.
  public init(path: String, formats: TrajectoryFormats = .standard) throws(TrajectoryError) {
    let file = try PlainFile(path: path)
    guard file.size > 0 else {
      throw TrajectoryError(path: path, reason: "the file is empty: no complete frame")
    }
    let compression = Compression(magic: try file.bytes(at: 0, count: 4))
    let start = try Self.start(of: file, compression: compression)
    if start.isEmpty && compression != .none {
      throw TrajectoryError(
        path: path,
        reason:
          "the compressed file is truncated or damaged at its beginning: no complete frame")
    }
    guard let format = formats.format(of: start) else {
      let reason =
        Self.refusal(start, formats)
        ?? "expected a trajectory (\(formats.names)), found "
        + "\(compression == .none ? "" : "(decompressed) ")'\(printable(start))'"
      throw TrajectoryError(
        path: path, line: reason.hasPrefix("expected") ? 1 : nil, reason: reason)
    }
    guard format.mayBeCompressed || compression == .none else {
      throw TrajectoryError(
        path: path,
        reason:
          "is a compressed \(format.name) file: decompress it, because frames are read at "
          + "arbitrary positions"
      )
    }
    self.init(file, compression: compression, format: format)
  }

  /// Why a file that no format detects is not read, if its kind is known.
  private static func refusal(_ start: [UInt8], _ formats: TrajectoryFormats) -> String? {
    if let reason = foreignText(start) { return reason }
    if let reason = formats.all.lazy.compactMap({ $0.refusal(start) }).first { return reason }
    let packed: [(magic: [UInt8], name: String)] = [
      (Array("BZh".utf8), "bzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"),
      ([0x50, 0x4B, 3, 4], "zip"),
    ]
    if let found = packed.first(where: { start.starts(with: $0.magic) }) {
      return "is compressed with \(found.name): decompress it, or compress it with gzip or zstd"
    }
    return Topology.formats.first { $0.detects(start) }.map {
      "is \($0.title): use it as --topology FILE with an XTC, TRR, DCD, NetCDF or H5MD "
        + "trajectory"
    }
  }

  /// Files matched by paths and patterns (`*`, `?`, `[…]`), in the order given, matches of a
  /// pattern sorted by name; each file once.
  /// - Throws: `TrajectoryError` (missing) if one matches no file, and as `init(path:)`.
  public static func discover(_ patterns: [String], formats: TrajectoryFormats = .standard)
    throws(TrajectoryError) -> [TrajectorySource]
  {
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
    for path in paths { sources.append(try TrajectorySource(path: path, formats: formats)) }
    return sources
  }

  /// Decodes the result of `encode()`.
  /// - Throws: `TrajectoryError` if the bytes are cut or foreign, or of a format not listed.
  public init(decoding bytes: [UInt8], formats: TrajectoryFormats = .standard)
    throws(TrajectoryError)
  {
    var reader = ByteReader(bytes)
    let path = String(decoding: try reader.byteString(), as: UTF8.self)
    let size = try reader.integer()
    let modified = try reader.integer()
    guard let compression = Compression(rawValue: UInt8(truncatingIfNeeded: try reader.integer())),
      let format = formats.format(String(decoding: try reader.byteString(), as: UTF8.self)),
      size >= 0
    else { throw ByteReader.damaged }
    try reader.finish()
    self.init(
      path: path, size: size, modified: modified, compression: compression, format: format)
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
