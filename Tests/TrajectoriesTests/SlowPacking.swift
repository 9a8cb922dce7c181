import Foundation
import Geometry
import TestSupport
import Testing

@testable import Trajectories

/// The compression of XTC without optimisation: bit by bit, with multi-precision arithmetic.
enum SlowPacking {
  /// Reads integers starting at the top bit of each byte.
  private struct Bits {
    let bytes: [UInt8]
    var position: Int

    mutating func take(_ count: Int) -> Int {
      var value = 0
      for _ in 0..<count {
        value = value << 1 | Int(bytes[position / 8] >> UInt8(7 - position % 8) & 1)
        position += 1
      }
      return value
    }

    /// Three integers as one number of `bitCount` bits, its bytes lowest first.
    mutating func triple(_ bitCount: Int, _ ranges: [UInt32]) -> [Int] {
      var number: UInt128 = 0
      var shift: UInt128 = 0
      var rest = bitCount
      while rest > 0 {
        number |= UInt128(take(min(8, rest))) << shift
        shift += 8
        rest -= 8
      }
      let z = number % UInt128(ranges[2])
      let xy = number / UInt128(ranges[2])
      return [Int(xy / UInt128(ranges[1])), Int(xy % UInt128(ranges[1])), Int(z)]
    }
  }

  static func read(_ body: [UInt8], layout: PackedCoordinates.Layout, atomCount: Int) -> [[Int]] {
    let ranges = [layout.range.0, layout.range.1, layout.range.2]
    let minimum = [Int(layout.minimum.0), Int(layout.minimum.1), Int(layout.minimum.2)]
    let product = ranges.reduce(UInt128(1)) { $0 * UInt128($1) }
    let size = 128 - product.leadingZeroBitCount
    var bits = Bits(bytes: Array(body[92...]), position: 0)
    var atoms: [[Int]] = []
    var place = layout.step
    var run = 0
    while atoms.count < atomCount {
      let first = zip(bits.triple(size, ranges), minimum).map { $0 + $1 }
      var change = 0
      if bits.take(1) == 1 {
        let code = bits.take(5)
        run = code / 3
        change = code % 3 - 1
      }
      var center = first
      for k in 0..<run {
        let step = PackedCoordinates.steps[place]
        let next = zip(bits.triple(place, [step, step, step]), center).map {
          $0 + $1 - Int(step / 2)
        }
        atoms.append(next)
        if k == 0 { atoms.append(first) }
        center = next
      }
      if run == 0 { atoms.append(first) }
      place += change
    }
    return atoms
  }

  /// Writes atoms without runs, each in ranges `factor` times as wide: from 2²⁴ on each integer has
  /// its own bits.
  static func write(
    _ atoms: [[Int]], layout: PackedCoordinates.Layout, factor: UInt32
  ) -> (bytes: [UInt8], layout: PackedCoordinates.Layout, values: [[Int]]) {
    var wide = layout
    wide.range = (layout.range.0 &* factor, layout.range.1 &* factor, layout.range.2 &* factor)
    let ranges = [wide.range.0, wide.range.1, wide.range.2]
    let minimum = [Int(layout.minimum.0), Int(layout.minimum.1), Int(layout.minimum.2)]
    let isApart = ranges.contains { $0 > 0xFF_FFFF }
    let product = ranges.reduce(UInt128(1)) { $0 * UInt128($1) }
    let size = 128 - product.leadingZeroBitCount
    var bits: [UInt8] = []
    func append(_ value: Int, _ count: Int) {
      for k in 0..<count { bits.append(UInt8(value >> (count - 1 - k) & 1)) }
    }
    for atom in atoms {
      let digits = zip(atom, minimum).map { $0 - $1 }
      if isApart {
        for (digit, range) in zip(digits, ranges) { append(digit, 32 - range.leadingZeroBitCount) }
      } else {
        var number =
          (UInt128(digits[0]) * UInt128(ranges[1]) + UInt128(digits[1])) * UInt128(ranges[2])
          + UInt128(digits[2])
        var rest = size
        while rest > 0 {
          append(Int(number & 255), min(8, rest))
          number >>= 8
          rest -= 8
        }
      }
      append(0, 1)
    }
    var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (k, bit) in bits.enumerated() { bytes[k / 8] |= bit << UInt8(7 - k % 8) }
    wide.byteCount = bytes.count
    return (bytes, wide, atoms)
  }
}
