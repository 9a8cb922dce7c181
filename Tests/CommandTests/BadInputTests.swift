import ProgramSupport
import TestSupport
import Testing

/// A damaged trajectory and the expected message.
struct BadInput: Sendable, CustomTestStringConvertible {
  let name: String
  /// Makes the file's bytes from the clean lines and the number of lines in a frame.
  let make: @Sendable (_ lines: [String], _ perFrame: Int) -> [UInt8]
  /// Pattern that the message must match after the file's name.
  let pattern: String
  /// Whether `--on-bad-frame skip` succeeds, and the number of frames that it skips.
  var skipped: Int? = nil
  var options: [String] = []
  var types = Bench.types

  var testDescription: String { name }

  /// A change of the lines.
  static func edit(
    _ name: String, _ pattern: String, skipped: Int? = nil, options: [String] = [],
    types: [String] = Bench.types,
    _ change: @escaping @Sendable (inout [String], Int) -> Void
  ) -> BadInput {
    BadInput(
      name: name,
      make: { lines, perFrame in
        var copy = lines
        change(&copy, perFrame)
        return Array(copy.map { $0 + "\n" }.joined().utf8)
      }, pattern: pattern, skipped: skipped, options: options, types: types)
  }

  /// Every input of the reader table that must be refused.
  static let all: [BadInput] = [
    .edit("a middle frame short", ":\\d+ \\(frame 1\\): .*", skipped: 1) {
      $0.removeSubrange(($1 + 50)..<($1 + 60))
    },
    .edit(
      "garbage between frames", ":\\d+ \\(frame 0\\): expected the next ITEM: TIMESTEP", skipped: 1
    ) { $0.insert("oh no", at: $1) },
    .edit("NaN", ":\\d+ \\(frame 1\\): .*atom 12.*nan", skipped: 1) {
      $0[$1 + 20] = "12 2 nan 1 1"
    },
    .edit("infinity", ":\\d+ \\(frame 1\\): .*atom 12.*inf", skipped: 1) {
      $0[$1 + 20] = "12 2 1 inf 1"
    },
    .edit("overflow", ":\\d+ \\(frame 1\\): .*atom 12.*1e999", skipped: 1) {
      $0[$1 + 20] = "12 2 1 1 1e999"
    },
    .edit("a word for a number", ":\\d+ \\(frame 1\\): .*atom 12.*water", skipped: 1) {
      $0[$1 + 20] = "12 2 1 1 water"
    },
    .edit(
      "a number too large to be wrapped", ":\\d+ \\(frame 1\\): atom id 4 lies more than 1e9",
      skipped: 1
    ) {
      $0[$1 + 12] = "4 1 1e19 1 1"
    },
    .edit("too few columns", ":\\d+ \\(frame 1\\): expected 5 columns", skipped: 1) {
      $0[$1 + 20] = "12 2 1 1"
    },
    .edit(
      "atom count changes",
      ":\\d+ \\(frame 1\\): expected 96 atoms as in the first frame, found 95", skipped: 1
    ) {
      $0[$1 + 3] = "95"
      $0.remove(at: $1 + 30)
    },
    .edit("duplicate id", " \\(frame 1\\): atom id 11 occurs twice", skipped: 1) {
      $0[$1 + 20] = "11 2 1 1 1"
    },
    .edit("duplicate id in the first frame", " \\(frame 0\\): atom id 11 occurs twice", skipped: 1)
    { $0[20 + 0 * $1] = "11 2 1 1 1" },
    .edit("coordinate columns missing", "expected .*x y z.*found id type a b z") {
      lines, perFrame in
      for f in 0..<3 { lines[f * perFrame + 8] = "ITEM: ATOMS id type a b z" }
    },
    .edit("a box edge of zero", ":\\d+ \\(frame 1\\): .*box", skipped: 1) { $0[$1 + 5] = "3 3" },
    .edit("a negative box edge", ":\\d+ \\(frame 1\\): .*box", skipped: 1) { $0[$1 + 5] = "3 -3" },
    .edit("NaN in the box", ":\\d+ \\(frame 1\\): .*nan", skipped: 1) { $0[$1 + 5] = "nan 3" },
    .edit("the centres change", " \\(frame 1\\): .*expected", skipped: 1) {
      $0[$1 + 9] = $0[$1 + 9].replacing("1 1 ", with: "1 2 ", maxReplacements: 1)
    },
    .edit(
      "no types and no elements",
      " \\(frame 0\\): the file contains no element names: 96 atoms, 32 of type 1, 64 of type "
        + "2.*--types 1=O,2=H",
      types: []
    ) { _, _ in },
    .edit(
      "no such species", "found no [OH] among 1: 32, 2: 64; check --types",
      types: ["--types", "1=O,2=O"]
    ) { _, _ in },
    .edit(
      "names that are no symbols",
      "found no H among Hyd: 64, Oxy: 32; the file's element column must hold chemical symbols",
      types: []
    ) { lines, perFrame in
      for k in lines.indices {
        if k % perFrame == 8 { lines[k] = "ITEM: ATOMS id element x y z" }
        guard k % perFrame > 8 else { continue }
        let words = lines[k].split(separator: " ")
        lines[k] = ([words[0], words[1] == "1" ? "Oxy" : "Hyd"] + words[2...]).joined(
          separator: " ")
      }
    },
    .edit("an atom type too many", ".*type 2", types: ["--types", "1=O"]) { _, _ in },
    .edit("header only", "no complete frame|header") { lines, _ in lines = Array(lines.prefix(9)) },
    .edit("strict: the last frame cut", "last frame is truncated.*--strict", options: ["--strict"])
    {
      lines, _ in lines.removeLast(3)
    },
    .edit("strict: H:O is not 2:1", "are not 2:1.*--strict", options: ["--strict"]) {
      lines, perFrame in
      for f in (0..<3).reversed() {
        lines[f * perFrame + 3] = "95"
        lines.remove(at: f * perFrame + 10)
      }
    },
    .edit("lj units", "lj") { lines, _ in lines.insert(contentsOf: ["ITEM: UNITS", "lj"], at: 0) },
    .edit("2^60 atoms", ":\\d+ \\(frame 1\\): .*1152921504606846976", skipped: 1) {
      $0[$1 + 3] = "1152921504606846976"
    },
    BadInput(name: "empty", make: { _, _ in [] }, pattern: "empty: no complete frame"),
    BadInput(
      name: "not a trajectory", make: { _, _ in Array("hello\nworld\n".utf8) }, pattern: "."),
    BadInput(
      name: "strict: gz cut",
      make: { lines, _ in Array(gzip(Array(lines.map { $0 + "\n" }.joined().utf8)).dropLast(500)) },
      pattern: "--strict",
      options: ["--strict"]),
  ]
}

