import Foundation
import Geometry
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// `verglas export` compared with the contents of results.h5 and the trajectory.
@Suite(.serialized, .tags(.mpi)) struct ExportTests {
  /// Results of the small water without and with positions.
  private struct Case {
    let item: SmallCase
    let folder: Folder

    init(_ options: [String] = []) throws {
      item = try SmallCase.shared.get()
      folder = try Folder()
      let outcome = try Program.run(
        [
          "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--model",
          item.other, "--threshold", "0.95,0.6",
          "--profile", "z", "-o", folder("r.h5"), "--quiet",
        ] + options)
      try #require(outcome.code == 0, "\(outcome)")
    }

    func export(_ output: String, _ options: [String] = [], ranks: Int? = nil) throws -> Outcome {
      try Program.run(
        ["export", folder("r.h5"), "-o", folder(output)] + options, ranks: ranks, in: folder.path)
    }

    func text(_ name: String) throws -> String {
      String(decoding: try bytes(of: folder(name)), as: UTF8.self)
    }
  }

  /// Words of every atom line of an extended XYZ file, frame by frame, with the comment lines.
  private func frames(_ text: String) -> [(comment: String, atoms: [[String]])] {
    let lines = text.split(separator: "\n").map(String.init)
    var frames: [(String, [[String]])] = []
    var k = 0
    while k < lines.count, let n = Int(lines[k]) {
      frames.append(
        (
          lines[k + 1],
          lines[(k + 2)..<(k + 2 + n)].map { $0.split(separator: " ").map(String.init) }
        ))
      k += n + 2
    }
    return frames
  }

  @Test(
    "extended XYZ holds what the results and the trajectory hold",
    arguments: [[], ["--per-molecule", "all"]]) func atoms(
      options: [String]
    ) throws
  {
    let item = try Case(options)
    let outcome = try item.export("o.extxyz", ["--model", "small-O"])
    try #require(outcome.code == 0, "\(outcome)")
    let file = try File.open(item.folder("r.h5"))
    let phases = try file.dataset("/particles/centers/small-O/phase/value").readAll(UInt8.self)
    let clusters = try file.dataset("/particles/centers/small-O/cluster/value").readAll(Int64.self)
    let p = try file.dataset("/particles/centers/small-O/probability/value").readAll(Float.self)
    let kinds = try file.dataset("/observables/small-O/intermediate_count/value").readAll(
      Int64.self)
    let ids = try file.dataset("/particles/centers/id").readAll(Int64.self)
    let all = frames(try item.text("o.extxyz"))
    #expect(all.count == 3)
    for (f, frame) in all.enumerated() {
      #expect(
        frame.comment.contains("Timestep=\(100 * f) ")
          && frame.comment.contains("phases=\"LDA MDA HDA IA\""))
      #expect(
        frame.comment.contains(
          "Properties=species:S:1:pos:R:3:id:I:1:phase:I:1:p_class:R:3:cluster:I:1:ia_kind:I:1:color:R:3"
        ))
      #expect(frame.atoms.count == 32)
      var counts: [Int64] = [0, 0, 0]
      for (i, words) in frame.atoms.enumerated() {
        let row = f * 32 + i
        #expect(
          words[0] == "O" && words[4] == "\(ids[i])" && words[5] == "\(phases[row])"
            && words[9] == "\(clusters[row])")
        #expect((0..<3).allSatisfy { Float(words[6 + $0]) == p[row * 3 + $0] })
        let atom = Int(ids[i]) - 1
        let wrapped = item.item.water.frames[f].cell.wrapped(
          item.item.water.frames[f].positions[atom]
        ).position
        for axis in 0..<3 { #expect(abs(Double(words[1 + axis])! - wrapped[axis]) < 2e-5) }
        if words[10] != "0" { counts[Int(words[10])! - 1] += 1 }
        #expect((words[10] != "0") == (phases[row] == 3))
      }
      // Threshold 0.95 is the first of two.
      #expect(counts == Array(kinds[(f * 6)..<(f * 6 + 3)]), "frame \(f)")
    }
  }

  @Test("dumps can be read back: the same probabilities") func dump() throws {
    let item = try Case(["--per-molecule", "all"])
    let outcome = try item.export("o.lammpstrj", ["--frames", "1:"])
    try #require(outcome.code == 0, "\(outcome)")
    let text = try item.text("o.lammpstrj")
    #expect(
      text.hasPrefix(
        "ITEM: TIMESTEP\n100\nITEM: NUMBER OF ATOMS\n32\nITEM: BOX BOUNDS pp pp pp\n0.0 "))
    #expect(
      text.contains(
        "ITEM: ATOMS id type element x y z phase p_LDA p_HDA cluster ia_kind Color.R Color.G "
          + "Color.B\n"
      ))
    // The type is the phase, counted from 1.
    let rows = text.split(separator: "\n").map { $0.split(separator: " ") }
      .filter { $0.count == 14 && $0[0] != "ITEM:" }
    let types = rows.map { row -> Int? in Int(row[1]) }
    let phases = rows.map { row -> Int? in Int(row[6]) }
    #expect(rows.count == 64)
    #expect(types == phases.map { phase -> Int? in phase.map { $0 + 1 } })
    // Without hydrogens only the (O) model can be used.
    let again = try Program.run(
      [
        "analyze", item.folder("o.lammpstrj"), "--model", item.item.other, "-o",
        item.folder("again.h5"), "--quiet",
      ])
    try #require(again.code == 0, "\(again)")
    let a = try File.open(item.folder("r.h5")).dataset(
      "/particles/centers/small-O/probability/value"
    ).readAll(Float.self)
    let b = try File.open(item.folder("again.h5")).dataset(
      "/particles/centers/small-O/probability/value"
    ).readAll(Float.self)
    #expect(b.count == 64 * 3)
    #expect(zip(a.dropFirst(32 * 3), b).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test("slices go through the cell's border and share no molecule") func slices() throws {
    let item = try Case()
    let cell = item.item.water.frames[0].cell
    var seen: [String: Int] = [:]
    // Ten slabs along the axis, the last one across the periodic boundary.
    for k in 0..<10 {
      let middle = cell.c.z * (Double(k) + 0.25) / 10
      let outcome = try item.export(
        "s.extxyz",
        ["--slice", "z=\(middle):\(cell.c.z / 10)", "--frames", "0", "--overwrite", "--quiet"])
      try #require(outcome.code == 0, "\(outcome)")
      for words in frames(try item.text("s.extxyz"))[0].atoms {
        seen[words[4], default: 0] += 1
        var distance = abs(Double(words[3])! - middle)
        distance = min(distance, cell.c.z - distance)
        #expect(distance <= cell.c.z / 20 + 1e-5)
      }
    }
    #expect(seen.count == 32 && seen.values.allSatisfy { $0 == 1 })
    let both = try item.export(
      "s.extxyz", ["--slice", "z=2:4", "--slice", "x=2:4", "--frames", "0", "--overwrite"])
    #expect(both.code == 0)
    for words in frames(try item.text("s.extxyz"))[0].atoms {
      #expect(Double(words[1])! < 4 && Double(words[3])! < 4)
    }
    let beyond = try item.export(
      "s.extxyz", ["--slice", "z=\(cell.c.z + 50):\(cell.c.z)", "--overwrite"])
    #expect(
      beyond.code == 0 && beyond.warnings.count == 1
        && beyond.warnings[0].contains("its middle lies outside the cell, which extends from 0.00"),
      "\(beyond)")
    let none = try item.export("s.extxyz", ["--slice", "z=2:0.0001", "--overwrite"])
    #expect(
      none.code == 0 && none.warnings.contains { $0.contains("no molecule is in the slice") },
      "\(none)")
  }

  @Test("frames by pressure, from the results or a table") func pressures() throws {
    let folder = try Folder()
    let table = try folder.write("Step Press\n0 1000\n100 2000\n200 3000\n", as: "p.txt")
    let item = try Case(["--thermo", table])
    #expect(
      try File.open(item.folder("r.h5")).dataset("/observables/pressure/value").readAll(Double.self)
        == [1000, 2000, 3000])
    let outcome = try item.export("o.extxyz", ["--at-pressure", "2900,900,1100"])
    #expect(
      outcome.code == 0
        && outcome.error.contains("2900.0 GPa: frame 2, step 200, at 3000.0000 GPa"), "\(outcome)")
    #expect(
      frames(try item.text("o.extxyz")).map { $0.comment.contains("Pressure_GPa=1000.0") } == [
        true, false,
      ])
    let beyond = try item.export("o.extxyz", ["--at-pressure", "5000,2000", "--overwrite"])
    #expect(
      beyond.code == 0 && beyond.warnings.count == 1
        && beyond.warnings[0].contains(
          "--at-pressure 5000.0: the pressures of the frames range from 1000.0000 to 3000.0000 GPa"),
      "\(beyond)")
    let other = try folder.write("step,pressure\n0,0.3\n100,0.2\n200,0.1\n", as: "p.csv")
    let joined = try item.export(
      "o.extxyz", ["--at-pressure", "0.1", "--thermo", other, "--overwrite"])
    #expect(joined.code == 0 && joined.error.contains("frame 2, step 200"), "\(joined)")
  }

  @Test("the table holds every observable") func table() throws {
    let item = try Case()
    let outcome = try item.export("o.csv")
    try #require(outcome.code == 0, "\(outcome)")
    let lines = try item.text("o.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(
      lines[0].joined(separator: ",")
        == "observable,model,frame,step,time_ps,pressure_GPa,threshold,phase,item,x_A,value")
    #expect(lines.allSatisfy { $0.count == 11 })
    let file = try File.open(item.folder("r.h5"))
    func values(_ observable: String, _ model: String) -> [Double] {
      lines.filter { $0[0] == observable && $0[1] == model }.map { Double($0[10])! }
    }
    for model in ["small-OH", "small-O"] {
      for name in [
        "phase_count", "argmax_count", "intermediate_count", "cluster_count", "largest_cluster",
      ] {
        let stored = try file.dataset("/observables/\(model)/\(name)/value").readAll(Int64.self)
          .map(Double.init)
        #expect(values(name, model) == stored, "\(name)")
      }
      for name in ["probability", "phase_fraction", "density"] {
        let stored = try file.dataset("/observables/\(model)/profile/\(name)").readAll(Double.self)
        let found = values("profile_\(name)", model)
        #expect(
          found.count == stored.count && zip(found, stored).allSatisfy { $0 == $1 || $1.isNaN },
          "\(name)")
      }
    }
    #expect(
      values("cross_phase", "small-OH × small-O")
        == (try file.dataset("/observables/cross_phase/value").readAll(Int64.self).map(Double.init))
    )
    let row = try #require(
      lines.first { $0[0] == "phase_count" && $0[2] == "1" && $0[6] == "0.6" && $0[7] == "HDA" })
    #expect(row[3] == "100" && row[8].isEmpty)
    let one = try item.export(
      "o.csv",
      ["--observable", "argmax_count", "--model", "small-O", "--frames", "-1:", "--overwrite"])
    #expect(one.code == 0, "\(one)")
    #expect(try item.text("o.csv").split(separator: "\n").count == 4)
  }

  @Test("the same bytes on 1, 2 and 3 ranks") func ranks() throws {
    let item = try Case()
    for name in ["o.extxyz", "o.csv"] {
      var texts: [String] = []
      for ranks in 1...3 {
        let outcome = try item.export(name, ["--overwrite"], ranks: ranks)
        try #require(outcome.code == 0, "\(outcome)")
        texts.append(try item.text(name))
      }
      #expect(texts[0] == texts[1] && texts[0] == texts[2])
    }
    #expect(try item.folder.names() == ["o.csv", "o.extxyz", "r.h5"])
  }

  @Test(
    "what is refused",
    arguments: [
      (
        "o.xyz", [], Int32(64),
        "--output: expected a name ending in \\.extxyz, \\.lammpstrj or \\.csv"
      ),
      ("o.csv", ["--slice", "z=1:2"], 64, "--slice and --trajectory apply to"),
      (
        "o.extxyz", ["--slice", "z:1:2"], 64,
        "expected AXIS=MIDDLE:THICKNESS in Å as in z=22:3, found 'z:1:2'"
      ),
      ("o.extxyz", ["--slice", "z=1:-2"], 64, "expected AXIS=MIDDLE:THICKNESS"),
      ("o.extxyz", ["--observable", "phase_count"], 64, "--observable applies to \\.csv"),
      (
        "o.extxyz", ["--model", "small-O", "--model", "small-OH"], 64,
        "atoms are written with the phases of one model"
      ),
      (
        "o.csv", ["--observable", "mass"], 64,
        "--observable: expected any of volume, .*; found 'mass'"
      ),
      ("o.extxyz", ["--model", "M9"], 64, "has no model M9; it has small-OH, small-O"),
      ("o.extxyz", ["--frames", "9:"], 64, "--frames: selects none of the 3 complete frames"),
      (
        "o.extxyz", ["--at-pressure", "0.4"], 64, "holds no pressures; give the table with --thermo"
      ),
      ("o.extxyz", ["--trajectory", "none"], 66, "none: no such file"),
      ("no/o.csv", [], 73, "does not exist; create it first"),
      ("r.h5.csv", ["--thermo", "none"], 66, "none: cannot be opened"),
    ]) func refused(output: String, options: [String], code: Int32, pattern: String) throws
  {
    let item = try Case()
    let outcome = try item.export(output, options, ranks: options.isEmpty ? 2 : nil)
    #expect(outcome.code == code && outcome.complaints.count == 1, "\(outcome)")
    #expect(outcome.error.range(of: pattern, options: .regularExpression) != nil, "\(outcome)")
    #expect(try item.folder.names() == ["r.h5"])
  }

  @Test("outputs and inputs are not overwritten; a trajectory that has changed is refused")
  func safety() throws {
    let source = try SmallCase.shared.get()
    let folder = try Folder()
    let dump = try folder.write(try bytes(of: source.trajectory), as: "w.lammpstrj")
    let outcome = try Program.run(
      [
        "analyze", "w.lammpstrj", "--types", "1=O,2=H", "--model", source.model, "-o", "r.h5",
        "--quiet",
      ], in: folder.path)
    try #require(outcome.code == 0, "\(outcome)")
    try folder.write("mine", as: "o.extxyz")
    let exists = try Program.run(["export", "r.h5", "-o", "o.extxyz"], in: folder.path)
    #expect(
      exists.code == 73
        && exists.error.contains("o.extxyz already exists; choose another -o, or --overwrite"),
      "\(exists)")
    let input = try Program.run(
      ["export", "r.h5", "-o", "w.lammpstrj", "--trajectory", "w.lammpstrj", "--overwrite"],
      in: folder.path)
    #expect(input.code == 73 && input.error.contains("is also an input"), "\(input)")
    // An input of the analysis is protected even if it is not named here.
    let whole = try bytes(of: dump)
    for output in ["w.lammpstrj", "./w.lammpstrj"] {
      let recorded = try Program.run(
        ["export", "r.h5", "-o", output, "--overwrite"], in: folder.path)
      #expect(
        recorded.code == 73 && recorded.error.contains("is also an input (w.lammpstrj)"),
        "\(recorded)")
    }
    let far = try Program.run(["export", folder("r.h5"), "-o", dump, "--overwrite"])
    #expect(far.code == 73 && far.error.contains("is also an input"), "\(far)")
    #expect(try bytes(of: dump) == whole)
    // From another folder, the stored relative path is resolved relative to the results.
    let elsewhere = try Program.run(["export", folder("r.h5"), "-o", folder("e.extxyz"), "--quiet"])
    #expect(elsewhere.code == 0, "\(elsewhere)")
    var changed = try bytes(of: dump)
    changed[changed.count - 3] ^= 1
    try folder.write(changed, as: "w.lammpstrj")
    let other = try Program.run(["export", "r.h5", "-o", "n.extxyz"], in: folder.path)
    #expect(
      other.code == 65 && other.error.contains("has changed since r.h5 was computed from it"),
      "\(other)")
    try FileManager.default.removeItem(atPath: dump)
    let gone = try Program.run(["export", "r.h5", "-o", "n.extxyz"], in: folder.path)
    #expect(
      gone.code == 66
        && gone.error.contains(
          "holds no positions, and the trajectory w.lammpstrj does not exist; specify it with "
            + "--trajectory"
        ), "\(gone)")
    let named = try Program.run(
      ["export", "r.h5", "-o", "n.extxyz", "--trajectory", source.trajectory, "--quiet"],
      in: folder.path)
    #expect(named.code == 0, "\(named)")
    #expect(try bytes(of: folder("n.extxyz")) == bytes(of: folder("e.extxyz")))
  }
}
