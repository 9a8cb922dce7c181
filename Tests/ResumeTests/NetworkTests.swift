import HDF5
import Models
import NeuralNetwork
import ProgramSupport
import TestSupport
import Testing

@testable import Pipeline

/// `--network`: the arithmetic of the network, agreed on by all ranks and kept when a run is
/// resumed.
@Suite(.serialized, .tags(.mpi)) struct NetworkTests {
  private let item: SmallCase
  private let folder: Folder

  init() throws {
    item = try SmallCase.shared.get()
    folder = try Folder()
  }

  private func run(_ output: String, _ options: [String], ranks: Int? = nil) throws -> Outcome {
    try Program.run(
      [
        "analyze", item.trajectory, "--types", "1=O,2=H", "--model", item.model, "-o",
        folder(output),
      ] + options, ranks: ranks)
  }

  private func contents(_ output: String) throws -> [String: Contents] {
    try Contents.all(of: folder(output), below: "/particles")
  }

  private func recorded(_ output: String) throws -> String {
    try File.open(folder(output)).group("/verglas").textAttribute("network")
  }

  @Test("int8: the same bytes on any number of ranks, near fp32, and recorded")
  func int8() throws {
    let first = try run("one.h5", ["--network", "int8"])
    #expect(first.code == 0 && first.error.contains("network in int8 ("), "\(first)")
    for (ranks, more) in [(2, []), (3, []), (4, ["--ranks-per-frame", "2"])] as [(Int, [String])] {
      let outcome = try run("many.h5", ["--network", "int8", "--overwrite"] + more, ranks: ranks)
      #expect(outcome.code == 0, "\(outcome)")
      #expect(differences(try contents("one.h5"), try contents("many.h5")) == [])
    }
    #expect(try run("single.h5", ["--network", "fp32"]).code == 0)
    #expect(try recorded("one.h5") == "int8" && recorded("single.h5") == "fp32")
    let path = "/particles/centers/small-OH/probability/value"
    let a = try File.open(folder("one.h5")).dataset(path).readAll(Float.self)
    let b = try File.open(folder("single.h5")).dataset(path).readAll(Float.self)
    #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 3e-6 })
    #expect(a != b)
  }

  @Test("int8 with a guard and familiarity scores: as with fp32, on one and two ranks")
  func recognition() throws {
    // A frame of more molecules than a batch of either arithmetic.
    let water = Checkout.root + "/Examples/water"
    func analyze(_ output: String, _ network: String, ranks: Int? = nil) throws {
      let outcome = try Program.run(
        [
          "analyze", "\(water)/compress.lammpstrj.gz", "--types", "1=O,2=H", "--frames", "0:1",
          "--model", "\(water)/M2-OH.safetensors", "--network", network, "-o", folder(output),
        ], ranks: ranks)
      #expect(outcome.code == 0, "\(outcome)")
    }
    try analyze("one.h5", "int8")
    try analyze("two.h5", "int8", ranks: 2)
    try analyze("single.h5", "fp32")
    #expect(differences(try contents("one.h5"), try contents("two.h5")) == [])
    let one = try File.open(folder("one.h5"))
    let single = try File.open(folder("single.h5"))
    let group = "/observables/M2-OH"
    for name in ["unfamiliar_count", "phase_count"] {
      let a = try one.dataset("\(group)/\(name)/value").readAll(Int64.self)
      let b = try single.dataset("\(group)/\(name)/value").readAll(Int64.self)
      #expect(a == b, "\(name)")
    }
    let a = try one.dataset("\(group)/familiarity/value").readAll(Double.self)
    let b = try single.dataset("\(group)/familiarity/value").readAll(Double.self)
    #expect(a == b && a.count == 1)
  }

  @Test("a resumed run keeps the arithmetic of its beginning")
  func resumed() throws {
    #expect(try run("whole.h5", ["--network", "int8"]).code == 0)
    #expect(try run("r.h5", ["--network", "int8"]).code == 0)
    let file = try File.open(folder("r.h5"), writable: true)
    try file.dataset("/verglas/done").write([0, 1, 0] as [UInt8])
    try file.close()
    let refused = try run("r.h5", ["--network", "fp32", "--resume"])
    #expect(
      refused.code == 64 && refused.error.contains("--network: it has int8, this run fp32"),
      "\(refused)")
    let outcome = try run("r.h5", ["--resume"], ranks: 2)
    #expect(outcome.code == 0, "\(outcome)")
    if !NetworkArithmetic.hasMatrixUnit {
      #expect(outcome.error.contains("which is kept: slow without AMX"), "\(outcome)")
    }
    #expect(differences(try contents("whole.h5"), try contents("r.h5")) == [])
  }

  @Test("int8 that is not possible is refused")
  func refusals() throws {
    let double = try run("r.h5", ["--network", "int8", "--precision", "double"])
    #expect(
      double.code == 64
        && double.error.contains("--network: int8 requires --precision single"),
      "\(double)")
    let model = try SmallModel.write(
      "linear", classes: ["LDA", "HDA"], species: ["O", "H"], radial: 3, degree: 3,
      for: item.trajectory, in: folder, seed: 5
    ) { model in
      let width = model.featureCount
      model.layers = [
        Model.Layer(
          weight: (0..<(2 * width)).map { Float($0 % 7) / 100 }, bias: [0, 0], inputs: width)
      ]
    }
    let outcome = try Program.run([
      "analyze", item.trajectory, "--types", "1=O,2=H", "--model", model, "-o", folder("r.h5"),
      "--network", "int8",
    ])
    #expect(
      outcome.code == 64 && outcome.error.contains("needs a hidden layer and at most 40,000"),
      "\(outcome)")
  }

  @Test("auto takes int8 only where all ranks have AMX")
  func agreement() {
    /// The arithmetic and the number of notes.
    func resolved(
      _ recorded: NetworkArithmetic?, some: Bool, all: Bool, fits: Bool = true
    ) -> String {
      let (arithmetic, notes) = NetworkChoice.auto.resolved(
        recorded: recorded, someHave: some, allHave: all, fits: fits)
      return "\(arithmetic) \(notes.count)"
    }
    #expect(resolved(nil, some: true, all: true) == "int8 0")
    #expect(resolved(nil, some: false, all: false) == "fp32 0")
    #expect(resolved(nil, some: true, all: true, fits: false) == "fp32 0")
    #expect(resolved(nil, some: true, all: false) == "fp32 1")
    #expect(resolved(.fp32, some: true, all: true) == "fp32 0")
    #expect(resolved(.int8, some: true, all: true) == "int8 0")
    #expect(resolved(.int8, some: false, all: false) == "int8 1")
  }
}
