/// The safetensors container: named tensors and a table of texts, in one file.
///
/// Layout: 8 bytes little-endian length n; n bytes of JSON `{"__metadata__": {…}, "name": {"dtype",
/// "shape", "data_offsets"}}`; then the tensors' bytes without gaps.
/// <https://github.com/huggingface/safetensors>, whose reader is as strict as this one: no
/// overlaps, no gaps, nothing after the last tensor, no duplicate keys.
struct SafeTensors: Sendable {
  /// One tensor, row-major, little-endian; `bytes.count == shape.product · type.size` holds for
  /// every tensor read.
  struct Tensor: Sendable {
    let name: String
    let type: ElementType
    let shape: [Int]
    let bytes: ArraySlice<UInt8>

    /// Numbers from the elements' bit patterns. These are assembled byte by byte with an iterator,
    /// so it needs no alignment and no indexing.
    func numbers<Word: FixedWidthInteger, Number>(
      _: Word.Type, _ number: (Word) -> Number
    ) -> [Number] {
      let size = MemoryLayout<Word>.size
      var numbers: [Number] = []
      numbers.reserveCapacity(bytes.count / size)
      var word: Word = 0
      var shift = 0
      for byte in bytes {
        word |= Word(truncatingIfNeeded: byte) << shift
        shift += 8
        if shift == 8 * size {
          numbers.append(number(word))
          word = 0
          shift = 0
        }
      }
      return numbers
    }
  }

  /// The texts of `__metadata__`.
  var metadata: [String: String]
  /// Tensors in the order of their bytes.
  var tensors: [Tensor]
}

extension SafeTensors {
  /// Longest header that is accepted: the limit of the format's reference reader.
  static let longestHeader = 100_000_000

