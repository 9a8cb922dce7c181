import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// What the bundled models say of water that they were not trained on: frames of
/// Examples/water/foreign, none of whose runs is in the training data.
@Suite(.serialized, .tags(.mpi)) struct GuardTests {
  static let water = Checkout.root + "/Examples/water"

  /// Results of one trajectory by the four bundled models.
  private func analyze(_ name: String, _ more: String..., ranks: Int? = nil) throws -> (
    folder: Folder, outcome: Outcome
  ) {
    let folder = try Folder()
    var arguments = ["analyze", "\(Self.water)/foreign/\(name).lammpstrj.gz", "--types", "1=O,2=H"]
    for model in ["M2-O", "M2-OH", "M3-O", "M3-OH"] {
      arguments += ["--model", "\(Self.water)/\(model).safetensors"]
    }
    let outcome = try Program.run(arguments + ["-o", folder("r.h5")] + more, ranks: ranks)
    try #require(outcome.code == 0, "\(outcome)")
    return (folder, outcome)
  }

  /// Fraction of unfamiliar molecules, familiarity and warning of each frame.
  private func verdicts(_ folder: Folder, _ model: String) throws -> [(
    unfamiliar: Double, familiarity: Double, isWarned: Bool
  )] {
    let file = try File.open(folder("r.h5")), group = "/observables/\(model)"
    let molecules = Double(try file.dataset("/particles/centers/id").shape[0])
    let counts = try file.dataset("\(group)/unfamiliar_count/value").readAll(Int64.self)
    let values = try file.dataset("\(group)/familiarity/value").readAll(Double.self)
    let warnings = try file.dataset("\(group)/familiarity_warning/value").readAll(UInt8.self)
    return counts.indices.map { (Double(counts[$0]) / molecules, values[$0], warnings[$0] == 1) }
  }

  @Test(
    "foreign water is recognised and warned of",
    arguments: [("ice-ih", 0.95), ("ice-iii", 0.95), ("clathrate", 0.95), ("liquid", 0.8)])
  func foreign(name: String, least: Double) throws {
    let (folder, outcome) = try analyze(name)
    for model in ["M2-O", "M2-OH", "M3-O", "M3-OH"] {
      for frame in try verdicts(folder, model) {
        #expect(frame.unfamiliar >= least, "\(model)")
        #expect(frame.familiarity <= 1 - frame.unfamiliar, "\(model)")
        #expect(frame.isWarned, "\(model)")
      }
    }
    #expect(outcome.warnings.contains { $0.contains("unlike the training data of M2-OH") })
    let inspected = try Program.run(["inspect", folder("r.h5")])
    #expect(
      inspected.output.contains("2 of 2 frames unlike the training data; at most "), "\(inspected)")
  }

  @Test("a region of ice is unfamiliar, in the file and in the closing table")
  func region() throws {
    let (folder, outcome) = try analyze("ice-ih", "--region", "all=z:0:1000", ranks: 2)
    #expect(outcome.output.contains("  in all (z:0.0:1000.0 Å): LDA 0.0000"), "\(outcome)")
    #expect(outcome.output.contains("IA 0.0000, unfamiliar 1.0000"), "\(outcome)")
    let file = try File.open(folder("r.h5"))
    let molecules = Int64(try file.dataset("/particles/centers/id").shape[0])
    for model in ["M2-OH", "M3-O"] {
      let group = "/observables/\(model)/region/all"
      let foreign = try file.dataset("\(group)/unfamiliar_count/value").readAll(Int64.self)
      let others = try file.dataset("\(group)/phase_count/value").readAll(Int64.self)
      #expect(foreign.count == 2 && foreign.reduce(0, +) + others.reduce(0, +) == 2 * molecules)
      #expect(foreign.allSatisfy { Double($0) >= 0.95 * Double(molecules) })
    }
  }

  @Test("ice IX, which no guard was shown, is warned of")
  func neverShown() throws {
    let (folder, _) = try analyze("ice-ix")
    for model in ["M2-O", "M2-OH", "M3-O", "M3-OH"] {
      for frame in try verdicts(folder, model) { #expect(frame.isWarned, "\(model)") }
    }
  }

  @Test("other glasses are neither recognised as foreign nor warned of", arguments: ["lda", "hda"])
  func glass(name: String) throws {
    let (folder, outcome) = try analyze(name)
    for model in ["M2-O", "M2-OH", "M3-O", "M3-OH"] {
      for frame in try verdicts(folder, model) {
        #expect(frame.unfamiliar <= 0.02, "\(model)")
        #expect(!frame.isWarned, "\(model)")
      }
    }
    #expect(!outcome.warnings.contains { $0.contains("unlike the training data") })
  }

  @Test("a nucleus of 139 molecules in LDA is one cluster of ice, of which guards see a part")
  func nucleus() throws {
    let (folder, outcome) = try analyze("nucleus")
    let file = try File.open(folder("r.h5"))
    let largest = try file.dataset("/observables/chill_plus/largest_ice/value").readAll(Int64.self)
    let structures = try file.dataset("/particles/centers/chill_plus/phase/value").readAll(
      UInt8.self)
    let molecules = try file.dataset("/particles/centers/id").shape[0]
    #expect(largest.count == 3 && structures.count == 3 * molecules)
    for frame in 0..<3 {
      // The molecules of the nucleus come first.
      let nucleus = frame * molecules..<frame * molecules + 139
      let ice = structures[nucleus].count { (1...3).contains($0) }
      #expect(ice >= 35 && Int(largest[frame]) == ice, "frame \(frame)")
      for (model, label) in [("M2-O", 3), ("M2-OH", 3), ("M3-O", 4), ("M3-OH", 4)] {
        let labels = try file.dataset("/particles/centers/\(model)/phase/value").readAll(
          UInt8.self)
        let inside = labels[nucleus].count { $0 == label }
        let all = labels[(frame * molecules)..<((frame + 1) * molecules)].count { $0 == label }
        #expect((5..<40).contains(inside) && all - inside <= 10, "\(model), frame \(frame)")
      }
    }
    #expect(outcome.output.contains("largest cluster of ice in any frame: 42"), "\(outcome)")
  }

  @Test("labels and counts agree, on any ranks and teams")
  func ranks() throws {
    let (alone, _) = try analyze("liquid")
    let file = try File.open(alone("r.h5"))
    let labels = try file.dataset("/particles/centers/M2-OH/phase/value").readAll(UInt8.self)
    let counts = try file.dataset("/observables/M2-OH/unfamiliar_count/value").readAll(Int64.self)
    let phases = try file.dataset("/observables/M2-OH/phase_count/value").readAll(Int64.self)
    let half = labels.count / 2
    for frame in 0..<2 {
      let own = labels[(frame * half)..<((frame + 1) * half)]
      #expect(Int64(own.count { $0 == 3 }) == counts[frame])
      for phase in 0..<3 {
        #expect(Int64(own.count { Int($0) == phase }) == phases[frame * 3 + phase])
      }
    }
    let expected = try Contents.all(of: alone("r.h5"), below: "/observables")
    let molecules = try Contents.all(of: alone("r.h5"), below: "/particles")
    for (count, share) in [(2, "1"), (2, "2"), (3, "3")] {
      let (folder, _) = try analyze("liquid", "--ranks-per-frame", share, ranks: count)
      #expect(
        differences(expected, try Contents.all(of: folder("r.h5"), below: "/observables")) == [])
      #expect(
        differences(molecules, try Contents.all(of: folder("r.h5"), below: "/particles")) == [])
    }
  }

  @Test("--no-guard labels everything, and stores nothing of the guard")
  func noGuard() throws {
    let (folder, outcome) = try analyze("ice-ih", "--no-guard")
    let file = try File.open(folder("r.h5"))
    let labels = try file.dataset("/particles/centers/M2-OH/phase/value").readAll(UInt8.self)
    #expect(labels.allSatisfy { $0 == 0 }, "hexagonal ice is LDA to the network")
    for name in ["unfamiliar_count", "largest_unfamiliar", "familiarity", "familiarity_warning"] {
      let isStored = file.exists("/observables/M2-OH/\(name)")
      #expect(!isStored, "\(name)")
    }
    #expect(!outcome.warnings.contains { $0.contains("unlike the training data") })
  }

  @Test("--resume refuses results that were begun with --no-guard, and the other way round")
  func resume() throws {
    func run(_ folder: Folder, _ more: String...) throws -> Outcome {
      try Program.run(
        [
          "analyze", "\(Self.water)/foreign/ice-ih.lammpstrj.gz", "--types", "1=O,2=H", "--model",
          "\(Self.water)/M2-O.safetensors", "-o", folder("r.h5"),
        ] + more)
    }
    let without = try Folder(), with = try Folder()
    #expect(try run(without, "--no-guard").code == 0)
    #expect(try run(with).code == 0)
    let first = try run(without, "--resume"), second = try run(with, "--no-guard", "--resume")
    #expect(first.code == 64 && first.error.contains("--no-guard: it has yes, this run no"))
    #expect(second.code == 64 && second.error.contains("--no-guard: it has no, this run yes"))
  }

  @Test("--resume completes what a program without guards began, without them, and says so")
  func resumeOlder() throws {
    let folder = try Folder()
    let arguments = [
      "analyze", "\(Self.water)/foreign/ice-ih.lammpstrj.gz", "--types", "1=O,2=H", "--model",
      "\(Self.water)/M2-O.safetensors", "-o", folder("r.h5"),
    ]
    #expect(try Program.run(arguments + ["--no-guard"]).code == 0)
    let expected = try Contents.all(of: folder("r.h5"), below: "/particles")
    let file = try File.open(folder("r.h5"), writable: true)
    do {
      try file.group("/verglas").removeAttribute("no_guard")
      let done = try file.dataset("/verglas/done")
      try done.write([1, 0] as [UInt8])
    }
    try file.close()
    let outcome = try Program.run(arguments + ["--resume"])
    #expect(outcome.code == 0, "\(outcome)")
    #expect(
      outcome.warnings.contains {
        $0.contains("was begun by a version without guards") && $0.contains("--no-guard")
      }, "\(outcome)")
    #expect(
      differences(expected, try Contents.all(of: folder("r.h5"), below: "/particles")) == [])
  }
}
