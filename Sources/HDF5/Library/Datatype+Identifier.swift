internal import CHDF5

extension Datatype {
  /// Runs `body` with the identifier of the type in files, and closes it afterwards.
  func withFileType<R>(_ body: (Int64) throws -> R) throws -> R {
    let id = try makeFileType()
    defer { ch5_Tclose(id) }
    return try body(id)
  }

  /// The identifier of the type in memory, for numbers; it belongs to the library.
  var memoryType: Int64 {
    switch self {
    case .real(bits: 32): ch5_native_float()
    case .real(bits: 64): ch5_native_double()
    case .integer(bits: 32, isSigned: true): ch5_native_int32()
    case .integer(bits: 64, isSigned: true): ch5_native_int64()
    case .integer(bits: 64, isSigned: false): ch5_native_uint64()
    case .integer(bits: 8, isSigned: false): ch5_native_uint8()
    default: preconditionFailure("\(self) is not an HDF5Scalar")
    }
  }

  private func makeFileType() throws -> Int64 {
    let predefined: Int64? =
      switch self {
      case .real(bits: 32): ch5_file_float32()
      case .real(bits: 64): ch5_file_float64()
      case .integer(bits: 8, let isSigned): isSigned ? ch5_file_int8() : ch5_file_uint8()
      case .integer(bits: 16, let isSigned): isSigned ? ch5_file_int16() : ch5_file_uint16()
      case .integer(bits: 32, let isSigned): isSigned ? ch5_file_int32() : ch5_file_uint32()
      case .integer(bits: 64, let isSigned): isSigned ? ch5_file_int64() : ch5_file_uint64()
      default: nil
      }
    if let predefined {
      return try HDF5Library.check(ch5_Tcopy(predefined), "copy datatype \(self)")
    }
    switch self {
    case .enumeration(let names):
      guard names.count <= 256, Set(names).count == names.count else {
        throw HDF5Error(
          action: "create an enumeration",
          reason: "the names of a byte are at most 256 and all different")
      }
      let id = try HDF5Library.check(ch5_Tenum_create(ch5_file_uint8()), "create an enumeration")
      for (index, name) in names.enumerated() {
        var value = UInt8(index)
        if ch5_Tenum_insert(id, name, &value) < 0 {
          let error = HDF5Error.captured("add \(name) to an enumeration")
          ch5_Tclose(id)
          throw error
        }
      }
      return id
    case .text(let bytes):
      return try Self.stringType(size: max(1, bytes))
    case .variableText:
      return try HDF5Library.check(ch5_Tcreate_text(0), "make a text type")
    default:
      throw HDF5Error(action: "create a datatype", reason: "\(self) is not one that Verglas writes")
    }
  }

  /// A UTF-8 string type of `size` bytes, padded with zeros; the caller closes it.
  static func stringType(size: Int) throws -> Int64 {
    try HDF5Library.check(ch5_Tcreate_text(size), "make a text type")
  }

  /// The type of variable texts in memory, a pointer each; the caller closes it.
  ///
  /// The type in the file is not used: in a damaged file its element size may differ, and the
  /// library would write beyond the pointers.
  static func variableTextInMemory(like fileType: Int64) throws -> Int64 {
    let id = try HDF5Library.check(ch5_Tcreate_text(0), "make a text type")
    ch5_Tcopy_encoding(id, fileType)
    return id
  }

  /// The `Datatype` of the type `id`.
  init(identifier id: Int64) {
    let bits = ch5_Tget_size(id) * 8
    switch Int(ch5_Tget_class(id)) {
    case CH5_FLOAT: self = [16, 32, 64].contains(bits) ? .real(bits: bits) : .other("float\(bits)")
    case CH5_INTEGER: self = .integer(bits: bits, isSigned: ch5_Tis_signed(id) != 0)
    case CH5_STRING: self = ch5_Tis_variable_text(id) > 0 ? .variableText : .text(bytes: bits / 8)
    case CH5_ENUM:
      self =
        Self.names(ofEnumeration: id, bits: bits).map { .enumeration($0) }
        ?? .other("enumeration of \(bits) bits")
    case CH5_COMPOUND: self = .other("compound")
    case CH5_ARRAY: self = .other("array")
    case CH5_VLEN: self = .other("variable-length")
    case CH5_REFERENCE: self = .other("reference")
    default: self = .other("datatype of another class")
    }
  }

  /// The names of a one-byte enumeration whose values are 0, 1, 2, …; nil for any other.
  private static func names(ofEnumeration id: Int64, bits: Int) -> [String]? {
    let count = Int(ch5_Tget_nmembers(id))
    guard bits == 8, (1...256).contains(count) else { return nil }
    var names = [String?](repeating: nil, count: count)
    for index in 0..<count {
      var value: UInt8 = 0
      guard ch5_Tget_member_value(id, UInt32(index), &value) >= 0, Int(value) < count,
        let name = ch5_Tget_member_name(id, UInt32(index))
      else { return nil }
      names[Int(value)] = String(cString: name)
      ch5_free(name)
    }
    let found = names.compactMap { $0 }
    return found.count == count ? found : nil
  }
}
