internal import CHDF5

extension Dataset {
  /// Writes all elements of a dataset of fixed-length text. The corresponding HDF5 function is
  /// `H5Dwrite`.
  ///
  /// In a file on a communicator one rank calls it; variable-length text cannot be written there.
  /// - Precondition: as many texts as elements, each of at most the datatype's number of bytes and
  ///   without a zero character.
  public func writeTexts(_ texts: [String]) throws {
    try HDF5Library.exclusively { () throws -> Void in
      let action = "write dataset \(handle.place())"
      guard case .text(let width) = datatype else {
        throw HDF5Error(action: action, reason: "expected \(datatype) values, found text")
      }
      precondition(texts.count == shape.reduce(1, *), "one text per element")
      let bytes = Text.padded(texts, width: width)
      guard !bytes.isEmpty else { return }
      try HDF5Library.check(
        ch5_Dwrite(handle.id, fileType, ch5_all(), ch5_all(), ch5_default(), bytes), action)
    }
  }

  /// Writes one element of a one-dimensional dataset of fixed-length text, truncated to the length
  /// that fits. Independent.
  /// - Throws: `HDF5Error` when the dataset holds something else, the row lies outside its shape,
  ///   or the library fails.
  public func writeText(_ text: String, at row: Int) throws {
    guard case .text(let width) = datatype else {
      throw HDF5Error(
        action: "write dataset \(handle.place())", reason: "expected \(datatype) values, found text"
      )
    }
    var cut = text
    while cut.utf8.count > width { cut.removeLast() }
    try writeTextBytes(Text.padded([cut], width: width), at: row)
  }

  /// Reads all texts of a dataset, fixed-length or variable. The corresponding HDF5 function is
  /// `H5Dread`.
  /// - Throws: `HDF5Error` when it holds something else, or more than `limit` bytes (variable text:
  ///   of pointers).
  public func readTexts(limit: Int = 1 << 26) throws -> [String] {
    try HDF5Library.exclusively { () throws -> [String] in
      let action = "read dataset \(handle.place())"
      let whole = Block(start: [Int](repeating: 0, count: shape.count), count: shape)
      let count = whole.elementCount
      switch datatype {
      case .text(let width):
        if let refusal = refusalOfSize(whole, stride: width, limit: limit) { throw refusal }
        var bytes = [UInt8](repeating: 0, count: count * width)
        if count > 0 {
          try HDF5Library.check(
            ch5_Dread(handle.id, fileType, ch5_all(), ch5_all(), ch5_default(), &bytes), action)
        }
        return Text.unpadded(bytes, width: width)
      case .variableText:
        if let refusal = refusalOfSize(whole, stride: 16, limit: limit) { throw refusal }
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        let memoryType = try Datatype.variableTextInMemory(like: fileType)
        defer { ch5_Tclose(memoryType) }
        if count > 0 {
          try GuardedReads.guarded(action) {
            _ = try HDF5Library.check(
              ch5_Dread(handle.id, memoryType, ch5_all(), ch5_all(), ch5_default(), &pointers),
              action
            )
          }
        }
        defer { for pointer in pointers { ch5_free(pointer) } }
        return pointers.map { pointer in pointer.map { String(cString: $0) } ?? "" }
      default:
        throw HDF5Error(action: action, reason: "it holds \(datatype), expected text")
      }
    }
  }
}
