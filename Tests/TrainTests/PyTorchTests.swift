import Foundation
import HDF5
import ProgramSupport
import TestSupport
import Testing

/// PyTorch on this machine.
private enum PyTorch {
  /// A Python with PyTorch, in the environments that ci/setup creates.
  ///
  /// Where VERGLAS_PEERS_REQUIRED is set, as in ci/test, a missing PyTorch is a failure; elsewhere
  /// these tests are then disabled.
  static let python: String? = {
    let wanted = "import torch, h5py, numpy, safetensors"
    for path in [".venv-torch/bin/python", ".venv-peers/bin/python"].map({
      Checkout.root + "/" + $0
    })
    where FileManager.default.isExecutableFile(atPath: path)
      && (try? Program.start([path, "-c", wanted]))?.code == 0
    { return path }
    return nil
  }()

  /// Whether these tests run: with PyTorch, or where its absence must be a failure.
  static let isEnabled =
    python != nil || ProcessInfo.processInfo.environment["VERGLAS_PEERS_REQUIRED"] != nil
}

/// Exchange of networks between this program and PyTorch in both directions, with PyTorch itself.
@Suite(
  .serialized, .tags(.peer),
  .enabled(
    if: PyTorch.isEnabled,
    "no PyTorch in .venv-torch or .venv-peers; ci/setup --torch installs it"))
struct PyTorchTests {
  private func peer(_ arguments: [String], in folder: Folder) throws -> [Double] {
    let python = try #require(
      PyTorch.python, "VERGLAS_PEERS_REQUIRED is set, but there is no PyTorch")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "peer.py"
    ).path
    let outcome = try Program.start(
      ["timeout", "-k", "10", "120", python, script] + arguments, in: folder.path)
    try #require(outcome.code == 0, "\(outcome)")
    let raw = try bytes(of: folder(arguments[3]))
    return stride(from: 0, to: raw.count, by: 8).map { start in
      Double(
        bitPattern: (0..<8).reduce(UInt64(0)) { $0 | UInt64(raw[start + $1]) << UInt64(8 * $1) })
    }
  }

  private func ours(_ model: String, _ dataset: String, in folder: Folder) throws -> [Double] {
    let outcome = try Program.run(
      [
        "evaluate", model, dataset, "-o", folder("e.h5"), "--repeats", "0", "--quiet",
        "--overwrite",
      ], ranks: 2, in: folder.path)
    try #require(outcome.code == 0, "\(outcome)")
    return try File.open(folder("e.h5")).dataset("/evaluation/probability").readAll(Double.self)
  }

  @Test(
    "a network trained here loads in PyTorch and gives the same probabilities",
    arguments: [false, true])
  func toPyTorch(isThree: Bool) throws {
    let lesson = try Lesson.shared.get()
    let dataset = isThree ? lesson.three : lesson.two
    let folder = try Folder()
    #expect(try train(dataset, to: folder("m.safetensors"), ranks: 2).code == 0)
    let theirs = try peer(["load", folder("m.safetensors"), dataset, "p"], in: folder)
    let own = try ours("m.safetensors", dataset, in: folder)
    #expect(own.count == theirs.count && own.count == 60 * (isThree ? 3 : 2))
    #expect(zip(own, theirs).allSatisfy { abs($0 - $1) <= 2e-6 })
  }

  @Test(
    "a network trained in PyTorch and saved by the README's snippet gives the same probabilities here"
  )
  func fromPyTorch() throws {
    let lesson = try Lesson.shared.get()
    let folder = try Folder()
    // The block of Python after the mark that ci/test knows too.
    let readme = String(decoding: try bytes(of: Checkout.root + "/README.md"), as: UTF8.self)
    let marked = try #require(
      readme.components(separatedBy: "<!-- tested with PyTorch -->\n```python\n").dropFirst().first)
    try folder.write(
      try #require(marked.components(separatedBy: "\n```").first) + "\n", as: "snippet.py")
    let theirs = try peer(["save", folder("snippet.py"), lesson.two, "p"], in: folder)
    let own = try ours("mine.safetensors", lesson.two, in: folder)
    #expect(own.count == theirs.count && own.count == 120)
    #expect(zip(own, theirs).allSatisfy { abs($0 - $1) <= 2e-6 })
    // Its predictions are confident, so the comparison is meaningful.
    #expect(own.contains { $0 > 0.9 } && own.contains { $0 < 0.1 })
  }
}
