import Geometry
import ProgramSupport
import TestSupport
import Testing

/// An unusual but valid way to write the same water.
struct GoodInput: Sendable, CustomTestStringConvertible {
  let name: String
  let make: @Sendable (WaterDump) -> [UInt8]
  /// Whether the results must have the same bits (else 2e-6: other cells and other digits of the
  /// same atoms).
  var isExact = true
  var types = Bench.types
  var file = "good.lammpstrj"
  /// Pattern that a warning must match; nil if there must be none.
  var warning: String? = nil

  var testDescription: String { name }

  /// A different style.
  static func style(
    _ name: String, isExact: Bool = true, types: [String] = Bench.types, warning: String? = nil,
    _ change: @escaping @Sendable (inout WaterDump.Style) -> Void
  ) -> GoodInput {
    GoodInput(
      name: name,
      make: { water in
        var style = WaterDump.Style()
        change(&style)
        return Array(water.text(style).utf8)
      }, isExact: isExact, types: types, warning: warning)
  }

  private static func clean(_ water: WaterDump) -> [UInt8] { Array(water.text().utf8) }

  /// Inputs of the reader table that are accepted and equivalent to the clean file.
  static let all: [GoodInput] = [
    .style("ids unsorted, differently in each frame") { style in
      style.order = { frame, count in
        var generator = SeededGenerator(seed: UInt64(frame) + 1)
        return Array(0..<count).shuffled(using: &generator)
      }
    },
    .style("no id column", warning: "no id column") { $0.columns = "type x y z" },
    .style("ids with gaps and beyond 2^31") { $0.id = { 5 * $0 + 1 << 40 } },
    .style("element column", types: []) { $0.columns = "id element x y z" },
    .style("other order, extra columns") { $0.columns = "vx z q id y mol x type vy" },
    .style("xu yu zu", isExact: false) { $0.columns = "id type xu yu zu" },
    .style("xs ys zs", isExact: false) { $0.columns = "id type xs ys zs" },
    .style("xsu ysu zsu", isExact: false) { $0.columns = "id type xsu ysu zsu" },
    .style("x preferred to xu") { $0.columns = "xu yu zu id type x y z" },
    .style("far outside", isExact: false) { $0.isUnwrapped = true },
    .style("another origin", isExact: false) { $0.origin = Vector(-7.5, 100.25, 3) },
    .style("xs with another origin", isExact: false) {
      $0.columns = "id type xs ys zs"
      $0.origin = Vector(-7.5, 100.25, 3)
    },
    .style("restricted triclinic, the same lattice", isExact: false) { $0.lean = Vector(1, -1, 2) },
    .style("triclinic with xs and another origin", isExact: false) {
      $0.columns = "id type xs ys zs"
      $0.lean = Vector(-1, 1, 1)
      $0.origin = Vector(2, -30, 4)
    },
    .style("triclinic with xsu", isExact: false) {
      $0.columns = "id type xsu ysu zsu"
      $0.lean = Vector(1, 0, 1)
    },
    .style("general triclinic", isExact: false) {
      $0.isGeneral = true
      $0.lean = Vector(1, 0, -1)
      $0.origin = Vector(2, -30, 4)
    },
    .style("units: metal") { $0.preamble = "ITEM: UNITS\nmetal\n" },
    .style("units: nano", isExact: false) {
      $0.preamble = "ITEM: UNITS\nnano\n"
      $0.lengthFactor = 0.1
    },
    .style("units: si", isExact: false) {
      $0.preamble = "ITEM: UNITS\nsi\n"
      $0.lengthFactor = 1e-10
    },
    GoodInput(name: "CRLF", make: { Array($0.text(newline: "\r\n").utf8) }),
    GoodInput(
      name: "tabs",
      make: { water in
        let lines = (0..<3).flatMap { water.lines($0) }.map {
          $0.hasPrefix("ITEM: ") ? $0 : $0.replacing(" ", with: "\t")
        }
        return Array(lines.map { $0 + "\n" }.joined().utf8)
      }),
    GoodInput(name: "blank last lines", make: { clean($0) + Array("\n\n  \n".utf8) }),
    GoodInput(name: "gz", make: { gzip(clean($0)) }, file: "good.lammpstrj.gz"),
    GoodInput(name: "zst", make: { zstd(clean($0)) }, file: "good.lammpstrj.zst"),
    GoodInput(name: "gz by another name", make: { gzip(clean($0)) }, file: "good.zst"),
    GoodInput(name: "plain text called gz", make: clean, file: "good.gz"),
    GoodInput(name: "zst by another name", make: { zstd(clean($0)) }, file: "good.dat"),
    GoodInput(
      name: "concatenated gz members",
      make: { water in
        (0..<3).flatMap { f in gzip(Array(water.lines(f).map { $0 + "\n" }.joined().utf8)) }
      }, file: "good.gz"),
    GoodInput(
      name: "concatenated zst frames",
      make: { water in
        (0..<3).flatMap { f in zstd(Array(water.lines(f).map { $0 + "\n" }.joined().utf8)) }
      }, file: "good.zst"),
    GoodInput(
      name: "no newline at the end of a comment-free copy of a step",
      make: { clean($0) + Array($0.lines(2).map { $0 + "\n" }.joined().utf8) },
      warning: "dropped|twice|overlap"),
  ]
}

