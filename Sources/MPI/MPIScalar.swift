internal import CMPI

/// A number that is sent between ranks in its memory representation: `UInt8`, `Int32`, `Int64`,
/// `UInt64`, `Int`, `Float`, `Double`.
public protocol MPIScalar: BitwiseCopyable, Sendable, ExpressibleByIntegerLiteral {
  /// The MPI datatype that matches `Self`.
  static var scalarKind: ScalarKind { get }
}

/// The datatypes that Verglas exchanges; the corresponding MPI datatypes are `MPI_UINT8_T`,
/// `MPI_INT32_T`, …
public enum ScalarKind: Sendable {
  case uint8
  case int32
  case int64
  case uint64
  case float
  case double

  /// Its number in `CMPI`.
  var code: Int32 {
    switch self {
    case .uint8: Int32(CMPI_UINT8)
    case .int32: Int32(CMPI_INT32)
    case .int64: Int32(CMPI_INT64)
    case .uint64: Int32(CMPI_UINT64)
    case .float: Int32(CMPI_FLOAT)
    case .double: Int32(CMPI_DOUBLE)
    }
  }

  /// Whether sums have the same bits in any order.
  var isInteger: Bool { self != .float && self != .double }

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
  /// The sum. Floating-point sums depend on the number of ranks: what must be the same bytes for
  /// any number is summed as integers.
  case sum
  /// The smallest contribution.
  case minimum
  /// The largest contribution.
  case maximum

  /// Its number in `CMPI`.
  var code: Int32 {
    switch self {
    case .sum: Int32(CMPI_SUM)
    case .minimum: Int32(CMPI_MIN)
    case .maximum: Int32(CMPI_MAX)
    }
  }
}