  /// Reads the container. No memory is allocated according to the header, only according to the
  /// size of the file.
  ///
  /// - Throws: one sentence: what was found, what was expected.
  init(bytes: [UInt8]) throws(FormatError) {
    guard bytes.count >= 10 else {
      throw FormatError(
        "the file has \(bytes.count) bytes, expected at least 10 (the length of a header and a "
          + "header)"
      )
    }
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(bytes.count - 8, SafeTensors.longestHeader)) else {
      if let other = SafeTensors.otherFormat(bytes) {
        throw FormatError(
          "this is \(other), expected a safetensors file: save the weights with safetensors and "
            + "the metadata that the README shows (A network from PyTorch)")
      }
      throw FormatError(
        "not a complete safetensors file: its first 8 bytes say that the header has \(length) "
          + "bytes, but the file has \(bytes.count)"
      )
    }
    let dataStart = 8 + Int(length)
    let header: JSON
    do {
      header = try JSON.parse(bytes[8..<dataStart])
    } catch {
      throw FormatError("the header is not valid JSON at byte \(8 + error.offset): \(error.reason)")
    }
    guard case .object(let members) = header else {
      throw FormatError("the header is \(header.kind), expected a JSON object")
    }
    metadata = [:]
    var records: [(name: String, type: ElementType, shape: [Int], begin: Int, end: Int)] = []
    for member in members {
      if member.key == "__metadata__" {
        metadata = try SafeTensors.texts(member.value)
      } else {
        records.append(try SafeTensors.record(member, dataSize: bytes.count - dataStart))
      }
    }
    // By offset; empty tensors before the one that starts at the same offset.
    records.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
    var next = 0
    tensors = []
    for record in records {
      guard record.begin == next else {
        throw FormatError(
          "the tensor \(record.name) starts at byte \(record.begin) of the data, expected \(next): "
            + "tensors overlap or leave a gap"
        )
      }
      next = record.end
      let slice = bytes[(dataStart + record.begin)..<(dataStart + record.end)]
      tensors.append(
        Tensor(name: record.name, type: record.type, shape: record.shape, bytes: slice))
    }
    guard next == bytes.count - dataStart else {
      throw FormatError(
        "the tensors take \(next) bytes, but \(bytes.count - dataStart) follow the header")
    }
  }

  /// What else a file of weights may be, by its first bytes; nil for what is none of these.
  static func otherFormat(_ bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0x50, 0x4B, 3, 4]) {
      return "a zip archive (as PyTorch's .pt files are)"
    }
    if bytes[0] == 0x80, (2...5).contains(bytes[1]) { return "a Python pickle" }
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "an HDF5 file" }
    return nil
  }

  private static func texts(_ value: JSON) throws(FormatError) -> [String: String] {
    guard case .object(let members) = value else {
      throw FormatError("__metadata__ is \(value.kind), expected an object of strings")
    }
    var texts: [String: String] = [:]
    for member in members {
      guard let text = member.value.text else {
        throw FormatError(
          "the metadata entry \(JSON.quoted(member.key)) is \(member.value.kind), expected a string"
        )
      }
      texts[member.key] = text
    }
    return texts
  }

  /// One tensor's entry of the header, its bytes within the data and as many as its shape needs.
  private static func record(
    _ member: JSON.Member, dataSize: Int
  ) throws(FormatError) -> (name: String, type: ElementType, shape: [Int], begin: Int, end: Int) {
    let name = member.key
    guard let typeName = member.value["dtype"]?.text, let type = ElementType(rawValue: typeName)
    else {
      let known = ElementType.allCases.map(\.rawValue).joined(separator: " ")
      throw FormatError(
        "the tensor \(name) has dtype \(member.value["dtype"]?.kind ?? "missing"), expected one of "
          + "\(known)"
      )
    }
    guard let shape = integers(member.value["shape"]) else {
      throw FormatError("the tensor \(name) has no shape, expected a list of integers ≥ 0")
    }
    guard let offsets = integers(member.value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1], offsets[1] <= dataSize
    else {
      throw FormatError(
        "the tensor \(name) has data_offsets "
          + "\(member.value["data_offsets"]?.serialised ?? "missing"), expected [begin, end] "
          + "within the \(dataSize) bytes that follow the header (a truncated file?)")
    }
    var size = type.size
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else {
        throw FormatError("the tensor \(name) has the shape \(shape), too large for any file")
      }
      size = product
    }
    guard size == offsets[1] - offsets[0] else {
      throw FormatError(
        "the tensor \(name) of shape \(shape) in \(typeName) needs \(size) bytes, found "
          + "\(offsets[1] - offsets[0])"
      )
    }
    return (name, type, shape, offsets[0], offsets[1])
  }

  /// A list of integers ≥ 0, nil for anything else.
  private static func integers(_ value: JSON?) -> [Int]? {
    guard case .array(let elements) = value else { return nil }
    var integers: [Int] = []
    for element in elements {
      guard case .number(let digits) = element, let integer = Int(digits), integer >= 0 else {
        return nil
      }
      integers.append(integer)
    }
    return integers
  }

  /// The container as bytes: larger element types first (so every tensor is aligned), then by name;
  /// header padded to 8 bytes.
  var serialised: [UInt8] {
    let sorted = tensors.sorted { ($1.type.size, $0.name) < ($0.type.size, $1.name) }
    var members: [JSON.Member] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map {
        JSON.Member(key: $0.key, value: .string($0.value))
      }
      members.append(JSON.Member(key: "__metadata__", value: .object(texts)))
    }
    var offset = 0
    for tensor in sorted {
      let list = { (numbers: [Int]) in JSON.array(numbers.map { .number(String($0)) }) }
      members.append(
        JSON.Member(
          key: tensor.name,
          value: .object([
            JSON.Member(key: "dtype", value: .string(tensor.type.rawValue)),
            JSON.Member(key: "shape", value: list(tensor.shape)),
            JSON.Member(key: "data_offsets", value: list([offset, offset + tensor.bytes.count])),
          ])))
      offset += tensor.bytes.count
    }
    var header = Array(JSON.object(members).serialised.utf8)
    while header.count % 8 != 0 { header.append(0x20) }
    var out: [UInt8] = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    out.reserveCapacity(8 + header.count + offset)
    out.append(contentsOf: header)
    for tensor in sorted { out.append(contentsOf: tensor.bytes) }
    return out
  }
}
