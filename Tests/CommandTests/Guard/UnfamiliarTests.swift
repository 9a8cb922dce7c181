import HDF5
import ProgramSupport
import TestSupport
import Testing

/// How molecules that a guard recognises are counted in tables of two labellings, and reported
/// while a run goes on.
@Suite(.serialized, .tags(.mpi)) struct UnfamiliarTests {
  private let folder: Folder
  private static let water = Checkout.root + "/Examples/water"

  init() throws { folder = try Folder() }

  private func analyze(_ files: [String], _ more: [String] = [], ranks: Int? = nil) throws
    -> Outcome
  {
    let outcome = try Program.run(
      ["analyze"] + files + ["-o", folder("r.h5"), "--types", "1=O,2=H"]
        + ["M2-OH", "M3-O"].flatMap { ["--model", "\(Self.water)/\($0).safetensors"] } + more,
      ranks: ranks)
    try #require(outcome.code == 0, "\(outcome)")
    return outcome
  }

  private func liquid(_ more: [String] = []) throws -> Outcome {
    try analyze(["\(Self.water)/foreign/liquid.lammpstrj.gz"], more)
  }

  private func values(_ path: String) throws -> (shape: [Int], values: [Int64]) {
    let dataset = try File.open(folder("r.h5")).dataset("/observables/\(path)/value")
    return (dataset.shape, try dataset.readAll())
  }

  /// The enumerated labels of the molecules of all frames.
  private func labels(_ group: String) throws -> [Int] {
    try File.open(folder("r.h5")).dataset("/particles/centers/\(group)/phase/value").readAll(
      UInt8.self
    ).map(Int.init)
  }

  @Test("tables of two labellings have every molecule, unfamiliar ones apart") func tables() throws
  {
    _ = try liquid()
    let first = try labels("M2-OH"), second = try labels("M3-O"), ice = try labels("chill_plus")
    let half = first.count / 2
    var joint = [Int64](repeating: 0, count: 2 * 4 * 5), phases = [Int64](repeating: 0, count: 24)
    var structures = [Int64](repeating: 0, count: 12), known = [Int64](repeating: 0, count: 36)
    for (i, label) in first.enumerated() {
      let frame = i / half
      joint[(frame * 4 + label) * 5 + second[i]] += 1
      if label < 3, second[i] < 4 { phases[(frame * 3 + label) * 4 + second[i]] += 1 }
      if label == 3 {
        structures[frame * 6 + ice[i]] += 1
      } else {
        known[(frame * 3 + label) * 6 + ice[i]] += 1
      }
    }
    let labelled = try values("cross_label"), crossed = try values("cross_phase")
    #expect(labelled.shape == [2, 4, 5] && labelled.values == joint)
    #expect(crossed.shape == [2, 3, 4] && crossed.values == phases)
    #expect(labelled.values.reduce(0, +) == Int64(first.count))
    #expect(crossed.values.reduce(0, +) < Int64(first.count) / 2, "most of the liquid is foreign")
    let foreign = try values("M2-OH/unfamiliar_chill_plus"), own = try values("M2-OH/chill_plus")
    #expect(foreign.shape == [2, 6] && foreign.values == structures)
    #expect(own.shape == [2, 3, 6] && own.values == known)
    #expect(try values("M2-OH/unfamiliar_count").values.reduce(0, +) == structures.reduce(0, +))
    let file = try File.open(folder("r.h5"))
    for (path, words) in [
      ("cross_phase", "without those that a guard flags as foreign (cross_label has them)"),
      ("M2-OH/chill_plus", "without those that the guard flags as foreign (unfamiliar_chill_plus"),
    ] {
      let text = try file.dataset("/observables/\(path)/value").textAttribute("description")
      #expect(text.contains(words), "\(text)")
    }
    let table = try Program.run([
      "export", folder("r.h5"), "-o", folder("t.csv"), "--observable", "cross_label",
      "--observable", "unfamiliar_chill_plus",
    ])
    #expect(table.code == 0, "\(table)")
    let lines = String(decoding: try bytes(of: folder("t.csv")), as: UTF8.self).split(
      separator: "\n")
    #expect(lines.count == 1 + 2 * 20 + 2 * 2 * 6)
    #expect(
      lines.contains {
        $0.hasPrefix("cross_label,M2-OH × M3-O,0,")
          && $0.hasSuffix(",unfamiliar,unfamiliar,,\(joint[3 * 5 + 4])")
      })
  }

  @Test("--no-guard stores neither, with the descriptions of tables of all molecules")
  func noGuard() throws {
    _ = try liquid(["--no-guard"])
    let file = try File.open(folder("r.h5"))
    for path in ["cross_label", "M2-OH/unfamiliar_chill_plus"] {
      let isStored = file.exists("/observables/\(path)")
      #expect(!isStored, "\(path)")
    }
    for (path, words) in [
      ("observables/cross_phase", "molecules by phase of M2-OH (rows) and of M3-O (columns)"),
      ("observables/M2-OH/chill_plus", "molecules by phase × CHILL+ structure"),
      (
        "particles/centers/M2-OH/phase",
        "class whose probability exceeds the first threshold, else IA"
      ),
    ] {
      #expect(try file.dataset("/\(path)/value").textAttribute("description") == words)
    }
  }

  @Test("--resume completes results that were begun without these tables") func resume() throws {
    _ = try liquid()
    let complete = try Contents.all(of: folder("r.h5"), below: "/observables")
    let file = try File.open(folder("r.h5"), writable: true)
    do {
      for path in ["cross_label", "M2-OH/unfamiliar_chill_plus", "M3-O/unfamiliar_chill_plus"] {
        try file.remove("/observables/\(path)")
      }
      try file.dataset("/verglas/done").write([1, 0] as [UInt8])
    }
    try file.close()
    _ = try liquid(["--resume"])
    let resumed = try Contents.all(of: folder("r.h5"), below: "/observables")
    let missing = differences(complete, resumed)
    #expect(!missing.isEmpty)
    #expect(
      missing.allSatisfy { $0.contains("cross_label") || $0.contains("unfamiliar_chill_plus") },
      "\(missing)")
  }

  @Test("a run that goes on warns once per model, on rank 0, unless --quiet", arguments: [nil, 2])
  func early(ranks: Int?) throws {
    let ice = folder("ice.lammpstrj")
    // Three groups of frames on one rank, two on each of two.
    let made = try Program.run([
      "generate", "--cells", "8,4,4", "--dense-share", "0", "--frames", "24", "-o", ice, "--quiet",
    ])
    try #require(made.code == 0, "\(made)")
    let words = "% of molecules unlike the training data of"
    let outcome = try analyze([ice], ["--structure", "none"], ranks: ranks)
    let early = outcome.warnings.filter { $0.contains("the first such frame of rank 0") }
    #expect(early.count == 2, "\(outcome)")
    for (line, model) in zip(early, ["M2-OH", "M3-O"]) {
      #expect(line.contains("step 0: 100 \(words) \(model), the first such"), "\(line)")
    }
    // Before the last progress line; the closing warnings after it.
    let lines = outcome.error.split(separator: "\n").map(String.init)
    let last = try #require(lines.lastIndex { $0.contains("100 % of the frames") })
    #expect(lines[..<last].count { $0.contains("first such frame") } == 2, "\(outcome)")
    #expect(
      lines[last...].count { $0.contains(words) && $0.contains("24 of 24 frames") } == 2,
      "\(outcome)")
    let expected = try Contents.all(of: folder("r.h5"), below: "/observables")
    let quiet = try analyze([ice], ["--structure", "none", "--quiet", "--overwrite"], ranks: ranks)
    #expect(quiet.warnings.count { $0.contains(words) } == 2, "only those at the end: \(quiet)")
    #expect(!quiet.error.contains("first such frame"), "\(quiet)")
    #expect(
      differences(expected, try Contents.all(of: folder("r.h5"), below: "/observables")) == [])
  }

  @Test("a run of one group of frames warns at the end only") func short() throws {
    let outcome = try liquid()
    #expect(!outcome.error.contains("first such frame"), "\(outcome)")
    #expect(outcome.warnings.count { $0.contains("unlike the training data of") } == 2)
  }

  @Test("interface states how many molecules of its profile are unfamiliar") func interface() throws
  {
    let file = "\(Self.water)/foreign/liquid.lammpstrj.gz"
    _ = try analyze([file], ["--profile", "z"])
    func measured(_ more: [String]) throws -> [String] {
      let outcome = try Program.run(
        ["interface", folder("r.h5"), "-o", folder("i.h5"), "--overwrite"] + more)
      #expect(outcome.code == 0, "\(outcome)")
      return outcome.output.split(separator: "\n").map(String.init).filter {
        $0.contains("unfamiliar molecules")
      }
    }
    let counts = try values("M2-OH/unfamiliar_count").values
    for (frames, used) in [(":", counts), ("1:", [counts[1]])] {
      let lines = try measured(["--frames", frames])
      let count = used.reduce(0, +), share = 100 * Double(count) / Double(512 * used.count)
      #expect(lines.count == 2 && count > 0)
      #expect(
        lines.first?.hasPrefix("  the profile includes \(count) unfamiliar molecules, ") == true
          || count > 999, "\(lines)")
      let words = try #require(lines.first?.split(separator: ", ").last?.split(separator: " "))
      #expect(abs((Double(words[0]) ?? 0) - share) < 0.006, "\(lines)")
      let stored = try File.open(folder("i.h5")).dataset(
        "/interface/M2-OH/frame/unfamiliar_count"
      ).readAll(Int64.self)
      #expect(stored == used)
    }
    _ = try analyze([file], ["--profile", "z", "--no-guard", "--overwrite"])
    #expect(try measured([]) == [])
    let plain = try File.open(folder("i.h5"))
    let isStored = plain.exists("/interface/M2-OH/frame/unfamiliar_count")
    #expect(!isStored)
  }
}
