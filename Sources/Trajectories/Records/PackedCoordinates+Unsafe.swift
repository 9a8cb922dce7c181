/// Unpacks the coordinates of an XTC frame: `xdr3dfcoord` of GROMACS' libxdrf, which wrote them.
///
/// Atoms are triples of integers. One is written by its position in the frame's ranges (a
/// mixed-radix number in as few bits as its largest value needs), up to ten following ones by their
/// small difference from the previous one, with a range from the table `steps`. A flag and, if it
/// is set, five bits give the number of following atoms and whether the index into the table moves
/// up or down. The first two atoms of a group are exchanged, which compresses water better.
///
/// Only flags and runs depend on previous values; the value of a triple does not determine the
/// position of the next one. The processor can therefore execute several triples in parallel if
/// there are no other dependencies: bits come from an unaligned 64-bit load at the bit position,
/// without a shared bit buffer, and quotients from products with reciprocals (a 64-bit division
/// would take ten times as long).
struct PackedCoordinates {
  /// The fields between atom count and packed bytes.
  struct Layout {
    /// Units of 1/precision nm.
    var precision: Double
    /// Smallest coordinate along each axis, and the number of values.
    var minimum: (Int32, Int32, Int32)
    var range: (UInt32, UInt32, UInt32)
    /// Index into `steps` at the start.
    var step: Int
    var byteCount: Int

    /// Reads the fields of a frame that starts at `bytes[0]`; nil if they are impossible.
    init?(_ bytes: [UInt8], isWide: Bool) {
      var fields = BinaryFields(bytes, at: 56)
      guard let precision = fields.float(), precision.isFinite, precision > 0 else { return nil }
      var limits: [Int64] = []
      for _ in 0..<7 {
        guard let value = fields.int32() else { return nil }
        limits.append(value)
      }
      guard let count = isWide ? fields.int64() : fields.int32() else { return nil }
      let ranges: [Int64] = (0..<3).map { axis in limits[3 + axis] - limits[axis] + 1 }
      guard ranges.allSatisfy({ $0 > 0 && $0 <= Int64(UInt32.max) }) else { return nil }
      guard (Self.firstStep..<steps.count).contains(Int(limits[6])) else { return nil }
      self.precision = precision
      minimum = (
        Int32(truncatingIfNeeded: limits[0]), Int32(truncatingIfNeeded: limits[1]),
        Int32(truncatingIfNeeded: limits[2])
      )
      range = (UInt32(ranges[0]), UInt32(ranges[1]), UInt32(ranges[2]))
      step = Int(limits[6])
      byteCount = Int(count)
    }

    /// The first index with a nonzero step.
    static let firstStep = 9
  }

