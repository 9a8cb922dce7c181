import ProgramSupport
import TestSupport
import Testing

/// Words and checks that hold for water only, with a model whose centres are oxygens of silica.
@Suite(.serialized, .tags(.mpi)) struct OtherSubstanceTests {
  @Test("a model of O and Si is not of water: atoms, no molecules, no density of water")
  func silica() throws {
    let folder = try Folder()
    for (k, seed) in [UInt64(3), 4].enumerated() {
      try folder.write(try WaterDump(frames: 3, seed: seed).text(), as: "\(k).lammpstrj")
    }
    let types = ["--types", "1=O,2=Si"], model = folder("m.safetensors"), results = folder("r.h5")
    for arguments in [
      ["sample", "--class", "a=\(folder("0.lammpstrj"))", "--class", "b=\(folder("1.lammpstrj"))"]
        + types + [
          "--species", "O,Si", "--center", "O", "--n-max", "2", "--l-max", "1", "--per-class", "40",
          "-o", folder("d.h5"),
        ],
      ["train", folder("d.h5"), "-o", model, "--hidden", "4", "--max-epochs", "2"],
      ["inspect", folder("0.lammpstrj"), "--model", model] + types,
      ["analyze", folder("0.lammpstrj"), "--model", model, "--profile", "x", "-o", results] + types,
      ["inspect", results],
      ["interface", results, "-o", folder("i.h5")],
      ["export", results, "-o", folder("e.extxyz")],
    ] {
      let outcome = try Program.run(arguments)
      try #require(outcome.code == 0, "\(outcome)")
      for text in [outcome.output, outcome.error] {
        let lines = text.split(separator: "\n").filter {
          // The names of observables and options.
          !$0.contains("profile_molecules") && !$0.contains("--per-molecule")
        }
        for word in ["molecule", "water", "CHILL"] {
          #expect(!lines.contains { $0.contains(word) }, "\(word): \(outcome)")
        }
      }
    }
    // Without an interface, no warning is of its thickness.
    let again = try Program.run(["interface", results, "-o", folder("j.h5")])
    #expect(again.error.contains("no interface of b") && !again.error.contains("gibbs"), "\(again)")
    #expect(again.error.contains("frame is noisy; average over frames"), "\(again)")
    let told = try Program.run(["inspect", results])
    #expect(told.output.contains("\n  atoms        "), "\(told)")
  }
}
