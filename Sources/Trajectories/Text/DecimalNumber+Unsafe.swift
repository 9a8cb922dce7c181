import Glibc

/// Reads decimal numbers exactly: the `Double` nearest to the text, ties to even, as in `strtod`.
///
/// Up to 19 digits fit a `UInt64` mantissa m, so that the number is m·10^e without error. There are
/// three cases:
/// - m < 2⁵³ and |e| ≤ 22: both factors are exact doubles, and IEEE 754 rounds the product or
///   quotient correctly (Clinger 1990).
/// - |e| ≤ 19: the 128-bit product or the 64-bit quotient with its remainder folded into the last
///   bit (“sticky”) resolves every tie, and the hardware rounds it once to 53 bits.
/// - otherwise Swift's own parser, which is exact for any length and independent of the locale.
struct DecimalReader {
  /// 10^0 … 10^22 and 10^0 … 10^19, all exact.
  let doublePowers = PowersOfTen.shared.double
  let integerPowers = PowersOfTen.shared.integer

  /// Reads a number at `position`.
  ///
  /// - Parameters:
  ///   - bytes: text; bytes before `position` or from `end` on are not read.
  ///   - position: advanced past the number.
  /// - Returns: false if there is no finite decimal number here (hexadecimal, nan, inf and overflow
  ///   are not accepted).
  @inline(__always)
  func read(
    _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ end: Int, into value: inout Double
  ) -> Bool {
    let start = position
    var p = position
    guard p < end else { return false }
    // Signs are practically random, so there must be no branch on them.
    let first = bytes[p]
    let sign: UInt64 = first == 0x2D ? 1 : 0
    p &+= Int(truncatingIfNeeded: sign)
    if first == 0x2B { p &+= 1 }
    var mantissa: UInt64 = 0
    var digits = readDigits(bytes, &p, end, onto: &mantissa)
    var exponent = 0
    if p < end, bytes[p] == 0x2E {
      p &+= 1
      let decimals = readDigits(bytes, &p, end, onto: &mantissa)
      exponent = -decimals
      digits &+= decimals
    }
    guard digits > 0 else { return false }
    var written = 0
    if p < end, bytes[p] | 0x20 == 0x65 {
      guard readExponent(bytes, &p, end, into: &written) else { return false }
    }
    position = p
    exponent &+= written
    if digits <= 19, mantissa < 1 << 53, exponent >= -22, exponent <= 22 {
      let magnitude = Double(mantissa)
      let scaled =
        exponent < 0 ? magnitude / doublePowers[-exponent] : magnitude * doublePowers[exponent]
      value = Double(bitPattern: scaled.bitPattern | sign &<< 63)
      return true
    }
    if digits <= 19, exponent >= -19, exponent <= 19 {
      let scaled = exactlyScaled(mantissa, exponent)
      value = Double(bitPattern: scaled.bitPattern | sign &<< 63)
      return true
    }
    return readSlowly(bytes, start, p, into: &value)
  }

