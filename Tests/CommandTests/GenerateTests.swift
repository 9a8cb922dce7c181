import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// Synthetic water: the contents of the file, on any number of ranks.
@Suite(.serialized, .tags(.fast)) struct GenerateTests {
  @Test(
    "the same bytes on any number of ranks",
    arguments: [
      ["--molecules", "3000", "--frames", "4"],
      [
        "--cells", "5,4,4", "--frames", "11", "--axis", "z", "--vacuum", "30", "--seed", "7",
        "--steps-per-frame", "5",
      ],
      ["--cells", "4,3,3", "--dense-share", "0", "--tilt", "0.25,-0.4,0.33"],
      ["--cells", "1,1,1", "--dense-share", "0"],
    ]) func ranks(arguments: [String]) throws
  {
    let folder = try Folder()
    var expected: [UInt8] = []
    for ranks in [nil, 1, 2, 3, 4, 7, 16] as [Int?] {
      let outcome = try Program.run(
        ["generate", "-o", folder("w.lammpstrj"), "--overwrite", "--quiet"] + arguments,
        ranks: ranks)
      try #require(
        outcome.code == 0 && outcome.error.isEmpty && outcome.output.isEmpty, "\(outcome)")
      let found = try bytes(of: folder("w.lammpstrj"))
      if ranks == nil { expected = found }
      #expect(found == expected, "\(ranks ?? 0) ranks")
    }
    #expect(expected.count > 800)
    // No other files are left in the folder.
    #expect(try folder.names() == ["w.lammpstrj"])
  }

  /// Offsets are computed in advance: every line must have the right position and content.
  @Test("every line is whole", arguments: [["--tilt", "0,0,-1"], ["--vacuum", "950"]]) func lines(
    arguments: [String]
  ) throws {
    let folder = try Folder()
    let outcome = try Program.run(
      ["generate", "-o", folder("w.lammpstrj"), "--molecules", "3700", "--frames", "3"] + arguments,
      ranks: 3)
    try #require(outcome.code == 0, "\(outcome)")
    let text = String(decoding: try bytes(of: folder("w.lammpstrj")), as: UTF8.self)
    #expect(text.hasSuffix("\n"))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let atoms = try #require(Int(lines[3]))
    #expect(atoms % 3 == 0 && atoms >= 11_100 && lines.count == 3 * (9 + atoms))
    for frame in 0..<3 {
      let block = lines[(lines.startIndex + frame * (9 + atoms))...].prefix(9 + atoms)
      #expect(block.prefix(2).elementsEqual(["ITEM: TIMESTEP", "\(1000 * frame)"]))
      for (k, line) in block.dropFirst(9).enumerated() {
        let words = line.split(separator: " ")
        let isWhole =
          words.count == 6 && words[0] == "\(k + 1)" && words[1] == (k % 3 == 0 ? "1" : "2")
          && words[2] == (k % 3 == 0 ? "O" : "H")
          && words[3...].allSatisfy {
            Double($0) != nil && $0.split(separator: ".").last?.count == 5
          }
        if !isWhole { Issue.record("frame \(frame), atom \(k): \(line)") }
      }
    }
  }

  @Test("inspect and analyze take it") func accepted() throws {
    let item = try SmallCase.shared.get()
    let folder = try Folder()
    let path = folder("w.lammpstrj")
    let made = try Program.run([
      "generate", "-o", path, "--molecules", "1500", "--frames", "2", "--noise", "0.12",
    ])
    try #require(made.code == 0, "\(made)")
    for text in [
      "2 frames of", "in ice Ih at 0.924 g/cm³", "in a slab normal to x at 1.170 g/cm³",
      "molecules/s",
    ] {
      #expect(made.error.contains(text), "\(text) in \(made.error)")
    }
    let seen = try Program.run(["inspect", path])
    #expect(
      seen.code == 0 && seen.warnings.isEmpty && seen.output.contains("2 frames, steps 0 to 1000"),
      "\(seen)")
    let analysed = try Program.run(
      [
        "analyze", path, "--model", item.model, "--strict", "--profile", "x", "--quiet", "-o",
        folder("r.h5"),
      ], ranks: 2)
    #expect(
      analysed.code == 0
        && analysed.warnings.allSatisfy {
          $0.contains("layers hold fewer than 100 molecules per frame")
            || $0.contains("is not resolved: it is thinner than two layers")
        }, "\(analysed)")
    // The slab is visible in the density profile.
    let density = try File.open(folder("r.h5")).dataset("/observables/small-OH/profile/density")
      .readAll(Double.self)
    let layers = density.count / 2
    let dense = density[layers / 2 - 2...layers / 2 + 1].reduce(0, +) / 4
    let light = (density[0..<2] + density[layers - 2..<layers]).reduce(0, +) / 4
    #expect(dense > light + 0.1, "\(density.prefix(layers))")
  }

  @Test("an existing file is kept unless --overwrite") func overwriting() throws {
    let folder = try Folder()
    let path = try folder.write("mine", as: "w.lammpstrj")
    let arguments = ["generate", "-o", path, "--cells", "2,2,2", "--dense-share", "0", "--quiet"]
    let refused = try Program.run(arguments, ranks: 2)
    #expect(
      refused.code == 73 && refused.complaints.count == 1
        && refused.error.contains("already exists"), "\(refused)")
    #expect(try bytes(of: path) == Array("mine".utf8))
    #expect(try Program.run(arguments + ["--overwrite"], ranks: 2).code == 0)
    #expect(try bytes(of: path).count > 4)
    #expect(try folder.names() == ["w.lammpstrj"])
  }

  /// One message, no new file, an existing file unchanged.
  @Test("a file that may not grow so large leaves nothing") func tooLarge() throws {
    let folder = try Folder()
    let path = try folder.write("mine", as: "w.lammpstrj")
    let command =
      "ulimit -f 30000; exec timeout -k 10 120 mpirun --map-by :OVERSUBSCRIBE -n 3 "
      + "'\(Program.path)' generate -o '\(path)' --overwrite --molecules 500000 --quiet"
    let outcome = try Program.start(["bash", "-c", command])
    #expect(outcome.code == 74 && outcome.complaints.count == 1, "\(outcome)")
    #expect(matches(outcome.error, "w\\.lammpstrj.*File too large"), "\(outcome)")
    #expect(try bytes(of: path) == Array("mine".utf8))
    #expect(try folder.names() == ["w.lammpstrj"])
  }

  static let refusals: [(String, Int32, String)] = [
    ("", 64, "Missing expected argument '--output"),
    ("-o DIR/w --molecules 5 --cells 1,1,1", 64, "give --molecules or --cells, not both"),
    ("-o DIR/w --molecules 0", 64, "--molecules: expected a number from 1"),
    ("-o DIR/w --cells 1,2", 64, "expected three whole numbers as in 20,12,12, found '1,2'"),
    ("-o DIR/w --cells 0,2,2", 64, "--cells: expected three numbers from 1"),
    ("-o DIR/w --cells 90000,90000,90000", 64, "the box would have .* molecules; the largest has"),
    ("-o DIR/w --cells 2,1,1", 64, "the crystals do not fit into this box: oxygens would be"),
    ("-o DIR/w --frames 0", 64, "--frames: expected a number from 1"),
    ("-o DIR/w --steps-per-frame 0", 64, "--steps-per-frame: expected a number from 1"),
    ("-o DIR/w --noise 1", 64, "--noise: expected a length from 0 to 0.25 Å, found 1.0"),
    ("-o DIR/w --noise nan", 64, "--noise: expected a length"),
    ("-o DIR/w --dense-share 2", 64, "--dense-share: expected a fraction from 0 to 1"),
    ("-o DIR/w --dense-density 3", 64, "--dense-density: expected a density from 0.9 to 1.4"),
    ("-o DIR/w --vacuum=-3", 64, "--vacuum: expected a length"),
    ("-o DIR/w --tilt 1,2", 64, "expected three numbers as in 0.2,0,-0.1, found '1,2'"),
    ("-o DIR/w --tilt 0,0,9", 64, "--tilt: expected fractions"),
    ("-o DIR/w --axis w", 64, "'w' is invalid for '--axis"),
    ("-o DIR/w.gz", 64, "written as plain text"),
    (
      "-o DIR/w --molecules 2000000000 --frames 100000 --dense-share 0", 73,
      "needs .* bytes, but its file system has"
    ),
    ("-o DIR/no/w", 73, "no/w cannot be created: the folder .* does not exist"),
    ("-o DIR", 73, "is not a regular file"),
  ]

  @Test("is refused", arguments: refusals) func refused(
    arguments: String, code: Int32, pattern: String
  ) throws {
    let folder = try Folder()
    let words = arguments.split(separator: " ").map {
      String($0).replacing("DIR", with: folder.path)
    }
    let outcome = try Program.run(["generate"] + words)
    #expect(outcome.code == code && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      matches(outcome.complaints.first ?? "", pattern), "expected \(pattern), found \(outcome)")
    #expect(try folder.names() == [])
  }
}