  /// Ranges of small distances: 2^(k/3), rounded as libxdrf does; three numbers below `steps[k]`
  /// take k bits.
  static let steps: [UInt32] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 101, 128, 161, 203, 256,
    322, 406, 512, 645, 812, 1024, 1290,
    1625, 2048, 2580, 3250, 4096, 5060, 6501, 8192, 10321, 13003, 16384, 20642, 26007, 32768, 41285,
    52015, 65536, 82570, 104031, 131072,
    165140, 208063, 262144, 330280, 416127, 524287, 660561, 832255, 1_048_576, 1_321_122, 1_664_510,
    2_097_152, 2_642_245, 3_329_021,
    4_194_304, 5_284_491, 6_658_042, 8_388_607, 10_568_983, 13_316_085, 16_777_216,
  ]

  /// Padding after the packed bytes, so that no load is outside the buffer: a group is at most 813
  /// bits.
  static let padding = 256

  /// x y z of each atom, in units of 1/precision.
  private var storage = RawBuffer(capacity: 0)
  private var values: UnsafeMutablePointer<Int32> {
    storage.bytes.baseAddress!.assumingMemoryBound(to: Int32.self)
  }

  /// Unpacks all atoms of a frame; returns the byte and atom at which an error is detected, or nil.
  ///
  /// - Precondition: `bytes` has `padding` more than `byteCount` bytes.
  mutating func unpack(
    _ bytes: UnsafeRawBufferPointer, byteCount: Int, layout: Layout, atomCount: Int
  ) -> (byte: Int, atom: Int)? {
    precondition(
      byteCount >= 0 && bytes.count >= byteCount + Self.padding,
      "packed bytes need padding after them")
    if storage.bytes.count < 12 * (atomCount + 16) {
      storage = RawBuffer(capacity: 12 * (atomCount + 16))
    }
    guard atomCount > 0, let base = bytes.baseAddress else { return nil }
    let large = Radix(layout.range)
    let end = byteCount &* 8
    let (minX, minY, minZ) = layout.minimum
    var output = values
    let outputEnd = output + 3 &* atomCount
    var place = layout.step
    var small = SmallSteps.table[place]
    var bit = 0
    var run = 0
    while output < outputEnd {
      let coded: Triple
      if large.isSingle {
        coded = large.read(base, bit)
        bit &+= large.bitCount
      } else {
        coded = large.readApart(base, &bit)
      }
      let first = Triple(x: coded.x &+ minX, y: coded.y &+ minY, z: coded.z &+ minZ)
      let flags = Self.word(base, bit)
      bit &+= 1
      var change = 0
      if flags >> 63 != 0 {
        let code = Int(truncatingIfNeeded: (flags >> 58) & 31)
        bit &+= 5
        // Up to ten atoms follow: code = 3·(their number) + change + 1.
        let count = (code &* 11) >> 5
        change = code &- 3 &* count &- 1
        run = count
      }
      guard output + 3 &* (run &+ 1) <= outputEnd, bit <= end else {
        return (bit / 8, (output - values) / 3)
      }
      if run > 0 {
        var last = small.read(base, bit, around: first)
        bit &+= small.bitCount
        last.store(to: output)
        first.store(to: output + 3)
        output += 6
        for _ in 1..<run {
          last = small.read(base, bit, around: last)
          bit &+= small.bitCount
          last.store(to: output)
          output += 3
        }
      } else {
        first.store(to: output)
        output += 3
      }
      if change != 0 {
        place &+= change
        guard place >= Layout.firstStep, place < Self.steps.count else {
          return (bit / 8, (output - values) / 3)
        }
        small = SmallSteps.table[place]
      }
    }
    // Damage can only be detected by the number of bytes and by the ranges that contain every atom.
    guard (bit &+ 7) / 8 == byteCount else { return (min(bit, end) / 8, atomCount - 1) }
    return firstOutside(layout, atomCount: atomCount).map { (0, $0) }
  }

  /// The first atom outside the ranges that the frame states.
  private func firstOutside(_ layout: Layout, atomCount: Int) -> Int? {
    let (x, y, z) = layout.minimum
    let values = values
    func distances(_ atom: Int) -> (UInt32, UInt32, UInt32) {
      let place = values + 3 &* atom
      return (
        UInt32(bitPattern: place[0] &- x), UInt32(bitPattern: place[1] &- y),
        UInt32(bitPattern: place[2] &- z)
      )
    }
    func isOutside(_ distance: (UInt32, UInt32, UInt32)) -> Bool {
      distance.0 >= layout.range.0 || distance.1 >= layout.range.1 || distance.2 >= layout.range.2
    }
    // One pass without branches in the common case.
    var largest: (UInt32, UInt32, UInt32) = (0, 0, 0)
    for atom in 0..<atomCount {
      let distance = distances(atom)
      largest = (max(largest.0, distance.0), max(largest.1, distance.1), max(largest.2, distance.2))
    }
    return isOutside(largest) ? (0..<atomCount).first { isOutside(distances($0)) } : nil
  }

  /// One coordinate of atoms `positions`, divided: `[positions.count]`.
  func gather(_ positions: ArraySlice<Int32>, axis: Int, divisor: Double) -> [Double] {
    positions.withUnsafeBufferPointer { positions in
      precondition(
        (0..<3).contains(axis) && 12 * (Int(positions.last ?? -1) + 1) <= storage.bytes.count,
        "atoms of the frame that was unpacked")
      return [Double](unsafeUninitializedCapacity: positions.count) { output, count in
        for k in 0..<positions.count {
          output[k] = Double(values[3 &* Int(positions[k]) &+ axis]) / divisor
        }
        count = positions.count
      }
    }
  }

  /// The 64 bits from bit `bit` on, the first one as the most significant; at least 57 of them are
  /// valid.
  @inline(__always)
  static func word(_ base: UnsafeRawPointer, _ bit: Int) -> UInt64 {
    UInt64(bigEndian: (base + bit &>> 3).loadUnaligned(as: UInt64.self))
      &<< UInt64(truncatingIfNeeded: bit & 7)
  }
}

/// Three integers.
private struct Triple {
  let x: Int32, y: Int32, z: Int32

  @inline(__always)
  func store(to output: UnsafeMutablePointer<Int32>) {
    output[0] = x
    output[1] = y
    output[2] = z
  }
}

/// Quotients by a constant: the high half of a product with ⌊(2⁶⁴ − 1)/d⌋ is the quotient or one
/// less, for any 64-bit number.
private struct Reciprocal {
  let divisor: UInt64
  private let factor: UInt64

  init(_ divisor: UInt32) {
    self.divisor = UInt64(max(1, divisor))
    factor = UInt64.max / self.divisor
  }

