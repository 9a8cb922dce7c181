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
    return stride(from: 0, to: raw.count, by: 8).map { start -> Double in
      var word: UInt64 = 0
      for k in 0..<8 { word |= UInt64(raw[start + k]) << UInt64(8 * k) }
      return Double(bitPattern: word)
    }
  }

  private func ours(
    _ model: String, _ dataset: String, part: String = "test", in folder: Folder
  ) throws -> [Double] {
    let outcome = try Program.run(
      [
        "evaluate", model, dataset, "-o", folder("e.h5"), "--repeats", "0", "--quiet",
        "--overwrite", "--part", part,
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
    "a network from PyTorch, saved by the README's snippet, gives the same probabilities"
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

  @Test("accuracy on unseen files and on a mixed split are PyTorch's on the same rows")
  func splits() throws {
    let folder = try Folder()
    try compareParts(try Lesson.overlapping(in: folder), classes: 2, in: folder)
  }

  @Test(
    "the same for real ices, split by default",
    .enabled(if: Checkout.first(of: "../shared/data/A") != nil, "../shared has no data/A"))
  func realIces() throws {
    let data = try #require(Checkout.first(of: "../shared/data/A"))
    let folder = try Folder()
    try Lesson.sample(
      [
        "--class", "LDA=\(data)/lda-*.gz", "--class", "MDA=\(data)/mda-*.gz", "--class",
        "HDA=\(data)/hda-*.gz", "--species", "O", "--n-max", "4", "--l-max", "4", "--per-class",
        "600",
      ], to: folder("d.h5"))
    try compareParts(folder("d.h5"), classes: 3, in: folder)
  }

  /// Trains a network, and compares the parts `test` and `mixed` with PyTorch: probabilities, and
  /// the accuracies that `evaluate` states.
  private func compareParts(_ dataset: String, classes k: Int, in folder: Folder) throws {
    #expect(try train(dataset, to: folder("m.safetensors"), ranks: 2).code == 0)
    let h5 = try File.open(dataset)
    let labels = try h5.dataset("/dataset/label").readAll(UInt8.self)
    let parts = try h5.dataset("/dataset/split").readAll(UInt8.self)
    var correct: [Int64] = [], counts: [Int64] = []
    for (part, name) in [(2, "test"), (3, "mixed")] {
      let theirs = try peer(
        ["load", folder("m.safetensors"), dataset, "p", "\(part)"], in: folder)
      let own = try ours("m.safetensors", dataset, part: name, in: folder)
      #expect(own.count == theirs.count && !own.isEmpty)
      #expect(zip(own, theirs).allSatisfy { abs($0 - $1) <= 2e-6 })
      let truth = labels.indices.filter { Int(parts[$0]) == part }.map { Int(labels[$0]) }
      let found = truth.indices.map { row in
        (0..<k).max { theirs[row * k + $0] < theirs[row * k + $1] }
      }
      correct.append(Int64(zip(truth, found).filter { $0 == $1 }.count))
      counts.append(Int64(truth.count))
    }
    _ = try ours("m.safetensors", dataset, in: folder)
    let group = try File.open(folder("e.h5")).group("/evaluation")
    #expect(try group.attribute("correct", as: Int64.self) == correct[0])
    #expect(try group.attribute("count", as: Int64.self) == counts[0])
    #expect(try group.attribute("mixed_correct", as: Int64.self) == correct[1])
    #expect(try group.attribute("mixed_count", as: Int64.self) == counts[1])
  }
}
