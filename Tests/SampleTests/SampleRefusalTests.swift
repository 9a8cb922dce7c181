import ProgramSupport
import TestSupport
import Testing

/// Errors of `verglas sample`: one message, the right exit code, no output file.
@Suite(.serialized, .tags(.fast, .mpi)) struct SampleRefusalTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let code: Int32
    let words: String
    var testDescription: String { words }
  }

  /// `COLD` and `WARM` stand for files; `-o` and `--types` are added.
  static let table = [
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b=WARM", "--per-class", "161"], code: 65,
      words: "class a has 160 environments in 1 file, fewer than the 161 requested"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "a=WARM"], code: 64,
      words: "--class: a is given twice"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b="], code: 64,
      words: "--class b: found no files; expected b=FILE,FILE…"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b=WARM,,COLD"], code: 64,
      words: "--class b: found an empty file name in '"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "unfamiliar=WARM"], code: 64,
      words: "and unfamiliar, the label of foreign molecules"),
    Refusal(
      arguments: ["--class", "a=COLD"], code: 64,
      words: "found one class, a; a classifier needs at least two"),
    Refusal(
      arguments: (0...250).flatMap { ["--class", "c\($0)=COLD"] }, code: 64,
      words: "--class: found 251 classes, expected 2 to 250"),
    Refusal(
      arguments: ["--class", "COLD", "--class", "b=WARM"], code: 64,
      words: "expected NAME=FILE,FILE…"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "IA=WARM"], code: 64,
      words: "'IA' is not a valid class name"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b=COLD"], code: 64,
      words: "the file is in class a and in class b"),
    Refusal(
      arguments: ["--class", "a=COLD,COLD", "--class", "b=missing-*.lammpstrj"], code: 66,
      words: "missing-*.lammpstrj: no file matches"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b=WARM", "--per-class", "4"], code: 64,
      words: "at least 5 are needed"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b=WARM", "--blocks", "OC"], code: 64,
      words: "'OC' is not a pair"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b=WARM", "--split-by", "molecule"], code: 64,
      words: "'molecule'"),
    Refusal(
      arguments: ["--class", "a=COLD", "--class", "b=WARM", "--frames", "9:"], code: 64,
      words: "selects none of the 5 frames"),
    Refusal(
      arguments: [
        "--class", "a=COLD", "--class", "b=WARM", "--frames", ":3", "--split-by", "frame",
        "--per-class", "96",
      ], code: 65,
      words:
        "the train part has 32 environments in 1 frame, fewer than its 58; lower --per-class to 50"
    ),
    Refusal(
      arguments: [
        "--class", "a=COLD", "--class", "b=WARM", "--frames", ":2", "--split-by", "frame",
        "--per-class", "10",
      ], code: 65,
      words: "class a has 2 frames; --split-by frame needs at least three"),
  ]

  @Test("refused in one sentence", arguments: table) func refused(_ refusal: Refusal) throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    let words = refusal.arguments.map {
      $0.replacing("COLD", with: item.cold[0]).replacing("WARM", with: item.warm[0])
    }
    let arguments =
      ["sample"] + words + [
        "--types", "1=O,2=H", "--n-max", "2", "--l-max", "1", "-o", folder("d.h5"),
      ]
    for ranks in [nil, 3] {
      let outcome = try Program.run(arguments, ranks: ranks)
      #expect(outcome.code == refusal.code && outcome.complaints.count == 1, "\(outcome)")
      #expect(outcome.error.contains(refusal.words), "\(outcome)")
      #expect(try folder.names() == [])
    }
  }

  @Test("files must hold the same species") func unequalSpecies() throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    let oxygens =
      try WaterDump(frames: 2).text().split(separator: "\n").filter {
        $0.split(separator: " ").dropFirst().first != "2"
      }
      .map { $0 == "96" ? "32" : $0 }.joined(separator: "\n") + "\n"
    let path = try folder.write(oxygens, as: "oxygens.lammpstrj")
    let outcome = try Program.run(
      [
        "sample", "--class", "a=\(item.cold[0])", "--class", "b=\(path)", "--types", "1=O,2=H",
        "--per-class", "20", "-o", folder("d.h5"),
      ],
      ranks: 2)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.error.contains("unequal species")
        && outcome.error.contains("oxygens.lammpstrj: expected"), "\(outcome)")
    // A descriptor without hydrogens accepts both, with a warning that they differ.
    let both = try Program.run(
      [
        "sample", "--class", "a=\(item.cold[0])", "--class", "b=\(path)", "--types", "1=O,2=H",
        "--species", "O", "--n-max", "2", "--l-max",
        "1", "--per-class", "20", "-o", folder("d.h5"),
      ], ranks: 2)
    #expect(
      both.code == 0 && both.warnings.contains { $0.contains("files differ in atoms") }, "\(both)")
  }

  @Test("an existing file stays, unless it is to be replaced") func existing() throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    try folder.write("mine", as: "d.h5")
    let refused = try Program.run(item.arguments(folder("d.h5")), ranks: 2)
    #expect(refused.code == 73 && refused.complaints.count == 1, "\(refused)")
    #expect(try bytes(of: folder("d.h5")) == Array("mine".utf8))
    let replaced = try Program.run(item.arguments(folder("d.h5"), ["--overwrite"]), ranks: 2)
    #expect(replaced.code == 0, "\(replaced)")
    #expect(try Dataset(folder("d.h5")).count == 300)
    let own = try folder.write(try WaterDump(frames: 3).text(), as: "own.lammpstrj")
    let input = try Program.run(
      [
        "sample", "--class", "a=\(own)", "--class", "b=\(item.warm[0])", "--types", "1=O,2=H", "-o",
        own, "--overwrite",
      ], ranks: 2)
    #expect(input.code == 73 && input.error.contains("is also an input"), "\(input)")
    let nowhere = try Program.run(item.arguments(folder("nowhere/d.h5")), ranks: 2)
    #expect(nowhere.code == 73 && nowhere.complaints.count == 1, "\(nowhere)")
  }

  @Test("a bad frame stops all ranks, and no file is left") func badFrame() throws {
    let item = try SmallClasses.shared.get()
    let folder = try Folder()
    var lines = try WaterDump(frames: 6, seed: 3).text().split(separator: "\n").map(String.init)
    let broken = lines.count - 10
    lines[broken] = lines[broken].split(separator: " ").dropLast().joined(separator: " ") + " nan"
    let path = try folder.write(lines.joined(separator: "\n") + "\n", as: "broken.lammpstrj")
    let outcome = try Program.run(
      [
        "sample", "--class", "a=\(item.cold[0])", "--class", "b=\(path)", "--types", "1=O,2=H",
        "--per-class", "60", "-o", folder("d.h5"),
      ], ranks: 3)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(outcome.error.contains("broken.lammpstrj:\(broken + 1) (frame 5)"), "\(outcome)")
    #expect(try folder.names() == ["broken.lammpstrj"])
  }
}
