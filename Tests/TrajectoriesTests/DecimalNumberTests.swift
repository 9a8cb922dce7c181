import Glibc
import Testing

@testable import Trajectories

@Suite struct DecimalNumberTests {
  /// The number at the start of a text and how many bytes it takes; nil if there is none.
  private func read(_ text: String) -> (value: Double, length: Int)? {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var position = 0
      var value = 0.0
      return DecimalReader().read(base, &position, buffer.count, into: &value) ? (value, position) : nil
    }
  }

  private func random(_ generator: inout SeededGenerator) -> String {
    func digits(_ count: ClosedRange<Int>) -> String {
      (0..<Int.random(in: count, using: &generator)).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
    }
    let sign = ["", "-", "+"].randomElement(using: &generator)!
    let long = Int.random(in: 0..<4, using: &generator)
    var text = sign + digits(0...[3, 6, 19, 40][long])
    if Bool.random(using: &generator) { text += "." + digits(0...[4, 12, 19, 40][long]) }
    if Int.random(in: 0..<3, using: &generator) == 0 {
      text += ["e", "E"].randomElement(using: &generator)! + ["", "-", "+"].randomElement(using: &generator)! + digits(1...3)
    }
    return text
  }

  @Test func equalsStrtodBitForBit() {
    var generator = SeededGenerator(seed: 7)
    var compared = 0
    for _ in 0..<200_000 {
      let text = random(&generator)
      var end: UnsafeMutablePointer<CChar>?
      var length = 0
      let expected = text.withCString { start in
        let value = strtod(start, &end)
        length = end.map { $0 - UnsafeMutablePointer(mutating: start) } ?? 0
        return value
      }
      guard let found = read(text) else {
        #expect(length == 0 || length < text.utf8.count || expected.isInfinite, "\(text) was refused")
        continue
      }
      compared += 1
      #expect(found.length == length && found.value.bitPattern == expected.bitPattern, "\(text): \(found.value) is not \(expected)")
    }
    #expect(compared > 150_000)
  }

  @Test func hardCasesOfRounding() {
    for text in [
      "9007199254740993", "9007199254740992.5", "9007199254740993.0", "1.00000000000000011102230246251565",
      "0.1000000000000000055511151231257827",
      "9999999999999999999", "18446744073709551615", "18446744073709551616", "99999999999999999999", "1e22", "1e23", "8.5e22",
      "123456789012345678e-19",
      "9223372036854775807e19", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623157e308", "0", "-0",
      "0e0",
      "0.000000000000000000000000000000000000000000001", "5e-324", "2.2250738585072011e-308", "1e-400", "0000000000000000000000001.5",
    ] {
      let found = read(text)
      #expect(found?.value.bitPattern == strtod(text, nil).bitPattern, "\(text)")
      #expect(found?.length == text.utf8.count, "\(text)")
    }
  }

  @Test(arguments: [
    "", "-", "+", ".", "-.", "e5", "1e", "1e+", "nan", "inf", "-inf", "NaN", "1e309", "-1e999", "1e99999999999999999999", "x",
  ])
  func refusesWhatIsNoFiniteNumber(_ text: String) {
    #expect(read(text) == nil)
  }

  @Test func leavesWhatFollows() {
    #expect(read("1.5abc")?.length == 3)
    #expect(read("0x1p3")?.length == 1)
    #expect(read("1.2.3")?.length == 3)
  }

  @Test func plainPathAgrees() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<20_000 {
      let text = random(&generator)
      let fast = read(text).flatMap { $0.length == text.utf8.count ? $0.value : nil }
      #expect(fast?.bitPattern == decimalNumber(text)?.bitPattern, "\(text)")
    }
    for text in ["nan", "inf", "0x10", "1e999", "infinity", "1_0", " 1"] { #expect(decimalNumber(text) == nil) }
  }
}
