/// The type of the elements of a dataset or attribute.
public enum Datatype: Sendable, Hashable, CustomStringConvertible {
  /// An IEEE floating-point number of 16 (read only), 32 or 64 bits.
  case real(bits: Int)
  /// An integer of 8, 16, 32 or 64 bits.
  case integer(bits: Int, isSigned: Bool)
  /// An enumeration stored in one byte: value k is the k-th name.
  case enumeration([String])
  /// UTF-8 text of at most `bytes` bytes, padded with zeros.
  case text(bytes: Int)
  /// UTF-8 text of any length, stored outside the dataset: for attributes, and for datasets written
  /// by one process.
  case variableText
  /// Anything else, described; Verglas neither reads nor writes it.
  case other(String)

  /// 32-bit floating point.
  public static var float32: Datatype { .real(bits: 32) }
  /// 64-bit floating point.
  public static var float64: Datatype { .real(bits: 64) }
  /// Signed 32-bit integer.
  public static var int32: Datatype { .integer(bits: 32, isSigned: true) }
  /// Signed 64-bit integer.
  public static var int64: Datatype { .integer(bits: 64, isSigned: true) }
  /// Byte.
  public static var uint8: Datatype { .integer(bits: 8, isSigned: false) }
  /// Unsigned 64-bit integer.
  public static var uint64: Datatype { .integer(bits: 64, isSigned: false) }

  /// A description of the type.
  public var description: String {
    switch self {
    case .real(let bits): "float\(bits)"
    case .integer(let bits, let isSigned): isSigned ? "int\(bits)" : "uint\(bits)"
    case .enumeration(let names): "enumeration of \(names.joined(separator: ", "))"
    case .text(let bytes): "text of \(bytes) bytes"
    case .variableText: "text of any length"
    case .other(let text): text
    }
  }

  /// Bytes of one element in a dataset; text of any length is a reference.
  public var byteCount: Int {
    switch self {
    case .real(let bits), .integer(let bits, _): bits / 8
    case .enumeration: 1
    case .text(let bytes): bytes
    case .variableText, .other: 16
    }
  }

  /// Whether every value of `self` is a value of `target`, so that HDF5's conversion loses nothing.
  ///
  /// A narrowing read is refused, because HDF5 silently clamps values that do not fit.
  func fits(into target: Datatype) -> Bool {
    switch (self, target) {
    case (.enumeration, .integer(bits: 8, isSigned: false)): true
    case (.integer(let bits, let isSigned), .integer(let targetBits, let targetIsSigned)):
      isSigned == targetIsSigned ? bits <= targetBits : !isSigned && bits < targetBits
    case (.integer(let bits, _), .real(let targetBits)): bits <= (targetBits == 64 ? 32 : 16)
    case (.real(let bits), .real(let targetBits)): bits <= targetBits
    default: false
    }
  }

  /// Whether values of `source` may be written into elements of `self`: as they are, without
  /// conversion.
  func takes(_ source: Datatype) -> Bool {
    if case .enumeration = self { return source == .uint8 }
    return self == source
  }
}
