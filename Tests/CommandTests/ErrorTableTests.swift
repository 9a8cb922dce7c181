import Foundation
import HDF5
import Models
import ProgramSupport
import SOAP
import TestSupport
import Testing

/// Error messages that no other table covers: each is a command, an exit code and the words that
/// its one message must contain. `ci/errors` lists the messages in Sources that no test has
/// produced.
@Suite(.serialized, .tags(.mpi)) struct ErrorTableTests {
  private static let fixtures = "\(Checkout.root)/Tests/TrajectoriesTests/Fixtures"

  /// Expects one message of a command.
  private func expect(
    _ arguments: [String], _ code: Int32, _ pattern: String,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Program.run(arguments)
    #expect(
      outcome.code == code && outcome.complaints.count == 1, "\(outcome)", sourceLocation: location)
    #expect(
      matches(outcome.complaints.first ?? "", pattern), "expected \(pattern), found \(outcome)",
      sourceLocation: location)
  }

  static let optionRows: [Refusal] = [
    Refusal(
      "analyze WATER --types 1=O,2=H --model MODEL -o DIR/r.h5 --time-step 0", 64,
      "--time-step: expected a time in ps above 0, found 0"),
    Refusal(
      "analyze WATER --types 1=O,2=H --model MODEL -o DIR/r.h5 --max-hours 0", 64,
      "--max-hours: expected a time in hours above 0"),
    Refusal(
      "analyze WATER --types 1=O,2=H --model MODEL -o DIR/r.h5 --frames ::0", 64,
      "--frames.*a step of 0 selects nothing"),
    Refusal(
      "analyze WATER --types 1=O,2=H --model MODEL -o DIR/r.h5 --frames 9223372036854775807", 64,
      "--frames: selects none of the 3"),
    Refusal(
      "analyze WATER --types 1=O,99999=H --model MODEL -o DIR/r.h5", 64,
      "--types: type 99999 is not within 0…65535"),
    Refusal(
      "analyze WATER --types 1=O,2=Hydrogenium --model MODEL -o DIR/r.h5", 64,
      "'Hydrogenium' is not a name of 1 to 8 characters"),
    Refusal(
      "inspect WATER --types 1=O,2=H --ranks 2", 64,
      "--ranks needs the models of the analysis: specify --model"),
    Refusal(
      "inspect WATER --types 1=C,2=H --model MODEL", 65,
      "water.lammpstrj.*expected atoms of species O, found none; check --types"),
    Refusal(
      "generate --molecules 2000 --frames 9000000000000000 -o DIR/g", 64,
      "--frames: expected a number from 1 to 1000000, found 9000000000000000"),
  ]

  @Test("options", arguments: optionRows) func options(_ refusal: Refusal) throws {
    let bench = try Bench()
    let words = refusal.arguments.split(separator: " ").map { word in
      String(word).replacing("WATER", with: bench.item.trajectory).replacing(
        "MODEL", with: bench.item.model
      )
      .replacing("DIR", with: bench.folder.path)
    }
    try expect(words, refusal.code, refusal.pattern)
    #expect(try bench.folder.names() == [])
  }

  @Test("models that results could not hold") func models() throws {
    let bench = try Bench()
    func model(
      _ name: String, _ classes: [String] = ["LDA", "HDA"], _ edit: (inout Model) -> Void = { _ in }
    ) throws -> String {
      try SmallModel.write(
        name, classes: classes, species: ["O", "H"], radial: 3, degree: 3,
        for: bench.item.trajectory, in: bench.folder, seed: 5, edit: edit
      )
    }
    let analyze = ["analyze", bench.item.trajectory, "-o", bench.folder("r.h5"), "--model"]
    for (path, pattern) in [
      (
        try model("pressure"),
        "pressure.safetensors: a model named 'pressure' would overwrite other results"
      ),
      (
        try model("ia", ["LDA", "IA"]),
        "ia.safetensors: a class is named IA, which means intermediate in the results"
      ),
      (
        try model("foreign", ["LDA", "unfamiliar"]) {
          let layer = Model.Layer(
            weight: [Float](repeating: 0, count: 2 * $0.featureCount), bias: [0, 0],
            inputs: $0.featureCount)
          $0.guardHead = Model.Guard(
            classes: ["subject", "ice"], layers: [layer], threshold: 0.5, prior: 0.5, training: nil)
        },
        "foreign.safetensors: a class is named unfamiliar, the label of molecules that the guard "
          + "recognises; rename the class"
      ),
      (
        try model("many", (0..<255).map { "c\($0)" }),
        "many.safetensors: expected at most 254 classes, found 255"
      ),
    ] {
      try expect(analyze + [path] + Bench.types, 65, pattern)
    }
    let other = try model("centre") {
      $0.soap = SOAPDescription(
        species: ["O", "H"], center: "H", r_cut: 4, n_max: 3, l_max: 3, sigma: 0.5)
    }
    try expect(
      analyze + [bench.item.model, "--model", other] + Bench.types, 64,
      "models small-OH and centre have different centres \\(O, H\\).*separate runs")
  }

  @Test("dumps") func dumps() throws {
    let bench = try Bench()
    let n = bench.frameLines
    var thin = bench.lines, twice = bench.lines, tiny = bench.lines
    for f in 0..<3 {
      thin[f * n + 5] = "0 0.01"
      for axis in 0..<3 { tiny[f * n + 5 + axis] = "0 0.5" }
      twice[f * n + 8] = "ITEM: ATOMS id type x x y z"
    }
    for (lines, pattern) in [
      (thin, "bad.lammpstrj.*the cell is only 0.01.* Å thick: more than 400 images"),
      (twice, "bad.lammpstrj.*column x occurs twice"),
      (tiny, "bad.lammpstrj.*Å thick: expected at most 5000 images of it within .*, found"),
    ] {
      let path = try bench.folder.write(lines.map { $0 + "\n" }.joined(), as: "bad.lammpstrj")
      try expect(
        ["analyze", path, "--model", bench.item.model, "--overwrite", "-o", bench.folder("r.h5")]
          + Bench.types, 65, pattern)
    }
  }

  @Test("atoms that no model could miss silently") func species() throws {
    let bench = try Bench()
    let n = bench.frameLines
    func named(_ name: (_ frame: Int, _ atom: Int, _ element: String) -> String) throws -> String {
      var lines = bench.lines
      for f in 0..<3 {
        lines[f * n + 8] = "ITEM: ATOMS id element x y z"
        for k in 9..<n {
          var words = lines[f * n + k].split(separator: " ").map(String.init)
          words[1] = name(f, k - 9, words[1] == "1" ? "O" : "H")
          lines[f * n + k] = words.joined(separator: " ")
        }
      }
      return try bench.folder.write(lines.map { $0 + "\n" }.joined(), as: "named.lammpstrj")
    }
    let analyze = [
      "analyze", "--model", bench.item.model, "--overwrite", "--quiet", "-o", bench.folder("r.h5"),
    ]
    let path = try named { frame, atom, element in frame == 2 && atom == 1 ? "J" : element }
    try expect(
      analyze + [path], 65,
      "named.lammpstrj.*\\(frame 2\\): expected 64 atoms of H as in the first frame, found 63")
    _ = try named { _, atom, element in
      atom % 3 == 0 && atom >= 48 ? "O1" : atom % 3 == 0 ? element : "He"
    }
    let half = try Program.run([
      "analyze", "--model", bench.item.other, "--overwrite", "--quiet", "-o", bench.folder("r.h5"),
      path,
    ])
    #expect(
      half.code == 0
        && half.warnings.contains { $0.contains("not chemical symbols are ignored: 16 named 'O1'") },
      "\(half)")
    // A short frame in the middle is reported by `inspect`.
    var lines = bench.lines
    lines.remove(at: n + 20)
    let short = try bench.folder.write(lines.map { $0 + "\n" }.joined(), as: "short.lammpstrj")
    let told = try Program.run(["inspect", short] + Bench.types)
    #expect(
      told.code == 0 && told.output.contains("damaged      1 of them (1 of the selected)"),
      "\(told)")
    let control = try bench.folder.write(
      bench.lines.enumerated().map { (k, line) -> String in
        let end = k == 9 ? " \u{1}\n" : k % n == 8 ? " q\n" : k % n > 8 ? " 0\n" : "\n"
        return line + end
      }
      .joined(),
      as: "control.lammpstrj")
    try expect(
      analyze + [control] + Bench.types, 65,
      "control.lammpstrj:10 \\(frame 0\\): the line contains a control character \\(byte 1\\)")
    try expect(["inspect", ""], 64, "the argument after 'inspect' is empty")
    let names = try bench.folder.write(
      "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 "
        + "9\nITEM: ATOMS id type x y z\n1 OW 1 1 1\n",
      as: "types.lammpstrj")
    try expect(
      ["analyze", names, "--model", bench.item.model, "-o", bench.folder("q.h5")], 65,
      "types.lammpstrj.*found no H among O: 1")
    let xyz = { (comment: String) in
      "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3 \(comment)\nO 1 1 1\n"
    }
    let bad = try bench.folder.write(
      xyz("step=1") + xyz("step=2a0") + xyz("step=3"), as: "step.xyz")
    try expect(
      ["analyze", bad, "--model", bench.item.other, "-o", bench.folder("q.h5")], 65,
      "step.xyz:5 \\(frame 1\\): expected an integer for the step, found '2a0'")
    let negative = try bench.folder.write(
      xyz("step=1").replacing("\"9 0 0", with: "\"-9 0 0"), as: "box.xyz")
    try expect(
      ["inspect", negative], 65, "box.xyz.*the box has no volume \\(an edge is zero or negative")
    let cut = try bench.folder.write(
      bench.lines.map { $0 + "\n" }.joined() + "ITEM: TIMEST", as: "cut.lammpstrj")
    let dropped = try Program.run(["inspect", cut] + Bench.types)
    #expect(
      dropped.code == 0
        && dropped.warnings.contains {
          $0.contains("the file ends within the header of another frame, which was dropped")
        },
      "\(dropped)")
    let packed = try bench.folder.write([0x1F, 0x8B, 8, 0] as [UInt8], as: "t.csv")
    try expect(
      analyze + [bench.item.trajectory, "--thermo", packed] + Bench.types, 65,
      "t.csv: the gzip stream is truncated after 4 bytes")
  }

  @Test(
    "DCD headers",
    arguments: [
      (40, UInt32(5), "5 fixed atoms, which only the first frame contains"),
      (88, 83, "byte 88 of the DCD header: expected the record's length 84 again"),
    ])
  func dcd(_ place: Int, _ value: UInt32, _ pattern: String) throws {
    let folder = try Folder()
    var content = try bytes(of: "\(Self.fixtures)/water.dcd")
    for k in 0..<4 { content[place + k] = UInt8(truncatingIfNeeded: value >> UInt32(8 * k)) }
    try expect(["inspect", try folder.write(content, as: "bad.dcd")], 65, "bad.dcd.*\(pattern)")
  }

  @Test("H5MD") func h5md() throws {
    let folder = try Folder()
    let path = folder("bad.h5md")
    /// A file of one frame of three atoms, without box, or with other units, steps, species.
    func write(box: Bool = true, unit: String = "nm", steps: Int = 1, species: Int = 3) throws {
      let file = try File.create(path, replacing: true)
      do {
        try file.createGroup("h5md").setAttribute("creator", to: "test")
        let values = try file.createDataset(
          "/particles/all/position/value", .float32, shape: [1, 3, 3])
        try values.write([Float](repeating: 0.5, count: 9))
        try values.setAttribute("unit", to: unit)
        try file.createDataset("/particles/all/position/step", .int64, shape: [steps]).write(
          [Int64](repeating: 0, count: steps))
        try file.createDataset("/particles/all/species", .int64, shape: [species]).write(
          [Int64](repeating: 1, count: species))
        if box {
          try file.createDataset("/particles/all/box/edges", .float64, shape: [3]).write([
            9.0, 9, 9,
          ])
        }
      }
      try file.close()
    }
    try write(box: false)
    try expect(["inspect", path], 65, "bad.h5md: /particles/all/box/edges is missing")
    try write(unit: "furlong")
    try expect(
      ["inspect", path], 65,
      "bad.h5md: expected positions in Angstrom, nm, pm or m, found the unit 'furlong'")
    try write(steps: 0)
    try expect(
      ["inspect", path], 65, "bad.h5md: /particles/all/position/step: expected 1 steps, found 0")
    try write(species: 2)
    try expect(
      ["inspect", path], 65,
      "bad.h5md: /particles/all/species: expected one of each of 3 atoms, found \\[2\\]")
  }

  @Test("results") func results() throws {
    let bench = try Bench()
    #expect(
      try bench.analyze(
        bench.item.trajectory, ["--profile", "z", "--per-molecule", "all", "--quiet"]
      ).code == 0)
    let path = bench.folder("bad.h5")
    func altered(_ change: (borrowing File) throws -> Void) throws {
      try bench.folder.write(try bytes(of: bench.folder("r.h5")), as: "bad.h5")
      let file = try File.open(path, writable: true)
      try change(file)
      try file.close()
    }
    let resume =
      [
        "analyze", bench.item.trajectory, "--model", bench.item.model, "--precision", "double",
        "--profile", "z", "--per-molecule", "all",
        "--resume", "-o", path,
      ] + Bench.types
    try altered { try $0.dataset("/verglas/done").write([1, 7, 1] as [UInt8]) }
    try expect(resume, 65, "bad.h5 cannot be resumed: it is damaged: a frame is marked 7")
    try altered { try $0.group("/verglas").setAttribute("input_size", to: [Int64(1), 2]) }
    try expect(
      resume, 65, "bad.h5 cannot be resumed: it is damaged: its lists of inputs differ in length")
    try altered { file in
      try file.remove("/particles/centers/box/edges/step")
      try file.createDataset("/particles/centers/box/edges/step", .int64, shape: [2]).write([
        Int64(0), 100,
      ])
    }
    try expect(
      ["interface", path], 65, "bad.h5: 3 frames, but 2 steps, 3 times and 3 boundaries")
    try altered {
      try $0.dataset("/particles/centers/box/edges/value").write(
        [Float](repeating: 0, count: 27).map(Double.init))
    }
    try expect(
      ["export", path, "-o", bench.folder("o.extxyz")], 65, "bad.h5: the cell of frame 0: ")
    try altered { file in
      try file.remove("/timings/soap")
      try file.createDataset("/timings/soap", .float64, shape: [2]).write([1.0, 2])
    }
    try expect(["scaling", path], 65, "bad.h5: /timings/soap has 2 rows, /timings/elapsed 1")
    let foreign = try File.create(bench.folder("foreign.h5"))
    try foreign.createGroup("data")
    try foreign.close()
    try expect(
      ["inspect", bench.folder("foreign.h5")], 65,
      "foreign.h5: an HDF5 file that verglas did not write")
    try altered { try $0.dataset("/particles/centers/box/edges/step").write([Int64(0), 100, 777]) }
    try expect(
      ["export", path, "-o", bench.folder("o.extxyz"), "--trajectory", bench.item.trajectory], 65,
      "expected a frame of step 777 as in .*bad.h5")
  }
}
