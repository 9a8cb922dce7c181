import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// `verglas interface` on slabs with known results.
@Suite(.serialized, .tags(.mpi)) struct InterfaceTests {
  private func reals(_ path: String, _ name: String) throws -> [Double] {
    try File.open(path).dataset("/interface/M2/\(name)").readAll()
  }

  @Test("positions and thicknesses of tanh profiles") func closedForm() throws {
    let folder = try Folder()
    try SlabResults().write(folder("r.h5"))
    let before = try bytes(of: folder("r.h5"))
    let outcome = try Program.run(["interface", folder("r.h5"), "-o", folder("i.h5")])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(try bytes(of: folder("r.h5")) == before)
    for (name, expected, tolerance) in [
      ("position", [40.123, 141.777], 0.01), ("crossing", [40.123, 141.777], 0.02),
      ("gibbs", [11.01, 11.01], 0.17),
      ("thickness_5_95", [10.804, 10.804], 0.17), ("thickness_10_90", [8.063, 8.063], 0.12),
      ("ramp", [10.177, 10.177], 0.15),
      ("gradient", [7.34, 7.34], 0.22), ("tanh_position", [40.123, 141.777], 0.01),
      ("tanh_width", [3.67, 3.67], 0.01),
      ("left", [0, 1], 0.001), ("right", [1, 0], 0.001), ("uncertain", [0.6034, 0.6034], 0.02),
    ] {
      let found = try reals(folder("i.h5"), "mean/\(name)")
      #expect(
        found.count == 2 && zip(found, expected).allSatisfy { abs($0 - $1) < tolerance },
        "\(name): \(found)")
      #expect(try reals(folder("i.h5"), "mean/\(name)_error").allSatisfy { abs($0) < 1e-6 })
      let frames = try reals(folder("i.h5"), "frame/\(name)"),
        blocks = try reals(folder("i.h5"), "block/\(name)")
      #expect(frames.count == 24 && blocks.count == 10)
      #expect(
        frames.enumerated().allSatisfy { abs($1 - expected[$0 % 2]) < tolerance },
        "\(name): \(frames)")
      #expect(
        blocks.enumerated().allSatisfy { abs($1 - expected[$0 % 2]) < tolerance },
        "\(name): \(blocks)")
    }
    #expect(
      try File.open(folder("i.h5")).dataset("/interface/M2/rises").readAll(UInt8.self) == [1, 0])
    for text in [
      "M2: P(HDA) along x (periodic), 12 frames, 5 blocks", "position x_G (Å)", "40.12 ± 0.00",
      "p < 0.9 inside",
    ] {
      #expect(outcome.output.contains(text), "\(outcome)")
    }
    let inspected = try Program.run(["inspect", folder("i.h5")])
    #expect(
      inspected.code == 0
        && inspected.output.contains("M2: 2 interfaces of HDA along x, 12 frames"), "\(inspected)")
    // LDA has the same interfaces, seen from the other side; without counts of uncertain molecules
    // in the file, none are reported.
    try SlabResults(hasUncertain: false).write(folder("old.h5"))
    let other = try Program.run([
      "interface", folder("old.h5"), "--class", "LDA", "-o", folder("i.h5"), "--overwrite",
      "--quiet",
    ])
    #expect(other.code == 0 && other.output.isEmpty, "\(other)")
    #expect(try reals(folder("i.h5"), "mean/left").map { $0.rounded() } == [1, 0])
    #expect(try reals(folder("i.h5"), "mean/uncertain").allSatisfy { $0.isNaN })
  }

  @Test(
    "a sharp interface is an upper bound for layers of any width, and the advice is right",
    arguments: [208, 104, 52, 35, 26])
  func sharp(layers: Int) throws {
    let folder = try Folder()
    try SlabResults(layers: layers, width: 1e-3).write(folder("r.h5"))
    let outcome = try Program.run(["interface", folder("r.h5"), "-o", folder("i.h5")])
    try #require(outcome.code == 0, "\(outcome)")
    let resolved = try File.open(folder("i.h5")).dataset("/interface/M2/mean/resolved").readAll(
      UInt8.self)
    #expect(resolved == [0, 0])
    let across = try reals(folder("i.h5"), "mean/layers_across")
    #expect(across.allSatisfy { $0 > 0.8 && $0 < 1.75 })
    let h = 208 / Double(layers)
    #expect(outcome.output.contains("< \(String(format: "%.2f", 2 * h)) not resolved"))
    // Nothing is printed with an error bar that it does not have.
    #expect(
      !outcome.output.split(separator: "\n").contains {
        $0.contains("thickness gibbs") && $0.contains("±")
      })
    #expect(outcome.error.contains("is not resolved") && outcome.error.contains("(and 1 more)"))
    #expect(
      outcome.error.contains("--layer-width \(String(format: "%.2f", h / 4)) or less"))
    #expect(!outcome.error.contains("larger --layer-width"))
    // The advice leads to a measurement once the layers are finer than the interface.
    let fine = try Folder()
    try SlabResults(layers: 4 * layers, width: max(1, h / 4)).write(fine("r.h5"))
    let again = try Program.run(["interface", fine("r.h5"), "-o", fine("i.h5")])
    #expect(again.code == 0 && !again.error.contains("not resolved"), "\(again)")
  }

  @Test("a slab that drifts around the cell is followed") func drift() throws {
    let folder = try Folder()
    try SlabResults(
      frames: 30,
      places: { f in
        let moved = 9.3 * Double(f)
        return (
          40.123 + moved.truncatingRemainder(dividingBy: 208),
          141.777 + moved.truncatingRemainder(dividingBy: 208)
        )
      }
    ).write(folder("r.h5"))
    let outcome = try Program.run(["interface", folder("r.h5"), "-o", folder("i.h5")])
    try #require(outcome.code == 0, "\(outcome)")
    let drift = try reals(folder("i.h5"), "frame/drift")
    #expect(drift.enumerated().allSatisfy { abs($1 - 9.3 * Double($0)) < 0.02 }, "\(drift)")
    #expect(try reals(folder("i.h5"), "frame/shift_less_drift").allSatisfy { abs($0) < 0.02 })
    #expect(try reals(folder("i.h5"), "mean/tanh_width").allSatisfy { abs($0 - 3.67) < 0.02 })
    #expect(try reals(folder("i.h5"), "frame/position").allSatisfy { (0...208).contains($0) })
  }

  @Test("shift and hysteresis under pressure") func hysteresis() throws {
    let folder = try Folder()
    // 0.2 → 0.6 → 0.2 GPa; both interfaces move 1.5 Å into LDA and 1 Å of it remains.
    let there = (0...8).map { 0.2 + 0.05 * Double($0) }
    let pressure = there + there.dropLast().reversed()
    try SlabResults(
      frames: 17,
      places: { f in
        let back = max(0, f - 8)
        let moved = f <= 8 ? 1.5 * Double(f) / 8 : 1.5 - 0.5 * Double(back) / 8
        return (60 - moved, 150 + moved)
      }, pressure: pressure
    ).write(folder("r.h5"))
    let outcome = try Program.run([
      "interface", folder("r.h5"), "-o", folder("i.h5"), "--frames", "0:17",
    ])
    try #require(outcome.code == 0, "\(outcome)")
    let shift = try reals(folder("i.h5"), "frame/shift_less_drift")
    #expect(abs(shift[16] + 1.5) < 0.03 && abs(shift[17] - 1.5) < 0.03, "\(shift)")
    #expect(
      try zip(reals(folder("i.h5"), "hysteresis/residual"), [-1.0, 1]).allSatisfy {
        abs($0 - $1) < 0.03
      })
    #expect(
      try zip(reals(folder("i.h5"), "hysteresis/largest"), [-1.0, 1]).allSatisfy {
        abs($0 - $1) < 0.03
      })
    #expect(outcome.output.contains("hysteresis (Å), reversal at 0.600 GPa"), "\(outcome)")
    // The same pressures from a table, and the shift measured from the frame of highest pressure.
    let table = try folder.write(
      "timestep,pressure_MPa\n"
        + pressure.enumerated().map { "\($0 * 100),\($1 * 1000)\n" }.joined(), as: "p.csv")
    var bare = SlabResults(frames: 17)
    bare.places = { (60 - Double($0 % 3), 150 + Double($0 % 3)) }
    try bare.write(folder("bare.h5"))
    let joined = try Program.run(
      [
        "interface", folder("bare.h5"), "--thermo", table, "--reference", "8", "-o", folder("i.h5"),
        "--overwrite",
      ])
    try #require(joined.code == 0, "\(joined)")
    #expect(
      try zip(reals(folder("i.h5"), "frame/pressure"), pressure).allSatisfy { abs($0 - $1) < 1e-12 }
    )
    #expect(
      try reals(folder("i.h5"), "frame/shift_less_drift")[16..<18].allSatisfy { abs($0) < 1e-9 })
  }

  @Test("frames that are missing are left out, and said so") func incomplete() throws {
    let folder = try Folder()
    var done = [UInt8](repeating: 1, count: 12)
    done[0] = 2
    done[5] = 0
    try SlabResults(done: done).write(folder("r.h5"))
    let outcome = try Program.run(["interface", folder("r.h5"), "-o", folder("i.h5")])
    #expect(
      outcome.code == 0
        && outcome.warnings.contains { $0.contains("2 of 12 frames are missing or were skipped") },
      "\(outcome)")
    #expect(
      try File.open(folder("i.h5")).dataset("/interface/M2/frame/row").readAll(Int64.self) == [
        1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
      ])
  }

  @Test("the same bytes on 1, 2 and 3 ranks, one table") func ranks() throws {
    let folder = try Folder()
    try SlabResults().write(folder("r.h5"))
    var all: [[String: Contents]] = []
    for ranks in 1...3 {
      let outcome = try Program.run(
        ["interface", "r.h5", "-o", "i.h5", "--overwrite"], ranks: ranks, in: folder.path)
      try #require(outcome.code == 0, "\(outcome)")
      #expect(outcome.output.components(separatedBy: "mean profile").count == 2, "\(outcome)")
      all.append(try Contents.all(of: folder("i.h5"), below: "/interface"))
    }
    #expect(all[0].count > 40)
    #expect(differences(all[0], all[1]).isEmpty && differences(all[0], all[2]).isEmpty)
  }

  @Test("what is refused", arguments: Wrong.all) func refused(_ wrong: Wrong) throws {
    let folder = try Folder()
    try wrong.make(folder)
    let outcome = try Program.run(
      ["interface"] + wrong.arguments, ranks: wrong.ranks, in: folder.path)
    #expect(outcome.code == wrong.code, "\(outcome)")
    #expect(outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.error.range(of: wrong.pattern, options: .regularExpression) != nil, "\(outcome)")
    #expect(!FileManager.default.fileExists(atPath: folder("new.h5")))
  }

  /// A Python with SciPy and h5py, made by `ci/setup --peers`.
  static let python = Checkout.root + "/.venv-peers/bin/python"

  @Test(
    "agrees with fits of the independent pipeline's profiles", .tags(.peer),
    .enabled(if: Checkout.hasReference, "../shared has no data/A, models and reference"),
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: python),
      "no Python with scipy and h5py in .venv-peers"),
    arguments: ["M2-O", "M2-OH"])
  func reference(model: String) throws {
    let dump = try #require(Checkout.first(of: "../shared/data/A/interface.lammpstrj.gz"))
    let network = try #require(Checkout.first(of: "../shared/models/\(model).safetensors"))
    let answers = try #require(Checkout.first(of: "../shared/reference/interface__\(model).npz"))
    let folder = try Folder()
    let analysis = try Program.run(
      [
        "analyze", dump, "--types", "1=O,2=H", "--model", network, "--profile", "x", "-o",
        folder("r.h5"), "--quiet",
      ], ranks: 2)
    try #require(analysis.code == 0, "\(analysis)")
    let outcome = try Program.run(["interface", folder("r.h5"), "-o", folder("i.h5"), "--quiet"])
    try #require(outcome.code == 0, "\(outcome)")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "reference.py"
    ).path
    let comparison = try Program.start([Self.python, script, folder("i.h5"), answers, model])
    #expect(comparison.code == 0, "\(comparison)")
    print("interface, \(model): \(comparison.output.split(separator: "\n").last ?? "")")
  }
}

