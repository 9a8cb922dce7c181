import Randomness

/// A 64-bit checksum that detects incomplete and altered files at memory bandwidth: 11 MB in 2 ms,
/// where SHA-256 takes 90 ms.
///
/// Four lanes of multiply and rotate over 8-byte words (the round of xxHash64), then mixed. It
/// protects against accidents, not against attacks.
package enum Checksum {
  /// The checksum of some of the bytes.
  package static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBytes { buffer in
      var lanes = SIMD4<UInt64>(
        0x60EA_27EE_ADC0_B5D6, 0xC2B2_AE3D_27D4_EB4F, 0, 0x61C8_864E_7A14_3579)
      let whole = buffer.count / 32 * 32
      for start in stride(from: 0, to: whole, by: 32) {
        lanes = round(lanes, buffer.loadUnaligned(fromByteOffset: start, as: SIMD4<UInt64>.self))
      }
      var tail = SIMD4<UInt64>(repeating: 0)
      for place in whole..<buffer.count {
        tail[(place - whole) / 8] |= UInt64(buffer[place]) << UInt64(8 * (place % 8))
      }
      lanes = round(lanes, tail)
      var sum = UInt64(buffer.count)
      for lane in 0..<4 { sum = RandomStream.mixed(sum ^ lanes[lane]) }
      return sum
    }
  }

  @inline(__always)
  private static func round(_ lanes: SIMD4<UInt64>, _ words: SIMD4<UInt64>) -> SIMD4<UInt64> {
    let sum = lanes &+ words &* 0xC2B2_AE3D_27D4_EB4F
    return ((sum &<< 31) | (sum &>> 33)) &* 0x9E37_79B1_85EB_CA87
  }
}
