import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// A command that must be refused.
struct Refusal: Sendable, CustomTestStringConvertible {
  /// Arguments; WATER, MODEL, OTHER and DIR stand for files of the test.
  let arguments: String
  let code: Int32
  let pattern: String

  init(_ arguments: String, _ code: Int32, _ pattern: String) {
    self.arguments = arguments
    self.code = code
    self.pattern = pattern
  }

  var testDescription: String { arguments }

  private static let analyze = "analyze WATER --types 1=O,2=H --model MODEL -o DIR/r.h5"
  private static let describe = "describe WATER --types 1=O,2=H -o DIR/s.h5"

  static let all: [Refusal] = [
    Refusal("", 64, "."),
    Refusal("melt", 64, "Unexpected argument 'melt'"),
    Refusal("analyze", 64, "Missing expected argument"),
    Refusal("analyze WATER", 64, "Missing expected argument '--model"),
    Refusal("analyze WATER --model MODEL", 64, "Missing expected argument '--output"),
    Refusal("inspect", 64, "Missing expected argument"),
    Refusal("\(analyze) --nonsense", 64, "Unknown option '--nonsense'"),
    Refusal("\(analyze) --frames 1:x", 64, "--frames.*: expected START:STOP:STEP"),
    Refusal("\(analyze) --frames 100:", 64, "--frames: selects none of the 3 frame"),
    Refusal(
      "\(analyze) --types 1", 64, "--types.*: expected TYPE=SPECIES as in 1=O,2=H, found '1'"),
    Refusal("\(analyze) --types 1=O,1=H", 64, "--types.*: type 1 is given twice"),
    Refusal("\(analyze) --threshold x", 64, "expected numbers separated by commas, found 'x'"),
    Refusal(
      "\(analyze) --threshold 1.5", 64, "--threshold: expected probabilities between 0 and 1"),
    Refusal(
      "\(analyze) --structure none --structure chill+", 64,
      "The option '--structure' is given twice, as 'none' and 'chill\\+'; expected it once"),
    Refusal("\(analyze) --order q --order d5", 64, "--order' is given twice, as 'q' and 'd5'"),
    Refusal(
      "\(analyze) --per-molecule phase --per-molecule pca", 64, "--per-molecule' is given twice"),
    Refusal("\(analyze) --threshold 0.9 --threshold 0.8", 64, "--threshold' is given twice"),
    Refusal("\(analyze) --profile x --profile y", 64, "--profile' is given twice"),
    Refusal(
      "\(analyze) --neighbor-count A,B=9:4 --neighbor-count A,B=8:4", 64,
      "--neighbor-count' is given twice"),
    Refusal("\(analyze) --thermo DIR/a --thermo DIR/b", 64, "--thermo' is given twice"),
    Refusal("\(describe) --species O --species H", 64, "--species' is given twice"),
    Refusal("\(describe) --blocks OO --blocks OH", 64, "--blocks' is given twice"),
    Refusal("\(analyze) --threshold 0.9,0.9", 64, "--threshold: a value is given twice"),
    Refusal("\(analyze) --neighbor-cutoff=-1", 64, "--neighbor-cutoff: expected a distance"),
    Refusal("\(analyze) --cluster-cutoff 99", 64, "--cluster-cutoff: expected a distance"),
    Refusal("\(analyze) --layer-width 0", 64, "--layer-width: expected a width"),
    Refusal(
      "\(analyze) --profile x --layer-width 1e-7", 64, "--layer-width: .*more than 100000 layers"),
    Refusal("\(analyze) --min-cluster 0", 64, "--min-cluster: expected a size from 1"),
    Refusal("\(analyze) --profile w", 64, "'w' is invalid for '--profile"),
    Refusal("\(analyze) --precision half", 64, "'half' is invalid for '--precision"),
    Refusal("\(analyze) --on-bad-frame cry", 64, "'cry' is invalid for '--on-bad-frame"),
    Refusal(
      "\(analyze) --per-molecule mass", 64,
      "expected any of probability, phase, cluster, position, pca, order, all, none; found 'mass'"),
    Refusal("\(analyze) --model MODEL", 64, "two models are named small-OH"),
    Refusal("analyze DIR/none --model MODEL -o DIR/r.h5", 66, "none: no such file"),
    Refusal("analyze DIR/none* --model MODEL -o DIR/r.h5", 66, "none\\*: no file matches"),
    Refusal("analyze DIR --model MODEL -o DIR/r.h5", 66, "is not a regular file"),
    Refusal(
      "analyze WATER --model DIR/none -o DIR/r.h5", 66,
      "none: the model cannot be opened: No such file"),
    Refusal(
      "analyze WATER --types 1=O,2=H --model MODEL -o DIR/no/r.h5", 73,
      "no/r\\.h5 cannot be created: the folder .* does not exist"),
    Refusal("analyze WATER --types 1=O,2=H --model MODEL -o /proc/r.h5", 73, "/proc/r\\.h5: "),
    Refusal("analyze WATER --types 1=O,2=H --model MODEL -o DIR", 73, "is not a regular file"),
    Refusal(
      "analyze WATER --types 1=O,2=H --model MODEL --overwrite -o DIR", 73, "is not a regular file"),
    Refusal("inspect DIR/none", 66, "none: no such file"),
    Refusal("describe DIR/none -o DIR/s.h5", 66, "none: no such file"),
    Refusal("\(describe) --species O,Q", 64, "'Q' is not a chemical element"),
    Refusal("\(describe) --species O,O", 64, "species O is named twice"),
    Refusal(
      "\(describe) --species H --center O", 64,
      "the centre species O is not among the species H"),
    Refusal("\(describe) --n-max 0", 64, "n_max is 0; it must be from 1 to 20"),
    Refusal("\(describe) --l-max 21", 64, "l_max is 21; it must be from 0 to 20"),
    Refusal("\(describe) --sigma 0", 64, "sigma is 0"),
    Refusal(
      "\(describe) --r-cut 1.01 --n-max 20", 64, "radial functions .* are linearly dependent"),
    Refusal("\(describe) --r-cut 1", 64, "r_cut is 1\\.0 Å; it must be more than 1 Å"),
    Refusal(
      "\(describe) --blocks CC", 64,
      "'CC' is not a pair of the species H,O; the blocks are HH,OH,OO"),
    Refusal("\(describe) --model DIR/none", 66, "none: the model cannot be opened"),
  ]
}

