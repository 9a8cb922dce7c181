import TestSupport

/// Damages bytes as disks, editors, killed writers and users do, from a seed.
struct Mutator {
  var generator: SeededGenerator
  /// Words that have caused errors in readers, for the target.
  let words: [[UInt8]]

  init(seed: UInt64, words: [String]) {
    generator = SeededGenerator(seed: seed)
    self.words = words.map { Array($0.utf8) }
  }

  /// One to six damages.
  mutating func mutate(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty { damage(&bytes) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    let position = generator.integer(below: bytes.count)
    let end = min(bytes.count, position + generator.integer(below: 80))
    switch generator.integer(below: 11) {
    case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 2: bytes.removeSubrange(position..<end)
    case 3:
      bytes.insert(contentsOf: bytes[position..<end], at: generator.integer(below: bytes.count + 1))
    case 4: bytes.removeSubrange(position...)
    case 5: bytes[position..<end].reverse()
    case 6: for k in position..<end { bytes[k] = 0 }
    case 7: number(&bytes, at: position)
    case 8: integer(&bytes, at: position)
    default:
      guard let word = words.randomElement(using: &generator) else { return }
      bytes.replaceSubrange(
        position..<min(bytes.count, position + generator.integer(below: 12)), with: word)
    }
  }

  /// Replaces a number in the text by another.
  private mutating func number(_ bytes: inout [UInt8], at position: Int) {
    guard let start = bytes[position...].firstIndex(where: { (0x30...0x39).contains($0) }) else {
      return
    }
    let end = bytes[start...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
    let choices = [
      "0", "-1", "1", "4294967296", "9223372036854775807", "1152921504606846976", "1e308",
      "18446744073709551616", "nan",
    ]
    bytes.replaceSubrange(start..<end, with: choices[generator.integer(below: choices.count)].utf8)
  }

  /// A hostile integer in either order of bytes, as lengths and offsets in binary files are.
  private mutating func integer(_ bytes: inout [UInt8], at position: Int) {
    let values: [UInt64] = [
      0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 40, 1 << 60, .max, .max >> 1,
    ]
    let value = values[generator.integer(below: values.count)]
    let width = [1, 2, 4, 8][generator.integer(below: 4)]
    let isBig = generator.integer(below: 2) == 0
    for k in 0..<width where position + k < bytes.count {
      bytes[position + k] = UInt8(
        truncatingIfNeeded: value >> UInt64(8 * (isBig ? width - 1 - k : k)))
    }
  }
}
