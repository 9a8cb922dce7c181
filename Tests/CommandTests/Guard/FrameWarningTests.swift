import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// What a frame itself says of its atoms and units: `analyze`, `describe`, `sample` and `inspect`
/// report the same.
@Suite(.serialized, .tags(.mpi)) struct FrameWarningTests {
  private let folder: Folder
  private static let model = Checkout.root + "/Examples/water/M2-O.safetensors"

  init() throws { folder = try Folder() }

  /// One frame of water of a style.
  private func water(
    _ name: String, repeats: SIMD3<Int> = SIMD3(2, 1, 2),
    _ edit: (inout WaterDump.Style) -> Void = { _ in }
  ) throws -> String {
    var style = WaterDump.Style()
    edit(&style)
    return try folder.write(try WaterDump(frames: 1, repeats: repeats).text(style), as: name)
  }

  /// The warnings of a command about a file, without the guard's.
  private func warnings(_ command: String, _ file: String, _ more: [String]) throws -> [String] {
    let output = ["-o", folder("o.h5"), "--overwrite"]
    let arguments: [String] =
      switch command {
      case "analyze":
        ["analyze", file, "--model", Self.model, "--no-guard"] + output + more
      case "describe": ["describe", file] + output + more
      default: ["inspect", file] + more
      }
    let outcome = try Program.run(arguments)
    try #require(outcome.code == 0, "\(outcome)")
    return outcome.warnings
  }

  struct Frame: Sendable, CustomTestStringConvertible {
    let name: String, factor: Double, types: String, words: String
    var testDescription: String { name }
  }

  static let frames = [
    Frame(name: "nm", factor: 0.1, types: "1=O,2=H", words: "lengths are in another unit (nm?)"),
    Frame(
      name: "bohr", factor: 1 / 0.529177, types: "1=O,2=H",
      words: "lengths are in another unit (bohr?)"),
    Frame(name: "swapped", factor: 1, types: "1=H,2=O", words: "32 H and 64 O are not 2:1"),
    Frame(name: "one type", factor: 1, types: "1=O,2=O", words: "closer than 1.5 Å"),
  ]

  @Test(
    "inspect warns of units and atoms as analyze does, with and without models", arguments: frames)
  func inspect(frame: Frame) throws {
    // In nm, a small cell would have too many images within the cutoff.
    let file = try water(
      "water.lammpstrj", repeats: frame.factor < 1 ? SIMD3(5, 3, 3) : SIMD3(2, 1, 2)
    ) { $0.lengthFactor = frame.factor }
    let types = ["--types", frame.types]
    let analyzed = try warnings("analyze", file, types)
    #expect(analyzed.contains { $0.contains(frame.words) }, "\(analyzed)")
    for more in [[], ["--model", Self.model]] {
      let found = try warnings("inspect", file, types + more)
      #expect(found.contains { $0.contains(frame.words) }, "\(found)")
      // Without a model, distances to hydrogens are examined too; with it, the warnings for the
      // first frame are the same. analyze counts overlaps in all frames at the end.
      guard !more.isEmpty else { continue }
      let first = analyzed.filter { $0.contains("water.lammpstrj: ") }
      #expect(first.allSatisfy { found.contains($0) }, "\(first)\n\(found)")
    }
  }

  @Test("inspect of water without a fault, and of types without names, gives no warning")
  func quiet() throws {
    let file = try water("water.lammpstrj")
    #expect(try warnings("inspect", file, ["--types", "1=O,2=H"]) == [])
    #expect(try warnings("inspect", file, []) == [])
  }

  @Test("inspect --strict refuses a ratio that analyze --strict refuses") func strict() throws {
    let file = try water("water.lammpstrj")
    let model = Checkout.root + "/Examples/water/M2-OH.safetensors"
    let options = ["--types", "1=H,2=O", "--model", model, "--strict"]
    for command in [["inspect", file], ["analyze", file, "-o", folder("o.h5")]] {
      let outcome = try Program.run(command + options, ranks: 2)
      #expect(
        outcome.code == 65 && outcome.complaints.count == 1
          && outcome.error.contains("32 H and 64 O are not 2:1"), "\(outcome)")
      #expect(outcome.error.contains("water.lammpstrj: ") && outcome.error.contains("(--strict)"))
    }
  }

  @Test("inspect shows why analyze stops at a frame whose cell does not hold its atoms")
  func cell() throws {
    var lines = try WaterDump(frames: 1).lines(0)
    for k in 5..<8 { lines[k] = "0 6" }
    let file = try folder.write(lines.joined(separator: "\n") + "\n", as: "cell.lammpstrj")
    let types = ["--types", "1=O,2=H"]
    let analyzed = try Program.run(
      ["analyze", file, "--model", Self.model, "-o", folder("o.h5")] + types)
    #expect(
      analyzed.code == 65 && analyzed.error.contains("positions and cell do not match"),
      "\(analyzed)")
    let found = try warnings("inspect", file, types)
    #expect(found.contains { $0.contains("positions and cell do not match") }, "\(found)")
  }

  private static let isotopes = "64 D treated as hydrogen (H): models know no isotopes"

  @Test("isotopes in --types, in a column of elements and in a topology are reported alike")
  func isotopes() throws {
    let types = try water("types.lammpstrj")
    let elements = try water("elements.lammpstrj") { $0.columns = "id element x y z" }
    let heavy = try folder.write(
      String(decoding: try bytes(of: elements), as: UTF8.self).replacing(" H ", with: " D "),
      as: "heavy.lammpstrj")
    let foreign = Checkout.root + "/Tests/CommandTests/Foreign"
    let gro = try folder.write(
      String(decoding: try bytes(of: "\(foreign)/water.gro"), as: UTF8.self)
        .replacing("H1 ", with: "D1 ").replacing("H2 ", with: "D2 "), as: "heavy.gro")
    // Each file, what makes isotopes of its atoms, and what denotes them hydrogen.
    for (file, isotope, hydrogen) in [
      (types, ["--types", "1=O,2=D"], ["--types", "1=O,2=H"]),
      (types, ["--types", "1=O,2=DW"], ["--types", "1=O,2=H"]),
      (elements, ["--types", "H=D"], []),
      (heavy, [], ["--types", "D=H"]),
      (
        "\(foreign)/numbered.xtc", ["--topology", gro], ["--topology", gro, "--types", "D=H"]
      ),
    ] {
      for command in ["analyze", "describe", "inspect"] {
        let found = try warnings(command, file, isotope)
        #expect(found.count { $0.contains(Self.isotopes) } == 1, "\(command) \(file): \(found)")
        // The advice.
        let followed = try warnings(command, file, hydrogen)
        #expect(!followed.contains { $0.contains("isotopes") }, "\(command) \(file): \(followed)")
      }
    }
    let shown = try Program.run(["inspect", types, "--types", "1=O,2=D"])
    #expect(shown.output.contains("1=O: 32, 2=D: 64"), "\(shown)")
  }

  @Test("the density has the mass of the isotope, the vectors are those of hydrogen")
  func mass() throws {
    let file = try water("types.lammpstrj")
    func density(_ types: String) throws -> Double {
      _ = try warnings("analyze", file, ["--types", types])
      return try File.open(folder("o.h5")).dataset("/observables/mass_density/value").readAll(
        Double.self)[0]
    }
    let light = try density("1=O,2=H"), heavy = try density("1=O,2=D")
    #expect(abs(heavy / light - (15.999 + 2 * 2.014) / (15.999 + 2 * 1.008)) < 1e-4)
    func vectors(_ types: String) throws -> [Double] {
      _ = try warnings("describe", file, ["--types", types])
      return try File.open(folder("o.h5")).dataset("/soap/value").readAll()
    }
    #expect(try vectors("1=O,2=D") == vectors("1=O,2=H"))
  }

  @Test("sample reports isotopes and units, and takes isotopes as hydrogen") func sample() throws {
    let plain = try water("plain.lammpstrj")
    let text = String(decoding: try bytes(of: plain), as: UTF8.self)
    let heavy = try folder.write(
      text.replacing("id type x", with: "id element x").replacing(" 1 ", with: " O ")
        .replacing(" 2 ", with: " D "), as: "heavy.lammpstrj")
    let small = try water("nm.lammpstrj") { $0.lengthFactor = 0.1 }
    func sampled(_ other: String, _ types: String) throws -> Outcome {
      try Program.run([
        "sample", "--class", "a=\(plain)", "--class", "b=\(other)", "--types", types, "--r-cut",
        "4", "--n-max", "2", "--l-max", "1", "--per-class", "20", "--split-by", "environment",
        "-o", folder("d.h5"), "--overwrite",
      ])
    }
    for (other, types, words) in [
      (heavy, "1=O,2=H", "heavy.lammpstrj: \(Self.isotopes)"),
      (small, "1=O,2=H", "nm.lammpstrj: hydrogens are 0.09"),
    ] {
      let outcome = try sampled(other, types)
      #expect(
        outcome.code == 0 && outcome.warnings.count { $0.contains(words) } == 1, "\(outcome)")
    }
    let both = try sampled(small, "1=O,2=D")
    #expect(
      both.code == 0 && both.warnings.count { $0.contains(Self.isotopes) } == 2, "\(both)")
  }
}