/// The command line: what is refused, with which messages and exit codes, and which files stay
/// unchanged.
@Suite(.serialized, .tags(.fast)) struct UsageTests {
  @Test("is refused", arguments: Refusal.all) func refused(_ refusal: Refusal) throws {
    let bench = try Bench()
    let arguments = refusal.arguments.split(separator: " ").map { word in
      String(word).replacing("WATER", with: bench.item.trajectory).replacing(
        "MODEL", with: bench.item.model
      )
      .replacing("DIR", with: bench.folder.path)
    }
    let outcome = try Program.run(arguments)
    if arguments.isEmpty {
      // No command: help.
      #expect(outcome.code == 0 && outcome.output.contains("USAGE"), "\(outcome)")
      return
    }
    #expect(outcome.code == refusal.code, "\(outcome)")
    #expect(outcome.complaints.count == 1, "\(outcome)")
    #expect(
      matches(outcome.complaints.first ?? "", refusal.pattern),
      "expected \(refusal.pattern), found \(outcome)")
    // No file is created, not even an incomplete one.
    #expect(try bench.folder.names() == [])
  }

  @Test("an existing output is kept unless --overwrite") func overwriting() throws {
    let bench = try Bench()
    let arguments =
      [
        "analyze", bench.item.trajectory, "--model", bench.item.model, "-o", bench.folder("r.h5"),
        "--quiet",
      ] + Bench.types
    try bench.folder.write("mine", as: "r.h5")
    let refused = try Program.run(arguments)
    #expect(refused.code == 73 && refused.complaints.count == 1, "\(refused)")
    #expect(matches(refused.error, "r\\.h5 already exists; choose another -o, or --overwrite"))
    #expect(try bytes(of: bench.folder("r.h5")) == Array("mine".utf8))
    #expect(try Program.run(arguments + ["--overwrite"]).code == 0)
    #expect(File.isHDF5(bench.folder("r.h5")))
    let described =
      ["describe", bench.item.trajectory, "-o", bench.folder("r.h5"), "--quiet"] + Bench.types
    #expect(try Program.run(described).code == 73)
    #expect(try Program.run(described + ["--overwrite"]).code == 0)
    #expect(try bench.folder.names() == ["r.h5"])
  }

  @Test("a file that is named twice gives a warning and is read once") func named() throws {
    let bench = try Bench()
    for names in [
      [bench.item.trajectory, bench.item.trajectory],
      [bench.item.trajectory, bench.item.folder("wat*")],
    ] {
      let outcome = try Program.run(["inspect"] + names + Bench.types)
      #expect(outcome.code == 0 && outcome.output.contains("3 of 3 selected"), "\(outcome)")
      #expect(
        outcome.warnings.filter {
          $0.contains("water.lammpstrj is given more than once; it is read once")
        }.count == 1, "\(outcome)")
    }
  }

  @Test("help and version") func help() throws {
    let version = try Program.run(["--version"])
    let lines = version.output.split(separator: "\n")
    #expect(
      version.code == 0 && matches(version.output, "^verglas \\d+\\.\\d+\\.\\d+\n"), "\(version)")
    #expect(
      ["HDF5 1.", "MPI v", "built as "].allSatisfy { word in
        lines.contains { $0.contains(word) }
      }, "\(version)")
    for command in ["analyze", "inspect", "describe"] {
      let help = try Program.run([command, "--help"])
      #expect(
        help.code == 0 && help.output.contains("Example")
          && help.output.contains("USAGE: verglas \(command)"), "\(help)")
    }
    #expect(
      try Program.run(["--help"], ranks: 2).output.components(separatedBy: "USAGE").count == 2)
  }

  @Test("inspect says what files hold and touches nothing") func inspect() throws {
    let bench = try Bench()
    #expect(try bench.analyze(bench.item.trajectory).code == 0)
    #expect(
      try Program.run(
        [
          "describe", bench.item.trajectory, "-o", bench.folder("s.h5"), "--model",
          bench.item.other,
        ] + Bench.types
      ).code == 0)
    let before = try bench.folder.names().map { try bytes(of: bench.folder($0)) }
    let outcome = try Program.run(
      [
        "inspect", bench.item.trajectory, bench.folder("r.h5"), bench.folder("s.h5"),
        bench.item.other, "--model", bench.item.model,
      ]
        + Bench.types)
    #expect(outcome.code == 0 && outcome.complaints.isEmpty, "\(outcome)")
    for text in [
      "3 frames, steps 0 to 200", "96 atoms", "1=O: 32", "2=H: 64", "results of verglas",
      "3 done, 0 skipped, 0 missing",
      "SOAP vectors, 3 frames, 32 centres, 50 features", "model small-O", "LDA, MDA, HDA",
      "molecules per frame", "boundaries p p p",
    ] {
      #expect(outcome.output.contains(text), "\(text) in \(outcome.output)")
    }
    #expect(try bench.folder.names().map { try bytes(of: bench.folder($0)) } == before)
  }

  @Test("the closing table and the messages of a run") func messages() throws {
    let bench = try Bench()
    let outcome = try bench.analyze(bench.item.trajectory, ["--profile", "z"])
    #expect(outcome.code == 0)
    for text in [
      "fraction", "largest cluster", "LDA", "HDA", "IA", "molecules/s", "time spent",
      "soap", "network", "results: ",
    ] {
      #expect(outcome.output.contains(text), "\(text) in \(outcome.output)")
    }
    #expect(
      outcome.error.contains("3 of 3 frames, 32 molecules each, on 1 rank")
        && outcome.error.contains("100 % of the frames"))
    let quiet = try bench.analyze(bench.item.trajectory, ["--quiet"])
    #expect(quiet.code == 0 && quiet.output.isEmpty && quiet.error.isEmpty, "\(quiet)")
  }
}
