internal import CHDF5

extension AttributeHolder where Self: ~Copyable {
  /// Whether there is an attribute `name`. The corresponding HDF5 function is `H5Aexists`.
  public func hasAttribute(_ name: String) -> Bool {
    HDF5Library.exclusively {
      let answer = ch5_Aexists(handle.id, name)
      if answer < 0 { ch5_clear_errors() }
      return answer > 0
    }
  }

  /// The names of all attributes, in the order of their bytes. The corresponding HDF5 function is
  /// `H5Aget_name_by_idx`.
  public func attributeNames() throws -> [String] {
    try HDF5Library.exclusively { () throws -> [String] in
      let action = "list the attributes of \(handle.place())"
      var count: UInt64 = 0
      try HDF5Library.check(ch5_Acount(handle.id, &count), action)
      return try (0..<count).map { index in
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
          let length = ch5_Aget_name(handle.id, index, buffer.baseAddress, buffer.count)
          guard try HDF5Library.check(length, action) < buffer.count else {
            throw HDF5Error(action: action, reason: "a name of \(length) bytes exceeds the limit")
          }
          return String(cString: buffer.baseAddress!)
        }
      }
    }
  }

  /// The one number in the attribute `name`. The corresponding HDF5 function is `H5Aread`.
  /// - Throws: `HDF5Error` when it is missing, not one element, or of a type that `T` cannot hold
  ///   without loss.
  public func attribute<T: HDF5Scalar>(_ name: String, as type: T.Type = T.self) throws -> T {
    try one(of: attributes(name, as: type), name)
  }

  /// All numbers in the attribute `name`, row-major. The corresponding HDF5 function is `H5Aread`.
  /// - Throws: `HDF5Error` when it is missing, of a type that `T` cannot hold without loss, or
  ///   larger than 64 MiB.
  public func attributes<T: HDF5Scalar>(_ name: String, as type: T.Type = T.self) throws -> [T] {
    try withAttribute(name) { attribute, fileType, count, action in
      let datatype = Datatype(identifier: fileType)
      guard datatype.fits(into: T.datatype) else {
        throw HDF5Error(
          action: action, reason: "it holds \(datatype), expected \(T.datatype)")
      }
      var memoryType = T.datatype.memoryType
      if case .enumeration = datatype { memoryType = fileType }
      var values = [T](repeating: 0, count: count)
      if count > 0 { try HDF5Library.check(ch5_Aread(attribute, memoryType, &values), action) }
      return values
    }
  }

  /// The one text in the attribute `name`, however it is stored. The corresponding HDF5 function is
  /// `H5Aread`.
  public func textAttribute(_ name: String) throws -> String {
    try one(of: textAttributes(name), name)
  }

  /// All texts in the attribute `name`, however they are stored. The corresponding HDF5 function is
  /// `H5Aread`.
  public func textAttributes(_ name: String) throws -> [String] {
    try withAttribute(name) { attribute, fileType, count, action in
      switch Datatype(identifier: fileType) {
      case .text(let width):
        var bytes = [UInt8](repeating: 0, count: count * width)
        if count > 0 { try HDF5Library.check(ch5_Aread(attribute, fileType, &bytes), action) }
        return Text.unpadded(bytes, width: width)
      case .variableText:
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        let memoryType = try Datatype.variableTextInMemory(like: fileType)
        defer { ch5_Tclose(memoryType) }
        if count > 0 {
          try GuardedReads.guarded(action) {
            _ = try HDF5Library.check(ch5_Aread(attribute, memoryType, &pointers), action)
          }
        }
        defer { for pointer in pointers { ch5_free(pointer) } }
        return pointers.map { pointer in pointer.map { String(cString: $0) } ?? "" }
      case let datatype:
        throw HDF5Error(action: action, reason: "it holds \(datatype), expected text")
      }
    }
  }

  private func one<Value>(of values: [Value], _ name: String) throws -> Value {
    guard values.count == 1 else {
      throw HDF5Error(
        action: "read attribute \(name) of \(handle.place())",
        reason: "it has \(values.count) values, expected one")
    }
    return values[0]
  }

  /// Opens the attribute for `body`, which gets it with its type and number of elements, of no more
  /// than 64 MiB.
  private func withAttribute<R>(_ name: String, _ body: (Int64, Int64, Int, String) throws -> R)
    throws -> R
  {
    try HDF5Library.exclusively { () throws -> R in
      let action = "read attribute \(name) of \(handle.place())"
      let attribute = try HDF5Library.check(ch5_Aopen(handle.id, name, ch5_default()), action)
      defer { ch5_Aclose(attribute) }
      let type = try HDF5Library.check(ch5_Aget_type(attribute), action)
      defer { ch5_Tclose(type) }
      let space = try HDF5Library.check(ch5_Aget_space(attribute), action)
      defer { ch5_Sclose(space) }
      let count = Block.elements(try Selection.shape(of: space, action))
      let (bytes, overflow) = count.multipliedReportingOverflow(by: max(8, ch5_Tget_size(type)))
      guard !overflow, bytes <= 1 << 26 else {
        throw HDF5Error(
          action: action,
          reason: "\(count) elements exceed the limit of attributes (64 MiB)")
      }
      return try body(attribute, type, count, action)
    }
  }
}