  @inline(__always)
  func divide(_ value: UInt64) -> (quotient: UInt64, remainder: UInt64) {
    let quotient = value.multipliedFullWidth(by: factor).high
    let remainder = value &- quotient &* divisor
    let isShort: UInt64 = remainder >= divisor ? 1 : 0
    return (quotient &+ isShort, remainder &- (divisor & (0 &- isShort)))
  }
}

/// Mixed-radix numbers: three integers below three ranges as one.
private struct Radix {
  /// Bits of a triple, if it is written as one number.
  let bitCount: Int
  /// Whether it is; otherwise, with a range of 2²⁴ or more, each integer has its own bits.
  let isSingle: Bool
  private let apart: (Int, Int, Int)
  private let y: Reciprocal, z: Reciprocal
  /// Bits of whole bytes, and the shift of the bits of the last byte.
  private let whole: UInt64, shift: UInt64

  /// - Parameter known: the number of bits, if it is not that of the product of the ranges.
  init(_ range: (UInt32, UInt32, UInt32), bitCount known: Int? = nil) {
    isSingle = (range.0 | range.1 | range.2) <= 0xFF_FFFF
    apart = (Self.bits(range.0), Self.bits(range.1), Self.bits(range.2))
    let product = UInt128(range.0) * UInt128(range.1) * UInt128(range.2)
    // As many bits as the product itself needs, as in libxdrf.
    bitCount = known ?? (isSingle ? 128 - product.leadingZeroBitCount : 0)
    y = Reciprocal(range.1)
    z = Reciprocal(range.2)
    whole = UInt64(bitCount / 8 * 8)
    shift = UInt64((8 - bitCount % 8) % 8)
  }

  /// As libxdrf's `sizeofint`: bits of the range itself.
  private static func bits(_ range: UInt32) -> Int { 32 - range.leadingZeroBitCount }

  /// The triple at a bit. The lowest byte is first; the bits of the last one are right-aligned.
  @inline(__always)
  func read(_ base: UnsafeRawPointer, _ bit: Int) -> Triple {
    guard bitCount <= 57 else { return readLong(base, bit) }
    let top =
      PackedCoordinates.word(base, bit) & ~(UInt64.max &>> UInt64(truncatingIfNeeded: bitCount))
    let bytes = top.byteSwapped
    let low = bytes & (1 &<< whole &- 1)
    let value = low | ((bytes &>> whole) &>> shift) &<< whole
    return split(value)
  }

  @inline(__always)
  private func split(_ value: UInt64) -> Triple {
    let (xy, z) = z.divide(value)
    let (x, y) = y.divide(xy)
    return Triple(
      x: Int32(truncatingIfNeeded: x), y: Int32(truncatingIfNeeded: y),
      z: Int32(truncatingIfNeeded: z))
  }

  /// A triple of more than 57 bits.
  @inline(never)
  private func readLong(_ base: UnsafeRawPointer, _ bit: Int) -> Triple {
    var value: UInt128 = 0
    for first in stride(from: 0, to: bitCount, by: 8) {
      let count = min(8, bitCount - first)
      value |=
        UInt128(PackedCoordinates.word(base, bit + first) >> UInt64(64 - count)) << UInt128(first)
    }
    let (xy, rest) = value.quotientAndRemainder(dividingBy: UInt128(z.divisor))
    let (x, middle) = xy.quotientAndRemainder(dividingBy: UInt128(y.divisor))
    return Triple(
      x: Int32(truncatingIfNeeded: x), y: Int32(truncatingIfNeeded: middle),
      z: Int32(truncatingIfNeeded: rest))
  }

  /// Three integers, each with its own bits.
  @inline(never)
  func readApart(_ base: UnsafeRawPointer, _ bit: inout Int) -> Triple {
    func next(_ count: Int) -> Int32 {
      let value = PackedCoordinates.word(base, bit) >> UInt64(64 - count)
      bit += count
      return Int32(truncatingIfNeeded: value)
    }
    return Triple(x: next(apart.0), y: next(apart.1), z: next(apart.2))
  }
}

/// Small distances: three integers below one range, around zero.
private struct SmallSteps {
  let bitCount: Int
  private let radix: Radix
  private let half: Int32

  /// One for each index of `PackedCoordinates.steps`.
  static let table: [SmallSteps] = PackedCoordinates.steps.enumerated().map {
    SmallSteps(place: $0, range: max(1, $1))
  }

  private init(place: Int, range: UInt32) {
    bitCount = place
    radix = Radix((range, range, range), bitCount: place)
    half = Int32(range / 2)
  }

  @inline(__always)
  func read(_ base: UnsafeRawPointer, _ bit: Int, around center: Triple) -> Triple {
    let step = radix.read(base, bit)
    return Triple(
      x: step.x &+ center.x &- half, y: step.y &+ center.y &- half, z: step.z &+ center.z &- half)
  }
}
