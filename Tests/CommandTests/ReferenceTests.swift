import Foundation
import ProgramSupport
import TestSupport
import Testing

/// Results of an independent pipeline (DScribe, PyTorch, SciPy) stored next to the checkout, if
/// they and a Python that can read them are available.
@Suite(.serialized, .tags(.peer)) struct ReferenceTests {
  /// A Python with NumPy and h5py, in one of the environments that the scripts in ci/ create.
  static let python: String? = {
    for path in [".venv-peers/bin/python", ".venv/bin/python"] {
      let program = Checkout.root + "/" + path
      if FileManager.default.isExecutableFile(atPath: program),
        (try? Program.start([program, "-c", "import numpy, h5py"]))?.code == 0
      {
        return program
      }
    }
    return nil
  }()

  @Test(
    "equals the independent answers",
    .enabled(if: Checkout.hasReference, "../shared has no data/A, models and reference"),
    .enabled(if: python != nil, "no Python with numpy and h5py in .venv-peers or .venv"),
    arguments: [
      ("compress", "M2-O", "double", "::9"), ("compress", "M2-OH", "double", "::9"),
      ("compress", "M3-OH", "double", "::9"),
      ("compress", "M2-O", "single", "::3"), ("compress", "M2-OH", "single", "::3"),
      ("compress", "M3-OH", "single", "::3"),
      ("interface", "M2-O", "double", "::5"), ("interface", "M2-OH", "single", "::1"),
      ("interface", "M2-OH", "double", "::5"),
    ])
  func reference(trajectory: String, model: String, precision: String, frames: String) throws {
    let dump = try #require(Checkout.first(of: "../shared/data/A/\(trajectory).lammpstrj.gz"))
    let network = try #require(Checkout.first(of: "../shared/models/\(model).safetensors"))
    let answers = try #require(
      Checkout.first(of: "../shared/reference/\(trajectory)__\(model).npz"))
    let python = try #require(Self.python)
    let folder = try Folder()
    let outcome = try Program.run(
      [
        "analyze", dump, "--types", "1=O,2=H", "--model", network, "--threshold",
        "0.95,0.8,0.85,0.9,0.98", "--profile", "x", "--precision",
        precision,
        "--frames", frames, "-o", folder("r.h5"), "--quiet",
      ], ranks: 2)
    try #require(outcome.code == 0, "\(outcome)")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "reference.py"
    ).path
    let comparison = try Program.start([
      python, script, folder("r.h5"), answers, model, precision, frames,
    ])
    let lines = comparison.output.split(separator: "\n")
    #expect(comparison.code == 0 && lines.allSatisfy { $0.hasPrefix("#") }, "\(comparison)")
    print("\(trajectory), \(model), \(precision): \(lines.last ?? "")")
  }
}