  /// Appends the digits at `p` to a mantissa, which overflows if there are more than 19 in total;
  /// returns their number.
  ///
  /// Eight at a time, because a loop over bytes has one mispredicted branch per number of varying
  /// length (measured on text with four decimals: 594 MB/s with the loop, 697 with this). A digit's
  /// byte xor `0` is 0…9; adding 0x76 sets the top bit of all other bytes, and a digit gives no
  /// carry.
  @inline(__always)
  func readDigits(
    _ bytes: UnsafePointer<UInt8>, _ p: inout Int, _ end: Int, onto mantissa: inout UInt64
  ) -> Int {
    let first = p
    while end &- p >= 8 {
      let word =
        UInt64(littleEndian: UnsafeRawPointer(bytes + p).loadUnaligned(as: UInt64.self))
        ^ 0x3030_3030_3030_3030
      let others = ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
      if others == 0 {
        mantissa = mantissa &* 100_000_000 &+ Self.eightDigits(word)
        p &+= 8
        continue
      }
      // The bytes after the digits are replaced by leading zeros. Two shifts, because one by 64 has
      // no effect.
      let count = others.trailingZeroBitCount &>> 3
      mantissa =
        mantissa &* integerPowers[count]
        &+ Self.eightDigits((word &<< UInt64(56 &- 8 &* count)) &<< 8)
      p &+= count
      return p &- first
    }
    while p < end {
      let digit = bytes[p] &- 0x30
      guard digit < 10 else { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      p &+= 1
    }
    return p &- first
  }

  /// The number given by eight bytes 0…9, the first in the lowest byte: pairs, then fours, then
  /// all, by multiplication.
  @inline(__always)
  static func eightDigits(_ word: UInt64) -> UInt64 {
    let mask: UInt64 = 0x0000_00FF_0000_00FF
    let pairs = word &* 10 &+ (word &>> 8)
    return
      ((pairs & mask) &* 0x000F_4240_0000_0064 &+ ((pairs &>> 16) & mask) &* 0x0000_2710_0000_0001)
      &>> 32
  }

  /// The digits after an `e`; saturates, because 10^±99999 overflows or underflows for any mantissa
  /// of ≤ 19 digits.
  @inline(never)
  private func readExponent(
    _ bytes: UnsafePointer<UInt8>, _ p: inout Int, _ end: Int, into exponent: inout Int
  ) -> Bool {
    p += 1
    guard p < end else { return false }
    let isNegative = bytes[p] == 0x2D
    if isNegative || bytes[p] == 0x2B { p += 1 }
    let first = p
    while p < end, bytes[p] &- 0x30 < 10 {
      exponent = min(99_999, exponent * 10 + Int(bytes[p] - 0x30))
      p += 1
    }
    if isNegative { exponent = -exponent }
    return p > first
  }

  /// m·10^e for |e| ≤ 19, rounded once.
  @inline(never)
  private func exactlyScaled(_ mantissa: UInt64, _ exponent: Int) -> Double {
    guard mantissa != 0 else { return 0 }
    if exponent >= 0 {
      let product = mantissa.multipliedFullWidth(by: integerPowers[exponent])
      guard product.high != 0 else { return Double(product.low) }
      let shift = product.high.leadingZeroBitCount
      let top =
        shift == 0
        ? product.high : product.high << UInt64(shift) | product.low >> UInt64(64 - shift)
      let rest = shift == 0 ? product.low : product.low << UInt64(shift)
      return scalbn(Double(top | (rest != 0 ? 1 : 0)), Int32(64 - shift))
    }
    // Both operands with their top bits set: the quotient of (dividend/2)·2⁶⁴ by the divisor has 63
    // or 64 bits, more than 53 + 2.
    let dividendShift = mantissa.leadingZeroBitCount
    let dividend = mantissa << UInt64(dividendShift)
    let power = integerPowers[-exponent]
    let divisorShift = power.leadingZeroBitCount
    let (quotient, remainder) = (power << UInt64(divisorShift)).dividingFullWidth(
      (dividend >> 1, dividend << 63))
    return scalbn(
      Double(quotient | (remainder != 0 ? 1 : 0)), Int32(divisorShift - dividendShift - 63))
  }

  /// The number `bytes[start..<end]`, which is known to be a decimal number, by Swift's parser.
  @inline(never)
  private func readSlowly(
    _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, into value: inout Double
  ) -> Bool {
    guard
      let number = Double(
        String(
          decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self))
    else {
      return false
    }
    value = number
    return value.isFinite
  }
}

/// Numbers in the most common formats. Coordinates: an optional sign, up to seven digits, a point,
/// up to eight digits, followed by a space.
///
/// Digits before and after the point are combined in one word if they fit, so that one conversion
/// is sufficient; there are no data-dependent branches. Exact for the first reason given in
/// `DecimalReader`.
enum ShortNumber {
  /// Bytes that are read.
  static let reach = 18

