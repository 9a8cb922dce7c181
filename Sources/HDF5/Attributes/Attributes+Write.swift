internal import CHDF5

/// How text is stored in an attribute.
public enum TextStorage: Sendable {
  /// With variable length, in the file's heap; h5py reads it as `str`.
  case variable
  /// In the attribute itself, padded with zeros to the longest entry; h5py reads it as bytes.
  case fixed
}

extension AttributeHolder where Self: ~Copyable {
  /// Sets the attribute `name` to one number, replacing any previous value. Collective. The
  /// corresponding HDF5 functions are `H5Acreate2`, `H5Awrite`.
  public func setAttribute<T: HDF5Scalar>(_ name: String, to value: T) throws {
    try withUnsafeBytes(of: value) { try setNumbers(name, $0, T.datatype, shape: nil) }
  }

  /// Sets the attribute `name` to numbers, `[values]`. Collective. The corresponding HDF5 functions
  /// are `H5Acreate2`, `H5Awrite`.
  public func setAttribute<T: HDF5Scalar>(_ name: String, to values: [T]) throws {
    try values.withUnsafeBytes { try setNumbers(name, $0, T.datatype, shape: values.count) }
  }

  /// Sets the attribute `name` to a text. Collective. The corresponding HDF5 functions are
  /// `H5Acreate2`, `H5Awrite`.
  /// - Precondition: the text holds no zero character, which would terminate it.
  public func setAttribute(_ name: String, to text: String, storage: TextStorage = .variable) throws
  {
    try setTexts(name, [text], shape: nil, storage)
  }

  /// Sets the attribute `name` to texts, `[texts]`. Collective. The corresponding HDF5 functions
  /// are `H5Acreate2`, `H5Awrite`.
  /// - Precondition: no text holds a zero character, which would terminate it.
  public func setAttribute(_ name: String, to texts: [String], storage: TextStorage = .variable)
    throws
  {
    try setTexts(name, texts, shape: texts.count, storage)
  }

  /// Removes the attribute `name` if it is there. Collective. The corresponding HDF5 function is
  /// `H5Adelete`.
  public func removeAttribute(_ name: String) throws {
    try HDF5Library.exclusively { () throws -> Void in
      guard hasAttribute(name) else { return }
      try HDF5Library.check(
        ch5_Adelete(handle.id, name), "remove attribute \(name) of \(handle.place())")
    }
  }

  private func setNumbers(
    _ name: String, _ bytes: UnsafeRawBufferPointer, _ datatype: Datatype, shape: Int?
  ) throws {
    try create(name, datatype, shape: shape) { attribute, _ in
      guard let base = bytes.baseAddress, !bytes.isEmpty else { return 0 }
      return ch5_Awrite(attribute, datatype.memoryType, base)
    }
  }

  private func setTexts(_ name: String, _ texts: [String], shape: Int?, _ storage: TextStorage)
    throws
  {
    precondition(
      texts.allSatisfy { !$0.utf8.contains(0) },
      "a string in a file cannot contain the NUL character")
    switch storage {
    case .fixed:
      let width = max(1, texts.map(\.utf8.count).max() ?? 1)
      let bytes = Text.padded(texts, width: width)
      try create(name, .text(bytes: width), shape: shape) { attribute, type in
        bytes.isEmpty ? 0 : ch5_Awrite(attribute, type, bytes)
      }
    case .variable:
      try create(name, .variableText, shape: shape) { attribute, type in
        Text.withPointers(texts) { $0.isEmpty ? 0 : ch5_Awrite(attribute, type, $0.baseAddress) }
      }
    }
  }

  /// Creates or replaces the attribute, scalar for a nil `shape`; `write` fills it, given the
  /// attribute and its type in the file.
  private func create(
    _ name: String, _ datatype: Datatype, shape: Int?, _ write: (Int64, Int64) -> Int32
  ) throws {
    try HDF5Library.exclusively { () throws -> Void in
      let action = "write attribute \(name) of \(handle.place())"
      try removeAttribute(name)
      var size = UInt64(shape ?? 0)
      let space = shape == nil ? ch5_Screate_scalar() : ch5_Screate_simple(1, &size, nil)
      try HDF5Library.check(space, action)
      defer { ch5_Sclose(space) }
      try datatype.withFileType { type in
        let attribute = try HDF5Library.check(
          ch5_Acreate(handle.id, name, type, space, ch5_default(), ch5_default()), action)
        defer { ch5_Aclose(attribute) }
        try HDF5Library.check(write(attribute, type), action)
      }
    }
  }
}