/// A call that must fail.
struct Wrong: Sendable, CustomTestStringConvertible {
  let name: String
  let arguments: [String]
  let code: Int32
  let pattern: String
  var ranks: Int?
  let make: @Sendable (Folder) throws -> Void
  var testDescription: String { name }

  init(
    _ name: String, _ arguments: [String], _ code: Int32, _ pattern: String, ranks: Int? = nil,
    make: @escaping @Sendable (Folder) throws -> Void = { try SlabResults().write($0("r.h5")) }
  ) {
    (self.name, self.arguments, self.code, self.pattern, self.ranks, self.make) = (
      name, arguments, code, pattern, ranks, make
    )
  }

  static let all: [Wrong] = [
    Wrong("no file", ["none.h5", "-o", "new.h5"], 66, "none\\.h5: cannot be opened: No such file"),
    Wrong("a folder", ["."], 66, "is not a regular file"),
    Wrong("a text", ["t.h5"], 65, "t\\.h5: expected a results file of verglas analyze \\(HDF5\\)") {
      try $0.write("water", as: "t.h5")
    },
    Wrong(
      "another HDF5 file", ["o.h5", "-o", "new.h5"], 65,
      "no /verglas/done|with /verglas/done in it\\), found another file", ranks: 2
    ) {
      let file = try File.create($0("o.h5"))
      try file.createGroup("/water")
      try file.close()
    },
    Wrong("SOAP vectors", ["o.h5"], 65, "found SOAP vectors of verglas describe") {
      let file = try File.create($0("o.h5"))
      try file.createGroup("/soap")
      try file.close()
    },
    Wrong("no complete frame", ["r.h5"], 65, "none of its 12 frames is complete; run analyze") {
      try SlabResults(done: [UInt8](repeating: 0, count: 12)).write($0("r.h5"))
    },
    Wrong("no profile", ["r.h5"], 65, "holds no profile; run analyze with --profile") {
      try SlabResults(axis: "none", hasProfile: false).write($0("r.h5"))
    },
    Wrong(
      "a profile of another shape", ["r.h5"], 65,
      "/observables/M2/profile/edges: expected shape \\[12, 105\\], found \\[12, 104\\]"
    ) {
      try SlabResults().write($0("r.h5"))
      let file = try File.open($0("r.h5"), writable: true)
      try file.remove("/observables/M2/profile/edges")
      try file.createDataset("/observables/M2/profile/edges", .float64, shape: [12, 104])
      try file.close()
    },
    Wrong(
      "a dataset missing", ["r.h5"], 65,
      "r\\.h5: cannot open dataset /observables/M2/profile/probability"
    ) {
      try SlabResults().write($0("r.h5"))
      let file = try File.open($0("r.h5"), writable: true)
      try file.remove("/observables/M2/profile/probability")
      try file.close()
    },
    Wrong(
      "an unknown model", ["r.h5", "--model", "M9"], 64,
      "--model: r\\.h5 has no model M9; it has M2"),
    Wrong(
      "an unknown class", ["r.h5", "--class", "MDA"], 64,
      "--class: model M2 has no class MDA; it has LDA, HDA"),
    Wrong(
      "no frames", ["r.h5", "--frames", "50:"], 64,
      "--frames: selects none of the 12 complete frames"),
    Wrong(
      "no reference", ["r.h5", "--reference", "50:"], 64,
      "--reference: selects none of the 12 frames"),
    Wrong(
      "no blocks", ["r.h5", "--blocks", "0"], 64, "--blocks: expected a number from 1, found 0"),
    Wrong("no contrast", ["r.h5", "--contrast", "0"], 64, "--contrast: expected"),
    Wrong(
      "an output that exists", ["r.h5", "-o", "i.h5"], 73,
      "i\\.h5 already exists; choose another -o, or --overwrite", ranks: 2
    ) {
      try SlabResults().write($0("r.h5"))
      try $0.write("x", as: "i.h5")
    },
    Wrong(
      "the input as output", ["r.h5", "-o", "r.h5", "--overwrite"], 73,
      "is also an input \\(r\\.h5\\), which is never overwritten"),
    Wrong("no folder", ["r.h5", "-o", "no/i.h5"], 73, "the folder no/ does not exist"),
    Wrong(
      "a table of another run", ["r.h5", "--thermo", "p.csv"], 65,
      "p\\.csv: none of its 1 steps matches a frame"
    ) {
      try SlabResults().write($0("r.h5"))
      try $0.write("step,pressure\n7,1\n", as: "p.csv")
    },
  ]
}
