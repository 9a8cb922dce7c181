/// The header of a file in one of netCDF's classic formats: dimensions and where each variable
/// lies.
///
/// Source: “The NetCDF Classic Format Specification”, versions 1, 2 (64-bit offsets) and 5 (64-bit
/// sizes). All numbers are big-endian.
struct NetCDFHeader {
  struct Variable {
    /// Lengths along its dimensions; that of records is 0.
    var shape: [Int64] = []
    var dimensions: [String] = []
    var attributes: [String: Attribute] = [:]
    var type: Int64 = 0
    /// First byte, of the first record if it has records.
    var begin: Int64 = 0
    var isRecord = false

    /// Bytes of a number of the type.
    var width: Int64 { NetCDFHeader.width(type) }
    /// Numbers in a record, or in all.
    var count: Int64 { shape.dropFirst(isRecord ? 1 : 0).reduce(1) { $0.multipliedOrMax($1) } }
    /// Bytes of a record, filled up to four.
    var size: Int64 { (count.multipliedOrMax(width) &+ 3) & ~3 }

    /// Whether every record consists of `count` numbers of type float or double.
    func isReal(count: Int64) -> Bool {
      isRecord && self.count == count && (type == 5 || type == 6)
    }
  }

  /// What an attribute holds: text, or its first number.
  enum Attribute { case text(String), number(Double) }

  var dimensions: [(name: String, length: Int64)] = []
  var attributes: [String: Attribute] = [:]
  var variables: [String: Variable] = [:]
  /// Bytes from record to record.
  var recordSize: Int64 = 0
  /// First byte of the first record.
  var recordBegin: Int64 = 0
  /// Records that the header announces; nil if it leaves that to the file's size.
  var recordCount: Int64?

  private var fields: BinaryFields
  private let isWide: Bool
  private let hasWideOffsets: Bool
  private let path: String

  /// Most bytes of a header.
  static let limit = 1 << 20

  /// Reads the start of a file.
  /// - Throws: `TrajectoryError` naming the byte, if it is damaged.
  init(_ start: [UInt8], path: String) throws(TrajectoryError) {
    self.path = path
    let version = start.count > 3 ? start[3] : 0
    isWide = version == 5
    hasWideOffsets = version == 2 || version == 5
    fields = BinaryFields(start, at: 4)
    // All ones: still being written.
    let records = try number()
    recordCount = records < 0 || (!isWide && records == 0xFFFF_FFFF) ? nil : records
    for _ in 0..<(try list(tag: 10)) { dimensions.append((try name(), try number())) }
    attributes = try attributeList()
    var order: [Variable] = []
    for _ in 0..<(try list(tag: 11)) {
      let name = try name()
      let variable = try variable()
      variables[name] = variable
      order.append(variable)
    }
    let records2 = order.filter(\.isRecord)
    // The only record variable is not filled up.
    recordSize =
      records2.count == 1
      ? records2[0].count.multipliedOrMax(records2[0].width)
      : records2.reduce(0) { $0.addedOrMax($1.size) }
    recordBegin = records2.map(\.begin).min() ?? 0
  }

  private mutating func variable() throws(TrajectoryError) -> Variable {
    var variable = Variable()
    for _ in 0..<(try count(of: 1024)) {
      let id = try number()
      guard dimensions.indices.contains(Int(clamping: id)) else { throw damaged() }
      variable.shape.append(dimensions[Int(id)].length)
      variable.dimensions.append(dimensions[Int(id)].name)
    }
    variable.attributes = try attributeList()
    guard let type = fields.int32(), Self.width(type) > 0 else { throw damaged() }
    variable.type = type
    _ = try number()
    guard let begin = hasWideOffsets ? fields.int64() : fields.int32(),
      (0..<Int64.max / 4).contains(begin)
    else {
      throw damaged()
    }
    variable.begin = begin
    // The dimension of records has length 0 in the header and comes first.
    variable.isRecord = variable.shape.first == 0
    guard variable.shape.dropFirst(variable.isRecord ? 1 : 0).allSatisfy({ $0 > 0 }) else {
      throw damaged()
    }
    return variable
  }

  private mutating func attributeList() throws(TrajectoryError) -> [String: Attribute] {
    var found: [String: Attribute] = [:]
    for _ in 0..<(try list(tag: 12)) {
      let name = try name()
      guard let type = fields.int32(), Self.width(type) > 0 else { throw damaged() }
      let count = try count(of: Self.limit)
      let start = fields.position
      if type == 2 {
        found[name] = .text(String(decoding: try bytes(count), as: UTF8.self))
      } else if count > 0 {
        let value =
          type == 5
          ? fields.float()
          : type == 6
            ? fields.double()
            : type == 4
              ? fields.int32().map(Double.init)
              : nil
        if let value { found[name] = .number(value) }
      }
      let size = count * Int(Self.width(type))
      fields.skip(start + (size + 3) & ~3 - fields.position)
    }
    return found
  }

  /// Bytes of a number of a type; 0 if there is no such type.
  static func width(_ type: Int64) -> Int64 {
    switch type {
    case 1, 2, 7: 1
    case 3, 8: 2
    case 4, 5, 9: 4
    case 6, 10, 11: 8
    default: 0
    }
  }

  /// A count or length: 32 bits, in version 5 64.
  private mutating func number() throws(TrajectoryError) -> Int64 {
    guard let value = isWide ? fields.int64() : fields.int32() else { throw damaged() }
    return isWide || value >= 0 ? value : value & 0xFFFF_FFFF
  }

  private mutating func count(of limit: Int) throws(TrajectoryError) -> Int {
    let value = try number()
    guard (0...Int64(limit)).contains(value) else { throw damaged() }
    return Int(value)
  }

  /// Items of a list that begins with `tag`, or with zeros if it is empty.
  private mutating func list(tag: Int64) throws(TrajectoryError) -> Int {
    guard let found = fields.int32() else { throw damaged() }
    let count = try count(of: 4096)
    guard found == tag || (found == 0 && count == 0) else { throw damaged() }
    return count
  }

  private mutating func name() throws(TrajectoryError) -> String {
    let count = try count(of: 4096)
    let text = String(decoding: try bytes(count), as: UTF8.self)
    fields.skip((4 - count % 4) % 4)
    return text
  }

  private mutating func bytes(_ count: Int) throws(TrajectoryError) -> [UInt8] {
    guard let bytes = fields.bytes(count) else { throw damaged() }
    return bytes
  }

  private func damaged() -> TrajectoryError {
    TrajectoryError(
      path: path,
      reason: "at byte \(fields.position): the netCDF header is damaged, or longer than 1 MiB")
  }
}

extension Int64 {
  /// The product, or the largest number where it does not fit.
  fileprivate func multipliedOrMax(_ other: Int64) -> Int64 {
    let (product, isHuge) = multipliedReportingOverflow(by: other)
    return isHuge ? .max / 4 : Swift.min(product, .max / 4)
  }

  fileprivate func addedOrMax(_ other: Int64) -> Int64 {
    Swift.min(addingReportingOverflow(other).overflow ? .max / 4 : self + other, .max / 4)
  }
}
