internal import CMPI

/// A number that is sent between ranks in its memory representation: `UInt8`, `Int32`, `Int64`,
/// `UInt64`, `Int`, `Float`, `Double`.
public protocol MPIScalar: BitwiseCopyable, Sendable, ExpressibleByIntegerLiteral {
  /// The MPI datatype that matches `Self`.
  static var scalarKind: ScalarKind { get }
}

/// The datatypes that Verglas exchanges; the corresponding MPI handles are `MPI_UINT8_T`,
/// `MPI_INT32_T`, …
public enum ScalarKind: Sendable {
  case uint8
  case int32
  case int64
  case uint64
  case float
  case double

  /// The MPI handle: a getter, because Open MPI's handles are addresses known at run time only.
  var datatype: MPI_Datatype {
    switch self {
    case .uint8: cmpi_uint8()
    case .int32: cmpi_int32()
    case .int64: cmpi_int64()
    case .uint64: cmpi_uint64()
    case .float: cmpi_float()
    case .double: cmpi_double()
    }
  }

  /// Bytes of one element.
  var stride: Int {
    switch self {
    case .uint8: 1
    case .int32, .float: 4
    case .int64, .uint64, .double: 8
    }
  }
}

extension UInt8: MPIScalar {
  /// `MPI_UINT8_T`.
  @inlinable public static var scalarKind: ScalarKind { .uint8 }
}

extension Int32: MPIScalar {
  /// `MPI_INT32_T`.
  @inlinable public static var scalarKind: ScalarKind { .int32 }
}

extension Int64: MPIScalar {
  /// `MPI_INT64_T`.
  @inlinable public static var scalarKind: ScalarKind { .int64 }
}

extension UInt64: MPIScalar {
  /// `MPI_UINT64_T`.
  @inlinable public static var scalarKind: ScalarKind { .uint64 }
}

extension Int: MPIScalar {
  /// `MPI_INT64_T`: Verglas runs on 64-bit machines only.
  @inlinable public static var scalarKind: ScalarKind { .int64 }
}

extension Float: MPIScalar {
  /// `MPI_FLOAT`.
  @inlinable public static var scalarKind: ScalarKind { .float }
}

extension Double: MPIScalar {
  /// `MPI_DOUBLE`.
  @inlinable public static var scalarKind: ScalarKind { .double }
}

/// How `allReduce` combines the contributions of the ranks.
public enum Reduction: Sendable {
  /// The sum. Floating-point sums depend on the number of ranks; sums that must be reproducible use
  /// integers.
  case sum
  /// The smallest contribution.
  case minimum
  /// The largest contribution.
  case maximum

  var operation: MPI_Op {
    switch self {
    case .sum: cmpi_sum()
    case .minimum: cmpi_min()
    case .maximum: cmpi_max()
    }
  }
}