/// Refused inputs of the reader table: exit code 65 with file, frame and line; and `--on-bad-frame
/// skip` where that is possible.
@Suite(.serialized, .tags(.fast, .mpi)) struct BadInputTests {
  @Test("stops with code 65 and says where", arguments: BadInput.all) func stops(_ bad: BadInput)
    throws
  {
    let bench = try Bench()
    let content = bad.make(bench.lines, bench.frameLines)
    let path = try bench.folder.write(content, as: "bad.lammpstrj")
    let outcome = try bench.analyze(path, bad.options, types: bad.types)
    #expect(outcome.code == 65, "\(outcome)")
    #expect(outcome.complaints.count == 1, "\(outcome)")
    #expect(matches(outcome.complaints.first ?? "", "bad\\.lammpstrj.*"), "\(outcome.complaints)")
    #expect(
      matches(outcome.complaints.first ?? "", bad.pattern),
      "expected \(bad.pattern), found \(outcome.complaints)")
    #expect(try bytes(of: path) == content)
  }

  @Test("in archives too", arguments: BadInput.all.filter { $0.skipped != nil }, ["gz", "zst"])
  func packed(_ bad: BadInput, _ kind: String)
    throws
  {
    let bench = try Bench()
    let content = bad.make(bench.lines, bench.frameLines)
    let path = try bench.folder.write(
      kind == "gz" ? gzip(content) : zstd(content), as: "bad.lammpstrj.\(kind)")
    let outcome = try bench.analyze(path, bad.options, types: bad.types)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    let complaint = (outcome.complaints.first ?? "").replacing(
      ".lammpstrj.\(kind)", with: ".lammpstrj")
    #expect(
      matches(complaint, "bad\\.lammpstrj.*") && matches(complaint, bad.pattern),
      "expected \(bad.pattern), found \(complaint)")
  }

  @Test("on several ranks too", arguments: [1, 2, 9, 14]) func stopsOnSeveralRanks(index: Int)
    throws
  {
    let bad = BadInput.all[index]
    let bench = try Bench()
    let path = try bench.folder.write(bad.make(bench.lines, bench.frameLines), as: "bad.lammpstrj")
    let outcome = try bench.analyze(path, bad.options, types: bad.types, ranks: 3)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      matches(outcome.complaints.first ?? "", bad.pattern),
      "expected \(bad.pattern), found \(outcome.complaints)")
  }

  @Test("skips and records", arguments: BadInput.all.filter { $0.skipped != nil }) func skips(
    _ bad: BadInput
  ) throws {
    let bench = try Bench()
    let path = try bench.folder.write(bad.make(bench.lines, bench.frameLines), as: "bad.lammpstrj")
    let outcome = try bench.analyze(
      path, bad.options + ["--on-bad-frame", "skip"], types: bad.types)
    #expect(outcome.code == 1, "\(outcome)")
    #expect(outcome.complaints.isEmpty, "\(outcome)")
    #expect(outcome.warnings.contains { $0.contains("skipped") }, "\(outcome)")
    let file = try Contents.all(of: bench.folder("r.h5"), below: "/verglas")
    let done = file["/verglas/done"]?.values ?? []
    #expect(
      done.filter { $0 == 2 }.count == bad.skipped && done.filter { $0 == 0 }.isEmpty
        && done.count == 3, "\(done)")
    let reasons = file["/verglas/skip_reason"]?.texts ?? []
    for (mark, reason) in zip(done, reasons) {
      #expect((mark == 2) == !reason.isEmpty, "\(done) \(reasons)")
    }
    // The other frames equal those of the clean file.
    let clean = try bench.analyze(bench.item.trajectory, output: "clean.h5")
    #expect(clean.code == 0)
    let found = try bench.probabilities(), expected = try bench.probabilities(output: "clean.h5")
    let width = expected.count / 3
    for (f, mark) in done.enumerated() where mark == 1 {
      #expect(
        found[f * width..<(f + 1) * width] == expected[f * width..<(f + 1) * width], "frame \(f)")
    }
  }
}
