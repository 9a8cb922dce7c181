/// Goes through the lines of a structure file, a block at a time.
enum StructureLines {
  /// Calls `take(line, number)` for each line without its end, numbered from 1, until it returns
  /// false.
  /// - Throws: `TrajectoryError` if the file cannot be read or is no text.
  static func forEach(
    of source: any ByteSource, path: String,
    take: (ArraySlice<UInt8>, Int) throws(TrajectoryError) -> Bool
  ) throws(TrajectoryError) {
    let size = 1 << 20
    var rest: [UInt8] = []
    var offset: Int64 = 0
    var number = 0
    while true {
      let block = try source.bytes(at: offset, count: size)
      offset += Int64(block.count)
      rest += block
      let isLast = block.count < size
      guard let end = isLast ? rest.count : rest.lastIndex(of: 0x0A).map({ $0 + 1 }) else {
        throw TrajectoryError(
          path: path, line: number + 1,
          reason: "expected lines of text, found one of more than \(rest.count) bytes")
      }
      for line in rest[..<end].split(separator: 0x0A, omittingEmptySubsequences: false).dropLast(
        isLast ? 0 : 1)
      {
        number += 1
        guard try take(line.last == 0x0D ? line.dropLast() : line, number) else { return }
      }
      if isLast { return }
      rest.removeSubrange(..<end)
    }
  }
}
