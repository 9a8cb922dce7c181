import Foundation
import TestSupport

import Testing

@testable import Trajectories

@Suite(.tags(.fast)) struct DecimalNumberTests {
  /// The number at the start of a text and how many bytes it takes; nil if there is none.
  private func read(_ text: String) -> (value: Double, length: Int)? {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var position = 0
      var value = 0.0
      return DecimalReader().read(base, &position, buffer.count, into: &value)
        ? (value, position) : nil
    }
  }

  private func random(_ generator: inout SeededGenerator) -> String {
    func digits(_ count: ClosedRange<Int>) -> String {
      (0..<Int.random(in: count, using: &generator)).map { _ in
        String(Int.random(in: 0...9, using: &generator))
      }.joined()
    }
    let sign = ["", "-", "+"].randomElement(using: &generator)!
    let long = Int.random(in: 0..<4, using: &generator)
    var text = sign + digits(0...[3, 6, 19, 40][long])
    if Bool.random(using: &generator) { text += "." + digits(0...[4, 12, 19, 40][long]) }
    if Int.random(in: 0..<3, using: &generator) == 0 {
      text +=
        ["e", "E"].randomElement(using: &generator)! + ["", "-", "+"].randomElement(
          using: &generator)! + digits(1...3)
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
        #expect(
          length == 0 || length < text.utf8.count || expected.isInfinite, "\(text) was refused")
        continue
      }
      compared += 1
      #expect(
        found.length == length && found.value.bitPattern == expected.bitPattern,
        "\(text): \(found.value) is not \(expected)")
    }
    #expect(compared > 150_000)
  }

  @Test func hardCasesOfRounding() {
    for text in [
      "9007199254740993", "9007199254740992.5", "9007199254740993.0",
      "1.00000000000000011102230246251565",
      "0.1000000000000000055511151231257827",
      "9999999999999999999", "18446744073709551615", "18446744073709551616", "99999999999999999999",
      "1e22", "1e23", "8.5e22",
      "123456789012345678e-19",
      "9223372036854775807e19", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
      "1.7976931348623157e308", "0", "-0",
      "0e0",
      "0.000000000000000000000000000000000000000000001", "5e-324", "2.2250738585072011e-308",
      "1e-400", "0000000000000000000000001.5",
    ] {
      let found = read(text)
      #expect(found?.value.bitPattern == strtod(text, nil).bitPattern, "\(text)")
      #expect(found?.length == text.utf8.count, "\(text)")
    }
  }

  @Test(arguments: [
    "", "-", "+", ".", "-.", "e5", "1e", "1e+", "nan", "inf", "-inf", "NaN", "1e309", "-1e999",
    "1e99999999999999999999", "x",
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
    for text in ["nan", "inf", "0x10", "1e999", "infinity", "1_0", " 1"] {
      #expect(decimalNumber(text) == nil)
    }
  }
}

/// The fast paths for a line compared with the plain one, `DumpRow`: the same atoms from lines of
/// every form.
@Suite(.tags(.fast)) struct LineFormTests {
  /// A coordinate in one of the forms that programs write.
  private static func coordinate(_ generator: inout SeededGenerator) -> String {
    let value =
      Double.random(in: -1...1, using: &generator)
      * [1, 30, 300, 1e6][Int.random(in: 0..<4, using: &generator)]
    switch Int.random(in: 0..<9, using: &generator) {
    case 0: return String(format: "%g", value)
    case 1: return String(format: "%.4f", value)
    case 2: return String(format: "%15.8f", value)
    case 3: return String(format: "%.17g", value)
    case 4: return String(format: "%e", value)
    case 5: return String(format: "%+.3f", value)
    case 6: return "\(Int(value))"
    case 7:
      return [
        "5.", ".5", "-.25", "0.0", "-0.0", "00012.50", "1234567.87654321", "12345678.5",
        "0.123456789",
      ].randomElement(
        using: &generator)!
    default: return "\(value)"
    }
  }

  @Test(arguments: [1, 2, 3, 4]) func sameAtoms(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let scratch = try Scratch()
    for columns in [
      "id type x y z", "x y z id element", "id mol type element vx vy vz q x y z ix iy iz",
      "x y z type",
    ] {
      let names = columns.split(separator: " ").map(String.init)
      var lines: [String] = []
      for k in 0..<400 {
        var words: [String] = names.map { name in
          switch name {
          case "id":
            "\(k + 1 + [0, 99_999_900, 123_456_789_000, 2_000_000_000_000_000_000][k / 100])"
          case "type": "\(k % 3 + 1)"
          case "element": ["O", "H", "OW", "HW2", "Na"][k % 5]
          case "x", "y", "z": Self.coordinate(&generator)
          default: String(format: "%.*f", Int.random(in: 0...30, using: &generator), Double(k))
          }
        }
        if k % 7 == 0 { words[0] = "  " + words[0] }
        let separator = ["\t", " ", "   "][Int.random(in: 0..<3, using: &generator)]
        lines.append(
          words.joined(separator: separator)
            + ["", "", " ", "\r", " \t "][Int.random(in: 0..<5, using: &generator)])
      }
      let head =
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n400\nITEM: BOX BOUNDS pp pp pp\n0 99\n0 99\n0 "
        + "99\nITEM: ATOMS \(columns)\n"
      let path = try scratch.write(
        Array((head + lines.map { $0 + "\n" }.joined()).utf8), as: "forms.lammpstrj")
      let map = try SpeciesMap(names: ["O", "H"], types: [1: "O", 2: "HW1", 3: "X"])
      let atoms = try #require(try readAll(Trajectory.open(paths: [path]), species: map).first)
        .atoms
      let layout = try ColumnLayout(names: names)
      let rows = try lines.enumerated().map {
        try DumpRow($1.utf8, layout: layout, species: map, fileOrderID: Int64($0 + 1))
      }
      let wanted = rows.filter { $0.species < SpeciesMap.unwanted }
      #expect(atoms.ids == wanted.map(\.id) && atoms.species == wanted.map(\.species), "\(columns)")
      #expect(atoms.x.map(\.bitPattern) == wanted.map(\.position.0.bitPattern), "\(columns)")
      #expect(atoms.y.map(\.bitPattern) == wanted.map(\.position.1.bitPattern), "\(columns)")
      #expect(atoms.z.map(\.bitPattern) == wanted.map(\.position.2.bitPattern), "\(columns)")
    }
  }
}
