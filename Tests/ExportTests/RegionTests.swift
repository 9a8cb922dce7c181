import Foundation
import Geometry
import HDF5
import Models
import ProgramSupport
import TestSupport
import Testing

/// Regions, neighbour-count labels and joined tables in results.h5, compared with counts made here
/// from the trajectory.
@Suite(.serialized, .tags(.mpi)) struct RegionTests {
  private func analyze(
    _ folder: Folder, _ options: [String], ranks: Int? = nil, output: String = "r.h5"
  ) throws -> Outcome {
    let item = try SmallCase.shared.get()
    return try Program.run(
      [
        "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "--model",
        item.other, "-o", folder(output), "--quiet",
        "--overwrite",
      ] + options, ranks: ranks)
  }

  private func integers(_ path: String, _ name: String) throws -> [Int64] {
    try File.open(path).dataset(name).readAll(Int64.self)
  }
  private func bytes(_ path: String, _ name: String) throws -> [UInt8] {
    try File.open(path).dataset(name).readAll(UInt8.self)
  }

  @Test("regions: members, phases and mean probabilities; slabs that touch share nothing")
  func regions() throws {
    let folder = try Folder()
    let water = try SmallCase.shared.get().water
    let outcome = try analyze(
      folder,
      [
        "--region", "a=x:0:3.5", "--region", "b=x:3.5:7", "--region", "over=z:-2:1",
        "--per-molecule", "all",
      ])
    try #require(outcome.code == 0, "\(outcome)")
    let path = folder("r.h5")
    let p = try File.open(path).dataset("/particles/centers/small-O/probability/value").readAll(
      Float.self)
    let phases = try bytes(path, "/particles/centers/small-O/phase/value")
    let ids = try integers(path, "/particles/centers/id")
    for (name, axis, low, high) in [("a", 0, 0.0, 3.5), ("b", 0, 3.5, 7), ("over", 2, -2, 1)] {
      let members = try bytes(path, "/particles/centers/region/\(name)/value")
      let counts = try integers(path, "/observables/small-O/region/\(name)/phase_count/value")
      let means = try File.open(path).dataset(
        "/observables/small-O/region/\(name)/probability/value"
      ).readAll(Double.self)
      for f in 0..<3 {
        let cell = water.frames[f].cell
        var wanted: [Int64] = [0, 0, 0, 0]
        var sums = [0.0, 0, 0]
        for i in 0..<32 {
          let x = cell.wrapped(water.frames[f].positions[Int(ids[i]) - 1]).position[axis],
            length = [cell.a.x, cell.b.y, cell.c.z][axis]
          let isInside = (low <= x && x < high) || (low <= x - length && x - length < high)
          #expect((members[f * 32 + i] == 1) == isInside)
          guard isInside else { continue }
          wanted[Int(phases[f * 32 + i])] += 1
          for c in 0..<3 { sums[c] += Double(p[(f * 32 + i) * 3 + c]) }
        }
        #expect(Array(counts[(4 * f)..<(4 * f + 4)]) == wanted)
        let n = Double(wanted.reduce(0, +))
        for c in 0..<3 { #expect(abs(means[3 * f + c] - sums[c] / n) < 1e-9) }
      }
    }
    let a = try bytes(path, "/particles/centers/region/a/value"),
      b = try bytes(path, "/particles/centers/region/b/value")
    #expect(zip(a, b).allSatisfy { $0 + $1 <= 1 })
    #expect(
      try File.open(path).dataset("/particles/centers/small-O/pca/value").shape == [3, 32, 2])
    let table = try Program.run([
      "export", path, "-o", folder("t.csv"), "--observable", "region_phase_count", "--quiet",
    ])
    #expect(table.code == 0, "\(table)")
    let lines = try String(contentsOfFile: folder("t.csv"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 1 + 3 * 3 * (3 + 4))
  }

  @Test("components: C·(x − mean)/scale of the vectors that describe gives") func components()
    throws
  {
    let folder = try Folder()
    let item = try SmallCase.shared.get()
    let outcome = try analyze(folder, ["--per-molecule", "pca", "--precision", "double"])
    try #require(outcome.code == 0, "\(outcome)")
    for (path, name) in [(item.model, "small-OH"), (item.other, "small-O")] {
      let described = try Program.run(
        [
          "describe", item.trajectory, "--types", "1=O,2=H", "--model", path, "-o",
          folder("soap.h5"), "--overwrite", "--quiet",
        ])
      try #require(described.code == 0, "\(described)")
      let vectors = try File.open(folder("soap.h5")).dataset("/soap/value").readAll(Double.self)
      let model = try ModelFile.read(path: path)
      let pca = try #require(model.principalComponents)
      let stored = try File.open(folder("r.h5")).dataset("/particles/centers/\(name)/pca/value")
        .readAll(Float.self)
      let d = model.featureCount
      try #require(stored.count == 3 * 32 * pca.count && vectors.count == 3 * 32 * d)
      for row in 0..<(3 * 32) {
        for c in 0..<pca.count {
          let expected = (0..<d).reduce(0.0) { sum, k in
            sum + pca.components[c * d + k] * (vectors[row * d + k] - model.scaler.mean[k])
              / model.scaler.scale[k]
          }
          #expect(
            abs(Double(stored[row * pca.count + c]) - expected) < 1e-4 * max(1, abs(expected)),
            "\(name), row \(row)")
        }
      }
    }
  }

  @Test("neighbour counts against a count over all images; clusters of those labels")
  func neighborCount() throws {
    let folder = try Folder()
    let water = try SmallCase.shared.get().water
    let outcome = try analyze(folder, ["--neighbor-count", "LDA,HDA=11:4.6"])
    try #require(outcome.code == 0, "\(outcome)")
    let path = folder("r.h5")
    let phases = try bytes(path, "/particles/centers/neighbor_count/phase/value")
    let counts = try integers(path, "/observables/neighbor_count/phase_count/value")
    let largest = try integers(path, "/observables/neighbor_count/largest_cluster/value")
    let clusters = try integers(path, "/particles/centers/neighbor_count/cluster/value")
    for f in 0..<3 {
      let frame = water.frames[f]
      let centers = frame.elements.indices.filter { frame.elements[$0] == 8 }
      let edges = Vector(frame.cell.a.x, frame.cell.b.y, frame.cell.c.z)
      for (i, a) in centers.enumerated() {
        var near = 0
        for b in centers {
          for image in 0..<27 where a != b || image != 13 {
            let shift =
              Vector(Double(image % 3 - 1), Double(image / 3 % 3 - 1), Double(image / 9 - 1))
              * edges
            let d =
              frame.cell.wrapped(frame.positions[b]).position + shift
              - frame.cell.wrapped(frame.positions[a]).position
            if (d * d).sum() <= 4.6 * 4.6 { near += 1 }
          }
        }
        #expect(phases[32 * f + i] == (near >= 11 ? 1 : 0), "frame \(f), molecule \(i): \(near)")
      }
      let high = Int64(phases[(32 * f)..<(32 * f + 32)].count { $0 == 1 })
      #expect(Array(counts[(3 * f)..<(3 * f + 3)]) == [32 - high, high, 0])
      // The largest cluster of each phase is the most frequent name among its molecules.
      for phase in 0..<2 {
        var sizes: [Int64: Int64] = [:]
        for i in 0..<32 where phases[32 * f + i] == UInt8(phase) {
          sizes[clusters[32 * f + i], default: 0] += 1
        }
        #expect(largest[3 * f + phase] == sizes.values.max() ?? 0)
      }
    }
    #expect(
      try File.open(path).group("/observables/neighbor_count").textAttributes("classes") == [
        "LDA", "HDA", "IA",
      ])
    let table = try Program.run([
      "export", path, "-o", folder("t.csv"), "--observable", "phase_count", "--quiet",
    ])
    #expect(table.code == 0, "\(table)")
    #expect(
      try String(contentsOfFile: folder("t.csv"), encoding: .utf8).contains(
        "phase_count,neighbor_count,0,0,,,,LDA,,,"))
    // The labels as atoms, one per line.
    let atoms = try Program.run([
      "export", path, "-o", folder("n.extxyz"), "--model", "neighbor_count", "--quiet",
    ])
    #expect(atoms.code == 0, "\(atoms)")
    let lines = try String(contentsOfFile: folder("n.extxyz"), encoding: .utf8).split(
      separator: "\n")
    #expect(
      lines.count == 3 * 34 && lines[1].contains("phases=\"LDA HDA IA\"")
        && !lines[1].contains("p_class"))
    for f in 0..<3 {
      for i in 0..<32 {
        #expect(lines[34 * f + 2 + i].split(separator: " ")[5] == "\(phases[32 * f + i])")
      }
    }
    let unknown = try Program.run([
      "export", path, "-o", folder("m.extxyz"), "--model", "neighbours",
    ])
    #expect(
      unknown.code == 64
        && unknown.error.contains("has no model neighbours; it has small-OH, small-O"), "\(unknown)"
    )
  }

  @Test("the closing table tells of regions and neighbour counts, and the same when all is resumed")
  func table() throws {
    let folder = try Folder()
    let item = try SmallCase.shared.get()
    var trajectory = item.trajectory
    func run(_ options: [String]) throws -> [Substring] {
      let outcome = try Program.run(
        [
          "analyze", trajectory, "--types", "1=O,2=H", "--model", item.other, "-o", folder("r.h5"),
          "--region", "a=x:0:3.5",
          "--neighbor-count", "LDA,HDA=11:4.6",
        ] + options)
      #expect(outcome.code == 0, "\(outcome)")
      return outcome.output.split(separator: "\n")
    }
    let lines = try run([])
    let counts = try integers(folder("r.h5"), "/observables/small-O/region/a/phase_count/value")
    let share = Double(counts[0] + counts[4] + counts[8]) / Double(counts.reduce(0, +))
    let region = try #require(
      lines.first { $0.hasPrefix("  in a (x: 0.0") || $0.hasPrefix("  in a (") }, "\(lines)")
    #expect(region.contains(String(format: " %.4f,", share)), "\(region), \(share)")
    let labels = try integers(folder("r.h5"), "/observables/neighbor_count/phase_count/value")
    let place = try #require(lines.firstIndex { $0.hasPrefix("≥ 11 in 4.6 Å") }, "\(lines)")
    let dense = Double(labels[1] + labels[4] + labels[7]) / 96
    #expect(
      lines[place + 2].hasPrefix("  HDA")
        && lines[place + 2].contains(String(format: "%.4f", dense)), "\(lines[place + 2])")
    // Two frames, then the third.
    let whole = try ProgramSupport.bytes(of: item.trajectory)
    let cut =
      item.water.lines(0).joined(separator: "\n").utf8.count
      + item.water.lines(1).joined(separator: "\n").utf8.count + 2
    trajectory = try folder.write(Array(whole[..<cut]), as: "growing.lammpstrj")
    _ = try run(["--overwrite"])
    try folder.write(whole, as: "growing.lammpstrj")
    let again = try run(["--resume", "--extend"])
    #expect(again.contains(region) && again.contains(lines[place + 2]), "\(again)")
  }

  @Test("the same bytes on 1, 2 and 3 ranks, with a table") func ranks() throws {
    let folder = try Folder()
    let table = try folder.write(
      "Step,Temp,Pressure_bar,Density\n0,77,1000,0.9\n200,78,2000,1.0\n7,1,1,1\n", as: "t.csv")
    var all: [[String: Contents]] = []
    for ranks in 1...3 {
      let outcome = try analyze(
        folder,
        [
          "--region", "a=x:0:3.5", "--neighbor-count", "L,H=11:4.2", "--thermo", table, "--profile",
          "y",
        ], ranks: ranks,
        output: "\(ranks).h5")
      try #require(outcome.code == 0, "\(outcome)")
      #expect(
        outcome.warnings.contains {
          $0.contains("t.csv has no line for 1 of the 3 frames' steps; values of the table are NaN")
        }, "\(outcome)")
      all.append(try Contents.all(of: folder("\(ranks).h5"), below: "/observables"))
      all[ranks - 1].merge(try Contents.all(of: folder("\(ranks).h5"), below: "/particles")) { $1 }
    }
    #expect(differences(all[0], all[1]).isEmpty && differences(all[0], all[2]).isEmpty)
    let file = try File.open(folder("1.h5"))
    let pressure = try file.dataset("/observables/pressure/value").readAll(Double.self)
    #expect(abs(pressure[0] - 0.1) < 1e-15 && pressure[1].isNaN && abs(pressure[2] - 0.2) < 1e-15)
    #expect(try file.dataset("/observables/density/value").readAll(Double.self)[2] == 1)
    #expect(try file.dataset("/observables/temperature/step").readAll(Int64.self) == [0, 100, 200])
    #expect(try file.dataset("/observables/pressure/value").textAttribute("unit") == "GPa")
  }

  @Test(
    "what is refused",
    arguments: [
      (
        ["--region", "x:1:2"], Int32(64),
        "expected NAME=AXIS:FROM:TO in Å with FROM < TO as in bulk=x:10:20, found 'x:1:2'"
      ),
      (["--region", "a=x:2:1"], 64, "expected NAME=AXIS:FROM:TO"),
      (["--region", "a/b=x:1:2"], 64, "expected NAME=AXIS:FROM:TO"),
      (
        ["--region", "a=x:1:2", "--region", "a=x:2:3"], 64,
        "--region: two regions have the same name"
      ),
      (
        ["--neighbor-count", "11:4"], 64,
        "expected LOW,HIGH=N:RADIUS in Å as in LDA,HDA=11:4\\.2, found '11:4'"
      ),
      (["--neighbor-count", "A,A=11:4"], 64, "expected LOW,HIGH=N:RADIUS"),
      (["--thermo", "none.csv"], 66, "none\\.csv: cannot be opened"),
      (["--thermo-units", "furlong"], 64, "furlong"),
    ]) func refused(options: [String], code: Int32, pattern: String) throws
  {
    let folder = try Folder()
    let outcome = try analyze(folder, options)
    #expect(outcome.code == code && outcome.complaints.count == 1, "\(outcome)")
    #expect(outcome.error.range(of: pattern, options: .regularExpression) != nil, "\(outcome)")
    #expect(try folder.names().isEmpty)
  }

  @Test(
    "a bad table is an error with its line, before anything is written; once, also under mpirun")
  func badTable() throws {
    let folder = try Folder()
    let table = try folder.write("step,pressure\n0,1\n100,oops\n", as: "t.csv")
    let outcome = try analyze(folder, ["--thermo", table], ranks: 2)
    #expect(outcome.code == 65 && outcome.complaints.count == 1, "\(outcome)")
    #expect(
      outcome.error.contains("t.csv:3: expected a number for pressure, found 'oops'"), "\(outcome)")
    #expect(try folder.names() == ["t.csv"])
  }
}
