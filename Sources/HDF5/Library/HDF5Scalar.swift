internal import CHDF5

/// A number that datasets and attributes hold: `UInt8`, `Int32`, `Int64`, `UInt64`, `Int`, `Float`,
/// `Double`.
public protocol HDF5Scalar: BitwiseCopyable, Sendable, ExpressibleByIntegerLiteral {
  /// The datatype of `Self` in files.
  static var datatype: Datatype { get }
}

extension UInt8: HDF5Scalar {
  /// `H5T_STD_U8LE`.
  public static var datatype: Datatype { .uint8 }
}

extension Int32: HDF5Scalar {
  /// `H5T_STD_I32LE`.
  public static var datatype: Datatype { .int32 }
}

extension Int64: HDF5Scalar {
  /// `H5T_STD_I64LE`.
  public static var datatype: Datatype { .int64 }
}

extension Int: HDF5Scalar {
  /// `H5T_STD_I64LE`.
  public static var datatype: Datatype { .int64 }
}

extension UInt64: HDF5Scalar {
  /// `H5T_STD_U64LE`.
  public static var datatype: Datatype { .uint64 }
}

extension Float: HDF5Scalar {
  /// `H5T_IEEE_F32LE`.
  public static var datatype: Datatype { .float32 }
}

extension Double: HDF5Scalar {
  /// `H5T_IEEE_F64LE`.
  public static var datatype: Datatype { .float64 }
}
