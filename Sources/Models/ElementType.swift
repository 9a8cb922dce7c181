/// Element types of the safetensors format, by the names it uses.
enum ElementType: String, CaseIterable, Sendable {
  case F64, F32, F16, BF16
  case I64, I32, I16, I8
  case U64, U32, U16, U8
  case BOOL
  case F8_E4M3, F8_E5M2

  /// Size of an element in bytes.
  var size: Int {
    switch self {
    case .F64, .I64, .U64: 8
    case .F32, .I32, .U32: 4
    case .F16, .BF16, .I16, .U16: 2
    case .I8, .U8, .BOOL, .F8_E4M3, .F8_E5M2: 1
    }
  }

  /// Whether weights and statistics may be stored in it.
  var isAcceptedForNumbers: Bool { self == .F64 || self == .F32 || self == .F16 || self == .BF16 }
}

extension SafeTensors.Tensor {
  /// The elements in double precision; nil if the type is not one of F64, F32, F16, BF16.
  var doubles: [Double]? {
    switch type {
    case .F64: numbers(UInt64.self) { Double(bitPattern: $0) }
    case .F32, .F16, .BF16: floats?.map { Double($0) }
    default: nil
    }
  }

  /// The elements in single precision (F64 is rounded); nil if the type is not one of F64, F32,
  /// F16, BF16.
  var floats: [Float]? {
    switch type {
    case .F64: numbers(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .F32: numbers(UInt32.self) { Float(bitPattern: $0) }
    case .F16: numbers(UInt16.self) { Float(Float16(bitPattern: $0)) }
    // bfloat16 is the upper half of a Float.
    case .BF16: numbers(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    default: nil
    }
  }
}

/// Little-endian bytes of numbers, for writing.
func littleEndianBytes(_ values: [Float]) -> [UInt8] {
  var out: [UInt8] = []
  out.reserveCapacity(4 * values.count)
  for value in values {
    withUnsafeBytes(of: value.bitPattern.littleEndian) { out.append(contentsOf: $0) }
  }
  return out
}

/// Little-endian bytes of numbers, for writing.
func littleEndianBytes(_ values: [Double]) -> [UInt8] {
  var out: [UInt8] = []
  out.reserveCapacity(8 * values.count)
  for value in values {
    withUnsafeBytes(of: value.bitPattern.littleEndian) { out.append(contentsOf: $0) }
  }
  return out
}