  /// Reads the number at `position`, which is advanced past it; false, with no change, if it has
  /// another format.
  @inline(__always)
  static func read(
    _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ decimal: DecimalReader,
    into value: UnsafeMutablePointer<Double>
  ) -> Bool {
    let sign: UInt64 = bytes[position] == 0x2D ? 1 : 0
    let start = bytes + position + Int(truncatingIfNeeded: sign)
    let (whole, wholeCount) = digits(start)
    let fraction = start + wholeCount + 1
    let (decimals, decimalCount) = digits(fraction)
    let count = wholeCount &+ decimalCount
    // Eight if no end was found.
    guard wholeCount < 8, start[wholeCount] == 0x2E, count > 0, fraction[decimalCount] <= 0x20
    else { return false }
    var mantissa: UInt64
    if count <= 8 {
      let joined =
        whole & ((1 as UInt64) &<< UInt64(8 &* wholeCount) &- 1) | shifted(decimals, wholeCount)
      mantissa = DecimalReader.eightDigits(joined &<< UInt64(64 &- 8 &* count))
    } else {
      mantissa =
        DecimalReader.eightDigits(shifted(whole, 8 &- wholeCount))
        &* decimal.integerPowers[decimalCount]
      mantissa &+= DecimalReader.eightDigits(decimals &<< UInt64(64 &- 8 &* decimalCount))
      guard mantissa < 1 << 53 else { return false }
    }
    let magnitude = Double(Int64(bitPattern: mantissa)) / decimal.doublePowers[decimalCount]
    value.pointee = Double(bitPattern: magnitude.bitPattern | sign &<< 63)
    position = fraction + decimalCount - bytes
    return true
  }

  /// A word shifted up by 0 to 8 bytes.
  @inline(__always)
  private static func shifted(_ word: UInt64, _ bytes: Int) -> UInt64 {
    bytes == 8 ? 0 : word &<< UInt64(8 &* bytes)
  }

  /// Reads 1 to 15 digits at `position`, which is advanced past them; nil, with no change, if there
  /// are none or more.
  @inline(__always)
  static func integer(
    _ bytes: UnsafePointer<UInt8>, _ position: inout Int, _ decimal: DecimalReader
  ) -> Int64? {
    let (word, count) = digits(bytes + position)
    guard count > 0 else { return nil }
    if count < 8 {
      position &+= count
      return Int64(truncatingIfNeeded: DecimalReader.eightDigits(word &<< UInt64(64 &- 8 &* count)))
    }
    let (rest, restCount) = digits(bytes + position + 8)
    guard restCount < 8 else { return nil }
    position &+= 8 &+ restCount
    let low = DecimalReader.eightDigits(shifted(rest, 8 &- restCount))
    return Int64(
      truncatingIfNeeded: DecimalReader.eightDigits(word) &* decimal.integerPowers[restCount] &+ low
    )
  }

  /// Eight bytes as digits, the first lowest, and the number of digits before the first other byte.
  @inline(__always)
  private static func digits(_ bytes: UnsafePointer<UInt8>) -> (word: UInt64, count: Int) {
    let word =
      UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
      ^ 0x3030_3030_3030_3030
    let others = ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
    return (word, others.trailingZeroBitCount &>> 3)
  }
}

/// 10^0 … 10^22 as doubles and 10^0 … 10^19 as integers, all exact.
final class PowersOfTen: @unchecked Sendable {
  let double: UnsafePointer<Double>
  let integer: UnsafePointer<UInt64>

  /// Made once and never freed, because `DecimalReader` holds pointers to it.
  static let shared = PowersOfTen()

  private init() {
    let double = UnsafeMutablePointer<Double>.allocate(capacity: 23)
    let integer = UnsafeMutablePointer<UInt64>.allocate(capacity: 20)
    var power = 1.0
    for index in 0...22 {
      double[index] = power
      power *= 10
    }
    var whole: UInt64 = 1
    for index in 0...19 {
      integer[index] = whole
      if index < 19 { whole *= 10 }
    }
    self.double = UnsafePointer(double)
    self.integer = UnsafePointer(integer)
  }
}

/// The finite decimal number that is the whole text, or nil; the plain path, with Swift's own
/// parser.
func decimalNumber(_ text: String) -> Double? {
  let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
  guard isDecimal, let value = Double(text), value.isFinite else { return nil }
  return value
}