/// Accepted inputs of the reader table: exit 0 and the results of the clean file.
@Suite(.serialized, .tags(.fast)) struct GoodInputTests {
  @Test("means the same", arguments: GoodInput.all) func accepts(_ good: GoodInput) throws {
    let bench = try Bench()
    let content = good.make(bench.item.water)
    let path = try bench.folder.write(content, as: good.file)
    let outcome = try bench.analyze(path, types: good.types)
    try #require(outcome.code == 0, "\(outcome)")
    #expect(outcome.complaints.isEmpty)
    if let warning = good.warning {
      #expect(outcome.warnings.filter { matches($0, warning) }.count == 1, "\(outcome)")
    } else {
      #expect(outcome.warnings.isEmpty, "\(outcome)")
    }
    #expect(try bench.analyze(bench.item.trajectory, output: "clean.h5").code == 0)
    let found = try bench.probabilities(), expected = try bench.probabilities(output: "clean.h5")
    if good.isExact {
      #expect(found == expected, "\(largestDifference(found, expected))")
    } else {
      #expect(largestDifference(found, expected) < 2e-6)
    }
    let counts = ["phase_count", "intermediate_count", "cluster_count", "largest_cluster"].map {
      "/observables/small-OH/\($0)/value"
    }
    let a = try Contents.all(of: bench.folder("r.h5"), below: "/observables")
    let b = try Contents.all(of: bench.folder("clean.h5"), below: "/observables")
    for path in counts { #expect(a[path] == b[path] && a[path] != nil, "\(path)") }
    // Inputs are never modified, and no other files are left in the folder.
    #expect(try bytes(of: path) == content)
    #expect(try bench.folder.names() == ["clean.h5", good.file, "r.h5"].sorted())
  }

  @Test(
    "cut ends: complete frames are used, with a warning",
    arguments: ["lines", "digit", "gz", "zst"])
  func cutEnds(kind: String) throws {
    let bench = try Bench()
    let text = Array(bench.item.water.text().utf8)
    let bytes: [UInt8] =
      switch kind {
      case "lines": Array(text.dropLast(300))
      case "digit": Array(text.dropLast(3))
      case "gz": Array(gzip(text).dropLast(200))
      default:
        zstd(Array(text.prefix(text.count * 2 / 3 + 50)))
          + zstd(Array(text.suffix(text.count / 3 - 50))).dropLast(200)
      }
    let path = try bench.folder.write(bytes, as: "cut.lammpstrj")
    let outcome = try bench.analyze(path)
    try #require(outcome.code == 0, "\(outcome)")
    #expect(outcome.warnings.count >= 1, "\(outcome)")
    #expect(try bench.analyze(bench.item.trajectory, output: "clean.h5").code == 0)
    let found = try bench.probabilities()
    #expect(found == Array(try bench.probabilities(output: "clean.h5").prefix(found.count)))
    #expect(found.count == 2 * 32 * 2)
    #expect(try bench.analyze(path, ["--strict"]).code == 65)
  }

  @Test("names of water's atoms in the element column and in --types stand for O and H")
  func atomNames() throws {
    let bench = try Bench()
    #expect(try bench.analyze(bench.item.trajectory, output: "clean.h5").code == 0)
    var lines = bench.lines
    for f in 0..<3 {
      lines[f * bench.frameLines + 8] = "ITEM: ATOMS id element x y z"
      for k in 9..<bench.frameLines {
        var words = lines[f * bench.frameLines + k].split(separator: " ").map(String.init)
        words[1] = words[1] == "1" ? "OW" : k % 2 == 0 ? "HW1" : "HW2"
        lines[f * bench.frameLines + k] = words.joined(separator: " ")
      }
    }
    let named = try bench.folder.write(lines.map { $0 + "\n" }.joined(), as: "named.lammpstrj")
    for (path, types) in [(named, []), (bench.item.trajectory, ["--types", "1=OW,2=HW"])] {
      let outcome = try bench.analyze(path, types: types)
      #expect(outcome.code == 0 && outcome.warnings.isEmpty, "\(outcome)")
      #expect(try bench.probabilities() == bench.probabilities(output: "clean.h5"))
    }
    let told = try Program.run(["inspect", named])
    #expect(told.output.contains("H: 64, O: 32"), "\(told)")
  }

  @Test(
    "boundaries are taken axis by axis",
    arguments: ["pp pp ff", "pp ss pp", "mm pp pp", "ff sm fs"])
  func boundaries(words: String) throws {
    let bench = try Bench()
    var style = WaterDump.Style()
    style.boundary = words
    let path = try bench.folder.write(bench.item.water.text(style), as: "slab.lammpstrj")
    let outcome = try bench.analyze(path)
    try #require(outcome.code == 0, "\(outcome)")
    let box = try Contents.all(of: bench.folder("r.h5"), below: "/particles/centers/box")[
      "/particles/centers/box"]
    let expected = words.split(separator: " ").map { $0 == "pp" ? "periodic" : "none" }
    #expect(box?.attributes["boundary"] == "\(expected)")
    // The result differs from that of a periodic cell, because there are surfaces.
    #expect(try bench.analyze(bench.item.trajectory, output: "clean.h5").code == 0)
    #expect(
      largestDifference(try bench.probabilities(), try bench.probabilities(output: "clean.h5"))
        > 1e-3)
  }

  @Test("one frame, one molecule, thin cells") func tiny() throws {
    let bench = try Bench()
    let head =
      "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n3\nITEM: BOX BOUNDS pp pp pp\n0 3.1\n0 3.1\n0 "
      + "1.9\nITEM: ATOMS id type x y z\n"
    let path = try bench.folder.write(
      head + "1 1 0 0 0\n2 2 0.96 0 0\n3 2 -0.24 0.93 0\n", as: "one.lammpstrj")
    let outcome = try bench.analyze(path)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(try bench.probabilities().count == 2)
    // Its own images are closer than 3 Å, so it is a cluster of one that spans z only.
    let spans = try Contents.all(of: bench.folder("r.h5"), below: "/observables")[
      "/observables/small-OH/largest_spans/value"]
    #expect(spans?.values.reduce(0, +) == 1, "\(spans?.values ?? [])")
  }

  @Test("warnings that do not stop") func warnings() throws {
    let bench = try Bench()
    var lines = bench.lines
    let per = bench.frameLines
    for f in (0..<3).reversed() {
      lines[f * per + 3] = "95"
      lines.remove(at: f * per + 10)
    }
    let ratio = try bench.analyze(
      try bench.folder.write(lines.map { $0 + "\n" }.joined(), as: "ratio.lammpstrj"))
    #expect(ratio.code == 0 && ratio.warnings.contains { $0.contains("are not 2:1") }, "\(ratio)")
    // Two oxygens at the same position.
    var close = bench.lines
    let place = close[9].split(separator: " ").dropFirst(2).joined(separator: " ")
    close[12] = "4 1 \(place)"
    let near = try bench.analyze(
      try bench.folder.write(close.map { $0 + "\n" }.joined(), as: "close.lammpstrj"))
    #expect(
      near.code == 0
        && near.warnings.contains {
          matches($0, "1 pair of O atoms in 1 frame are closer than 1\\.5")
        }, "\(near)")
    // Decreasing steps, from two files: chained in step order.
    let last = try bench.folder.write(
      bench.item.water.lines(2).map { $0 + "\n" }.joined(), as: "b.lammpstrj")
    let first = try bench.folder.write(
      (0..<2).flatMap { bench.item.water.lines($0) }.map { $0 + "\n" }.joined(), as: "c.lammpstrj")
    let chained = try bench.analyze(last, [first])
    #expect(chained.code == 0, "\(chained)")
    #expect(try bench.analyze(bench.item.trajectory, output: "clean.h5").code == 0)
    #expect(try bench.probabilities() == bench.probabilities(output: "clean.h5"))
  }
}
